#include "engine/select.h"

#include "base/text.h"
#include "engine/internal/sql_text.h"
#include "engine/sql.h"

namespace gyre::engine {
namespace {

using base::Json;

constexpr int kMaxSyntaxDepth = 4000;  // levels of the syntax tree's JSON; a nested expression takes two or three

/// Functions and keywords whose value is not a function of their arguments (select_test holds the list against what
/// DuckDB itself declares), and those that tell of the session.
constexpr std::string_view kUnrepeatable[] = {
    "ago",
    "current_catalog",
    "current_connection_id",
    "current_database",
    "current_date",
    "current_localtime",
    "current_localtimestamp",
    "current_query",
    "current_query_id",
    "current_role",
    "current_schema",
    "current_schemas",
    "current_setting",
    "current_time",
    "current_timestamp",
    "current_transaction_id",
    "current_user",
    "currval",
    "gen_random_uuid",
    "get_current_time",
    "get_current_timestamp",
    "getvariable",
    "in_search_path",
    "localtime",
    "localtimestamp",
    "nextval",
    "now",
    "pg_conf_load_time",
    "pg_postmaster_start_time",
    "random",
    "session_user",
    "setseed",
    "sleep_ms",
    "stats",
    "today",
    "transaction_timestamp",
    "txid_current",
    "user",
    "uuid",
    "uuidv4",
    "uuidv7",
    "version",
    "write_log",
};

/// Of those, the ones that may stand without parentheses, like a column.
constexpr std::string_view kUnrepeatableKeywords[] = {"current_date", "current_time", "current_timestamp", "localtime",
                                                      "localtimestamp"};

constexpr std::string_view kTableFunctions[] = {"range", "generate_series", "unnest", "repeat", "repeat_row"};

bool Holds(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

std::string Field(const Json& node, const char* key) {
  const auto found = node.find(key);
  return found != node.end() && found->is_string() ? found->get<std::string>() : std::string();
}

class SyntaxCheck {
 public:
  explicit SyntaxCheck(std::span<const std::string> tables) : tables_(tables.begin(), tables.end()) {
    for (const auto& table : tables_) known_.insert(base::ToLower(table));
  }

  base::Result<void> Run(const Json& statement) {
    CollectNames(statement);
    return Visit(statement);
  }

 private:
  /// Names that WITH introduces count as tables. Where one is visible is left to DuckDB.
  void CollectNames(const Json& node) {
    if (node.is_object()) {
      if (const auto map = node.find("cte_map"); map != node.end() && map->contains("map")) {
        for (const auto& entry : (*map)["map"]) known_.insert(base::ToLower(Field(entry, "key")));
      }
    }
    if (node.is_structured()) {
      for (const auto& child : node) CollectNames(child);
    }
  }

  base::Result<void> Visit(const Json& node) {
    if (node.is_object()) TRY(VisitObject(node));
    if (node.is_structured()) {
      for (const auto& child : node) TRY(Visit(child));
    }
    return base::Ok();
  }

  base::Result<void> VisitObject(const Json& node) {
    const auto type = Field(node, "type");
    if (type == "BASE_TABLE") return VisitTable(node);
    if (type == "TABLE_FUNCTION") return VisitTableFunction(node);
    if (type == "SHOW_REF") return base::InvalidArgument("the SQL must be a SELECT, not DESCRIBE, SHOW or SUMMARIZE");
    if (type == "VALUE_PARAMETER") return base::InvalidArgument("the SQL must not have parameters ($1 or ?)");
    if (node.contains("function_name")) {
      TRY(CheckRepeatable(kUnrepeatable, base::ToLower(Field(node, "function_name"))));
    }
    if (type == "COLUMN_REF" && node["column_names"].size() == 1 && node["column_names"][0].is_string()) {
      TRY(CheckRepeatable(kUnrepeatableKeywords, base::ToLower(node["column_names"][0].get<std::string>())));
    }
    if (const auto sample = node.find("sample"); sample != node.end() && sample->is_object()) {
      return CheckSample(*sample);
    }
    return base::Ok();
  }

  base::Result<void> VisitTable(const Json& node) {
    const auto name = Field(node, "table_name");
    const bool qualified = !Field(node, "schema_name").empty() || !Field(node, "catalog_name").empty();
    if (qualified || !known_.contains(base::ToLower(name))) {
      return base::InvalidArgument(
          fmt::format("the SQL reads '{}', which is none of its inputs ({})", name, base::Join(tables_, ", ")), name);
    }
    if (const auto sample = node.find("sample"); sample != node.end() && sample->is_object()) {
      return CheckSample(*sample);
    }
    return base::Ok();
  }

  base::Result<void> VisitTableFunction(const Json& node) {
    const auto name = base::ToLower(Field(node.value("function", Json::object()), "function_name"));
    if (Holds(kTableFunctions, name)) return base::Ok();
    return base::InvalidArgument(
        fmt::format("the SQL must not read from {}(); its inputs are {}", name, base::Join(tables_, ", ")), name);
  }

  static base::Result<void> CheckRepeatable(std::span<const std::string_view> refused, const std::string& name) {
    if (!Holds(refused, name)) return base::Ok();
    return base::InvalidArgument(fmt::format("the SQL uses {}, which may give another answer each time: the same data "
                                             "would not give the same result; bring the value in as a column",
                                             name),
                                 name);
  }

  static base::Result<void> CheckSample(const Json& sample) {
    if (sample.value("seed", -1) >= 0) return base::Ok();
    return base::InvalidArgument("the SQL takes a sample without a seed; write REPEATABLE (seed) behind it");
  }

  std::vector<std::string> tables_;
  std::set<std::string> known_;
};

/// The syntax tree of `sql`, which must be one SELECT.
base::Result<Json> Parse(Connection& connection, std::string_view sql) {
  const auto answer = TRY(connection.Query(fmt::format("SELECT json_serialize_sql({})", QuoteText(sql))));
  const auto tree = TRY(base::ParseJson(answer.columns.at(0).texts.at(0), "the SQL's syntax tree", kMaxSyntaxDepth));
  if (tree.value("error", true)) {
    const auto kind = Field(tree, "error_type");
    const auto reason = Field(tree, "error_message");
    return base::InvalidArgument(kind == "not implemented" ? "the SQL must be one SELECT statement"
                                                           : fmt::format("the SQL cannot be read: {}", reason));
  }
  const auto& statements = tree.at("statements");
  if (statements.size() != 1) {
    return base::InvalidArgument(fmt::format("the SQL must be one SELECT statement, not {}", statements.size()));
  }
  return statements[0];
}

}  // namespace

base::Result<std::string> CheckSelect(Connection& connection, std::string_view sql,
                                      std::span<const std::string> tables) {
  if (sql.size() > kMaxSqlBytes) return base::TooLarge(fmt::format("the SQL is over {} bytes", kMaxSqlBytes));
  if (base::Trim(sql).empty()) return base::InvalidArgument("the SQL is empty; write a SELECT");
  TRY(Parse(connection, sql));
  const auto first = base::Trim(internal::FirstStatement(sql));
  // What is handed back is what was looked at.
  TRY(SyntaxCheck(tables).Run(TRY(Parse(connection, first))));
  return std::string(first);
}

}  // namespace gyre::engine
