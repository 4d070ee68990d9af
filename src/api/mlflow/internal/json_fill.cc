#include "api/mlflow/internal/json_fill.h"

#include <cmath>
#include <limits>

#include "api/mlflow/internal/json_dom.h"
#include "base/text.h"

namespace gyre::api::mlflow::internal {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

constexpr double kTwoTo63 = 9223372036854775808.0;

bool ReadWhole(const element& json, int64_t& number) {
  switch (json.type()) {
    case element_type::INT64:
      number = json.get_int64().value_unsafe();
      return true;
    case element_type::DOUBLE: {
      const double real = json.get_double().value_unsafe();
      if (std::trunc(real) != real || real < -kTwoTo63 || real >= kTwoTo63) return false;
      number = static_cast<int64_t>(real);
      return true;
    }
    case element_type::STRING: {
      const auto parsed = base::ParseInt(TextOf(json));
      if (parsed) number = *parsed;
      return parsed.has_value();
    }
    default:
      return false;
  }
}

bool ReadReal(const element& json, double& real) {
  switch (json.type()) {
    case element_type::INT64:
      real = static_cast<double>(json.get_int64().value_unsafe());
      return true;
    case element_type::UINT64:
      real = static_cast<double>(json.get_uint64().value_unsafe());
      return true;
    case element_type::DOUBLE:
      real = json.get_double().value_unsafe();
      return true;
    case element_type::BOOL:
      real = json.get_bool().value_unsafe() ? 1 : 0;
      return true;
    case element_type::STRING: {
      const std::string_view text = TextOf(json);
      if (text == "nan") return false;
      if (text == "Infinity" || text == "-Infinity") {
        real = text[0] == '-' ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
        return true;
      }
      const auto parsed = base::ParseDouble(text);
      if (parsed) real = *parsed;
      return parsed.has_value();
    }
    default:
      return false;
  }
}

/// By name or number. `known` is false for a name that is none.
bool ReadEnum(const Field& field, const element& json, int64_t& number, bool& known) {
  known = true;
  if (json.type() == element_type::STRING) {
    const std::string_view name = TextOf(json);
    for (const auto& value : field.enumeration) {
      if (value.name == name) {
        number = value.number;
        return true;
      }
    }
  }
  if (!ReadWhole(json, number)) {
    known = false;
    return json.type() == element_type::STRING;
  }
  for (const auto& value : field.enumeration) {
    if (value.number == number) return true;
  }
  return false;
}

bool IsInt(Type type) {
  return type == Type::kInt32 || type == Type::kInt64;
}

}  // namespace

bool IsCamelOf(std::string_view name, std::string_view key) {
  size_t at = 0;
  bool upper = false;
  for (const char c : name) {
    if (c == '_') {
      upper = true;
      continue;
    }
    const char wanted = upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    upper = false;
    if (at >= key.size() || key[at] != wanted) return false;
    ++at;
  }
  return at == key.size();
}

bool IsNameOf(const Field& field, std::string_view key) {
  return key == field.name || (!field.alias.empty() && (key == field.alias || IsCamelOf(field.alias, key))) ||
         IsCamelOf(field.name, key);
}

bool ReadScalar(const Field& field, const element& json, Value& value) {
  value.present = true;
  switch (field.type) {
    case Type::kString:
      if (json.type() != element_type::STRING) return false;
      value.SetText(TextOf(json));
      return true;
    case Type::kInt32:
      return ReadWhole(json, value.number) && value.number >= std::numeric_limits<int32_t>::min() &&
             value.number <= std::numeric_limits<int32_t>::max();
    case Type::kInt64:
      return ReadWhole(json, value.number);
    case Type::kDouble:
      return ReadReal(json, value.real);
    case Type::kBool:
      if (json.type() != element_type::BOOL) return false;
      value.number = json.get_bool().value_unsafe() ? 1 : 0;
      return true;
    case Type::kEnum: {
      bool known = false;
      if (!ReadEnum(field, json, value.number, known)) return false;
      if (!known) value = Value();
      return true;
    }
    case Type::kMessage:
      return false;
  }
  return false;
}

