#pragma once

#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"

namespace gyre::cli {

/// Where commands print: facts on standard output, progress and errors on standard error. Colours and moving progress
/// only on a terminal, and no colours with NO_COLOR. One thread.
class Terminal {
 public:
  Terminal();

  void Line(std::string_view text);
  void Json(const base::Json& json);
  /// The error for people, or as JSON if that was asked for.
  void Error(const base::Error& error, bool as_json);
  void Note(std::string_view text);

  /// A table with aligned columns; the first row is the head.
  void Table(const std::vector<std::vector<std::string>>& rows);

  enum class Mark { kDone, kFailed, kCached, kWaiting };
  /// "  ✓ train      8 trials, brier 0.041        12.3 s": the last word about a stage.
  void Stage(Mark mark, std::string_view name, std::string_view figure, std::string_view time);
  /// What is going on now; overwritten by whatever comes next. Only on a terminal.
  void Progress(std::string_view name, double fraction, std::string_view note);
  void ClearProgress();

  /// Switches stage and progress lines off: with --json nothing but the JSON is printed.
  void Quiet() { quiet_ = true; }
  bool is_terminal() const { return moving_; }
  std::string Bold(std::string_view text) const;

 private:
  std::string Colour(std::string_view code, std::string_view text) const;

  bool colours_;
  bool moving_;
  bool quiet_ = false;
  bool progress_shown_ = false;
};

}  // namespace gyre::cli
