#include "data/dataset.h"

namespace gyre::data {

using base::Json;

DatasetVersionId MakeVersionId(const DatasetName& name, const base::Digest& content) {
  return DatasetVersionId(
      base::Sha256Of(
          Json{{"format", "gyre-dataset-version-1"}, {"dataset", name.value()}, {"content", content.ToHex()}})
          .ToHex());
}

std::string DatasetVersion::Reference() const {
  return fmt::format("{}/{}", dataset.value(), number);
}

Json DatasetVersion::ToJson() const {
  auto parent_ids = Json::array();
  for (const auto& parent : parents) parent_ids.push_back(parent.value());
  return {{"id", id.value()},
          {"dataset", dataset.value()},
          {"number", number},
          {"ref", Reference()},
          {"rows", rows},
          {"content", content.ToHex()},
          {"schema", schema.ToJson()},
          {"file", file.ToJson()},
          {"source", source ? source->ToJson() : Json(nullptr)},
          {"parents", std::move(parent_ids)},
          {"options", options},
          {"notes", notes},
          {"pipeline_run", pipeline_run.empty() ? Json(nullptr) : Json(pipeline_run)},
          {"created_by", created_by},
          {"created_at", base::FormatTimestamp(created_at)}};
}

Json Dataset::ToJson() const {
  return {{"name", name.value()},
          {"created_at", base::FormatTimestamp(created_at)},
          {"updated_at", base::FormatTimestamp(updated_at)},
          {"latest", {{"id", latest.value()}, {"number", latest_number}, {"rows", latest_rows}}}};
}

}  // namespace gyre::data
