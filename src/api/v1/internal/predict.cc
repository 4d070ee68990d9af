#include "api/v1/internal/docs.h"
#include "api/v1/internal/handlers.h"
#include "serve/predict_schema.h"

namespace gyre::api::v1::internal {
namespace {

constexpr uint64_t kMaxPredictBody = 16 << 20;
/// What takes longer would keep the other connections of its I/O thread waiting. A forest of 100 trees takes 8 us for
/// one row, and 0.35 ms for 16 KiB, about 60 rows of 13 features (bench/predict_path).
constexpr std::chrono::microseconds kMaxInlineCost{500};
constexpr uint64_t kMaxInlinePredictBody = 16 << 10;
constexpr uint64_t kMaxLabelsBody = 8 << 20;

void Predict(serve::Predictor& predictor, const http::Request& request, http::Response& response) {
  if (const auto json = CheckJsonType(request); !json) return response.SetError(json.error());
  const auto answered =
      predictor.PredictJson(request.path_param("name"), request.body(), request.cancel(), response.body);
  if (!answered) response.SetError(answered.error());
}

base::Result<std::vector<monitor::Label>> ParseLabels(const base::Json& body) {
  const base::Json list = body.is_array() ? body : base::Json::array({body});
  std::vector<monitor::Label> labels;
  for (size_t i = 0; i < list.size(); ++i) {
    const base::ObjectReader fields(list[i], fmt::format("[{}]", i));
    TRY(fields.AllowOnly({"prediction_id", "label", "observed_at"}));
    monitor::Label label{.prediction_id = TRY(fields.String("prediction_id"))};
    const base::Json* value = fields.Find("label");
    if (value == nullptr || !(value->is_string() || value->is_number_integer())) {
      return base::InvalidArgument(fmt::format("{} must be one of the model's classes", fields.PathOf("label")),
                                   fields.PathOf("label"));
    }
    label.label = value->is_string() ? value->get<std::string>() : base::DumpJson(*value);
    if (fields.Has("observed_at")) label.observed_at = TRY(base::ParseTimestamp(TRY(fields.String("observed_at"))));
    labels.push_back(std::move(label));
  }
  return labels;
}

base::Result<base::Json> SubmitLabels(const Deps& deps, const http::Request& request) {
  const serve::EndpointName name(request.path_param("name"));
  TRY(CheckJsonType(request));
  TRY(deps.releases.Get(name));
  const auto body = TRY(base::ParseJson(request.body(), "the request body"));
  const auto receipt = TRY(deps.labels.Submit(name, TRY(ParseLabels(body))));
  return base::Json({{"accepted", receipt.accepted}, {"duplicate", receipt.duplicate}, {"unknown", receipt.unknown}});
}

/// The document of one endpoint, from the signature of its champion.
base::Result<base::Json> EndpointDocument(const Deps& deps, const http::Request& request) {
  const serve::EndpointName name(request.path_param("name"));
  const auto record = TRY(deps.releases.Get(name));
  const auto bundle = TRY(deps.registry.LoadBundle(TRY(deps.registry.Get(record.champion))));
  const auto example = serve::ExampleRow(bundle.signature, bundle.golden);
  const auto path = fmt::format("/endpoints/{}/predict", name.value());
  return base::Json(
      {{"openapi", "3.1.0"},
       {"info",
        {{"title", fmt::format("{} ({})", name.value(), record.champion.ToString())},
         {"version", record.champion.ToString()}}},
       {"paths",
        {{path,
          {{"post",
            {{"operationId", "predict"},
             {"summary", fmt::format("Predictions of {}", record.champion.ToString())},
             {"requestBody",
              {{"required", true},
               {"content",
                {{"application/json",
                  {{"schema", serve::PredictRequestSchema(bundle.signature)}, {"example", example}}}}}}},
             {"responses",
              {{"200",
                {{"description", "one prediction per row"},
                 {"content", {{"application/json", {{"schema", serve::PredictAnswerSchema(bundle.signature)}}}}}}},
               {"422", {{"description", "a value the signature refuses"}}}}}}}}}}}});
}

}  // namespace

void AddPredictRoutes(http::Router& router, const Deps& deps) {
  router.Add(
      {.method = http::Method::kPost,
       .pattern = "/endpoints/{name}/predict",
       .handler = [&predictor = deps.predictor](const http::Request& request,
                                                http::Response& response) { Predict(predictor, request, response); },
       .execution = http::Execution::kInline,
       .max_body = kMaxPredictBody,
       .max_inline_body = kMaxInlinePredictBody,
       .takes_long =
           [&predictor = deps.predictor](const http::Request& request) {
             return predictor.EstimateCost(request.path_param("name"), request.body()) > kMaxInlineCost;
           },
       .doc = Doc("predict", "predict", "Predictions for one row or many")
                  .Body({{"oneOf", {{{"type", "object"}}, {{"type", "array"}, {"items", {{"type", "object"}}}}}}})
                  .Returns(Ref("Predictions"))
                  .Errors({404, 413, 422})});
  router.Add({.method = http::Method::kPost,
              .pattern = "/endpoints/{name}/labels",
              .handler = Answer([deps](const http::Request& request) { return SubmitLabels(deps, request); }),
              .max_body = kMaxLabelsBody,
              .doc = Doc("submitLabels", "predict", "What really happened, by prediction id")
                         .Body({{"type", "array"}, {"maxItems", 10'000}, {"items", Ref("Label")}})
                         .Returns(Ref("LabelReceipt"))
                         .Errors({404, 413, 422})});
  router.Add({.method = http::Method::kGet,
              .pattern = "/endpoints/{name}/openapi.json",
              .handler = Answer([deps](const http::Request& request) { return EndpointDocument(deps, request); }),
              .doc = Doc("getEndpointDocument", "predict", "The OpenAPI document of one endpoint, with an example")
                         .Returns({{"type", "object"}})
                         .Errors({404})});
}

}  // namespace gyre::api::v1::internal
