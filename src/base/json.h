#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

namespace gyre::base {

/// Objects keep their keys sorted, so that `Dump` of equal values is the same text: digests are taken of it.
using Json = nlohmann::json;

/// Parses one JSON document of untrusted bytes: UTF-8, at most `max_depth` levels of nesting, no trailing text.
/// `what` names the document in the error message ("the request body").
Result<Json> ParseJson(std::string_view text, std::string_view what, int max_depth = 64);

/// Compact text. Bytes that are not UTF-8 are replaced, never thrown over; NaN and infinities become null.
std::string DumpJson(const Json& value);

/// Indented by two, for files people read.
std::string PrettyJson(const Json& value);

/// Reads a YAML document as JSON: plain scalars become null, booleans, integers or numbers by YAML's core schema,
/// quoted ones stay strings. Anchors and merge keys are resolved, with a limit on the size they expand to.
Result<Json> ParseYaml(std::string_view text, std::string_view what);

}  // namespace gyre::base
