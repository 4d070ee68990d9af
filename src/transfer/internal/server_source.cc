#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/text.h"
#include "transfer/internal/fields.h"
#include "transfer/internal/place.h"
#include "transfer/source.h"
#include "transfer/wire_form.h"

namespace gyre::transfer {
namespace {

using base::Json;
using internal::Fields;

constexpr std::string_view kApi = "/api/2.0/mlflow/";
constexpr const char* kIsPrompt = "`mlflow.prompt.is_prompt` = 'true'";

/// Follows page tokens. `ask` sends one request for the page of a token.
base::Result<void> ForEachPage(const std::function<base::Result<Json>(const std::string&)>& ask, std::string_view list,
                               const std::function<base::Result<void>(const Json&)>& on_item) {
  std::string token;
  do {
    const auto page = TRY(ask(token));
    const Fields fields(page, "the answer");
    for (const auto& item : *TRY(fields.Array(list))) TRY(on_item(item));
    auto next = TRY(fields.Text("next_page_token"));
    if (!next.empty() && next == token) {
      return base::Corrupt("the server repeats a page of its answers for ever; nothing more can be read");
    }
    token = std::move(next);
  } while (!token.empty());
  return base::Ok();
}

std::string With(std::string path, std::string_view name, std::string_view value) {
  if (value.empty()) return path;
  path += path.find('?') == std::string::npos ? '?' : '&';
  return fmt::format("{}{}={}", path, name, PercentEncode(value));
}

bool IsPrompt(const RegisteredModel& model) {
  const auto tag = model.tags.find("mlflow.prompt.is_prompt");
  return tag != model.tags.end() && base::ToLower(tag->second) == "true";
}

/// A text in a filter; a quote in it cannot be written in the grammar but between the other quotes.
std::string Quoted(std::string_view text) {
  const char quote = text.find('\'') == std::string_view::npos ? '\'' : '"';
  return fmt::format("{}{}{}", quote, text, quote);
}

class ServerSource final : public Source {
 public:
  ServerSource(Connection connection, Report& report) : server_(std::move(connection)), report_(report) {}

  std::string Name() const override {
    return server_.url().empty() ? "this home" : fmt::format("server {}", server_.url());
  }
  base::Result<std::optional<int64_t>> CountRuns() override { return std::nullopt; }

  base::Result<void> Experiments(const On<Experiment>& on_experiment) override {
    return Search("experiments/search", {{"max_results", 1000}, {"view_type", "ALL"}}, "experiments", "experiment",
                  ExperimentFrom, on_experiment);
  }
  base::Result<void> Runs(const Experiment& experiment, const On<Run>& on_run) override {
    const On<Run> whole = [&](Run& run) -> base::Result<void> {
      TRY(Complete(run));
      return on_run(run);
    };
    return Search("runs/search", {{"experiment_ids", {experiment.id}}, {"run_view_type", "ALL"}, {"max_results", 200}},
                  "runs", "run", RunFrom, whole);
  }
  base::Result<void> Points(const Run& run, const On<std::span<const Point>>& on_points) override;
  base::Result<void> LoggedModels(const Experiment& experiment, const On<LoggedModel>& on_model) override;
  base::Result<void> RegisteredModels(const On<RegisteredModel>& on_model) override;
  base::Result<void> Versions(const RegisteredModel& model, const On<ModelVersion>& on_version) override;
  base::Result<void> Artifacts(const ArtifactOwner& owner, const On<ArtifactFile>& on_file) override {
    std::set<std::string> seen;
    return List(owner, "", seen, on_file);
  }
  base::Result<std::filesystem::path> Fetch(const ArtifactOwner& owner, const ArtifactFile& file,
                                            const std::filesystem::path& folder) override;

