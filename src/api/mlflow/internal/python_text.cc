#include "api/mlflow/internal/python_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "api/mlflow/internal/json_dom.h"
#include "base/json.h"

namespace gyre::api::mlflow::internal {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

void Append(const element& value, std::string& out);

void AppendObject(const element& value, std::string& out) {
  std::vector<std::pair<std::string_view, element>> fields;
  for (const auto [key, item] : ObjectOf(value)) fields.emplace_back(key, item);
  std::stable_sort(fields.begin(), fields.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  out += '{';
  for (size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) out += ',';
    out += PythonJson(fields[i].first);
    out += ':';
    Append(fields[i].second, out);
  }
  out += '}';
}

void Append(const element& value, std::string& out) {
  switch (value.type()) {
    case element_type::OBJECT:
      return AppendObject(value, out);
    case element_type::ARRAY: {
      out += '[';
      bool first = true;
      for (const auto item : ArrayOf(value)) {
        if (!std::exchange(first, false)) out += ',';
        Append(item, out);
      }
      out += ']';
      return;
    }
    case element_type::STRING:
      out += PythonJson(TextOf(value));
      return;
    case element_type::INT64:
      out += std::to_string(value.get_int64().value_unsafe());
      return;
    case element_type::UINT64:
      out += std::to_string(value.get_uint64().value_unsafe());
      return;
    case element_type::DOUBLE:
      out += PythonFloat(value.get_double().value_unsafe());
      return;
    case element_type::BOOL:
      out += value.get_bool().value_unsafe() ? "true" : "false";
      return;
    case element_type::NULL_VALUE:
      out += "null";
      return;
  }
}

}  // namespace

std::string PythonJson(const element& value) {
  std::string out;
  Append(value, out);
  return out;
}

std::string PythonJson(std::string_view text) {
  return base::Json(std::string(text)).dump(-1, ' ', true, base::Json::error_handler_t::replace);
}

std::string PythonFloat(double value) {
  if (!std::isfinite(value)) return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
  std::array<char, 32> buffer;
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific).ptr;
  const std::string_view text(buffer.data(), static_cast<size_t>(end - buffer.data()));
  // "-04" or "+16"; from_chars takes no plus.
  const auto digits = text.substr(text.find('e') + (text[text.find('e') + 1] == '+' ? 2 : 1));
  int exponent = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
  if (exponent < -4 || exponent >= 16) return std::string(text);
  std::array<char, 64> plain;
  const auto plain_end = std::to_chars(plain.data(), plain.data() + plain.size(), value, std::chars_format::fixed).ptr;
  std::string out(plain.data(), plain_end);
  if (out.find('.') == std::string::npos) out += ".0";
  return out;
}

std::string PythonRepr(std::string_view text) {
  const bool double_quotes = text.find('\'') != std::string_view::npos && text.find('"') == std::string_view::npos;
  const char quote = double_quotes ? '"' : '\'';
  std::string out(1, quote);
  for (const char c : text) {
    if (c == quote || c == '\\') out += '\\';
    out += c;
  }
  return out + quote;
}

std::string_view PythonType(const element& value) {
  switch (value.type()) {
    case element_type::OBJECT:
      return "dict";
    case element_type::ARRAY:
      return "list";
    case element_type::STRING:
      return "str";
    case element_type::INT64:
    case element_type::UINT64:
      return "int";
    case element_type::DOUBLE:
      return "float";
    case element_type::BOOL:
      return "bool";
    case element_type::NULL_VALUE:
      return "NoneType";
  }
  return "NoneType";
}

}  // namespace gyre::api::mlflow::internal
