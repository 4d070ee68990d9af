#include "api/v1/internal/docs.h"
#include "api/v1/internal/handlers.h"

namespace gyre::api::v1::internal {
namespace {

/// One version with its profile. "weather" is its newest, "weather/3" and a version's id that one.
base::Result<base::Json> GetDataset(data::Catalog& catalog, std::string_view text) {
  const auto version = TRY(catalog.Resolve(text));
  auto json = version.ToJson();
  json["profile"] = base::Json::array();
  for (const auto& column : TRY(catalog.Profile(version.id))) json["profile"].push_back(column.ToJson());
  return json;
}

base::Result<base::Json> ListVersions(data::Catalog& catalog, const http::Request& request) {
  const auto limit = TRY(IntQuery(request, "limit", 100, 1, 1000));
  return ToJsonList("versions", TRY(catalog.ListVersions(data::DatasetName(request.path_param("name")), limit)));
}

}  // namespace

void AddDatasetRoutes(http::Router& router, const Deps& deps) {
  auto& catalog = deps.catalog;
  router.Add({.pattern = "/api/v1/datasets",
              .handler = Answer([&catalog](const http::Request&) -> base::Result<base::Json> {
                return ToJsonList("datasets", TRY(catalog.ListDatasets()));
              }),
              .doc = Doc("listDatasets", "datasets", "Every dataset").Returns(ListOf("datasets", "Dataset"))});
  router.Add({.pattern = "/api/v1/datasets/{name}",
              .handler = Answer(
                  [&catalog](const http::Request& request) { return GetDataset(catalog, request.path_param("name")); }),
              .doc = Doc("getDataset", "datasets",
                         "The newest version of a dataset by name, or any version by its id, with its profile")
                         .Returns(Ref("DatasetVersion"))
                         .Errors({400, 404})});
  router.Add({.pattern = "/api/v1/datasets/{name}/versions",
              .handler = Answer([&catalog](const http::Request& request) { return ListVersions(catalog, request); }),
              .doc = Doc("listDatasetVersions", "datasets", "Versions of a dataset, newest first")
                         .Query("limit", "at most so many", Integer(1, 1000))
                         .Returns(ListOf("versions", "DatasetVersion"))
                         .Errors({400, 404})});
  router.Add({.pattern = "/api/v1/datasets/{name}/versions/{number}",
              .handler = Answer([&catalog](const http::Request& request) {
                return GetDataset(catalog,
                                  fmt::format("{}/{}", request.path_param("name"), request.path_param("number")));
              }),
              .doc = Doc("getDatasetVersion", "datasets", "One version of a dataset by its number, with its profile")
                         .Returns(Ref("DatasetVersion"))
                         .Errors({400, 404})});
}

}  // namespace gyre::api::v1::internal