bool JsonFill::Fill(const element& document, const Descriptor& descriptor) {
  if (document.type() != element_type::OBJECT) return false;
  return FillObject(document, descriptor, NewMessage(descriptor, 1));
}

size_t JsonFill::NewMessage(const Descriptor& descriptor, size_t count) {
  const size_t begin = values_.size();
  values_.resize(begin + count * descriptor.fields.size());
  return begin;
}

bool JsonFill::FillObject(const element& object, const Descriptor& descriptor, size_t begin) {
  const auto fields = descriptor.fields;
  size_t expected = 0;  // fields mostly come in one order, element after element
  for (const auto [key, json] : ObjectOf(object)) {
    size_t place = fields.size();
    for (size_t tried = 0; tried < fields.size(); ++tried) {
      const size_t candidate = expected + tried < fields.size() ? expected + tried : expected + tried - fields.size();
      if (fields[candidate].name == key) {
        place = candidate;
        break;
      }
    }
    bool by_name = place < fields.size();
    if (!by_name) {
      place = 0;
      while (place < fields.size() && !IsNameOf(fields[place], key)) ++place;
      if (place == fields.size()) continue;
      saw_camel_ = true;
      // The newer name counts, wherever it stands.
      if (values_[begin + place].present) continue;
    }
    expected = place + 1;
    if (json.is_null()) {
      values_[begin + place] = Value();
      continue;
    }
    if (!FillField(fields[place], json, begin + place)) return false;
  }
  return Complete(descriptor, begin);
}

bool JsonFill::FillField(const Field& field, const element& json, size_t place) {
  if (field.repeated) return FillList(field, json, place);
  if (field.type != Type::kMessage) return ReadScalar(field, json, values_[place]);
  if (json.type() != element_type::OBJECT) return false;
  // Counted here too, for JSON may name a key any number of times.
  if (values_.size() + field.message->fields.size() > kMaxValues) {
    too_many_ = true;
    return false;
  }
  const size_t begin = NewMessage(*field.message, 1);
  values_[place].present = true;
  values_[place].number = static_cast<int64_t>(begin);
  return FillObject(json, *field.message, begin);
}

bool JsonFill::FillList(const Field& field, const element& json, size_t place) {
  if (json.type() != element_type::ARRAY) return false;
  const auto array = ArrayOf(json);
  const bool messages = field.type == Type::kMessage;
  const size_t width = messages ? field.message->fields.size() : 1;
  const size_t count = array.size();
  if (count > kMaxValues || values_.size() + count * width > kMaxValues) {
    too_many_ = true;
    return false;
  }
  const size_t begin = values_.size();
  values_.resize(begin + count * width);
  values_[place].present = true;
  values_[place].number = static_cast<int64_t>(begin);
  values_[place].count = static_cast<uint32_t>(count);
  size_t at = begin;
  for (const auto item : array) {
    if (messages ? item.type() != element_type::OBJECT || !FillObject(item, *field.message, at)
                 : !ReadScalar(field, item, values_[at])) {
      return false;
    }
    at += width;
  }
  return true;
}

bool JsonFill::Complete(const Descriptor& descriptor, size_t begin) const {
  for (size_t i = 0; i < descriptor.fields.size(); ++i) {
    const auto& field = descriptor.fields[i];
    const auto& value = values_[begin + i];
    if (field.required && (!value.present || (field.type == Type::kString && !field.repeated && value.count == 0))) {
      return false;
    }
    if (value.present && IsInt(field.type) && !field.repeated &&
        (value.number < field.min || value.number > field.max)) {
      return false;
    }
  }
  return true;
}

}  // namespace gyre::api::mlflow::internal
