#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

#include "search/condition.h"

namespace gyre::search {

/// A set of comparators.
class Comparators {
 public:
  constexpr Comparators() = default;
  constexpr Comparators(std::initializer_list<Comparator> comparators) {
    for (const auto comparator : comparators) bits_ |= 1U << static_cast<unsigned>(comparator);
  }
  constexpr bool Has(Comparator comparator) const { return (bits_ >> static_cast<unsigned>(comparator) & 1U) != 0; }

 private:
  uint32_t bits_ = 0;
};

inline constexpr Comparators kNumberComparators = {Comparator::kEqual,   Comparator::kNotEqual,
                                                   Comparator::kLess,    Comparator::kLessEqual,
                                                   Comparator::kGreater, Comparator::kGreaterEqual};
inline constexpr Comparators kTextComparators = {Comparator::kEqual, Comparator::kNotEqual, Comparator::kLike,
                                                 Comparator::kILike};
/// Of texts that may be compared with lists.
inline constexpr Comparators kListComparators = {Comparator::kEqual, Comparator::kNotEqual, Comparator::kLike,
                                                 Comparator::kILike, Comparator::kIn,       Comparator::kNotIn};
/// Of things that may be absent.
inline constexpr Comparators kKeyedComparators = {Comparator::kEqual, Comparator::kNotEqual, Comparator::kLike,
                                                  Comparator::kILike, Comparator::kIsNull,   Comparator::kIsNotNull};

/// A column of the entity as the grammar knows it.
struct Attribute {
  enum class Type {
    kText,
    kInteger,      ///< compared with a number; a fraction is taken too
    kWholeNumber,  ///< compared with an integer only
  };
  std::string_view name;
  std::string_view means = {};  ///< of an alias, the attribute it stands for
  Type type = Type::kText;
  Comparators comparators = kTextComparators;
  bool filter = true;  ///< may stand in a filter
  bool order = true;   ///< may stand in order_by
};

/// A kind of key: `prefix.key`.
struct Prefix {
  std::string_view name;
  Field field = Field::kAttribute;
};

/// What may be asked for with a key of some field.
struct FieldRule {
  Field field = Field::kTag;
  Comparators comparators;
  bool filter = true;
  bool order = true;
  bool aggregates = false;                   ///< max(key) and min(key) are known
  std::span<const std::string_view> keys{};  ///< if these are all there are
};

/// Whose wording the errors have: MLflow says the same thing differently for each entity, and clients' tests look for
/// it.
enum class Wording { kRuns, kExperiments, kRegistry, kLoggedModels, kTraces };

/// What may be searched for, and how. Made of constants by the module that owns the entity; the spans must outlive it.
struct Entity {
  Wording wording = Wording::kRuns;
  std::span<const Prefix> prefixes;  ///< attributes have theirs too; a name without a prefix is an attribute
  std::span<const Attribute> attributes;
  std::span<const FieldRule> fields;  ///< without kAttribute
  std::string_view prefix_names;      ///< as the error of a wrong prefix lists them
};

}  // namespace gyre::search
