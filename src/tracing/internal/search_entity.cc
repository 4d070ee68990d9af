#include "tracing/internal/search_entity.h"

#include <array>

namespace gyre::tracing::internal {
namespace {

using search::Attribute;
using search::Comparator;
using search::Comparators;
using search::Field;
using Type = search::Attribute::Type;

constexpr Comparators kNameComparators = {Comparator::kEqual,  Comparator::kNotEqual, Comparator::kLike,
                                          Comparator::kILike,  Comparator::kIn,       Comparator::kNotIn,
                                          Comparator::kIsNull, Comparator::kIsNotNull};
constexpr Comparators kPatternComparators = {Comparator::kLike, Comparator::kILike};
constexpr Comparators kEqualOnly = {Comparator::kEqual};
constexpr Comparators kJudgementComparators = {Comparator::kEqual,     Comparator::kNotEqual, Comparator::kLess,
                                               Comparator::kLessEqual, Comparator::kGreater,  Comparator::kGreaterEqual,
                                               Comparator::kLike,      Comparator::kILike,    Comparator::kIsNull,
                                               Comparator::kIsNotNull};

constexpr std::array<search::Prefix, 10> kPrefixes = {{{"attribute", Field::kAttribute},
                                                       {"attributes", Field::kAttribute},
                                                       {"trace", Field::kAttribute},
                                                       {"tag", Field::kTag},
                                                       {"tags", Field::kTag},
                                                       {"metadata", Field::kMetadata},
                                                       {"request_metadata", Field::kMetadata},
                                                       {"span", Field::kSpan},
                                                       {"feedback", Field::kFeedback},
                                                       {"expectation", Field::kExpectation}}};

constexpr std::array<Attribute, 14> kAttributes = {{
    {.name = "client_request_id", .comparators = search::kListComparators, .order = false},
    {.name = "end_time_ms", .type = Type::kInteger, .comparators = search::kNumberComparators},
    {.name = "execution_time_ms", .type = Type::kInteger, .comparators = search::kNumberComparators},
    {.name = "experiment_id", .filter = false},
    {.name = "name", .comparators = kNameComparators},
    {.name = "prompt", .comparators = kEqualOnly, .order = false},
    {.name = "request_id", .comparators = search::kListComparators},
    {.name = "run_id", .comparators = kNameComparators},
    {.name = "status", .comparators = search::kListComparators},
    {.name = "text", .comparators = kPatternComparators, .order = false},
    {.name = "timestamp_ms", .type = Type::kInteger, .comparators = search::kNumberComparators},
    {.name = "timestamp", .means = "timestamp_ms", .type = Type::kInteger, .comparators = search::kNumberComparators},
    {.name = "execution_time",
     .means = "execution_time_ms",
     .type = Type::kInteger,
     .comparators = search::kNumberComparators},
    {.name = "end_time", .means = "end_time_ms", .type = Type::kInteger, .comparators = search::kNumberComparators},
}};

constexpr std::array<search::FieldRule, 5> kFields = {{
    {.field = Field::kTag, .comparators = search::kKeyedComparators},
    {.field = Field::kMetadata, .comparators = search::kKeyedComparators},
    {.field = Field::kSpan, .comparators = search::kListComparators, .order = false},
    {.field = Field::kFeedback, .comparators = kJudgementComparators, .order = false},
    {.field = Field::kExpectation, .comparators = kJudgementComparators, .order = false},
}};

}  // namespace

constinit const search::Entity kTraceEntity = {
    .wording = search::Wording::kTraces,
    .prefixes = kPrefixes,
    .attributes = kAttributes,
    .fields = kFields,
    .prefix_names =
        "{'attribute', 'attributes', 'expectation', 'feedback', 'metadata', 'request_metadata', 'span', 'tag', "
        "'tags', 'trace'}"};

}  // namespace gyre::tracing::internal
