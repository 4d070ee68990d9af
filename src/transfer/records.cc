#include "transfer/records.h"

#include <array>
#include <nlohmann/json.hpp>

#include "base/object_reader.h"
#include "transfer/internal/fields.h"
#include "transfer/wire_form.h"

namespace gyre::transfer {
namespace {

using base::Json;
using internal::Fields;

base::Result<Json> PutExperiment(Importer& importer, const Json& record, std::string_view actor) {
  const auto made = TRY(importer.PutExperiment(TRY(ExperimentFrom(record["experiment"])), actor));
  return Json({{"experiment_id", made.id.value()}, {"artifact_location", made.artifact_location}});
}

base::Result<Json> FinishExperiment(Importer& importer, const Json& record, std::string_view actor) {
  const auto id = TRY(Fields(record, "the record").Required("experiment_id"));
  TRY(importer.FinishExperiment(tracking::ExperimentId(id), TRY(ExperimentFrom(record["experiment"])), actor));
  return Json::object();
}

base::Result<Json> PutRun(Importer& importer, const Json& record, std::string_view actor) {
  const auto made = TRY(importer.PutRun(TRY(RunFrom(record["run"])), actor));
  return Json({{"artifact_uri", made.artifact_uri}});
}

base::Result<Json> FinishRun(Importer& importer, const Json& record, std::string_view actor) {
  TRY(importer.FinishRun(TRY(RunFrom(record["run"])), actor));
  return Json::object();
}

base::Result<Json> PutPoints(Importer& importer, const Json& record, std::string_view) {
  const Fields fields(record, "the record");
  const auto id = TRY(fields.Required("run_id"));
  std::vector<Point> points;
  for (const auto& item : *TRY(fields.Array("points"))) points.push_back(TRY(PointFrom(item)));
  TRY(importer.PutPoints(id, points));
  return Json::object();
}

base::Result<Json> PutLoggedModel(Importer& importer, const Json& record, std::string_view actor) {
  const auto made = TRY(importer.PutLoggedModel(TRY(LoggedModelFrom(record["model"])), actor));
  return Json({{"artifact_uri", made.artifact_uri}});
}

base::Result<Json> FinishLoggedModel(Importer& importer, const Json& record, std::string_view actor) {
  TRY(importer.FinishLoggedModel(TRY(LoggedModelFrom(record["model"])), actor));
  return Json::object();
}

base::Result<Json> PutRegisteredModel(Importer& importer, const Json& record, std::string_view actor) {
  TRY(importer.PutRegisteredModel(TRY(RegisteredModelFrom(record["model"])), actor));
  return Json::object();
}

base::Result<Json> FinishRegisteredModel(Importer& importer, const Json& record, std::string_view actor) {
  TRY(importer.FinishRegisteredModel(TRY(RegisteredModelFrom(record["model"])), actor));
  return Json::object();
}

base::Result<Json> PutVersion(Importer& importer, const Json& record, std::string_view actor) {
  TRY(importer.PutVersion(TRY(ModelVersionFrom(record["version"])), actor));
  return Json::object();
}

base::Result<Json> PutMark(Importer& importer, const Json& record, std::string_view) {
  const Fields fields(record, "the record");
  Mark mark;
  mark.kind = TRY(fields.Required("kind"));
  mark.id = TRY(fields.Required("id"));
  mark.fingerprint = TRY(fields.Required("fingerprint"));
  const Json& counts = *TRY(fields.Object("counts"));
  for (const auto& [key, value] : counts.items()) mark.counts[key] = TRY(Fields(counts, "counts").Int(key));
  TRY(importer.PutMark(mark));
  return Json::object();
}

/// The list of objects under `key` of a body that has `keys` and no others.
base::Result<const Json*> ListOf(const Json& body, std::string_view key, std::initializer_list<std::string_view> keys) {
  const base::ObjectReader fields(body, "");
  TRY(fields.AllowOnly(keys));
  if (!fields.Has(key)) return base::InvalidArgument(fmt::format("{} is missing", key), std::string(key));
  const Json* list = TRY(fields.Array(key));
  for (size_t i = 0; i < list->size(); ++i) {
    if (!(*list)[i].is_object()) {
      return base::InvalidArgument(fmt::format("{}[{}] must be an object", key, i), std::string(key));
    }
  }
  return list;
}

struct Kind {
  std::string_view name;
  std::string_view field;  ///< an object that it has to have; may be empty
  base::Result<Json> (*put)(Importer&, const Json&, std::string_view);
};
constexpr std::array kKinds = {Kind{"experiment", "experiment", PutExperiment},
                               Kind{"finish_experiment", "experiment", FinishExperiment},
                               Kind{"run", "run", PutRun},
                               Kind{"points", "", PutPoints},
                               Kind{"finish_run", "run", FinishRun},
                               Kind{"logged_model", "model", PutLoggedModel},
                               Kind{"finish_logged_model", "model", FinishLoggedModel},
                               Kind{"registered_model", "model", PutRegisteredModel},
                               Kind{"finish_registered_model", "model", FinishRegisteredModel},
                               Kind{"model_version", "version", PutVersion},
                               Kind{"mark", "", PutMark}};

}  // namespace

base::Result<Json> PutRecord(Importer& importer, const Json& record, std::string_view actor) {
  const auto name = TRY(Fields(record, "the record").Required("put"));
  for (const auto& kind : kKinds) {
    if (kind.name != name) continue;
    const bool lacks = !kind.field.empty() && (!record.contains(kind.field) || !record[kind.field].is_object());
    if (lacks) {
      return base::InvalidArgument(fmt::format("a record that puts a {} has no object '{}'", name, kind.field),
                                   std::string(kind.field));
    }
    return kind.put(importer, record, actor);
  }
  return base::InvalidArgument(fmt::format("'{}' is nothing that can be put", name), "put");
}

base::Result<Json> PutRecords(Importer& importer, const Json& body, std::string_view actor) {
  const auto& records = *TRY(ListOf(body, "records", {"records"}));
  if (records.size() > kMostRecords) {
    return base::InvalidArgument(fmt::format("at most {} records at once, not {}", kMostRecords, records.size()),
                                 "records");
  }
  Json results = Json::array();
  for (const auto& record : records) {
    auto put = PutRecord(importer, record, actor);
    if (put) {
      results.push_back(std::move(*put));
    } else {
      results.push_back(
          {{"error", {{"error_code", base::ErrorCodeName(put.error().code())}, {"message", put.error().message()}}}});
    }
  }
  return Json({{"results", std::move(results)}});
}

base::Result<Json> AskKnown(Importer& importer, const Json& question) {
  const auto kind = TRY(base::ObjectReader(question, "").String("kind"));
  std::vector<std::pair<std::string, std::string>> items;
  for (const auto& entry : *TRY(ListOf(question, "items", {"kind", "items"}))) {
    const Fields item(entry, "an item");
    auto id = TRY(item.Required("id"));
    items.emplace_back(std::move(id), TRY(item.Required("fingerprint")));
  }
  if (items.size() > kMostRecords) {
    return base::InvalidArgument(fmt::format("at most {} items at once, not {}", kMostRecords, items.size()), "items");
  }
  Json known = Json::array();
  for (const auto& mark : TRY(importer.Known(kind, items))) {
    known.push_back({{"id", mark.id}, {"counts", mark.counts}});
  }
  return Json({{"known", std::move(known)}});
}

}  // namespace gyre::transfer
