#include "api/mlflow/internal/complaint.h"

#include <fmt/format.h>
#include <string>

#include "api/mlflow/internal/json_dom.h"
#include "api/mlflow/internal/json_fill.h"
#include "api/mlflow/internal/python_text.h"

namespace gyre::api::mlflow::internal {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

constexpr std::string_view kSeeDocs = " See the API docs for more information about request parameters.";

Failure Invalid(const std::string& path, const element& value) {
  return InvalidParameter(fmt::format("Invalid value {} for parameter '{}' supplied:  Hint: Value was of type '{}'.{}",
                                      PythonJson(value), path, PythonType(value), kSeeDocs));
}

std::optional<element> FindField(const element& object, const Field& field) {
  std::optional<element> found;
  for (const auto [key, value] : ObjectOf(object)) {
    if (key == field.name || (!found && IsNameOf(field, key))) found = value;
  }
  if (found && found->is_null()) return std::nullopt;
  return found;
}

std::optional<Failure> CheckObject(const element& object, const Descriptor& descriptor, const std::string& prefix);

std::optional<Failure> CheckScalar(const Field& field, const element& value, const std::string& path) {
  Value read;
  // An enum's value that is unknown reads as absent.
  if (!ReadScalar(field, value, read) || (field.required && !read.present)) return Invalid(path, value);
  const bool whole = field.type == Type::kInt32 || field.type == Type::kInt64;
  if (!whole || (read.number >= field.min && read.number <= field.max)) return std::nullopt;
  if (field.range_message.empty()) return Invalid(path, value);
  return InvalidParameter(fmt::format("{}{}", field.range_message, kSeeDocs));
}

std::optional<Failure> CheckList(const Field& field, const element& value, const std::string& path) {
  if (value.type() != element_type::ARRAY) return Invalid(path, value);
  size_t i = 0;
  for (const auto item : ArrayOf(value)) {
    if (field.type == Type::kMessage) {
      const auto item_path = fmt::format("{}[{}]", path, i++);
      if (item.type() != element_type::OBJECT) return Invalid(item_path, item);
      if (auto failure = CheckObject(item, *field.message, item_path + ".")) return failure;
    } else if (Value read; item.is_null() || !ReadScalar(field, item, read)) {
      return Invalid(path, value);
    }
  }
  return std::nullopt;
}

std::optional<Failure> CheckField(const Field& field, const element& value, const std::string& path) {
  if (field.repeated) return CheckList(field, value, path);
  if (field.type != Type::kMessage) return CheckScalar(field, value, path);
  if (value.type() != element_type::OBJECT) return Invalid(path, value);
  return CheckObject(value, *field.message, path + ".");
}

bool IsEmptyText(const element& value) {
  return value.type() == element_type::STRING && TextOf(value).empty();
}

std::optional<Failure> CheckObject(const element& object, const Descriptor& descriptor, const std::string& prefix) {
  for (const auto& field : descriptor.fields) {
    const auto value = FindField(object, field);
    const auto path = prefix + std::string(field.name);
    if (field.required && (!value || IsEmptyText(*value))) {
      return InvalidParameter(fmt::format("Missing value for required parameter '{}'.{}", path, kSeeDocs));
    }
    if (!value) continue;
    if (auto failure = CheckField(field, *value, path)) return failure;
  }
  return std::nullopt;
}

}  // namespace

Failure Complain(const element& document, const Descriptor& descriptor) {
  if (document.type() != element_type::OBJECT) {
    return InvalidParameter(
        fmt::format("Invalid request: the body is a JSON {}; send an object.", PythonType(document)));
  }
  if (auto failure = CheckObject(document, descriptor, "")) return *failure;
  return InvalidParameter("Invalid request: a value is missing or of a wrong type.");
}

std::optional<Failure> FindTwice(const element& document, const Descriptor& descriptor) {
  if (document.type() != element_type::OBJECT) return std::nullopt;
  for (const auto& field : descriptor.fields) {
    std::string_view camel;
    bool plain = false;
    for (const auto [key, value] : ObjectOf(document)) {
      if (key == field.name) {
        plain = true;
      } else if (IsCamelOf(field.name, key)) {
        camel = key;
      }
    }
    if (plain && !camel.empty()) {
      return InvalidParameter(
          fmt::format("Request specifies both '{}' and '{}'; provide only one of them.", field.name, camel));
    }
    if (field.type != Type::kMessage) continue;
    const auto value = FindField(document, field);
    if (!value) continue;
    if (value->type() == element_type::OBJECT) {
      if (auto failure = FindTwice(*value, *field.message)) return failure;
    }
    if (value->type() != element_type::ARRAY) continue;
    for (const auto item : ArrayOf(*value)) {
      if (auto failure = FindTwice(item, *field.message)) return failure;
    }
  }
  return std::nullopt;
}

}  // namespace gyre::api::mlflow::internal
