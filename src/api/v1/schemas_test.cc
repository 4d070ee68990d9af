#include <gtest/gtest.h>
#include <set>

#include "api/v1/routes.h"

namespace gyre::api::v1 {
namespace {

/// Calls `visit(path, schema)` for every schema below.
void Walk(const base::Json& schema, const std::string& path,
          const std::function<void(const std::string&, const base::Json&)>& visit) {
  if (!schema.is_object()) return;
  visit(path, schema);
  if (schema.contains("properties")) {
    for (const auto& [name, property] : schema["properties"].items()) Walk(property, path + "." + name, visit);
  }
  for (const char* key : {"items", "additionalProperties"}) {
    if (schema.contains(key)) Walk(schema[key], path + "[]", visit);
  }
  for (const char* key : {"anyOf", "oneOf", "allOf"}) {
    if (!schema.contains(key)) continue;
    for (const auto& one : schema[key]) Walk(one, path + "|", visit);
  }
}

void WalkAll(const std::function<void(const std::string&, const base::Json&)>& visit) {
  const auto components = SchemaComponents();
  for (const auto& [name, schema] : components.items()) {
    ASSERT_TRUE(schema.is_object()) << name;
    Walk(schema, name, visit);
  }
}

TEST(SchemasTest, EveryReferenceIsToOneOfThem) {
  const auto components = SchemaComponents();
  WalkAll([&](const std::string& path, const base::Json& schema) {
    if (!schema.contains("$ref")) return;
    const auto ref = schema["$ref"].get<std::string>();
    ASSERT_TRUE(ref.starts_with("#/components/schemas/")) << path;
    EXPECT_TRUE(components.contains(ref.substr(21))) << path << " refers to " << ref;
  });
}

TEST(SchemasTest, TypesAreThoseOfJsonSchema) {
  const std::set<std::string> types = {"object", "array", "string", "number", "integer", "boolean", "null"};
  WalkAll([&](const std::string& path, const base::Json& schema) {
    const auto type = schema.value("type", base::Json::array());
    for (const auto& one : type.is_array() ? type : base::Json::array({type}))
      EXPECT_TRUE(types.contains(one.get<std::string>())) << path << " " << one;
  });
}

TEST(SchemasTest, WhatIsRequiredIsDescribed) {
  WalkAll([&](const std::string& path, const base::Json& schema) {
    for (const auto& name : schema.value("required", base::Json::array()))
      EXPECT_TRUE(schema["properties"].contains(name.get<std::string>())) << path << "." << name;
  });
}

}  // namespace
}  // namespace gyre::api::v1
