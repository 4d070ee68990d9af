#include "cli/terminal.h"

#include <cstdlib>
#include <sys/ioctl.h>
#include <unistd.h>

namespace gyre::cli {
namespace {

/// Columns a text takes, counting a UTF-8 sequence as one.
size_t Width(std::string_view text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

/// Bytes of a sequence that sets a colour, "ESC [ 1;31 m", which `text` starts with; 0 if it is something else.
size_t ColourAt(std::string_view text) {
  if (!text.starts_with("\033[")) return 0;
  const auto end = text.find_first_not_of("0123456789;", 2);
  return end != std::string_view::npos && text[end] == 'm' ? end + 1 : 0;
}

/// Without what would move the cursor or worse: texts come from servers, files and programs.
std::string Printable(std::string_view text) {
  std::string printable;
  for (size_t i = 0; i < text.size(); ++i) {
    if (const size_t colour = ColourAt(text.substr(i)); colour > 0) {
      printable += text.substr(i, colour);
      i += colour - 1;
      continue;
    }
    const auto c = static_cast<unsigned char>(text[i]);
    // C1 controls are U+0080 to U+009F: C2 80 to C2 9F.
    const bool c1 = c == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (c1) ++i;
    if (!c1 && (c == '\n' || c == '\t' || (c >= 0x20 && c != 0x7F))) printable += text[i];
  }
  return printable;
}

std::string Padded(std::string_view text, size_t width) {
  std::string padded(text);
  const size_t used = Width(text);
  if (used < width) padded.append(width - used, ' ');
  return padded;
}

size_t TerminalWidth() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

}  // namespace

Terminal::Terminal()
    // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread runs yet
    : colours_(isatty(STDOUT_FILENO) != 0 && isatty(STDERR_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr),
      moving_(isatty(STDERR_FILENO) != 0) {}

std::string Terminal::Colour(std::string_view code, std::string_view text) const {
  return colours_ ? fmt::format("\033[{}m{}\033[0m", code, text) : std::string(text);
}

std::string Terminal::Bold(std::string_view text) const {
  return Colour("1", text);
}

void Terminal::Line(std::string_view text) {
  ClearProgress();
  fmt::print("{}\n", Printable(text));
  std::fflush(stdout);
}

void Terminal::Json(const base::Json& json) {
  ClearProgress();
  fmt::print("{}\n", base::PrettyJson(json));
  std::fflush(stdout);
}

void Terminal::Error(const base::Error& error, bool as_json) {
  ClearProgress();
  if (as_json) {
    Json({{"error_code", base::ErrorCodeName(error.code())},
          {"message", error.message()},
          {"details", {{"name", error.name()}}}});
    return;
  }
  fmt::print(stderr, "{} {}\n", Colour("31", "gyre:"), Printable(error.message()));
}

void Terminal::Note(std::string_view text) {
  if (quiet_) return;
  ClearProgress();
  fmt::print(stderr, "{}\n", Printable(text));
}

void Terminal::Table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Width(row[i]));
  }
  for (size_t r = 0; r < rows.size(); ++r) {
    std::string line;
    for (size_t i = 0; i < rows[r].size(); ++i) {
      const bool last = i + 1 == rows[r].size();
      line += last ? rows[r][i] : Padded(rows[r][i], widths[i] + 2);
    }
    Line(r == 0 ? Bold(line) : line);
  }
}

void Terminal::Stage(Mark mark, std::string_view name, std::string_view figure, std::string_view time) {
  if (quiet_) return;
  ClearProgress();
  std::string sign;
  switch (mark) {
    case Mark::kDone:
      sign = Colour("32", "✓");
      break;
    case Mark::kFailed:
      sign = Colour("31", "✗");
      break;
    case Mark::kCached:
      sign = Colour("36", "=");
      break;
    case Mark::kWaiting:
      sign = Colour("33", "-");
      break;
  }
  const auto line = time.empty() ? std::string(figure) : fmt::format("{} {}", Padded(figure, 61), time);
  fmt::print("  {} {} {}\n", sign, Padded(name, 11), Printable(line));
  std::fflush(stdout);
}

void Terminal::Progress(std::string_view name, double fraction, std::string_view note) {
  if (quiet_ || !moving_) return;
  constexpr int kBar = 24;
  std::string bar;
  if (fraction >= 0) {
    const int filled = static_cast<int>(std::min(1.0, fraction) * kBar);
    for (int i = 0; i < kBar; ++i) bar += i < filled ? "━" : "─";
    bar = fmt::format("{} {:3.0f}%  ", Colour("36", bar), fraction * 100);
  }
  auto tail = Printable(note);
  const size_t room = TerminalWidth();
  const size_t used = 16 + (fraction >= 0 ? kBar + 7 : 0);
  if (used + tail.size() > room) tail.resize(room > used ? room - used : 0);
  fmt::print(stderr, "\r\033[K  … {}{}{}", Padded(name, 12), bar, tail);
  std::fflush(stderr);
  progress_shown_ = true;
}

void Terminal::ClearProgress() {
  if (!progress_shown_) return;
  fmt::print(stderr, "\r\033[K");
  std::fflush(stderr);
  progress_shown_ = false;
}

}  // namespace gyre::cli
