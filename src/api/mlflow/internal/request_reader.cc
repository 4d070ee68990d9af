#include "api/mlflow/internal/request_reader.h"

#include <algorithm>
#include <fmt/format.h>
#include <simdjson.h>

#include "api/mlflow/internal/complaint.h"
#include "api/mlflow/internal/json_fill.h"
#include "api/mlflow/internal/loose_json.h"
#include "api/mlflow/internal/python_text.h"
#include "base/text.h"

namespace gyre::api::mlflow::internal {
namespace {

/// What is kept between requests is freed if a long one has blown it up.
constexpr size_t kKeptBytes = 256 << 10;  // the parser keeps some 14 times as much

/// Exactly as MLflow's server compares it: bytes up to the first ';'.
std::optional<Failure> CheckContentType(const http::Request& request) {
  if (request.method() != http::Method::kPost && request.method() != http::Method::kPut) return std::nullopt;
  const auto type = request.header("Content-Type");
  if (type.empty()) return InvalidParameter("Bad Request. Content-Type header is missing.");
  if (type.substr(0, type.find(';')) == "application/json") return std::nullopt;
  return InvalidParameter("Bad Request. Content-Type must be one of ['application/json'].");
}

base::Result<std::string> QueryValue(const Field& field, const std::string& value) {
  if (field.type != Type::kBool || field.repeated) return PythonJson(std::string_view(value));
  auto word = base::ToLower(value);
  if (word == "true" || word == "false") return word;
  return base::InvalidArgument(fmt::format("Invalid boolean value: {}, must be 'true' or 'false'.", value));
}

}  // namespace

struct RequestReader::Scratch {
  simdjson::dom::parser parser;
  std::string text;  ///< the document, with the padding that the parser wants behind it
  std::vector<Value> values;

  void SetText(std::string_view document) {
    text.reserve(document.size() + simdjson::SIMDJSON_PADDING);
    text.assign(document);
    text.append(simdjson::SIMDJSON_PADDING, '\0');
  }
  simdjson::simdjson_result<simdjson::dom::element> Parse() {
    return parser.parse(text.data(), text.size() - simdjson::SIMDJSON_PADDING, false);
  }
  void Shrink() {
    if (text.capacity() <= kKeptBytes && values.capacity() * sizeof(Value) <= kKeptBytes) return;
    parser = simdjson::dom::parser();
    text = std::string();
    values = std::vector<Value>();
  }
};

RequestReader::RequestReader() = default;
RequestReader::~RequestReader() = default;

base::Result<std::optional<std::string>> QueryAsJson(const http::Request& request, const Descriptor& descriptor) {
  const auto query = request.query();
  if (query.empty()) return std::optional<std::string>();
  std::string json = "{";
  const auto add = [&](const Field& field, std::string_view name) -> base::Result<void> {
    const auto first = std::ranges::find(query, name, &std::pair<std::string, std::string>::first);
    if (first == query.end()) return base::Ok();
    json += fmt::format("{}\"{}\":{}", json.size() > 1 ? "," : "", name, field.repeated ? "[" : "");
    json += TRY(QueryValue(field, first->second));
    if (!field.repeated) return base::Ok();
    for (auto next = first + 1; next != query.end(); ++next) {
      if (next->first == name) json += "," + PythonJson(std::string_view(next->second));
    }
    json += "]";
    return base::Ok();
  };
  for (const auto& field : descriptor.fields) {
    TRY(add(field, field.name));
    if (!field.alias.empty()) TRY(add(field, field.alias));
  }
  return std::optional(json + "}");
}

Answer RequestReader::Read(const http::Request& request, const Descriptor& descriptor,
                           const std::function<Answer(const Message&)>& use) {
  if (auto failure = CheckContentType(request)) return *failure;
  auto scratch = pool_.Take();
  if (scratch.get() == nullptr) scratch.Set(std::make_unique<Scratch>());
  if (request.method() == http::Method::kGet) {
    const auto query = TRY(QueryAsJson(request, descriptor));
    scratch->SetText(query ? *query : request.body());
  } else {
    scratch->SetText(request.body());
  }
  auto answer = ReadJson(*scratch, descriptor, use);
  scratch->Shrink();
  return answer;
}

Answer RequestReader::ReadJson(Scratch& scratch, const Descriptor& descriptor,
                               const std::function<Answer(const Message&)>& use) {
  auto parsed = scratch.Parse();
  if (parsed.error() != simdjson::SUCCESS) {
    scratch.SetText(StrictJson({scratch.text.data(), scratch.text.size() - simdjson::SIMDJSON_PADDING}));
    parsed = scratch.Parse();
  }
  if (std::string_view inner; parsed.get(inner) == simdjson::SUCCESS) {
    scratch.SetText(std::string(inner));
    parsed = scratch.Parse();
  }
  if (parsed.error() == simdjson::DEPTH_ERROR) {
    return InvalidParameter("Invalid request: the body is nested too deeply.");
  }
  if (parsed.error() != simdjson::SUCCESS || parsed.is_null()) {
    scratch.SetText("{}");
    parsed = scratch.Parse();
  }
  const auto document = parsed.value_unsafe();
  JsonFill fill(scratch.values);
  const bool filled = fill.Fill(document, descriptor);
  if (fill.too_many()) return InvalidParameter("Invalid request: the body has too many values; split it up.");
  if (fill.saw_camel() || !filled) {
    if (auto failure = FindTwice(document, descriptor)) return *failure;
  }
  if (!filled) return Complain(document, descriptor);
  return use(Message(descriptor, scratch.values, 0));
}

}  // namespace gyre::api::mlflow::internal
