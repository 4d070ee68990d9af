#include "data/table_facts.h"

#include "base/object_reader.h"

namespace gyre::data {
namespace {

using base::Json;

}  // namespace

Json FileFacts::ToJson() const {
  return {{"name", name}, {"bytes", bytes}, {"sha256", sha256.ToHex()}};
}

base::Result<FileFacts> FileFacts::FromJson(const Json& json, std::string_view path) {
  const base::ObjectReader fields(json, std::string(path));
  FileFacts made;
  made.name = TRY(fields.String("name"));
  made.bytes = TRY(fields.Count("bytes"));
  made.sha256 = TRY(base::Digest::Parse(TRY(fields.String("sha256"))));
  return made;
}

Json TableFacts::ToJson() const {
  Json json = {{"schema", schema.ToJson()}, {"rows", rows},   {"content", content.ToHex()},
               {"file", file.ToJson()},     {"notes", notes}, {"profile", Json::array()}};
  for (const auto& column : profile) json["profile"].push_back(column.ToJson());
  if (source) json["source"] = source->ToJson();
  return json;
}

base::Result<TableFacts> TableFacts::FromJson(const Json& json) {
  const base::ObjectReader fields(json, "facts");
  TableFacts facts;
  facts.schema = TRY(Schema::FromJson(*TRY(fields.Array("schema")), "facts.schema"));
  facts.rows = TRY(fields.Count("rows"));
  facts.content = TRY(base::Digest::Parse(TRY(fields.String("content"))));
  facts.file = TRY(FileFacts::FromJson(*TRY(fields.Object("file")), "facts.file"));
  for (const auto& column : *TRY(fields.Array("profile"))) {
    facts.profile.push_back(TRY(ColumnProfile::FromJson(column, "facts.profile")));
  }
  if (const Json* source = fields.Find("source")) facts.source = TRY(FileFacts::FromJson(*source, "facts.source"));
  facts.notes = TRY(fields.Strings("notes", {}));
  return facts;
}

}  // namespace gyre::data
