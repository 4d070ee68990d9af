#pragma once

#include <simdjson.h>
#include <string>
#include <string_view>

namespace gyre::api::mlflow::internal {

// MLflow's messages quote values as Python writes them; clients and tests compare these texts.

/// As json.dumps(value, sort_keys=True, separators=(",", ":")): ASCII only.
std::string PythonJson(const simdjson::dom::element& value);
std::string PythonJson(std::string_view text);
/// As repr(float): "1.0", "1e+16", "0.0001", "nan", "inf".
std::string PythonFloat(double value);
/// As repr(str), of text without control bytes.
std::string PythonRepr(std::string_view text);
/// "int", "str", "float", "bool", "list", "dict", "NoneType".
std::string_view PythonType(const simdjson::dom::element& value);

}  // namespace gyre::api::mlflow::internal
