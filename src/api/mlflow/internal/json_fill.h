#pragma once

#include <cstddef>
#include <simdjson.h>
#include <string_view>
#include <vector>

#include "api/mlflow/internal/descriptor.h"
#include "api/mlflow/internal/message.h"

namespace gyre::api::mlflow::internal {

/// A request may hold so many values: more is no log of anything, but memory.
inline constexpr size_t kMaxValues = 1 << 19;

/// Puts a parsed JSON object into the places of a message, in one pass. It only tells whether all is well: what is
/// wrong is looked for by `Complain` in a second one.
class JsonFill {
 public:
  /// `values` is emptied; its capacity is kept.
  explicit JsonFill(std::vector<Value>& values) : values_(values) { values_.clear(); }

  /// The message begins at place 0. False if a value is of a wrong type, a required one is missing, or a number out of
  /// bounds.
  bool Fill(const simdjson::dom::element& document, const Descriptor& descriptor);

  bool too_many() const { return too_many_; }
  /// A field was written in lowerCamel: it may be there a second time.
  bool saw_camel() const { return saw_camel_; }

 private:
  size_t NewMessage(const Descriptor& descriptor, size_t count);
  bool FillObject(const simdjson::dom::element& object, const Descriptor& descriptor, size_t begin);
  bool FillField(const Field& field, const simdjson::dom::element& json, size_t place);
  bool FillList(const Field& field, const simdjson::dom::element& json, size_t place);
  bool Complete(const Descriptor& descriptor, size_t begin) const;

  std::vector<Value>& values_;
  bool too_many_ = false;
  bool saw_camel_ = false;
};

/// One scalar by the rules of protocol buffers' JSON; false if it is none of the field's type. Not null.
bool ReadScalar(const Field& field, const simdjson::dom::element& json, Value& value);
/// Whether `key` is the name, the lowerCamel form of the name, or the alias.
bool IsNameOf(const Field& field, std::string_view key);
bool IsCamelOf(std::string_view name, std::string_view key);

}  // namespace gyre::api::mlflow::internal
