#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/signature.h"

namespace gyre::serve::internal {

enum class FieldKind : uint8_t { kNumber, kCategory, kEventTime, kKey };

/// One field that a row may have.
struct Field {
  std::string name;
  FieldKind kind = FieldKind::kNumber;
  bool required = false;  ///< a feature that is not nullable
  uint32_t column = 0;    ///< among the numbers or among the categories of a row
  /// The name and its closing quote as JSON has them, if there is only one way to write them (no escapes).
  std::string closed;
};

/// A signature laid out for parsing: its features in order, then `event_time` and `key` unless a feature has that name.
/// Immutable.
class FeaturePlan {
 public:
  explicit FeaturePlan(const model::Signature& signature);

  static constexpr uint32_t kNone = ~0U;

  const std::vector<Field>& fields() const { return fields_; }
  size_t features() const { return features_; }
  size_t numbers() const { return numbers_; }
  size_t categories() const { return categories_; }

  /// Index into `fields()`, or kNone.
  uint32_t Find(std::string_view name) const;

  /// The field that was likely meant, in words: "; did you mean 'humid'?", or the fields there are.
  std::string HintFor(std::string_view name) const;

 private:
  void Add(Field field);
  void BuildTable();

  std::vector<Field> fields_;
  size_t features_ = 0;
  size_t numbers_ = 0;
  size_t categories_ = 0;
  std::vector<uint32_t> table_;  ///< open addressing by hash of the name; at most half full
};

}  // namespace gyre::serve::internal
