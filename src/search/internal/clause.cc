#include "search/internal/clause.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "base/text.h"
#include "search/parse.h"

namespace gyre::search::internal {
namespace {

using base::InvalidArgument;
using Type = Attribute::Type;

constexpr std::array<std::pair<std::string_view, Comparator>, 12> kComparators = {{
    {"=", Comparator::kEqual},
    {"!=", Comparator::kNotEqual},
    {"<", Comparator::kLess},
    {"<=", Comparator::kLessEqual},
    {">", Comparator::kGreater},
    {">=", Comparator::kGreaterEqual},
    {"LIKE", Comparator::kLike},
    {"ILIKE", Comparator::kILike},
    {"IN", Comparator::kIn},
    {"NOT IN", Comparator::kNotIn},
    {"IS NULL", Comparator::kIsNull},
    {"IS NOT NULL", Comparator::kIsNotNull},
}};

std::optional<Comparator> FindComparator(std::string_view name) {
  const auto found = std::ranges::find(kComparators, name, &std::pair<std::string_view, Comparator>::first);
  return found == kComparators.end() ? std::nullopt : std::optional(found->second);
}

std::string_view FieldName(Field field) {
  switch (field) {
    case Field::kAttribute:
      return "attribute";
    case Field::kMetric:
      return "metric";
    case Field::kParam:
      return "parameter";
    case Field::kTag:
      return "tag";
    case Field::kDataset:
      return "dataset";
    case Field::kMetadata:
      return "request_metadata";
    case Field::kSpan:
      return "span";
    case Field::kFeedback:
      return "feedback";
    case Field::kExpectation:
      return "expectation";
  }
  return {};
}

/// "'=', '!=', 'LIKE'".
std::string Listed(Comparators comparators) {
  std::string text;
  for (const auto& [name, comparator] : kComparators) {
    if (comparators.Has(comparator)) text += fmt::format("{}'{}'", text.empty() ? "" : ", ", name);
  }
  return text;
}

std::string ListedAttributes(const Entity& entity, bool order) {
  std::string text;
  for (const auto& attribute : entity.attributes) {
    if (order ? !attribute.order : !attribute.filter) continue;
    text += fmt::format("{}'{}'", text.empty() ? "" : ", ", attribute.name);
  }
  return text;
}

std::string_view Trimmed(std::string_view text, char quote) {
  return text.size() >= 2 && text.front() == quote && text.back() == quote ? text.substr(1, text.size() - 2) : text;
}

base::Error WrongPrefix(std::string_view prefix, const Entity& entity) {
  switch (entity.wording) {
    case Wording::kRuns:
      return InvalidArgument(fmt::format("Invalid entity type '{}'. Valid values are {}", prefix, entity.prefix_names));
    case Wording::kLoggedModels:
      return InvalidArgument(
          fmt::format("Invalid entity type: '{}'. Expected one of {}.", prefix, entity.prefix_names));
    default:
      return InvalidArgument(
          fmt::format("Invalid entity type '{}'. Valid entity types are {}", prefix, entity.prefix_names));
  }
}

const Attribute* FindAttribute(const Entity& entity, std::string_view name) {
  const auto found = std::ranges::find(entity.attributes, name, &Attribute::name);
  return found == entity.attributes.end() ? nullptr : &*found;
}

const FieldRule* FindRule(const Entity& entity, Field field) {
  const auto found = std::ranges::find(entity.fields, field, &FieldRule::field);
  return found == entity.fields.end() ? nullptr : &*found;
}

std::string_view CleanKey(std::string_view key) {
  return Trimmed(Unquoted(key), '`');
}

/// Takes "max(key)" apart.
void SplitAggregate(OrderKey& found) {
  for (const auto& [word, aggregate] : {std::pair{"max(", Aggregate::kMax}, std::pair{"min(", Aggregate::kMin}}) {
    if (!found.key.starts_with(word) || !found.key.ends_with(')')) continue;
    found.aggregate = aggregate;
    found.key = std::string(CleanKey(std::string_view(found.key).substr(4, found.key.size() - 5)));
    return;
  }
}

base::Error NotQuoted(std::string_view value) {
  return InvalidArgument(fmt::format(
      "Parameter value is either not quoted or unidentified quote types used for string value {}. Use either single or "
      "double quotes.",
      value));
}

std::string_view ValueText(const WrittenClause& written) {
  return written.list ? written.list_text : written.value.text;
}

base::Error WrongComparator(const WrittenClause& written, Field field, Comparators allowed, const Attribute* attribute,
                            const Entity& entity) {
  const auto& name = written.comparator;
  switch (entity.wording) {
    case Wording::kLoggedModels:
      if (attribute != nullptr && !allowed.Has(Comparator::kLike) && attribute->type == Type::kText) {
        return InvalidArgument(fmt::format("Invalid comparison operator for {}: {}", attribute->name, name));
      }
      return InvalidArgument(fmt::format("Invalid comparison operator for {}{}: '{}'. Expected one of ({}).",
                                         written.name.contains('.') ? "" : "attributes.", written.name, name,
                                         Listed(allowed)));
    case Wording::kRegistry:
      if (field == Field::kTag) return InvalidArgument(fmt::format("Invalid comparator for tag: {}", name));
      if (attribute != nullptr && attribute->type != Type::kText) {
        return InvalidArgument(fmt::format("Invalid comparator for attribute {}: {}", attribute->name, name));
      }
      return InvalidArgument(fmt::format("Invalid comparator for attribute: {}", name));
    case Wording::kExperiments:
      if (field == Field::kTag) return InvalidArgument(fmt::format("Invalid comparator for tag: {}", name));
      if (attribute != nullptr && !allowed.Has(Comparator::kLike) && attribute->type == Type::kText) {
        return InvalidArgument(fmt::format("Invalid comparator for {}: {}", attribute->name, name));
      }
      break;
    case Wording::kRuns:
    case Wording::kTraces:
      break;
  }
  return InvalidArgument(fmt::format("Invalid comparator '{}' not one of '{{{}}}'", name, Listed(allowed)));
}

base::Result<Literal> NumberValue(const WrittenClause& written, Field field, std::string_view key, Type type,
                                  const Entity& entity) {
  const auto text = ValueText(written);
  if (written.list || written.value.kind != Token::Kind::kNumber) {
    if (field == Field::kMetric) {
      return InvalidArgument(fmt::format("Expected numeric value type for metric. Found {}", text));
    }
    return InvalidArgument(fmt::format("Expected numeric value type for numeric attribute: {}. Found {}", key, text));
  }
  const bool fraction = text.find_first_of(".eE") != std::string_view::npos;
  if (type == Type::kWholeNumber && fraction) {
    return InvalidArgument(entity.wording == Wording::kRegistry
                               ? fmt::format("Invalid value for numeric attribute '{}': {}", key, text)
                               : fmt::format("Invalid value for numeric attribute '{}': '{}'", key, text));
  }
  if (field != Field::kMetric && !fraction) {
    if (const auto whole = base::ParseInt(text)) return Literal(*whole);
  }
  return Literal(std::strtod(std::string(text).c_str(), nullptr));
}

base::Error WrongText(const WrittenClause& written, Field field, std::string_view key, const Entity& entity) {
  const auto text = ValueText(written);
  if (field == Field::kDataset) {
    return InvalidArgument(fmt::format("Expected a quoted string value for dataset attributes. Got value {}", text));
  }
  if (field != Field::kAttribute) {
    return InvalidArgument(
        fmt::format("Expected a quoted string value for {} (e.g. 'my-value'). Got value {}", FieldName(field), text));
  }
  if (written.list) {
    std::string lists;
    for (const auto& attribute : entity.attributes) {
      if (attribute.comparators.Has(Comparator::kIn)) {
        lists += fmt::format("{}'{}'", lists.empty() ? "" : ", ", attribute.name);
      }
    }
    return InvalidArgument(
        fmt::format("Only [{}] attributes support comparison with a list of quoted string values.", lists),
        std::string(key));
  }
  if (entity.wording == Wording::kRegistry) {
    return InvalidArgument(fmt::format(
        "Expected a quoted string value or a list of quoted string values for attributes. Got value {}", text));
  }
  return InvalidArgument(fmt::format("Expected a quoted string value for attributes. Got value {}", text));
}

base::Result<Literal> TextValue(const WrittenClause& written, Field field, std::string_view key, Comparators allowed,
                                const Entity& entity) {
  if (written.list) {
    if (allowed.Has(Comparator::kIn)) return Literal(*written.list);
    return WrongText(written, field, key, entity);
  }
  if (written.value.IsText()) return Literal(std::string(Unquoted(written.value.text)));
  // MLflow's search of logged models takes what is written, quoted or not.
  if (entity.wording == Wording::kLoggedModels) return Literal(std::string(written.value.text));
  if (written.value.kind == Token::Kind::kName && !written.value.IsWord("NULL")) return NotQuoted(written.value.text);
  return WrongText(written, field, key, entity);
}

/// Judgements of traces are numbers or texts: what is compared with them is told by the comparator.
bool IsJudgement(Field field) {
  return field == Field::kFeedback || field == Field::kExpectation;
}

bool WantsNumber(Field field, const Attribute* attribute, std::optional<Comparator> comparator) {
  if (IsJudgement(field)) {
    constexpr Comparators kOrdering = {Comparator::kLess, Comparator::kLessEqual, Comparator::kGreater,
                                       Comparator::kGreaterEqual};
    return comparator && kOrdering.Has(*comparator);
  }
  return field == Field::kMetric || (attribute != nullptr && attribute->type != Type::kText);
}

/// Lists belong to IN, and only lists.
bool FitsValue(Comparator comparator, const Literal& value) {
  const bool wants_list = comparator == Comparator::kIn || comparator == Comparator::kNotIn;
  return wants_list == std::holds_alternative<std::vector<std::string>>(value);
}

base::Result<void> CheckNullCheck(const WrittenClause& written, const OrderKey& key, Comparators allowed,
                                  const Entity& entity) {
  if (allowed.Has(Comparator::kIsNull)) return base::Ok();
  switch (entity.wording) {
    case Wording::kExperiments:
      return InvalidArgument(
          fmt::format("IS NULL / IS NOT NULL is only supported for tags, not for attribute '{}'", key.key));
    case Wording::kRegistry:
      return InvalidArgument("IS NULL / IS NOT NULL is not supported for this search.");
    case Wording::kLoggedModels:
      return InvalidArgument(fmt::format("Invalid comparison: {}{}. Expected a comparison with 3 tokens.", written.name,
                                         written.comparator));
    case Wording::kTraces:
      return InvalidArgument(
          fmt::format("IS NULL / IS NOT NULL is not supported for '{}' '{}'", FieldName(key.field), key.key));
    case Wording::kRuns:
      break;
  }
  return InvalidArgument(fmt::format("IS NULL / IS NOT NULL is only supported for tags and params, not for '{}' '{}'",
                                     FieldName(key.field), key.key));
}

}  // namespace

std::string_view Unquoted(std::string_view text) {
  const auto single = Trimmed(text, '\'');
  return single.size() != text.size() ? single : Trimmed(text, '"');
}

base::Result<OrderKey> ResolveName(std::string_view name, const Entity& entity, bool order) {
  OrderKey found;
  const auto dot = name.find('.');
  if (dot != std::string_view::npos) {
    const auto prefix = Trimmed(name.substr(0, dot), '`');
    const auto known = std::ranges::find(entity.prefixes, prefix, &Prefix::name);
    if (known == entity.prefixes.end()) return WrongPrefix(prefix, entity);
    found.field = known->field;
  }
  const auto key = CleanKey(dot == std::string_view::npos ? name : name.substr(dot + 1));
  if (found.field == Field::kAttribute) {
    const auto* attribute = FindAttribute(entity, key);
    if (attribute == nullptr || !(order ? attribute->order : attribute->filter)) {
      if (order && entity.wording == Wording::kLoggedModels) {
        return InvalidArgument(fmt::format("Invalid order by field name: {}", name));
      }
      return InvalidArgument(fmt::format("Invalid attribute key '{}' specified. Valid keys are '{{{}}}'", key,
                                         ListedAttributes(entity, order)));
    }
    found.key = attribute->means.empty() ? key : attribute->means;
    return found;
  }
  const auto* rule = FindRule(entity, found.field);
  if (rule == nullptr || !(order ? rule->order : rule->filter)) {
    if (order && entity.wording == Wording::kLoggedModels) {
      return InvalidArgument(fmt::format("Invalid order by field name: {}. Only metrics are supported.", name));
    }
    return InvalidArgument(order ? fmt::format("Invalid order_by entity: {}", FieldName(found.field))
                                 : fmt::format("Invalid token type: {}", FieldName(found.field)));
  }
  found.key = key;
  if (rule->aggregates) SplitAggregate(found);
  if (!rule->keys.empty() && std::ranges::find(rule->keys, found.key) == rule->keys.end()) {
    return InvalidArgument(fmt::format("Invalid {} key '{}' specified. Valid keys are '{{'{}'}}'",
                                       FieldName(found.field), found.key, fmt::join(rule->keys, "', '")));
  }
  return found;
}

base::Result<Clause> ResolveClause(const WrittenClause& written, const Entity& entity) {
  auto key = TRY(ResolveName(written.name, entity, false));
  const auto* attribute = key.field == Field::kAttribute ? FindAttribute(entity, key.key) : nullptr;
  const auto allowed = attribute != nullptr ? attribute->comparators : FindRule(entity, key.field)->comparators;
  Clause clause{key.field, key.key, key.aggregate, Comparator::kEqual, {}};
  const auto comparator = FindComparator(written.comparator);
  if (written.null_check) {
    TRY(CheckNullCheck(written, key, allowed, entity));
    clause.comparator = *comparator;
    return clause;
  }
  const bool known = comparator && allowed.Has(*comparator);
  // Where a text is wanted that can be anything, MLflow looks at the comparator first.
  if (entity.wording == Wording::kLoggedModels && !known) {
    return WrongComparator(written, key.field, allowed, attribute, entity);
  }
  const bool number = WantsNumber(key.field, attribute, comparator);
  clause.value =
      number ? TRY(NumberValue(written, key.field, key.key, attribute ? attribute->type : Type::kInteger, entity))
             : TRY(TextValue(written, key.field, key.key, allowed, entity));
  if (!known || !FitsValue(*comparator, clause.value)) {
    return WrongComparator(written, key.field, allowed, attribute, entity);
  }
  clause.comparator = *comparator;
  const auto* text = std::get_if<std::string>(&clause.value);
  const bool pattern = clause.comparator == Comparator::kLike || clause.comparator == Comparator::kILike;
  if (pattern && text != nullptr && text->size() > FilterLimits::kPatternBytes) {
    return InvalidArgument(fmt::format("Invalid filter: the pattern for '{}' has {} bytes; at most {} are allowed",
                                       key.key, text->size(), FilterLimits::kPatternBytes));
  }
  return clause;
}

}  // namespace gyre::search::internal

namespace gyre::search {

std::string_view ComparatorName(Comparator comparator) {
  const auto found =
      std::ranges::find(internal::kComparators, comparator, &std::pair<std::string_view, Comparator>::second);
  return found->first;
}

}  // namespace gyre::search
