#include "onnx/runtime.h"

#include <onnxruntime_session_options_config_keys.h>

#include "onnx/graph.h"
#include "onnx/internal/session_state.h"
#include "onnx/session.h"

namespace gyre::onnx {
namespace {

using base::ErrorCode;
using internal::Environment;
using internal::Owned;

void LogMessage(void* logger, OrtLoggingLevel severity, const char* category, const char*, const char* location,
                const char* message) {
  if (logger == nullptr) return;
  auto& log = *static_cast<base::Logger*>(logger);
  const auto text = internal::OneLine(message);
  const auto fields = {base::LogField{"message", std::string_view(text)},
                       base::LogField{"category", std::string_view(category)},
                       base::LogField{"location", std::string_view(location)}};
  if (severity >= ORT_LOGGING_LEVEL_ERROR) {
    log.Error("onnxruntime_reported", fields);
  } else {
    log.Warn("onnxruntime_reported", fields);
  }
}

GraphOptimizationLevel LevelOf(GraphOptimization optimization) {
  switch (optimization) {
    case GraphOptimization::kNone:
      return ORT_DISABLE_ALL;
    case GraphOptimization::kBasic:
      return ORT_ENABLE_BASIC;
    case GraphOptimization::kExtended:
      return ORT_ENABLE_EXTENDED;
    case GraphOptimization::kAll:
      break;
  }
  return ORT_ENABLE_ALL;
}

base::Result<Owned<OrtSessionOptions>> MakeOptions(const Environment& environment, const SessionOptions& options) {
  const auto& api = environment.api();
  const auto check = [&](OrtStatus* status) {
    return environment.Check(status, ErrorCode::kInternal, "setting up a session");
  };
  OrtSessionOptions* made = nullptr;
  TRY(check(api.CreateSessionOptions(&made)));
  Owned<OrtSessionOptions> owned(made, {api.ReleaseSessionOptions});
  TRY(check(api.SetIntraOpNumThreads(made, options.intra_op_threads)));
  TRY(check(api.SetInterOpNumThreads(made, 1)));
  TRY(check(api.SetSessionExecutionMode(made, ORT_SEQUENTIAL)));
  TRY(check(api.SetSessionGraphOptimizationLevel(made, LevelOf(options.optimization))));
  if (options.use_arena) {
    TRY(check(api.EnableCpuMemArena(made)));
    TRY(check(api.EnableMemPattern(made)));
  } else {
    TRY(check(api.DisableCpuMemArena(made)));
    TRY(check(api.DisableMemPattern(made)));
    // The environment's allocator is the counting one; the arena is the session's own.
    TRY(check(api.AddSessionConfigEntry(made, "session.use_env_allocators", "1")));
  }
  const char* spin = options.allow_spinning ? "1" : "0";
  TRY(check(api.AddSessionConfigEntry(made, kOrtSessionOptionsConfigAllowIntraOpSpinning, spin)));
  TRY(check(api.AddSessionConfigEntry(made, kOrtSessionOptionsConfigAllowInterOpSpinning, spin)));
  const auto level = environment.logger() != nullptr ? ORT_LOGGING_LEVEL_WARNING : ORT_LOGGING_LEVEL_FATAL;
  TRY(check(api.SetUserLoggingFunction(made, LogMessage, environment.logger())));
  TRY(check(api.SetSessionLogSeverityLevel(made, level)));
  return owned;
}

/// ONNX Runtime's status of building a graph, in terms of who can do something about it.
base::Result<void> CheckLoad(const internal::SessionState& state, OrtStatus* status) {
  if (status == nullptr) return base::Ok();
  const auto code = state.api().GetErrorCode(status);
  auto failed = state.environment->Check(status, ErrorCode::kInvalidArgument, "ONNX Runtime refuses the graph");
  if (state.budget->refusals() != 0) {
    return base::Error(ErrorCode::kResourceExhausted,
                       fmt::format("the model does not fit into its memory limit of {} bytes", state.budget->limit()));
  }
  if (code == ORT_NOT_IMPLEMENTED) return base::Error(ErrorCode::kUnsupported, failed.error().message());
  return failed;
}

base::Result<void> CheckOptions(const SessionOptions& options) {
  if (options.intra_op_threads < 1)
    return base::InvalidArgument("intra_op_threads must be at least 1", "intra_op_threads");
  if (options.memory_limit_bytes != 0 && (options.use_arena || options.intra_op_threads != 1)) {
    return base::InvalidArgument("a memory limit needs one intra-op thread and no arena", "memory_limit_bytes");
  }
  return base::Ok();
}

}  // namespace

base::Result<std::shared_ptr<const Environment>> Runtime::Open() {
  const std::lock_guard lock(mutex_);
  if (environment_ == nullptr) environment_ = TRY(Environment::Open(logger_));
  return environment_;
}

base::Result<std::shared_ptr<Session>> Runtime::Load(std::string_view graph, const SessionOptions& options) {
  TRY(CheckOptions(options));
  // For its checks alone; ONNX Runtime parses again, but that is a small part of building a session.
  TRY(Graph::Parse(graph));
  auto state = std::make_unique<internal::SessionState>();
  state->environment = TRY(Open());
  state->budget.reset(new internal::MemoryBudget(options.memory_limit_bytes));
  const auto session_options = TRY(MakeOptions(*state->environment, options));
  OrtSession* session = nullptr;
  OrtStatus* status = nullptr;
  {
    const internal::BudgetScope scope(state->budget.get());
    status = state->api().CreateSessionFromArray(state->environment->env(), graph.data(), graph.size(),
                                                 session_options.get(), &session);
  }
  TRY(CheckLoad(*state, status));
  state->session = Owned<OrtSession>(session, {state->api().ReleaseSession});
  TRY(internal::DescribeSession(*state));
  return std::make_shared<Session>(std::move(state));
}

}  // namespace gyre::onnx
