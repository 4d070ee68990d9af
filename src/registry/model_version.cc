#include "registry/model_version.h"

#include "base/text.h"
#include "registry/internal/checks.h"

namespace gyre::registry {

std::string VersionRef::ToString() const {
  return fmt::format("{}/{}", model.value(), version);
}

base::Result<VersionRef> VersionRef::Parse(std::string_view text) {
  const auto slash = text.rfind('/');
  const auto number = slash == std::string_view::npos ? std::nullopt : base::ParseInt(text.substr(slash + 1));
  if (!number || *number < 1 || std::to_string(*number) != text.substr(slash + 1)) {
    return base::InvalidArgument(
        fmt::format("{} is no model version; write NAME/VERSION with a version from 1, as in rain/3",
                    internal::Quoted(text)),
        std::string(text));
  }
  VersionRef ref{.model = ModelName(text.substr(0, slash)), .version = *number};
  TRY(internal::CheckModelName(ref.model.value()));
  return ref;
}

base::Json ModelVersion::ToJson() const {
  base::Json file_list = base::Json::object();
  for (const auto& [name, file] : files) file_list[name] = {{"digest", file.digest.ToHex()}, {"size", file.size}};
  return {{"ref", ref.ToString()},
          {"model", ref.model.value()},
          {"version", ref.version},
          {"created_at", base::FormatTimestamp(created_at)},
          {"updated_at", base::FormatTimestamp(updated_at)},
          {"bundle_digest", has_bundle() ? base::Json(bundle_digest.ToHex()) : base::Json("")},
          {"files", std::move(file_list)},
          {"run_id", run_id},
          {"pipeline_run", pipeline_run},
          {"datasets", datasets},
          {"aliases", aliases},
          {"tags", tags},
          {"description", description},
          {"stage", stage},
          {"source", source},
          {"run_link", run_link},
          {"model_id", model_id},
          {"metrics", metrics.is_null() ? base::Json::object() : metrics}};
}

base::Json RegisteredModel::ToJson() const {
  return {{"name", name.value()},
          {"created_at", base::FormatTimestamp(created_at)},
          {"updated_at", base::FormatTimestamp(updated_at)},
          {"description", description},
          {"tags", tags},
          {"latest_version", latest_version},
          {"aliases", aliases}};
}

}  // namespace gyre::registry
