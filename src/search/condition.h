#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gyre::search {

/// What a clause looks at: a column of the entity itself, or one of the things that hang from it under a key.
enum class Field { kAttribute, kMetric, kParam, kTag, kDataset, kMetadata, kSpan, kFeedback, kExpectation };

enum class Comparator {
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kLike,   ///< case counts; % is any text, _ one character
  kILike,  ///< the same, ASCII letters without case
  kIn,
  kNotIn,
  kIsNull,  ///< the entity has no such key
  kIsNotNull,
};

/// "=", "NOT IN": as MLflow's messages have them.
std::string_view ComparatorName(Comparator comparator);

/// Which point of a metric is compared: MLflow knows the latest only.
enum class Aggregate { kLatest, kMin, kMax };

/// What the key is compared with: nothing (IS NULL), a number, a text, or the texts of a list.
using Literal = std::variant<std::monostate, int64_t, double, std::string, std::vector<std::string>>;

struct Clause {
  Field field = Field::kAttribute;
  std::string key;  ///< of an attribute, the name that an alias stands for
  Aggregate aggregate = Aggregate::kLatest;
  Comparator comparator = Comparator::kEqual;
  Literal value;

  bool operator==(const Clause&) const = default;
};

/// A filter as a tree. Every condition is true or false, never unknown: a clause on something the entity does not have
/// is false, whatever its comparator (but IS NULL is true), and NOT of it is true.
struct Condition {
  enum class Kind {
    kAll,  ///< all of `parts`; of none, true: the empty filter
    kAny,  ///< one of `parts` at least; never empty
    kNot,  ///< not its one part
    kClause,
  };
  Kind kind = Kind::kAll;
  std::vector<Condition> parts;
  Clause clause;  ///< of kClause

  bool operator==(const Condition&) const = default;
};

struct OrderKey {
  Field field = Field::kAttribute;
  std::string key;
  Aggregate aggregate = Aggregate::kLatest;
  bool descending = false;

  bool operator==(const OrderKey&) const = default;
};

}  // namespace gyre::search
