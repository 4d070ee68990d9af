#include "adopt/internal/mlmodel.h"

#include "base/json.h"

namespace gyre::adopt::internal {
namespace {

/// The member as an object; an empty one if it is something else.
base::Json Object(const base::Json& parent, const char* name) {
  const auto found = parent.find(name);
  return found != parent.end() && found->is_object() ? *found : base::Json::object();
}

std::string Text(const base::Json& parent, const char* name) {
  const auto found = parent.find(name);
  return found != parent.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// The signature's inputs are JSON in a text.
std::vector<std::string> Columns(const base::Json& signature) {
  const auto inputs = base::ParseJson(Text(signature, "inputs"), "the signature's inputs");
  std::vector<std::string> names;
  if (!inputs || !inputs->is_array()) return names;
  for (const auto& input : *inputs) {
    const auto name = input.is_object() ? Text(input, "name") : std::string();
    if (name.empty()) return {};
    names.push_back(name);
  }
  return names;
}

}  // namespace

base::Result<Mlmodel> ReadMlmodel(std::string_view yaml) {
  const auto document = TRY(base::ParseYaml(yaml, kMlmodelName));
  if (!document.is_object()) return base::InvalidArgument("MLmodel is no mapping", std::string(kMlmodelName));
  Mlmodel read;
  const auto flavors = Object(document, "flavors");
  for (const auto& [name, flavor] : flavors.items()) read.flavors.push_back(name);
  read.onnx_file = Text(Object(flavors, "onnx"), "data");
  read.columns = Columns(Object(document, "signature"));
  const auto example = Object(document, "saved_input_example_info");
  const auto kind = Text(example, "type");
  if (kind == "dataframe" || kind == "ndarray") read.example_file = Text(example, "artifact_path");
  return read;
}

}  // namespace gyre::adopt::internal
