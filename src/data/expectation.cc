#include "data/expectation.h"

#include "base/object_reader.h"
#include "base/text.h"

namespace gyre::data {
namespace {

using base::Json;
using base::ObjectReader;
using engine::Value;

constexpr size_t kMaxExpectations = 1000;
constexpr size_t kMaxSetSize = 10'000;

base::Error Invalid(const ObjectReader& item, std::string_view key, std::string_view problem) {
  return base::InvalidArgument(fmt::format("{} {}", item.PathOf(key), problem), item.PathOf(key));
}

base::Result<Value> ScalarFromJson(const ObjectReader& item, std::string_view key, const Json& json) {
  if (json.is_boolean()) return Value(json.get<bool>());
  if (json.is_number_integer()) return Value(json.get<int64_t>());
  if (json.is_number()) return Value(json.get<double>());
  if (json.is_string()) return Value(json.get<std::string>());
  return Invalid(item, key, "holds something that is not a number, text, true or false");
}

std::string Shown(const Value& value) {
  const auto json = engine::ToJson(value);
  return json.is_string() ? json.get<std::string>() : base::DumpJson(json);
}

/// Whether one bound can be compared with the other.
bool Comparable(const Value& a, const Value& b) {
  const auto is_number = [](const Value& v) {
    return std::holds_alternative<int64_t>(v) || std::holds_alternative<double>(v);
  };
  return std::holds_alternative<std::nullptr_t>(a) || std::holds_alternative<std::nullptr_t>(b) ||
         (is_number(a) && is_number(b)) ||
         (std::holds_alternative<std::string>(a) && std::holds_alternative<std::string>(b));
}

double NumberOf(const Value& value) {
  if (const auto* integer = std::get_if<int64_t>(&value)) return static_cast<double>(*integer);
  const auto* number = std::get_if<double>(&value);
  return number != nullptr ? *number : 0;
}

base::Result<void> ReadBetween(const ObjectReader& item, Expectation& expectation) {
  const auto& bounds = *TRY(item.Array("between"));
  if (bounds.size() != 2) return Invalid(item, "between", "must be [lowest, highest], with null for no bound");
  if (!bounds[0].is_null()) expectation.minimum = TRY(ScalarFromJson(item, "between", bounds[0]));
  if (!bounds[1].is_null()) expectation.maximum = TRY(ScalarFromJson(item, "between", bounds[1]));
  if (bounds[0].is_null() && bounds[1].is_null()) return Invalid(item, "between", "has no bound at all");
  if (!Comparable(expectation.minimum, expectation.maximum)) {
    return Invalid(item, "between", "must have two bounds of one kind, numbers or texts");
  }
  if (!bounds[0].is_null() && !bounds[1].is_null() && NumberOf(expectation.minimum) > NumberOf(expectation.maximum)) {
    return Invalid(item, "between", "has its lowest value above its highest");
  }
  return base::Ok();
}

base::Result<void> ReadSet(const ObjectReader& item, Expectation& expectation) {
  const auto& values = *TRY(item.Array("in_set"));
  if (values.empty()) return Invalid(item, "in_set", "lists no values");
  if (values.size() > kMaxSetSize) return Invalid(item, "in_set", fmt::format("lists over {} values", kMaxSetSize));
  for (const auto& value : values) expectation.set.push_back(TRY(ScalarFromJson(item, "in_set", value)));
  return base::Ok();
}

base::Result<void> ReadIncreasing(const ObjectReader& item, Expectation& expectation) {
  const Json& how = *item.Find("increasing");
  expectation.strictly = how == "strictly";
  if (how != true && !expectation.strictly) return Invalid(item, "increasing", "must be true or strictly");
  expectation.by = TRY(item.Strings("by", {}));
  return base::Ok();
}

base::Result<void> ReadRows(const ObjectReader& item, Expectation& expectation) {
  const auto* rows = TRY(item.Object("rows"));
  const ObjectReader bounds(*rows, item.PathOf("rows"));
  TRY(bounds.AllowOnly({"min", "max"}));
  if (bounds.Has("min")) expectation.minimum_rows = TRY(bounds.Count("min"));
  if (bounds.Has("max")) expectation.maximum_rows = TRY(bounds.Count("max"));
  if (rows->empty()) return Invalid(item, "rows", "needs min, max or both");
  return base::Ok();
}

base::Result<void> RequireTrue(const ObjectReader& item, std::string_view key) {
  if (TRY(item.Bool(key, false))) return base::Ok();
  return Invalid(item, key, "can only be true; leave it out otherwise");
}

base::Result<void> ReadKind(const ObjectReader& item, std::string_view key, Expectation& expectation) {
  switch (expectation.kind) {
    case ExpectationKind::kExists:
    case ExpectationKind::kNotNull:
    case ExpectationKind::kUnique:
      return RequireTrue(item, key);
    case ExpectationKind::kType:
      expectation.type = TRY(engine::ParseDataType(TRY(item.String(key))));
      return base::Ok();
    case ExpectationKind::kBetween:
      return ReadBetween(item, expectation);
    case ExpectationKind::kInSet:
      return ReadSet(item, expectation);
    case ExpectationKind::kMatches:
      expectation.pattern = TRY(item.String(key));
      return base::Ok();
    case ExpectationKind::kIncreasing:
      return ReadIncreasing(item, expectation);
    case ExpectationKind::kRows:
      return ReadRows(item, expectation);
    case ExpectationKind::kSql:
      expectation.sql = TRY(item.String(key));
      return base::Ok();
  }
  return base::Ok();
}

std::string ShownSet(const std::vector<Value>& set) {
  std::vector<std::string> shown;
  for (const auto& value : set) {
    if (shown.size() == 8) {
      shown.push_back(fmt::format("and {} more", set.size() - shown.size()));
      break;
    }
    shown.push_back(Shown(value));
  }
  return base::Join(shown, ", ");
}

std::string Bounds(bool has_low, const std::string& low, bool has_high, const std::string& high) {
  if (has_low && has_high) return fmt::format("between {} and {}", low, high);
  return has_low ? fmt::format("at least {}", low) : fmt::format("at most {}", high);
}

std::string NameOf(const Expectation& e) {
  auto columns = base::Join(e.columns, ", ");
  const auto is_set = [](const Value& value) { return !std::holds_alternative<std::nullptr_t>(value); };
  switch (e.kind) {
    case ExpectationKind::kExists:
      return columns + " exists";
    case ExpectationKind::kType:
      return fmt::format("{} is of type {}", columns, engine::DataTypeName(e.type));
    case ExpectationKind::kNotNull:
      return columns + " has values";
    case ExpectationKind::kBetween:
      return fmt::format("{} {}", columns,
                         Bounds(is_set(e.minimum), Shown(e.minimum), is_set(e.maximum), Shown(e.maximum)));
    case ExpectationKind::kInSet:
      return fmt::format("{} in {}", columns, ShownSet(e.set));
    case ExpectationKind::kMatches:
      return fmt::format("{} matches {}", columns, e.pattern);
    case ExpectationKind::kUnique:
      return columns + " unique";
    case ExpectationKind::kIncreasing:
      return fmt::format("{} {}increasing{}", columns, e.strictly ? "strictly " : "",
                         e.by.empty() ? "" : " within " + base::Join(e.by, ", "));
    case ExpectationKind::kRows:
      return "rows " + Bounds(e.minimum_rows.has_value(), std::to_string(e.minimum_rows.value_or(0)),
                              e.maximum_rows.has_value(), std::to_string(e.maximum_rows.value_or(0)));
    case ExpectationKind::kSql:
      return "sql " + e.sql.substr(0, 60);
  }
  return columns;
}

struct KindKey {
  std::string_view key;
  ExpectationKind kind;
};
constexpr KindKey kColumnKinds[] = {
    {"exists", ExpectationKind::kExists},    {"type", ExpectationKind::kType},
    {"not_null", ExpectationKind::kNotNull}, {"between", ExpectationKind::kBetween},
    {"in_set", ExpectationKind::kInSet},     {"matches", ExpectationKind::kMatches},
    {"unique", ExpectationKind::kUnique},    {"increasing", ExpectationKind::kIncreasing},
};

base::Result<Expectation> ReadOne(const ObjectReader& item, std::string_view key, Expectation made) {
  TRY(ReadKind(item, key, made));
  if (made.name.empty()) {
    made.name = NameOf(made);
    if (made.mostly < 1) made.name += fmt::format(" (mostly {})", made.mostly);
  }
  return made;
}

base::Result<std::vector<std::string>> ColumnsOf(const ObjectReader& item) {
  if (item.Has("column") && item.Has("columns")) return Invalid(item, "column", "and columns exclude each other");
  if (item.Has("columns")) {
    auto columns = TRY(item.Strings("columns"));
    if (columns.empty()) return Invalid(item, "columns", "is empty");
    return columns;
  }
  return std::vector{TRY(item.String("column"))};
}

base::Result<void> ReadColumnItem(const ObjectReader& item, std::vector<Expectation>& expectations) {
  TRY(item.AllowOnly({"name", "column", "columns", "mostly", "exists", "type", "not_null", "between", "in_set",
                      "matches", "unique", "increasing", "by"}));
  Expectation common;
  common.columns = TRY(ColumnsOf(item));
  common.name = TRY(item.String("name", ""));
  common.mostly = TRY(item.Number("mostly", 1.0));
  if (!(common.mostly > 0 && common.mostly <= 1)) return Invalid(item, "mostly", "must be above 0 and at most 1");
  const size_t before = expectations.size();
  for (const auto& [key, kind] : kColumnKinds) {
    if (!item.Has(key)) continue;
    if (common.columns.size() > 1 && kind != ExpectationKind::kUnique) {
      return Invalid(item, key, "is of one column; only unique takes several");
    }
    common.kind = kind;
    expectations.push_back(TRY(ReadOne(item, key, common)));
  }
  if (expectations.size() > before) return base::Ok();
  return base::InvalidArgument(
      fmt::format("{} expects nothing of its column; add type, not_null, between, in_set, matches, unique, increasing "
                  "or exists",
                  item.PathOf("column")),
      item.PathOf("column"));
}

base::Result<void> ReadItem(const ObjectReader& item, std::vector<Expectation>& expectations) {
  Expectation made;
  if (item.Has("rows")) {
    TRY(item.AllowOnly({"name", "rows"}));
    made.kind = ExpectationKind::kRows;
  } else if (item.Has("sql")) {
    TRY(item.AllowOnly({"name", "sql"}));
    made.kind = ExpectationKind::kSql;
  } else {
    return ReadColumnItem(item, expectations);
  }
  made.name = TRY(item.String("name", ""));
  expectations.push_back(TRY(ReadOne(item, made.kind == ExpectationKind::kRows ? "rows" : "sql", made)));
  return base::Ok();
}

}  // namespace

std::string_view ExpectationKindName(ExpectationKind kind) {
  static constexpr std::string_view kNames[] = {"column_exists", "type",   "not_null",   "between",   "in_set",
                                                "matches",       "unique", "increasing", "row_count", "sql"};
  return kNames[static_cast<size_t>(kind)];
}

base::Result<std::vector<Expectation>> ParseExpectations(const Json& list, std::string_view path) {
  if (!list.is_array()) {
    return base::InvalidArgument(fmt::format("{} must be a list of expectations", path), std::string(path));
  }
  std::vector<Expectation> expectations;
  for (size_t i = 0; i < list.size(); ++i) {
    TRY(ReadItem(ObjectReader(list[i], fmt::format("{}[{}]", path, i)), expectations));
    if (expectations.size() > kMaxExpectations) {
      return base::TooLarge(fmt::format("{} holds over {} expectations", path, kMaxExpectations), std::string(path));
    }
  }
  return expectations;
}

}  // namespace gyre::data
