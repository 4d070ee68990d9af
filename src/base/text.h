#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::base {

std::string HexEncode(std::span<const unsigned char> bytes);
/// Nothing if `text` is not an even number of hexadecimal digits.
std::optional<std::string> HexDecode(std::string_view text);

std::string_view Trim(std::string_view text);
std::vector<std::string_view> Split(std::string_view text, char separator);
std::string Join(std::span<const std::string> parts, std::string_view separator);
std::string ToLower(std::string_view text);
/// Every `from` (not empty) in `text` replaced.
std::string ReplaceAll(std::string_view text, std::string_view from, std::string_view to);
/// ASCII only, as header names are.
bool EqualsIgnoreCase(std::string_view a, std::string_view b);

/// The whole of `text` as a number; nothing if any of it is not.
std::optional<int64_t> ParseInt(std::string_view text);
std::optional<double> ParseDouble(std::string_view text);

/// The shortest text that reads back as the same number; "NaN", "Infinity" and "-Infinity" for the rest.
std::string FormatDouble(double value);

/// The candidate nearest to `word` by edit distance, if it is near enough to be a likely slip of the pen.
std::optional<std::string> ClosestMatch(std::string_view word, std::span<const std::string> candidates);

bool IsValidUtf8(std::string_view text);
/// Characters (code points) of valid UTF-8.
size_t Utf8Length(std::string_view text);

/// "1.2 MB".
std::string FormatBytes(uint64_t bytes);

}  // namespace gyre::base
