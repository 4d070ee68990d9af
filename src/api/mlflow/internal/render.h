#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gyre::api::mlflow::internal {

/// Writes compact JSON in one pass to the end of a string, as MLflow's messages are written: 64-bit integers as
/// numbers, "NaN" and "Infinity" as strings. What is unset and lists that are empty are left out by the caller. The
/// caller keeps the order right; commas are put here. Text that is not UTF-8 is written with replacement characters.
///
///   JsonWriter json(response.body);
///   json.BeginObject().Text("run_id", id).BeginList("tags");
///   for (...) json.BeginObject().Text("key", key).EndObject();
///   json.EndList().EndObject();
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& BeginObject();                       ///< the document, or an element of a list
  JsonWriter& BeginObject(std::string_view name);  ///< a field
  JsonWriter& EndObject();
  JsonWriter& BeginList(std::string_view name);
  JsonWriter& EndList();

  JsonWriter& Text(std::string_view name, std::string_view value);
  JsonWriter& Int(std::string_view name, int64_t value);
  JsonWriter& Real(std::string_view name, double value);
  JsonWriter& Bool(std::string_view name, bool value);
  /// Left out if empty: for texts that MLflow does not set when there are none.
  JsonWriter& TextIfAny(std::string_view name, std::string_view value);
  /// An element of a list.
  JsonWriter& Item(std::string_view value);

 private:
  void Comma();
  void Name(std::string_view name);
  void Quoted(std::string_view text);

  std::string& out_;
  bool first_ = true;  ///< nothing was written yet in the innermost object or list
};

}  // namespace gyre::api::mlflow::internal
