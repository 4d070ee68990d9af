#include "base/log.h"

#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "base/json.h"
#include "base/text.h"
#include "base/time.h"

namespace gyre::base {
namespace {

std::string_view LevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    default:
      return "error";
  }
}

std::string JsonLine(Timestamp now, LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  auto line =
      fmt::format(R"({{"time":"{}","level":"{}","event":{})", FormatTimestamp(now), LevelName(level), DumpJson(event));
  for (const auto& field : fields) {
    const auto value = std::visit([](const auto& v) { return DumpJson(Json(v)); }, field.value);
    line += fmt::format(",{}:{}", DumpJson(Json(field.key)), value);
  }
  return line + "}";
}

std::string TextLine(Timestamp now, LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  auto line = fmt::format("{} {:<7} {}", FormatTimestamp(now).substr(11, 8), LevelName(level), event);
  for (const auto& field : fields) {
    const auto value = std::visit([](const auto& v) { return fmt::format("{}", v); }, field.value);
    line += fmt::format(" {}={}", field.key, value);
  }
  return line;
}

}  // namespace

Result<LogLevel> ParseLogLevel(std::string_view text) {
  if (text == "debug") return LogLevel::kDebug;
  if (text == "info") return LogLevel::kInfo;
  if (text == "warning") return LogLevel::kWarning;
  if (text == "error") return LogLevel::kError;
  if (text == "off") return LogLevel::kOff;
  return InvalidArgument(fmt::format("log level must be debug, info, warning, error or off, not '{}'", text),
                         "log-level");
}

Result<LogFormat> ParseLogFormat(std::string_view text) {
  if (text == "json") return LogFormat::kJson;
  if (text == "text") return LogFormat::kText;
  return InvalidArgument(fmt::format("log format must be json or text, not '{}'", text), "log-format");
}

struct Logger::Sink {
  Sink() = default;
  /// The thread first: it writes what is queued, each line with a hold on the logger, and is joined.
  ~Sink() { writer.reset(); }
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  std::shared_ptr<spdlog::details::thread_pool> writer = std::make_shared<spdlog::details::thread_pool>(8192, 1);
  std::shared_ptr<spdlog::async_logger> logger = std::make_shared<spdlog::async_logger>(
      "gyre", std::make_shared<spdlog::sinks::stderr_sink_mt>(), writer, spdlog::async_overflow_policy::overrun_oldest);
};

Logger::Logger(const Options& options) : options_(options), sink_(std::make_unique<Sink>()) {
  sink_->logger->set_pattern("%v");
  sink_->logger->set_level(spdlog::level::trace);
}
Logger::~Logger() = default;

void Logger::Write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (level < options_.level) return;
  const auto now = SystemClock().Now();
  sink_->logger->info(options_.format == LogFormat::kJson ? JsonLine(now, level, event, fields)
                                                          : TextLine(now, level, event, fields));
}

void Logger::Debug(std::string_view event, std::initializer_list<LogField> fields) {
  Write(LogLevel::kDebug, event, fields);
}
void Logger::Info(std::string_view event, std::initializer_list<LogField> fields) {
  Write(LogLevel::kInfo, event, fields);
}
void Logger::Warn(std::string_view event, std::initializer_list<LogField> fields) {
  Write(LogLevel::kWarning, event, fields);
}
void Logger::Error(std::string_view event, std::initializer_list<LogField> fields) {
  Write(LogLevel::kError, event, fields);
}

}  // namespace gyre::base
