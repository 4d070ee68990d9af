#include "tracking/internal/search_entities.h"

#include <array>
#include <string_view>

namespace gyre::tracking::internal {
namespace {

using search::Attribute;
using search::Comparator;
using search::Comparators;
using search::Field;
using search::FieldRule;
using search::Prefix;
using Type = search::Attribute::Type;

constexpr auto kNumber = search::kNumberComparators;
constexpr auto kText = search::kTextComparators;
constexpr auto kList = search::kListComparators;

constexpr std::array<Prefix, 14> kRunPrefixes = {{{"metric", Field::kMetric},
                                                  {"metrics", Field::kMetric},
                                                  {"parameter", Field::kParam},
                                                  {"parameters", Field::kParam},
                                                  {"param", Field::kParam},
                                                  {"params", Field::kParam},
                                                  {"tag", Field::kTag},
                                                  {"tags", Field::kTag},
                                                  {"attribute", Field::kAttribute},
                                                  {"attributes", Field::kAttribute},
                                                  {"attr", Field::kAttribute},
                                                  {"run", Field::kAttribute},
                                                  {"dataset", Field::kDataset},
                                                  {"datasets", Field::kDataset}}};

constexpr std::array<Attribute, 12> kRunAttributes = {{
    {"artifact_uri", {}, Type::kText, kText},
    {"end_time", {}, Type::kInteger, kNumber},
    {"run_id", {}, Type::kText, kList},
    {"run_name", {}, Type::kText, kText},
    {"start_time", {}, Type::kInteger, kNumber},
    {"status", {}, Type::kText, kText},
    {"user_id", {}, Type::kText, kText},
    {"created", "start_time", Type::kInteger, kNumber},
    {"Created", "start_time", Type::kInteger, kNumber},
    {"run name", "run_name", Type::kText, kText, true, false},
    {"Run name", "run_name", Type::kText, kText, true, false},
    {"Run Name", "run_name", Type::kText, kText, true, false},
}};

constexpr std::array<std::string_view, 3> kDatasetKeys = {"context", "digest", "name"};

constexpr std::array<FieldRule, 4> kRunFields = {{
    {Field::kMetric, kNumber, true, true, true},
    {Field::kParam, search::kKeyedComparators},
    {Field::kTag, search::kKeyedComparators},
    {Field::kDataset, kList, true, false, false, kDatasetKeys},
}};

constexpr std::array<Prefix, 4> kExperimentPrefixes = {
    {{"attribute", Field::kAttribute}, {"attributes", Field::kAttribute}, {"tag", Field::kTag}, {"tags", Field::kTag}}};

constexpr std::array<Attribute, 4> kExperimentAttributes = {{
    {"creation_time", {}, Type::kWholeNumber, kNumber},
    {"experiment_id",
     {},
     Type::kText,
     {Comparator::kEqual, Comparator::kNotEqual, Comparator::kIn, Comparator::kNotIn}},
    {"last_update_time", {}, Type::kWholeNumber, kNumber},
    {"name", {}, Type::kText, kText},
}};

constexpr std::array<FieldRule, 1> kExperimentFields = {{{Field::kTag, search::kKeyedComparators, true, false}}};

constexpr std::array<Prefix, 4> kLoggedModelPrefixes = {
    {{"attributes", Field::kAttribute}, {"metrics", Field::kMetric}, {"params", Field::kParam}, {"tags", Field::kTag}}};

constexpr std::array<Attribute, 15> kLoggedModelAttributes = {{
    {"artifact_location", {}, Type::kText, kList},
    {"creation_timestamp_ms", {}, Type::kInteger, kNumber},
    {"experiment_id", {}, Type::kText, kList},
    {"last_updated_timestamp_ms", {}, Type::kInteger, kNumber},
    {"lifecycle_stage", {}, Type::kText, kList},
    {"model_id", {}, Type::kText, kList},
    {"model_type", {}, Type::kText, kList},
    {"name", {}, Type::kText, kList},
    {"source_run_id", {}, Type::kText, kList},
    {"status", {}, Type::kText, {Comparator::kEqual, Comparator::kNotEqual, Comparator::kIn, Comparator::kNotIn}},
    {"creation_time", "creation_timestamp_ms", Type::kInteger, kNumber},
    {"creation_timestamp", "creation_timestamp_ms", Type::kInteger, kNumber},
    {"last_updated_time", "last_updated_timestamp_ms", Type::kInteger, kNumber},
    {"last_updated_timestamp", "last_updated_timestamp_ms", Type::kInteger, kNumber},
    {"artifact_uri", "artifact_location", Type::kText, kList},
}};

constexpr std::array<FieldRule, 3> kLoggedModelFields = {
    {{Field::kMetric, kNumber}, {Field::kParam, kList, true, false}, {Field::kTag, kList, true, false}}};

}  // namespace

constexpr search::Entity kRunEntity = {search::Wording::kRuns, kRunPrefixes, kRunAttributes, kRunFields,
                                       "['metric', 'parameter', 'tag', 'attribute', 'dataset']"};
constexpr search::Entity kExperimentEntity = {search::Wording::kExperiments, kExperimentPrefixes, kExperimentAttributes,
                                              kExperimentFields, "('attribute', 'attributes', 'tag', 'tags')"};
constexpr search::Entity kLoggedModelEntity = {search::Wording::kLoggedModels, kLoggedModelPrefixes,
                                               kLoggedModelAttributes, kLoggedModelFields,
                                               "['attributes', 'metrics', 'params', 'tags']"};

}  // namespace gyre::tracking::internal
