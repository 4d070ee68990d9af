#include "api/mlflow/internal/logged_flavors.h"

#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "api/mlflow/internal/python_text.h"
#include "base/text.h"

namespace gyre::api::mlflow::internal {

Parsed<base::Json> ReadModelJson(std::string_view text) {
  auto model = base::ParseJson(text, "model_json");
  if (!model || !model->is_object()) {
    return std::unexpected(InvalidParameter(fmt::format("Malformed model info. \n {} \n is not a valid JSON.", text)));
  }
  std::string missing;
  for (const auto* field : {"artifact_path", "flavors", "utc_time_created", "run_id"}) {
    if (!model->contains(field)) missing += fmt::format("{}'{}'", missing.empty() ? "" : ", ", field);
  }
  if (!missing.empty()) {
    return std::unexpected(InvalidParameter(fmt::format("Model json is missing mandatory fields: {{{}}}", missing)));
  }
  base::Json kept = base::Json::object();
  for (const auto* field : {"run_id", "utc_time_created", "artifact_path", "model_uuid", "flavors"}) {
    if (const auto found = model->find(field); found != model->end()) kept[field] = *found;
  }
  auto& flavors = kept["flavors"];
  if (!flavors.is_object()) return kept;
  for (auto& flavor : flavors) {
    if (flavor.is_object()) flavor.erase("config");
  }
  return kept;
}

std::string AppendModel(std::string_view history, const base::Json& model) {
  base::Json list = base::Json::array();
  if (auto known = base::ParseJson(history, "history"); known && known->is_array()) list = *std::move(known);
  list.push_back(model);
  auto text = base::DumpJson(list);
  while (list.size() > 1 && base::Utf8Length(text) > tracking::Limits::kTagValueLength) {
    list.erase(list.begin());
    text = base::DumpJson(list);
  }
  return text;
}

}  // namespace gyre::api::mlflow::internal
