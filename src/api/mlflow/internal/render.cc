#include "api/mlflow/internal/render.h"

#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/text.h"

namespace gyre::api::mlflow::internal {
namespace {

constexpr std::array<bool, 256> MakePlain() {
  std::array<bool, 256> plain{};
  for (size_t i = 0; i < plain.size(); ++i) plain[i] = i >= 0x20 && i < 0x80 && i != '"' && i != '\\';
  return plain;
}
constexpr auto kPlain = MakePlain();

template <class Number>
void AppendNumber(std::string& out, Number value) {
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  out.append(text.data(), end);
}

}  // namespace

void JsonWriter::Comma() {
  if (!first_) out_ += ',';
  first_ = false;
}

void JsonWriter::Name(std::string_view name) {
  Comma();
  out_ += '"';
  out_ += name;
  out_ += "\":";
}

void JsonWriter::Quoted(std::string_view text) {
  size_t plain = 0;
  while (plain < text.size() && kPlain[static_cast<unsigned char>(text[plain])]) ++plain;
  if (plain == text.size()) {
    out_ += '"';
    out_ += text;
    out_ += '"';
    return;
  }
  out_ += base::DumpJson(base::Json(std::string(text)));
}

JsonWriter& JsonWriter::BeginObject() {
  Comma();
  out_ += '{';
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::BeginObject(std::string_view name) {
  Name(name);
  out_ += '{';
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::EndObject() {
  out_ += '}';
  first_ = false;
  return *this;
}

JsonWriter& JsonWriter::BeginList(std::string_view name) {
  Name(name);
  out_ += '[';
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::EndList() {
  out_ += ']';
  first_ = false;
  return *this;
}

JsonWriter& JsonWriter::Text(std::string_view name, std::string_view value) {
  Name(name);
  Quoted(value);
  return *this;
}

JsonWriter& JsonWriter::TextIfAny(std::string_view name, std::string_view value) {
  if (!value.empty()) Text(name, value);
  return *this;
}

JsonWriter& JsonWriter::Int(std::string_view name, int64_t value) {
  Name(name);
  AppendNumber(out_, value);
  return *this;
}

JsonWriter& JsonWriter::Real(std::string_view name, double value) {
  Name(name);
  if (!std::isfinite(value)) {
    out_ += std::isnan(value) ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
    return *this;
  }
  const size_t begin = out_.size();
  AppendNumber(out_, value);
  // A number that stays one of floating point wherever it is read next.
  if (out_.find_first_of(".e", begin) == std::string::npos) out_ += ".0";
  return *this;
}

JsonWriter& JsonWriter::Bool(std::string_view name, bool value) {
  Name(name);
  out_ += value ? "true" : "false";
  return *this;
}

JsonWriter& JsonWriter::Item(std::string_view value) {
  Comma();
  Quoted(value);
  return *this;
}

}  // namespace gyre::api::mlflow::internal
