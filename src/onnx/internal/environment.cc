#include "onnx/internal/environment.h"

#include "base/shared_library.h"
#include "onnx/internal/memory_budget.h"

namespace gyre::onnx::internal {
namespace {

constexpr size_t kMessageLimit = 400;

/// The environment outlives any one logger, so its own messages have nowhere to go; sessions log to theirs.
void Drop(void*, OrtLoggingLevel, const char*, const char*, const char*, const char*) {}

/// ONNX Runtime otherwise writes a database of what it runs under the user's cache folder and sends it to its maker
/// from a thread of its own. It reads the variable once, when its environment is made; OrtApi's own switch comes too
/// late for that. The program's only setenv: glibc then leaves the array that other threads may be reading as it is.
void DisableTelemetry() {
  setenv("ORT_DISABLE_TELEMETRY", "1", 0);  // NOLINT(concurrency-mt-unsafe)
}

base::Result<const OrtApi*> LoadApi() {
  DisableTelemetry();
  const auto library = TRY(base::SharedLibrary::Open("libonnxruntime.so.1"));
  const OrtApiBase* (*get_base)() = nullptr;
  TRY(library.Bind("OrtGetApiBase", get_base));
  const OrtApi* api = get_base()->GetApi(ORT_API_VERSION);
  if (api == nullptr) {
    return base::Unimplemented(
        fmt::format("libonnxruntime.so.1 is version {}, which is too old: version 1.{} or later is needed",
                    get_base()->GetVersionString(), ORT_API_VERSION),
        "libonnxruntime.so.1");
  }
  return api;
}

}  // namespace

base::Result<std::shared_ptr<const Environment>> Environment::Open(base::Logger* logger) {
  const auto* api = TRY(LoadApi());
  std::shared_ptr<Environment> made(new Environment(api, logger));
  const auto code = base::ErrorCode::kInternal;
  TRY(made->Check(api->CreateEnvWithCustomLogger(Drop, nullptr, ORT_LOGGING_LEVEL_FATAL, "gyre", &made->env_), code,
                  "making the ONNX Runtime environment"));
  TRY(made->Check(api->CreateCpuMemoryInfo(OrtDeviceAllocator, OrtMemTypeDefault, &made->cpu_), code,
                  "describing memory to ONNX Runtime"));
  TRY(made->Check(api->GetAllocatorWithDefaultOptions(&made->allocator_), code, "finding ONNX Runtime's allocator"));
  // Fails if an earlier Runtime of this process has registered it: there is only one, so that is as good.
  if (OrtStatus* status = api->RegisterAllocator(made->env_, BudgetAllocator(*api)); status != nullptr) {
    api->ReleaseStatus(status);
  }
  return made;
}

Environment::~Environment() {
  if (cpu_ != nullptr) api_->ReleaseMemoryInfo(cpu_);
  if (env_ != nullptr) api_->ReleaseEnv(env_);
}

base::Result<void> Environment::Check(OrtStatus* status, base::ErrorCode code, std::string_view action) const {
  if (status == nullptr) return base::Ok();
  const Owned<OrtStatus> owned(status, {api_->ReleaseStatus});
  return base::Error(code, fmt::format("{}: {}", action, OneLine(api_->GetErrorMessage(status))));
}

std::string OneLine(std::string_view message) {
  std::string line(message.substr(0, kMessageLimit));
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

}  // namespace gyre::onnx::internal
