#pragma once

#include <array>
#include <string_view>

#include "search/entity.h"

namespace gyre::search::testing {

/// Something with one of everything, for tests of the grammar alone.
inline constexpr std::array<Prefix, 7> kDemoPrefixes = {{{"attribute", Field::kAttribute},
                                                         {"metrics", Field::kMetric},
                                                         {"metric", Field::kMetric},
                                                         {"params", Field::kParam},
                                                         {"tags", Field::kTag},
                                                         {"dataset", Field::kDataset},
                                                         {"never", Field::kSpan}}};
inline constexpr std::array<Attribute, 5> kDemoAttributes = {
    {{"id", {}, Attribute::Type::kText, kListComparators},
     {"status"},
     {"time", {}, Attribute::Type::kInteger, kNumberComparators},
     {"version", {}, Attribute::Type::kWholeNumber, kNumberComparators},
     {"Time", "time", Attribute::Type::kInteger, kNumberComparators, true, false}}};
inline constexpr std::array<std::string_view, 2> kDemoDatasetKeys = {"digest", "name"};
inline constexpr std::array<FieldRule, 4> kDemoFields = {
    {{Field::kMetric, kNumberComparators, true, true, true},
     {Field::kParam, kKeyedComparators},
     {Field::kTag, kKeyedComparators},
     {Field::kDataset, kListComparators, true, false, false, kDemoDatasetKeys}}};
inline constexpr Entity kDemoEntity = {Wording::kRuns, kDemoPrefixes, kDemoAttributes, kDemoFields,
                                       "['metric', 'tag']"};

}  // namespace gyre::search::testing
