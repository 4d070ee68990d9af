#include "targets/local_target.h"

#include <fcntl.h>

#include "base/cancel.h"
#include "base/file.h"
#include "base/text.h"

namespace gyre::targets {
namespace {

using registry::VersionRef;

constexpr uint64_t kMaxOutput = 1 << 20;
constexpr size_t kShownOutput = 300;

/// Sanitizers reserve terabytes of address space at start.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kLimitsMemory = false;
#else
constexpr bool kLimitsMemory = true;
#endif

/// Not durable: the files live as long as the probe.
base::Result<void> WriteNewFile(const std::filesystem::path& path, std::string_view bytes) {
  const base::UniqueFd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd) return base::ErrnoError("cannot create", path);
  return base::WriteAll(fd.get(), bytes, path);
}

/// The message of the error that the child printed at its end; nothing if it printed none.
std::optional<std::string> PrintedMessage(std::string_view output) {
  const size_t at = output.starts_with('{') ? 0 : output.rfind("\n{");
  if (at == std::string_view::npos) return std::nullopt;
  const auto json = base::ParseJson(output.substr(at), "the child's output");
  if (!json || !json->is_object() || !json->contains("message") || !json->at("message").is_string()) {
    return std::nullopt;
  }
  return json->at("message").get<std::string>();
}

/// The end of what the child printed, as one line.
std::string Tail(std::string_view output) {
  output = base::Trim(output);
  if (output.size() > kShownOutput) output.remove_prefix(output.size() - kShownOutput);
  std::string line(output);
  std::ranges::replace(line, '\n', ' ');
  return line;
}

}  // namespace

struct LocalTarget::Impl {
  Impl(Options made_options, const Deps& made_deps) : options(std::move(made_options)), deps(made_deps) {}

  const Options options;
  const Deps deps;
  const base::Cancellation stopping = base::Cancellation::Make();

  std::mutex mutex;
  std::set<base::Digest> proven;                                         ///< guarded by mutex
  std::map<VersionRef, std::weak_ptr<const serve::LoadedModel>> loaded;  ///< guarded by mutex

  bool IsProven(const base::Digest& digest) {
    const std::lock_guard lock(mutex);
    return proven.contains(digest);
  }
  base::Result<void> RunProbe(const registry::ModelVersion& version);
  base::Result<void> WriteFiles(const registry::ModelVersion& version, const std::filesystem::path& folder);
  base::Error Refused(const VersionRef& version, const proc::ChildExit& exit, const std::string& output) const;

  std::shared_ptr<const serve::LoadedModel> Loaded(const VersionRef& version);
  base::Result<std::shared_ptr<const serve::LoadedModel>> Load(const VersionRef& version);
  base::Result<std::shared_ptr<const serve::LoadedModel>> LoadAnew(const VersionRef& version);
};

base::Result<void> LocalTarget::Impl::WriteFiles(const registry::ModelVersion& version,
                                                 const std::filesystem::path& folder) {
  for (const auto& [name, ref] : version.files) {
    if (!base::IsValidName(name)) return base::Corrupt(fmt::format("a bundle has no file '{}'", name), name);
    TRY(WriteNewFile(folder / name, TRY(deps.registry.LoadFile(version, name))));
  }
  return base::Ok();
}

base::Result<void> LocalTarget::Impl::RunProbe(const registry::ModelVersion& version) {
  TRY(base::MakeFolders(options.work_folder));
  const auto folder = TRY(base::TempFolder::Make(options.work_folder, "probe-"));
  const auto bundle = folder.path() / "bundle";
  TRY(base::MakeFolders(bundle));
  TRY(WriteFiles(version, bundle));
  proc::ChildSpec spec;
  spec.command = {std::filesystem::absolute(options.program).string(), "probe",
                  std::filesystem::absolute(bundle).string()};
  spec.folder = folder.path();
  spec.output = folder.path() / "output";
  spec.timeout = std::chrono::seconds(options.probe_seconds);
  if (kLimitsMemory) spec.memory_bytes = options.probe_memory_bytes;
  const auto exit = TRY(deps.children.Run(spec, stopping));
  if (exit.ok()) return base::Ok();
  return Refused(version.ref, exit, base::ReadFile(spec.output, kMaxOutput).value_or(std::string()));
}

