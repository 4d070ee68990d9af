#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/mlflow/internal/descriptor.h"

namespace gyre::api::mlflow::internal {

/// One value that was read. A batch has thousands: 16 bytes each.
struct Value {
  bool present = false;
  uint32_t count = 0;  ///< elements of a list, bytes of a text
  union {
    int64_t number = 0;  ///< kInt32, kInt64, kBool, kEnum; of a message or a list where it begins among the values
    double real;
    const char* bytes;
  };

  /// "" if absent.
  std::string_view text() const { return present ? std::string_view(bytes, count) : std::string_view(); }
  void SetText(std::string_view text) {
    bytes = text.data();
    count = static_cast<uint32_t>(text.size());
  }
};
static_assert(sizeof(Value) == 16);

class List;

/// A message as it was read and checked by its descriptor. A view: text and lists last as long as the request is being
/// answered. Fields are asked for by name or, where that is hot, by place in the descriptor; a name that the descriptor
/// has not, or another type, is a bug (abort).
class Message {
 public:
  Message(const Descriptor& descriptor, const std::vector<Value>& values, size_t begin)
      : descriptor_(&descriptor), values_(&values), begin_(begin) {}

  /// Whether it was sent, and not as null. A list that was sent empty is there.
  bool Has(std::string_view name) const { return At(Place(name)).present; }

  /// "", 0, false if absent, as in MLflow's messages.
  std::string_view Text(std::string_view name) const { return At(Place(name)).text(); }
  int64_t Int(std::string_view name, int64_t fallback = 0) const;
  double Real(std::string_view name) const;
  bool Bool(std::string_view name, bool fallback = false) const { return Int(name, fallback ? 1 : 0) != 0; }
  /// The number of the enum's value.
  std::optional<int64_t> Enum(std::string_view name) const;

  /// What the answer would be confused by, had it been "": nothing for absent and for "".
  std::optional<std::string> NonEmpty(std::string_view name) const;
  std::optional<std::string> OptionalText(std::string_view name) const;
  std::optional<int64_t> OptionalInt(std::string_view name) const;

  /// The elements of a repeated field; empty if absent.
  List Items(std::string_view name) const;
  std::vector<std::string> Texts(std::string_view name) const;
  /// Nothing if absent.
  std::optional<Message> Nested(std::string_view name) const;

  const Value& At(size_t place) const { return (*values_)[begin_ + place]; }

 private:
  size_t Place(std::string_view name) const;

  const Descriptor* descriptor_;
  const std::vector<Value>* values_;
  size_t begin_;
};

/// The elements of a repeated field: `message(i)` where they are messages, else `value(i)`.
class List {
 public:
  List(const Field& field, const std::vector<Value>& values, const Value& value)
      : field_(&field),
        values_(&values),
        begin_(static_cast<size_t>(value.number)),
        size_(value.present ? value.count : 0) {}

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  Message message(size_t i) const { return {*field_->message, *values_, begin_ + i * field_->message->fields.size()}; }
  const Value& value(size_t i) const { return (*values_)[begin_ + i]; }

  class Iterator {
   public:
    Iterator(const List& list, size_t at) : list_(list), at_(at) {}
    Message operator*() const { return list_.message(at_); }
    Iterator& operator++() { return ++at_, *this; }
    bool operator!=(const Iterator& other) const { return at_ != other.at_; }

   private:
    const List& list_;
    size_t at_;
  };
  /// Over messages.
  Iterator begin() const { return {*this, 0}; }
  Iterator end() const { return {*this, size_}; }

 private:
  const Field* field_;
  const std::vector<Value>* values_;
  size_t begin_;
  size_t size_;
};

}  // namespace gyre::api::mlflow::internal
