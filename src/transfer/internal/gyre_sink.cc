#include <nlohmann/json.hpp>

#include "transfer/internal/fields.h"
#include "transfer/internal/place.h"
#include "transfer/sink.h"
#include "transfer/wire_form.h"

namespace gyre::transfer {
namespace {

using base::Json;
using internal::Fields;

base::Result<void> ErrorIn(const Json& result) {
  const auto error = result.find("error");
  if (error == result.end()) return base::Ok();
  const Fields fields(*error, "the server's error");
  return base::Error(base::ParseErrorCode(TRY(fields.Text("error_code"))), TRY(fields.Text("message")));
}

class GyreSink final : public Sink {
 public:
  explicit GyreSink(Connection connection) : server_(std::move(connection)) {}

  std::string Name() const override {
    return server_.url().empty() ? "this home" : fmt::format("server {}", server_.url());
  }
  base::Result<std::map<std::string, Counts>> Known(
      std::string_view kind, const std::vector<std::pair<std::string, std::string>>& fingerprints) override;
  base::Result<void> Mark(std::string_view kind, const std::string& id, const std::string& fingerprint,
                          const Counts& counts) override {
    return Do({{"put", "mark"}, {"kind", kind}, {"id", id}, {"fingerprint", fingerprint}, {"counts", counts}});
  }
  base::Result<void> PutExperiment(const Experiment& experiment) override {
    const auto made = TRY(Put({{"put", "experiment"}, {"experiment", ToJson(experiment)}}));
    experiments_[experiment.id] = TRY(Fields(made, "the answer").Required("experiment_id"));
    return base::Ok();
  }
  base::Result<void> FinishExperiment(const Experiment& experiment) override {
    return Do({{"put", "finish_experiment"},
               {"experiment_id", experiments_[experiment.id]},
               {"experiment", ToJson(experiment)}});
  }
  base::Result<void> PutRun(const Run& run) override {
    return PutOwner(run.id, {{"put", "run"}, {"run", ToJson(Here(run))}});
  }
  base::Result<void> PutPoints(const Run& run, std::span<const Point> points) override {
    Json list = Json::array();
    for (const auto& point : points) list.push_back(ToJson(point));
    return Do({{"put", "points"}, {"run_id", run.id}, {"points", std::move(list)}});
  }
  base::Result<void> FinishRun(const Run& run) override {
    return Do({{"put", "finish_run"}, {"run", ToJson(Here(run))}});
  }
  base::Result<void> PutLoggedModel(const LoggedModel& model) override {
    return PutOwner(model.id, {{"put", "logged_model"}, {"model", ToJson(Here(model))}});
  }
  base::Result<void> FinishLoggedModel(const LoggedModel& model) override {
    return Do({{"put", "finish_logged_model"}, {"model", ToJson(Here(model))}});
  }
  base::Result<void> PutArtifact(const ArtifactOwner& owner, const ArtifactFile& file,
                                 const std::filesystem::path& bytes) override;
  base::Result<void> PutRegisteredModel(const RegisteredModel& model) override {
    return Do({{"put", "registered_model"}, {"model", ToJson(model)}});
  }
  base::Result<void> PutVersion(const ModelVersion& version) override {
    return Do({{"put", "model_version"}, {"version", ToJson(version)}});
  }
  base::Result<void> FinishRegisteredModel(const RegisteredModel& model) override {
    return Do({{"put", "finish_registered_model"}, {"model", ToJson(model)}});
  }

 private:
  base::Result<Json> Put(Json record);
  base::Result<void> Do(Json record) {
    TRY(Put(std::move(record)));
    return base::Ok();
  }
  base::Result<void> PutOwner(const std::string& id, Json record) {
    const auto made = TRY(Put(std::move(record)));
    owner_ = id;
    place_ = TRY(Fields(made, "the answer").Text("artifact_uri"));
    return base::Ok();
  }
  /// In the server's experiment.
  template <class T>
  T Here(T thing) {
    thing.experiment_id = experiments_[thing.experiment_id];
    return thing;
  }

  Connection server_;
  std::map<std::string, std::string> experiments_;  ///< of the source -> of the server
  std::string owner_;                               ///< put last
  std::string place_;                               ///< of its artifacts
};

base::Result<Json> GyreSink::Put(Json record) {
  const auto answer = TRY(server_.Post("/api/v1/import/mlflow", {{"records", Json::array({std::move(record)})}}));
  const auto& results = *TRY(Fields(answer, "the server's answer").Array("results"));
  if (results.size() != 1) return base::Corrupt("the server answered with other than one result; is it a Gyre?");
  TRY(ErrorIn(results[0]));
  return results[0];
}

base::Result<std::map<std::string, Sink::Counts>> GyreSink::Known(
    std::string_view kind, const std::vector<std::pair<std::string, std::string>>& fingerprints) {
  Json items = Json::array();
  for (const auto& [id, fingerprint] : fingerprints) items.push_back({{"id", id}, {"fingerprint", fingerprint}});
  const auto answer = TRY(server_.Post("/api/v1/import/mlflow/known", {{"kind", kind}, {"items", std::move(items)}}));
  std::map<std::string, Counts> known;
  for (const auto& entry : *TRY(Fields(answer, "the server's answer").Array("known"))) {
    const Fields mark(entry, "a mark");
    auto& counts = known[TRY(mark.Required("id"))];
    const auto& texts = *TRY(mark.Object("counts"));
    for (const auto& [key, value] : texts.items()) counts[key] = TRY(Fields(texts, "counts").Int(key));
  }
  return known;
}

base::Result<void> GyreSink::PutArtifact(const ArtifactOwner& owner, const ArtifactFile& file,
                                         const std::filesystem::path& bytes) {
  if (owner.id != owner_) return base::Internal("an artifact came after another thing than its own");
  const auto folder = internal::ProxiedPath(place_);
  if (!folder) {
    return base::FailedPrecondition(
        fmt::format("here its artifacts belong at {}, where this server does not write; copy "
                    "them there with that store's own tool",
                    place_),
        place_);
  }
  return server_.Upload(
      fmt::format("/api/2.0/mlflow-artifacts/artifacts/{}", PercentEncode(*folder + "/" + file.path, true)), bytes);
}

}  // namespace

std::unique_ptr<Sink> OpenGyreSink(Connection connection) {
  return std::make_unique<GyreSink>(std::move(connection));
}

}  // namespace gyre::transfer
