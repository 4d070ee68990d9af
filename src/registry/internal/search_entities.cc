#include "registry/internal/search_entities.h"

#include <array>

namespace gyre::registry::internal {
namespace {

using search::Attribute;
using search::Field;
using Type = search::Attribute::Type;

constexpr std::array<search::Prefix, 3> kPrefixes = {
    {{"attribute", Field::kAttribute}, {"tag", Field::kTag}, {"tags", Field::kTag}}};
constexpr std::array<search::FieldRule, 1> kFields = {
    {{.field = Field::kTag, .comparators = search::kTextComparators, .order = false}}};
constexpr std::string_view kPrefixNames = "('attribute', 'tag', 'tags')";

constexpr std::array<Attribute, 3> kModelAttributes = {{
    {.name = "name", .comparators = search::kListComparators},
    {.name = "last_updated_timestamp", .type = Type::kInteger, .comparators = {}, .filter = false},
    {.name = "timestamp",
     .means = "last_updated_timestamp",
     .type = Type::kInteger,
     .comparators = {},
     .filter = false},
}};

constexpr std::array<Attribute, 6> kVersionAttributes = {{
    {.name = "name", .comparators = search::kListComparators},
    {.name = "version_number", .type = Type::kWholeNumber, .comparators = search::kNumberComparators},
    {.name = "run_id", .comparators = search::kListComparators, .order = false},
    {.name = "source_path", .order = false},
    {.name = "creation_timestamp", .type = Type::kInteger, .comparators = {}, .filter = false},
    {.name = "last_updated_timestamp", .type = Type::kInteger, .comparators = {}, .filter = false},
}};

}  // namespace

constinit const search::Entity kModelEntity = {.wording = search::Wording::kRegistry,
                                               .prefixes = kPrefixes,
                                               .attributes = kModelAttributes,
                                               .fields = kFields,
                                               .prefix_names = kPrefixNames};
constinit const search::Entity kVersionEntity = {.wording = search::Wording::kRegistry,
                                                 .prefixes = kPrefixes,
                                                 .attributes = kVersionAttributes,
                                                 .fields = kFields,
                                                 .prefix_names = kPrefixNames};

}  // namespace gyre::registry::internal