 private:
  template <class T>
  base::Result<void> Take(const Json& item, std::string_view kind, base::Result<T> (*convert)(const Json&),
                          const On<T>& on_item) {
    auto converted = convert(item);
    if (converted) return on_item(*converted);
    report_.Lose(kind, "", converted.error());
    return base::Ok();
  }
  template <class T>
  base::Result<void> Search(std::string_view path, Json body, std::string_view list, std::string_view kind,
                            base::Result<T> (*convert)(const Json&), const On<T>& on_item) {
    const auto ask = [&](const std::string& token) {
      if (!token.empty()) body["page_token"] = token;
      return server_.Post(fmt::format("{}{}", kApi, path), body);
    };
    return ForEachPage(ask, list, [&](const Json& item) { return Take(item, kind, convert, on_item); });
  }
  base::Result<void> Complete(Run& run);
  base::Result<void> History(const Run& run, const std::string& key, const On<std::span<const Point>>& on_points);
  base::Result<void> Models(std::string_view filter, const On<RegisteredModel>& on_model);
  base::Result<void> List(const ArtifactOwner& owner, const std::string& folder, std::set<std::string>& seen,
                          const On<ArtifactFile>& on_file);
  base::Result<Json> ListFolder(const ArtifactOwner& owner, const std::string& folder, const std::string& token);

