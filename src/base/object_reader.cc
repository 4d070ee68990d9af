#include "base/object_reader.h"

#include "base/text.h"

namespace gyre::base {
namespace {

const Json kEmptyObject = Json::object();
const Json kEmptyArray = Json::array();

/// What was found, short enough to repeat back to the caller.
std::string Shown(const Json& value) {
  auto text = DumpJson(value);
  if (text.size() > 60) {
    text.resize(57);
    text += "...";
  }
  return text;
}

}  // namespace

std::string ObjectReader::PathOf(std::string_view key) const {
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

Error ObjectReader::WrongType(std::string_view key, std::string_view expected, const Json& found) const {
  return InvalidArgument(fmt::format("{} must be {}, not {}", PathOf(key), expected, Shown(found)), PathOf(key));
}

const Json* ObjectReader::Find(std::string_view key) const {
  if (!object_.is_object()) return nullptr;
  const auto found = object_.find(key);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

bool ObjectReader::Has(std::string_view key) const {
  return Find(key) != nullptr;
}

Result<const Json*> ObjectReader::Required(std::string_view key) const {
  if (!object_.is_object()) {
    return InvalidArgument(fmt::format("{} must be an object, not {}", path_.empty() ? "it" : path_, Shown(object_)),
                           path_);
  }
  const Json* value = Find(key);
  if (value == nullptr) return InvalidArgument(fmt::format("{} is missing", PathOf(key)), PathOf(key));
  return value;
}

Result<void> ObjectReader::AllowOnly(std::initializer_list<std::string_view> keys) const {
  if (!object_.is_object()) {
    return InvalidArgument(fmt::format("{} must be an object, not {}", path_.empty() ? "it" : path_, Shown(object_)),
                           path_);
  }
  for (const auto& [key, value] : object_.items()) {
    if (std::ranges::find(keys, key) != keys.end()) continue;
    std::vector<std::string> known(keys.begin(), keys.end());
    const auto meant = ClosestMatch(key, known);
    const auto hint = meant ? fmt::format("did you mean '{}'?", *meant) : fmt::format("it takes {}", Join(known, ", "));
    return InvalidArgument(fmt::format("{} is not a known field; {}", PathOf(key), hint), PathOf(key));
  }
  return Ok();
}

Result<std::string> ObjectReader::String(std::string_view key) const {
  const Json* value = TRY(Required(key));
  if (!value->is_string()) return WrongType(key, "a string", *value);
  return value->get<std::string>();
}

Result<std::string> ObjectReader::String(std::string_view key, std::string_view fallback) const {
  if (!Has(key)) return std::string(fallback);
  return String(key);
}

Result<int64_t> ObjectReader::Int(std::string_view key) const {
  const Json* value = TRY(Required(key));
  if (value->is_number_unsigned() && value->get<uint64_t>() > INT64_MAX)
    return WrongType(key, "a smaller integer", *value);
  if (value->is_number_integer()) return value->get<int64_t>();
  return WrongType(key, "an integer", *value);
}

Result<int64_t> ObjectReader::Int(std::string_view key, int64_t fallback) const {
  if (!Has(key)) return fallback;
  return Int(key);
}

Result<uint64_t> ObjectReader::Count(std::string_view key) const {
  const Json* value = TRY(Required(key));
  if (value->is_number_unsigned()) return value->get<uint64_t>();
  if (value->is_number_integer() && value->get<int64_t>() >= 0) return value->get<uint64_t>();
  return WrongType(key, "an integer of 0 or more", *value);
}

Result<double> ObjectReader::Number(std::string_view key) const {
  const Json* value = TRY(Required(key));
  if (!value->is_number()) return WrongType(key, "a number", *value);
  return value->get<double>();
}

Result<double> ObjectReader::Number(std::string_view key, double fallback) const {
  if (!Has(key)) return fallback;
  return Number(key);
}

Result<bool> ObjectReader::Bool(std::string_view key, bool fallback) const {
  const Json* value = Find(key);
  if (value == nullptr) return fallback;
  if (!value->is_boolean()) return WrongType(key, "true or false", *value);
  return value->get<bool>();
}

Result<std::vector<std::string>> ObjectReader::Strings(std::string_view key) const {
  const Json* value = TRY(Required(key));
  if (!value->is_array()) return WrongType(key, "a list of strings", *value);
  std::vector<std::string> strings;
  for (const auto& item : *value) {
    if (!item.is_string()) return WrongType(key, "a list of strings", *value);
    strings.push_back(item.get<std::string>());
  }
  return strings;
}

Result<std::vector<std::string>> ObjectReader::Strings(std::string_view key, std::vector<std::string> fallback) const {
  if (!Has(key)) return fallback;
  return Strings(key);
}

Result<const Json*> ObjectReader::Object(std::string_view key) const {
  const Json* value = Find(key);
  if (value == nullptr) return &kEmptyObject;
  if (!value->is_object()) return WrongType(key, "an object", *value);
  return value;
}

Result<const Json*> ObjectReader::Array(std::string_view key) const {
  const Json* value = Find(key);
  if (value == nullptr) return &kEmptyArray;
  if (!value->is_array()) return WrongType(key, "a list", *value);
  return value;
}

}  // namespace gyre::base
