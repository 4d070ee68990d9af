#include <yaml-cpp/yaml.h>

#include "base/json.h"
#include "base/text.h"

namespace gyre::base {
namespace {

constexpr size_t kMaxNodes = 100'000;
constexpr int kMaxDepth = 64;

Json PlainScalar(const std::string& text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return nullptr;
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  const std::string_view digits = text[0] == '+' ? std::string_view(text).substr(1) : std::string_view(text);
  if (const auto integer = ParseInt(digits)) return *integer;
  const bool numeric = digits.find_first_not_of("0123456789+-.eE") == std::string_view::npos;
  if (numeric) {
    if (const auto number = ParseDouble(digits)) return *number;
  }
  return text;
}

Result<Json> Convert(const YAML::Node& node, int depth, size_t& nodes) {
  if (depth > kMaxDepth) return InvalidArgument(fmt::format("nests deeper than {} levels", kMaxDepth));
  if (++nodes > kMaxNodes) return InvalidArgument(fmt::format("expands to more than {} nodes", kMaxNodes));
  switch (node.Type()) {
    case YAML::NodeType::Scalar:
      return node.Tag() == "!" ? Json(node.Scalar()) : PlainScalar(node.Scalar());
    case YAML::NodeType::Sequence: {
      Json array = Json::array();
      for (const auto& item : node) array.push_back(TRY(Convert(item, depth + 1, nodes)));
      return array;
    }
    case YAML::NodeType::Map: {
      Json object = Json::object();
      for (const auto& entry : node) {
        if (!entry.first.IsScalar()) return InvalidArgument("has a mapping key that is not a plain word");
        const auto key = entry.first.Scalar();
        auto value = TRY(Convert(entry.second, depth + 1, nodes));
        if (key == "<<" && value.is_object()) {
          for (auto& [merged_key, merged] : value.items()) {
            if (!object.contains(merged_key)) object[merged_key] = merged;
          }
          continue;
        }
        object[key] = std::move(value);
      }
      return object;
    }
    default:
      return Json(nullptr);
  }
}

}  // namespace

Result<Json> ParseYaml(std::string_view text, std::string_view what) {
  try {
    const auto documents = YAML::LoadAll(std::string(text));
    if (documents.size() > 1) return InvalidArgument(fmt::format("{} holds more than one YAML document", what));
    if (documents.empty()) return Json(nullptr);
    size_t nodes = 0;
    auto value = Convert(documents[0], 0, nodes);
    if (!value) return InvalidArgument(fmt::format("{} {}", what, value.error().message()));
    return value;
  } catch (const YAML::Exception& error) {
    return InvalidArgument(fmt::format("{} is not valid YAML at line {}, column {}: {}", what, error.mark.line + 1,
                                       error.mark.column + 1, error.msg));
  }
}

}  // namespace gyre::base
