#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"

namespace gyre::base {

struct LogField {
  std::string_view key;
  std::variant<std::string_view, int64_t, double, bool> value;
};

enum class LogLevel { kDebug, kInfo, kWarning, kError, kOff };
enum class LogFormat {
  kJson,  ///< one object per line: {"time", "level", "event", ...fields}
  kText,  ///< "12:00:01 INFO  event key=value", for a terminal
};

Result<LogLevel> ParseLogLevel(std::string_view text);
Result<LogFormat> ParseLogFormat(std::string_view text);

/// Structured log lines on standard error, written by a thread of their own: a slow reader never holds up the caller;
/// under a flood the oldest lines are dropped. Thread-safe; the events are past-tense facts ("model_loaded"), the
/// figures are fields.
class Logger {
 public:
  struct Options {
    LogLevel level = LogLevel::kInfo;
    LogFormat format = LogFormat::kJson;
  };
  explicit Logger(const Options& options);
  ~Logger();  ///< writes out what is queued
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

  /// For callers to whom gathering the fields is work.
  bool enabled(LogLevel level) const { return level >= options_.level; }

  void Debug(std::string_view event, std::initializer_list<LogField> fields = {});
  void Info(std::string_view event, std::initializer_list<LogField> fields = {});
  void Warn(std::string_view event, std::initializer_list<LogField> fields = {});
  void Error(std::string_view event, std::initializer_list<LogField> fields = {});

 private:
  struct Sink;
  void Write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields);

  Options options_;
  std::unique_ptr<Sink> sink_;
};

}  // namespace gyre::base
