#include "base/yaml.h"

#include <yaml-cpp/yaml.h>

#include "base/text.h"

namespace gyre::base {
namespace {

constexpr size_t kMaxNodes = 100'000;
constexpr int kMaxDepth = 64;

enum class Scalars { kTyped, kTexts };

Json PlainScalar(const std::string& text, Scalars scalars) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return nullptr;
  if (scalars == Scalars::kTexts) return text;
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

Result<Json> Convert(const YAML::Node& node, Scalars scalars, int depth, size_t& nodes) {
  if (depth > kMaxDepth) return InvalidArgument(fmt::format("nests deeper than {} levels", kMaxDepth));
  if (++nodes > kMaxNodes) return InvalidArgument(fmt::format("expands to more than {} nodes", kMaxNodes));
  switch (node.Type()) {
    case YAML::NodeType::Scalar:
      return node.Tag() == "!" ? Json(node.Scalar()) : PlainScalar(node.Scalar(), scalars);
    case YAML::NodeType::Sequence: {
      Json array = Json::array();
      for (const auto& item : node) array.push_back(TRY(Convert(item, scalars, depth + 1, nodes)));
      return array;
    }
    case YAML::NodeType::Map: {
      Json object = Json::object();
      for (const auto& entry : node) {
        if (!entry.first.IsScalar()) return InvalidArgument("has a mapping key that is not a plain word");
        const auto key = entry.first.Scalar();
        auto value = TRY(Convert(entry.second, scalars, depth + 1, nodes));
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

Result<Json> Parse(std::string_view text, std::string_view what, Scalars scalars) {
  try {
    const auto documents = YAML::LoadAll(std::string(text));
    if (documents.size() > 1) return InvalidArgument(fmt::format("{} holds more than one YAML document", what));
    if (documents.empty()) return Json(nullptr);
    size_t nodes = 0;
    auto value = Convert(documents[0], scalars, 0, nodes);
    if (!value) return InvalidArgument(fmt::format("{} {}", what, value.error().message()));
    return value;
  } catch (const YAML::Exception& error) {
    return InvalidArgument(fmt::format("{} is not valid YAML at line {}, column {}: {}", what, error.mark.line + 1,
                                       error.mark.column + 1, error.msg));
  }
}

}  // namespace

Result<Json> ParseYaml(std::string_view text, std::string_view what) {
  return Parse(text, what, Scalars::kTyped);
}

Result<Json> ParseYamlTexts(std::string_view text, std::string_view what) {
  return Parse(text, what, Scalars::kTexts);
}

}  // namespace gyre::base
