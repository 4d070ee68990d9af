// Takes the input for the source of a model version, in a run whose artifacts lie at one place. What is accepted must
// not lead out of that place, nor to this machine's disk.
#include <cstdlib>

#include "base/text.h"
#include "registry/internal/source.h"
#include "target.h"

namespace gyre::fuzz {
namespace {

using registry::internal::SplitUri;

constexpr std::string_view kRoot = "mlflow-artifacts:/0/r1/artifacts";

void Expect(bool holds, const char* what) {
  if (holds) return;
  fmt::print(stderr, "does not hold: {}\n", what);
  std::abort();
}

class OneRun final : public registry::Origins {
 public:
  base::Result<std::optional<Origin>> FindRun(std::string_view run_id) override {
    if (run_id != "r1") return std::optional<Origin>();
    return std::optional(Origin{.artifact_uri = std::string(kRoot), .run_id = "r1"});
  }
  base::Result<std::optional<Origin>> FindLoggedModel(std::string_view) override { return std::optional<Origin>(); }
  base::Result<void> NoteVersion(std::string_view, const registry::VersionRef&) override { return base::Ok(); }
};

void CheckAccepted(std::string_view source) {
  const auto uri = SplitUri(source);
  Expect(!uri.scheme.empty() && uri.scheme != "file", "a source is no path of this machine");
  for (const auto name : base::Split(uri.path, '/')) Expect(name != ".." && name != ".", "a source does not climb");
  Expect(source.find('\0') == std::string_view::npos, "a source has no zero bytes");
  if (uri.scheme == "runs") Expect(registry::internal::ParseRunsUri(source)->run_id == "r1", "it is the run's own");
  if (uri.scheme == "mlflow-artifacts") Expect(uri.authority.empty(), "it is on this server");
}

}  // namespace

int FuzzOne(const uint8_t* bytes, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  OneRun origins;
  if (registry::internal::CheckSource(input, "r1", "", &origins)) CheckAccepted(input);
  if (const auto model = registry::internal::ParseModelUri(input)) {
    Expect(model->model_id.empty() != model->name.empty(), "it names a logged model or a registered one");
    Expect(!model->version || *model->version >= 0, "versions are numbers");
  }
  (void)registry::internal::CheckHost(input);
  return 0;
}

}  // namespace gyre::fuzz
