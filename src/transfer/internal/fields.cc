#include "transfer/internal/fields.h"

#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace gyre::transfer::internal {
namespace {

const base::Json& Empty(bool array) {
  static const base::Json kArray = base::Json::array();
  static const base::Json kObject = base::Json::object();
  return array ? kArray : kObject;
}

}  // namespace

std::optional<double> ParseReal(std::string_view text) {
  const auto word = base::ToLower(text);
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (word == "nan") return std::nan("");
  if (word == "inf" || word == "infinity") return kInfinity;
  if (word == "-inf" || word == "-infinity") return -kInfinity;
  return base::ParseDouble(text);
}

const base::Json* Fields::Find(std::string_view key) const {
  if (!object_.is_object()) return nullptr;
  const auto found = object_.find(key);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

base::Error Fields::Wrong(std::string_view key, std::string_view expected) const {
  return base::InvalidArgument(fmt::format("{}: '{}' must be {}", what_, key, expected), std::string(key));
}

base::Result<std::optional<std::string>> Fields::OptionalText(std::string_view key) const {
  const auto* value = Find(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_string()) return value->get<std::string>();
  if (value->is_number() || value->is_boolean()) return value->dump();
  return Wrong(key, "a text");
}

base::Result<std::string> Fields::Text(std::string_view key) const {
  return TRY(OptionalText(key)).value_or("");
}

base::Result<std::string> Fields::Required(std::string_view key) const {
  auto text = TRY(Text(key));
  if (text.empty()) return base::InvalidArgument(fmt::format("{} has no '{}'", what_, key), std::string(key));
  return text;
}

base::Result<std::optional<int64_t>> Fields::OptionalInt(std::string_view key) const {
  const auto* value = Find(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_number_unsigned() && value->get<uint64_t>() > static_cast<uint64_t>(INT64_MAX)) {
    return Wrong(key, "an integer");
  }
  if (value->is_number_integer()) return value->get<int64_t>();
  const auto parsed = value->is_string() ? base::ParseInt(value->get_ref<const std::string&>()) : std::nullopt;
  if (!parsed) return Wrong(key, "an integer");
  return parsed;
}

base::Result<int64_t> Fields::Int(std::string_view key) const {
  return TRY(OptionalInt(key)).value_or(0);
}

base::Result<double> Fields::Real(std::string_view key) const {
  const auto* value = Find(key);
  if (value == nullptr) return 0.0;
  if (value->is_number()) return value->get<double>();
  const auto parsed = value->is_string() ? ParseReal(value->get_ref<const std::string&>()) : std::nullopt;
  if (!parsed) return Wrong(key, "a number");
  return *parsed;
}

base::Result<Texts> Fields::Pairs(std::string_view key) const {
  Texts pairs;
  const auto* value = Find(key);
  if (value == nullptr) return pairs;
  if (value->is_object()) {
    const Fields entries(*value, what_);
    for (const auto& [name, entry] : value->items()) pairs[name] = TRY(entries.Text(name));
    return pairs;
  }
  if (!value->is_array()) return Wrong(key, "a list of keys and values");
  for (const auto& entry : *value) {
    const Fields pair(entry, what_);
    auto name = TRY(pair.Required("key"));
    pairs[std::move(name)] = TRY(pair.Text("value"));
  }
  return pairs;
}

base::Result<const base::Json*> Fields::Array(std::string_view key) const {
  const auto* value = Find(key);
  if (value == nullptr) return &Empty(true);
  if (!value->is_array()) return Wrong(key, "a list");
  return value;
}

base::Result<const base::Json*> Fields::Object(std::string_view key) const {
  const auto* value = Find(key);
  if (value == nullptr) return &Empty(false);
  if (!value->is_object()) return Wrong(key, "an object");
  return value;
}

}  // namespace gyre::transfer::internal
