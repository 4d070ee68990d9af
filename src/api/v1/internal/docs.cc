#include "api/v1/internal/docs.h"

namespace gyre::api::v1::internal {

Doc::Doc(std::string_view operation_id, std::string_view tag, std::string_view summary) {
  doc_.operation_id = operation_id;
  doc_.tag = tag;
  doc_.summary = summary;
}

Doc& Doc::Query(std::string_view name, std::string_view description, base::Json schema) {
  doc_.parameters.push_back(
      {.name = std::string(name), .in = "query", .description = std::string(description), .schema = std::move(schema)});
  return *this;
}

Doc& Doc::Body(base::Json schema) {
  doc_.request_schema = std::move(schema);
  return *this;
}

/// What any route may answer: 400 to a malformed request, and to a body 413 if it is too long and 415 if it is not
/// JSON.
Doc::operator http::RouteDoc() const {
  auto doc = doc_;
  doc.errors.push_back(400);
  const bool json = doc.request_type == "application/json";
  if (!doc.request_schema.is_null()) doc.errors.push_back(413);
  if (!doc.request_schema.is_null() && json) doc.errors.push_back(415);
  return doc;
}

Doc& Doc::Upload(std::string_view media_type) {
  doc_.request_type = media_type;
  doc_.request_schema = {{"type", "string"}, {"format", "binary"}};
  return *this;
}

Doc& Doc::Returns(base::Json schema, int status) {
  doc_.response_schema = std::move(schema);
  doc_.success_status = status;
  return *this;
}

Doc& Doc::ReturnsFile(std::string_view media_type) {
  doc_.response_type = media_type;
  doc_.response_schema = {{"type", "string"}, {"format", "binary"}};
  return *this;
}

Doc& Doc::Errors(std::vector<int> statuses) {
  doc_.errors = std::move(statuses);
  return *this;
}

base::Json Ref(std::string_view component) {
  return {{"$ref", fmt::format("#/components/schemas/{}", component)}};
}

base::Json ListOf(std::string_view name, std::string_view component) {
  return Object({{std::string(name), {{"type", "array"}, {"items", Ref(component)}}}}, {std::string(name)});
}

base::Json String(std::string_view description) {
  base::Json schema = {{"type", "string"}};
  if (!description.empty()) schema["description"] = description;
  return schema;
}

base::Json Integer(int64_t minimum, int64_t maximum) {
  return {{"type", "integer"}, {"minimum", minimum}, {"maximum", maximum}};
}

base::Json Boolean() {
  return {{"type", "boolean"}};
}

base::Json OpenObject(const base::Json& properties, const std::vector<std::string>& required) {
  base::Json schema = {{"type", "object"}, {"properties", properties}};
  if (!required.empty()) schema["required"] = required;
  return schema;
}

base::Json Object(const base::Json& properties, const std::vector<std::string>& required) {
  auto schema = OpenObject(properties, required);
  schema["additionalProperties"] = false;
  return schema;
}

base::Json NameSchema() {
  return {{"type", "string"}, {"pattern", "^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$"}};
}

}  // namespace gyre::api::v1::internal