  Connection server_;
  Report& report_;
};

/// A search of MLflow's leaves out the models that a run read. In this process nothing is left out.
base::Result<void> ServerSource::Complete(Run& run) {
  if (server_.url().empty()) return base::Ok();
  const auto got = server_.Get(fmt::format("{}runs/get?run_id={}", kApi, PercentEncode(run.id)));
  if (!got) return got.error().code() == base::ErrorCode::kUnavailable ? base::Result<void>(got.error()) : base::Ok();
  auto whole = RunFrom(*TRY(Fields(*got, "the answer").Object("run")));
  if (whole && whole->id == run.id) run.model_inputs = std::move(whole->model_inputs);
  return base::Ok();
}

base::Result<void> ServerSource::Points(const Run& run, const On<std::span<const Point>>& on_points) {
  for (const auto& last : run.latest) TRY(History(run, last.key, on_points));
  return base::Ok();
}

base::Result<void> ServerSource::History(const Run& run, const std::string& key,
                                         const On<std::span<const Point>>& on_points) {
  std::vector<Point> points;
  const auto flush = [&]() -> base::Result<void> {
    std::span<const Point> some(points);
    if (!points.empty()) TRY(on_points(some));
    points.clear();
    return base::Ok();
  };
  const auto path = fmt::format("{}metrics/get-history?run_id={}&metric_key={}&max_results=25000", kApi,
                                PercentEncode(run.id), PercentEncode(key));
  TRY(ForEachPage([&](const std::string& token) { return server_.Get(With(path, "page_token", token)); }, "metrics",
                  [&](const Json& item) -> base::Result<void> {
                    points.push_back(TRY(PointFrom(item)));
                    points.back().run_id.clear();
                    return points.size() < kPointsAtOnce ? base::Ok() : flush();
                  }));
  return flush();
}

base::Result<void> ServerSource::LoggedModels(const Experiment& experiment, const On<LoggedModel>& on_model) {
  auto read = Search("logged-models/search", {{"experiment_ids", {experiment.id}}, {"max_results", 50}}, "models",
                     "logged_model", LoggedModelFrom, on_model);
  // Servers before 3.0 have none.
  if (!read && read.error().code() == base::ErrorCode::kNotFound) return base::Ok();
  return read;
}

base::Result<void> ServerSource::Models(std::string_view filter, const On<RegisteredModel>& on_model) {
  const auto path = With(fmt::format("{}registered-models/search?max_results=100", kApi), "filter", filter);
  return ForEachPage(
      [&](const std::string& token) { return server_.Get(With(path, "page_token", token)); }, "registered_models",
      [&](const Json& item) { return Take<RegisteredModel>(item, "registered_model", RegisteredModelFrom, on_model); });
}

base::Result<void> ServerSource::RegisteredModels(const On<RegisteredModel>& on_model) {
  std::set<std::string> seen;
  const auto once = [&](RegisteredModel& model) {
    return seen.insert(model.name).second ? on_model(model) : base::Ok();
  };
  TRY(Models("", once));
  return Models(fmt::format("tags.{}", kIsPrompt), once);
}

base::Result<void> ServerSource::Versions(const RegisteredModel& model, const On<ModelVersion>& on_version) {
  auto filter = fmt::format("name = {}", Quoted(model.name));
  if (IsPrompt(model)) filter += fmt::format(" AND tags.{}", kIsPrompt);
  const auto path = With(fmt::format("{}model-versions/search?max_results=1000", kApi), "filter", filter);
  std::map<int64_t, ModelVersion> versions;
  const auto keep = [&](ModelVersion& version) -> base::Result<void> {
    versions.emplace(version.number, std::move(version));
    return base::Ok();
  };
  TRY(ForEachPage([&](const std::string& token) { return server_.Get(With(path, "page_token", token)); },
                  "model_versions",
                  [&](const Json& item) { return Take<ModelVersion>(item, "model_version", ModelVersionFrom, keep); }));
  for (auto& [number, version] : versions) TRY(on_version(version));
  return base::Ok();
}

base::Result<Json> ServerSource::ListFolder(const ArtifactOwner& owner, const std::string& folder,
                                            const std::string& token) {
  const auto id = PercentEncode(owner.id);
  auto path = owner.kind == ArtifactOwner::Kind::kRun
                  ? fmt::format("{}artifacts/list?run_id={}", kApi, id)
                  : fmt::format("{}logged-models/{}/artifacts/directories", kApi, id);
  path = With(path, owner.kind == ArtifactOwner::Kind::kRun ? "path" : "artifact_directory_path", folder);
  return server_.Get(With(path, "page_token", token));
}

base::Result<void> ServerSource::List(const ArtifactOwner& owner, const std::string& folder,
                                      std::set<std::string>& seen, const On<ArtifactFile>& on_file) {
  std::vector<std::string> folders;
  const auto ask = [&](const std::string& token) { return ListFolder(owner, folder, token); };
  TRY(ForEachPage(ask, "files", [&](const Json& item) -> base::Result<void> {
    const Fields fields(item, "an artifact");
    auto path = TRY(fields.Required("path"));
    if (!internal::IsRelative(path) || !path.starts_with(folder)) {
      return base::Corrupt(fmt::format("the server names an artifact '{}', which is no path below its place", path));
    }
    if (!seen.insert(path).second) return base::Ok();
    if (TRY(fields.Text("is_dir")) == "true") {
      folders.push_back(std::move(path));
      return base::Ok();
    }
    const auto size = TRY(fields.Int("file_size"));
    ArtifactFile file{.path = std::move(path), .size = static_cast<uint64_t>(std::max<int64_t>(size, 0))};
    return on_file(file);
  }));
  for (const auto& below : folders) TRY(List(owner, below, seen, on_file));
  return base::Ok();
}

base::Result<std::filesystem::path> ServerSource::Fetch(const ArtifactOwner& owner, const ArtifactFile& file,
                                                        const std::filesystem::path& folder) {
  const auto to = folder / "artifact";
  if (const auto place = internal::ProxiedPath(owner.uri)) {
    TRY(server_.Download(
        fmt::format("/api/2.0/mlflow-artifacts/artifacts/{}", PercentEncode(*place + "/" + file.path, true)), to));
  } else if (owner.kind == ArtifactOwner::Kind::kRun) {
    TRY(server_.Download(
        fmt::format("/get-artifact?run_uuid={}&path={}", PercentEncode(owner.id), PercentEncode(file.path)), to));
  } else {
    TRY(server_.Download(fmt::format("/ajax-api/2.0/mlflow/logged-models/{}/artifacts/files?artifact_file_path={}",
                                     PercentEncode(owner.id), PercentEncode(file.path)),
                         to));
  }
  return to;
}

}  // namespace

std::unique_ptr<Source> OpenServerSource(Connection connection, Report& report) {
  return std::make_unique<ServerSource>(std::move(connection), report);
}

}  // namespace gyre::transfer