base::Error LocalTarget::Impl::Refused(const VersionRef& version, const proc::ChildExit& exit,
                                       const std::string& output) const {
  if (exit.kind == proc::ExitKind::kCancelled) {
    return base::Error(base::ErrorCode::kCancelled, "the server is stopping", version.ToString());
  }
  const auto printed = PrintedMessage(output);
  std::string what = printed ? *printed : fmt::format("it {}", exit.Describe());
  if (exit.kind == proc::ExitKind::kTimedOut) {
    what = fmt::format("it had not loaded and answered after {} s", options.probe_seconds);
  } else if (output.find("bad_alloc") != std::string::npos || output.find("more memory") != std::string::npos) {
    what =
        fmt::format("it needs more than the {} of memory it may have", base::FormatBytes(options.probe_memory_bytes));
  } else if (!printed && !output.empty()) {
    what += fmt::format("; its last words: {}", Tail(output));
  }
  return base::Unprocessable(
      fmt::format("{} was tried in a process of its own and refused: {}", version.ToString(), what),
      version.ToString());
}

std::shared_ptr<const serve::LoadedModel> LocalTarget::Impl::Loaded(const VersionRef& version) {
  const std::lock_guard lock(mutex);
  const auto found = loaded.find(version);
  return found == loaded.end() ? nullptr : found->second.lock();
}

base::Result<std::shared_ptr<const serve::LoadedModel>> LocalTarget::Impl::LoadAnew(const VersionRef& version) {
  const auto bundle = TRY(deps.registry.LoadBundle(TRY(deps.registry.Get(version))));
  auto model = serve::LoadedModel::Load(deps.runtime, version, bundle);
  if (!model) return model.error().Within(fmt::format("loading {}", version.ToString()));
  return model;
}

base::Result<std::shared_ptr<const serve::LoadedModel>> LocalTarget::Impl::Load(const VersionRef& version) {
  if (auto model = Loaded(version)) return model;
  auto model = TRY(LoadAnew(version));
  const std::string name = version.ToString();
  deps.log.Info("model_loaded",
                {{"version", name}, {"row_cost_us", static_cast<double>(model->row_cost().count()) / 1000}});
  const std::lock_guard lock(mutex);
  std::erase_if(loaded, [](const auto& entry) { return entry.second.expired(); });
  loaded[version] = model;
  return model;
}

LocalTarget::LocalTarget(Options options, const Deps& deps) : impl_(std::make_unique<Impl>(std::move(options), deps)) {}

LocalTarget::~LocalTarget() {
  Stop();
}

void LocalTarget::Stop() {
  impl_->stopping.Cancel();
}

base::Result<void> LocalTarget::Probe(const VersionRef& ref) {
  const auto version = TRY(impl_->deps.registry.Servable(ref));
  if (impl_->IsProven(version.bundle_digest)) return base::Ok();
  const std::string name = ref.ToString();
  auto probed = impl_->RunProbe(version);
  if (!probed) {
    impl_->deps.log.Warn("probe_failed", {{"version", name}, {"reason", probed.error().message()}});
    return probed;
  }
  impl_->deps.log.Info("probe_passed", {{"version", name}});
  const std::lock_guard lock(impl_->mutex);
  impl_->proven.insert(version.bundle_digest);
  return base::Ok();
}

base::Result<void> LocalTarget::Apply(const serve::EndpointName& endpoint, const DesiredRouting& routing) {
  serve::Routing made{.champion = TRY(impl_->Load(routing.champion)),
                      .candidate_share = routing.candidate_share,
                      .paired = routing.paired};
  if (routing.candidate) made.candidate = TRY(impl_->Load(*routing.candidate));
  TRY(impl_->deps.endpoints.Install(endpoint, std::move(made)));
  const std::string champion = routing.champion.ToString();
  const std::string candidate = routing.candidate ? routing.candidate->ToString() : "";
  impl_->deps.log.Info("endpoint_routed", {{"endpoint", std::string_view(endpoint.value())},
                                           {"champion", std::string_view(champion)},
                                           {"candidate", std::string_view(candidate)},
                                           {"candidate_share", routing.candidate_share}});
  return base::Ok();
}

base::Result<void> LocalTarget::Remove(const serve::EndpointName& endpoint) {
  if (impl_->deps.endpoints.Remove(endpoint)) return base::Ok();
  return base::NotFound(fmt::format("there is no endpoint '{}'", endpoint.value()), endpoint.value());
}

}  // namespace gyre::targets
