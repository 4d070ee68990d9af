// Takes the input for the path of an artifact as a client may send it. What is accepted must lie in the tree, be plain
// text, and mean the same when it is sent again.
#include <cstdlib>

#include "api/mlflow/internal/artifacts_path.h"
#include "artifacts/path.h"
#include "base/text.h"
#include "target.h"

namespace gyre::fuzz {
namespace {

void Expect(bool holds, const char* what) {
  if (holds) return;
  fmt::print(stderr, "does not hold: {}\n", what);
  std::abort();
}

void CheckInTree(std::string_view path) {
  Expect(!path.starts_with('/') && !path.ends_with('/'), "a path is relative and ends in a name");
  Expect(base::IsValidUtf8(path), "a path is text");
  for (const char c : path) Expect(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f, "a path has no control bytes");
  if (path.empty()) return;
  for (const auto name : base::Split(path, '/')) {
    Expect(!name.empty() && name != "." && name != "..", "every name is one");
  }
}

}  // namespace

int FuzzOne(const uint8_t* bytes, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  if (const auto clean = artifacts::CleanPath(input)) {
    CheckInTree(*clean);
    Expect(artifacts::CleanPath(*clean).value() == *clean, "a clean path is clean");
  }
  if (const auto folder = artifacts::PathOfUri(input)) CheckInTree(*folder);
  if (const auto safe = api::mlflow::internal::SafePath(input)) {
    CheckInTree(*safe);
    Expect(safe->find_first_of("\\#") == std::string::npos, "no backslash and no fragment");
    Expect(api::mlflow::internal::SafePath(*safe).value() == *safe, "a safe path means itself");
  }
  if (const auto name = api::mlflow::internal::SafeFileName(input)) {
    CheckInTree(*name);
    Expect(!name->empty() && name->find('/') == std::string::npos, "a file name is one name");
  }
  return 0;
}

}  // namespace gyre::fuzz
