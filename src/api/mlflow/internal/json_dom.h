#pragma once

#include <simdjson.h>
#include <string_view>

namespace gyre::api::mlflow::internal {

// By value and of a type that was asked for before, so that they can be walked over.

inline simdjson::dom::object ObjectOf(const simdjson::dom::element& json) {
  return json.get_object().value_unsafe();
}
inline simdjson::dom::array ArrayOf(const simdjson::dom::element& json) {
  return json.get_array().value_unsafe();
}
inline std::string_view TextOf(const simdjson::dom::element& json) {
  return json.get_string().value_unsafe();
}

}  // namespace gyre::api::mlflow::internal
