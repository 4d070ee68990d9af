#include <cstdio>
#include <cstdlib>

#include "base/text.h"
#include "http/router.h"

namespace gyre::http {
namespace {

using base::Json;

Json ErrorSchema() {
  return {{"type", "object"},
          {"required", {"error_code", "message", "details"}},
          {"properties",
           {{"error_code", {{"type", "string"}, {"description", "a stable name, such as NOT_FOUND"}}},
            {"message", {{"type", "string"}, {"description", "what happened and what to do next"}}},
            {"details",
             {{"type", "object"},
              {"properties", {{"name", {{"type", "string"}, {"description", "the offending field or object"}}}}}}}}}};
}

/// "/a/{rest...}" as OpenAPI writes it, "/a/{rest}", and the parameters' names.
std::string PathTemplate(std::string_view pattern, std::vector<std::string>& names) {
  std::string path;
  for (const auto segment : base::Split(pattern.substr(1), '/')) {
    path += '/';
    if (!segment.starts_with('{')) {
      path += segment;
      continue;
    }
    auto name = segment.substr(1, segment.size() - 2);
    if (name.ends_with("...")) name.remove_suffix(3);
    names.emplace_back(name);
    path += fmt::format("{{{}}}", name);
  }
  return path;
}

Json ParametersJson(const RouteDoc& doc, const std::vector<std::string>& path_names) {
  Json parameters = Json::array();
  for (const auto& name : path_names) {
    parameters.push_back({{"name", name}, {"in", "path"}, {"required", true}, {"schema", {{"type", "string"}}}});
  }
  for (const auto& parameter : doc.parameters) {
    Json json = {{"name", parameter.name}, {"in", parameter.in}};
    if (parameter.required) json["required"] = true;
    if (!parameter.description.empty()) json["description"] = parameter.description;
    json["schema"] = parameter.schema.is_null() ? Json(Json::object()) : parameter.schema;
    parameters.push_back(std::move(json));
  }
  return parameters;
}

Json Content(const std::string& type, const Json& schema) {
  Json media = Json::object();
  if (!schema.is_null()) media["schema"] = schema;
  return {{type, std::move(media)}};
}

Json ResponsesJson(const RouteDoc& doc) {
  Json success = {{"description", ReasonPhrase(doc.success_status)}};
  if (doc.success_status != 204) success["content"] = Content(doc.response_type, doc.response_schema);
  Json responses = {{std::to_string(doc.success_status), std::move(success)}};
  std::set<int> errors(doc.errors.begin(), doc.errors.end());
  errors.insert({500, 503});
  for (const int status : errors) {
    responses[std::to_string(status)] = {
        {"description", ReasonPhrase(status)},
        {"content", Content("application/json", {{"$ref", "#/components/schemas/Error"}})}};
  }
  return responses;
}

Json OperationJson(const RouteDoc& doc, const std::vector<std::string>& path_names) {
  Json operation = {{"operationId", doc.operation_id}, {"summary", doc.summary}, {"responses", ResponsesJson(doc)}};
  if (!doc.tag.empty()) operation["tags"] = {doc.tag};
  if (auto parameters = ParametersJson(doc, path_names); !parameters.empty()) {
    operation["parameters"] = std::move(parameters);
  }
  if (!doc.request_schema.is_null()) {
    operation["requestBody"] = {{"required", true}, {"content", Content(doc.request_type, doc.request_schema)}};
  }
  return operation;
}

}  // namespace

Json OpenApiDocument(const Router& router, std::string_view title, std::string_view version, const Json& schemas) {
  Json paths = Json::object();
  std::set<std::string> operations;
  for (const auto& route : router.routes()) {
    if (route.doc.operation_id.empty()) continue;
    if (!operations.insert(route.doc.operation_id).second) {
      fmt::print(stderr, "gyre: route {}: operation id '{}' is taken\n", route.pattern, route.doc.operation_id);
      std::abort();
    }
    std::vector<std::string> names;
    auto& path = paths[PathTemplate(route.pattern, names)];
    path[base::ToLower(MethodName(route.method))] = OperationJson(route.doc, names);
  }
  Json components = schemas.is_null() ? Json(Json::object()) : schemas;
  components["Error"] = ErrorSchema();
  return {{"openapi", "3.1.0"},
          {"info", {{"title", title}, {"version", version}}},
          {"paths", std::move(paths)},
          {"components", {{"schemas", std::move(components)}}}};
}

}  // namespace gyre::http
