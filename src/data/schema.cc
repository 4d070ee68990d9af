#include "data/schema.h"

#include "base/object_reader.h"
#include "base/text.h"

namespace gyre::data {
namespace {

constexpr size_t kMaxNameBytes = 256;

base::Result<void> CheckColumnName(const std::string& name, size_t position) {
  if (base::Trim(name).empty()) return base::Unprocessable(fmt::format("column {} has no name", position));
  if (name.size() > kMaxNameBytes) {
    return base::Unprocessable(fmt::format("the name of column {} is over {} bytes", position, kMaxNameBytes),
                               name.substr(0, 64));
  }
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (!base::IsValidUtf8(name) || std::ranges::any_of(name, is_control)) {
    return base::Unprocessable(fmt::format("the name of column {} holds control characters or is not UTF-8", position));
  }
  return base::Ok();
}

}  // namespace

base::Result<void> CheckColumnNames(const std::vector<std::string>& names) {
  if (names.empty()) return base::Unprocessable("there are no columns");
  if (names.size() > kMaxColumns) {
    return base::TooLarge(fmt::format("there are {} columns, more than {}", names.size(), kMaxColumns));
  }
  std::map<std::string, std::string> seen;
  for (size_t i = 0; i < names.size(); ++i) {
    TRY(CheckColumnName(names[i], i + 1));
    const auto [first, added] = seen.try_emplace(base::ToLower(names[i]), names[i]);
    if (added) continue;
    const auto what = first->second == names[i]
                          ? fmt::format("there are two columns '{}'", names[i])
                          : fmt::format("columns '{}' and '{}' differ only in case", first->second, names[i]);
    return base::Unprocessable(what + ", which SQL cannot tell apart; rename one", names[i]);
  }
  return base::Ok();
}

const ColumnSpec* Schema::Find(std::string_view name) const {
  const auto found = std::ranges::find(columns, name, &ColumnSpec::name);
  return found == columns.end() ? nullptr : &*found;
}

base::Result<const ColumnSpec*> Schema::Get(std::string_view name) const {
  if (const auto* found = Find(name)) return found;
  std::vector<std::string> names;
  for (const auto& column : columns) names.push_back(column.name);
  const auto meant = base::ClosestMatch(name, names);
  const auto hint =
      meant ? fmt::format("did you mean '{}'?", *meant) : fmt::format("the columns are {}", base::Join(names, ", "));
  return base::NotFound(fmt::format("there is no column '{}'; {}", name, hint), std::string(name));
}

base::Json Schema::ToJson() const {
  auto json = base::Json::array();
  for (const auto& column : columns) {
    json.push_back({{"name", column.name}, {"type", engine::DataTypeName(column.type)}, {"nullable", column.nullable}});
  }
  return json;
}

base::Result<Schema> Schema::FromJson(const base::Json& json, std::string_view path) {
  if (!json.is_array()) return base::InvalidArgument(fmt::format("{} must be a list of columns", path));
  Schema schema;
  std::vector<std::string> names;
  for (size_t i = 0; i < json.size(); ++i) {
    const base::ObjectReader fields(json[i], fmt::format("{}[{}]", path, i));
    TRY(fields.AllowOnly({"name", "type", "nullable"}));
    auto& column = schema.columns.emplace_back();
    column.name = TRY(fields.String("name"));
    column.type = TRY(engine::ParseDataType(TRY(fields.String("type"))));
    column.nullable = TRY(fields.Bool("nullable", false));
    names.push_back(column.name);
  }
  TRY(CheckColumnNames(names));
  return schema;
}

}  // namespace gyre::data
