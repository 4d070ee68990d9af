// Takes the input for the body of a predict request of a small model and holds what Predictor makes of it against what
// another JSON parser says.
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "base/testing/manual_clock.h"
#include "base/testing/seeded_entropy.h"
#include "serve/predictor.h"
#include "serve/testing/fake_model.h"
#include "serve/testing/recording_sink.h"
#include "target.h"

namespace gyre::fuzz {
namespace {

using base::ErrorCode;
using base::Json;
using model::FeatureType;
using serve::testing::RecordingSink;

[[noreturn]] void Disagree(const std::string& what) {
  fmt::print(stderr, "predict_body: {}\n", what);
  std::abort();
}

model::Signature TinySignature() {
  model::Signature signature;
  signature.inputs = {{.name = "a"},
                      {.name = "b", .nullable = true},
                      {.name = "c", .type = FeatureType::kCategory},
                      {.name = "d\"\n", .type = FeatureType::kCategory, .nullable = true}};
  signature.classes = {"no", "yes\\"};
  signature.positive_class = "no";
  return signature;
}

/// What the last request logged.
class LastRows final : public serve::PredictionSink {
 public:
  bool Offer(const serve::PredictionBatch& batch) override {
    recorded_ = std::make_unique<RecordingSink>();
    return recorded_->Offer(batch);
  }
  std::vector<RecordingSink::Row> Take() {
    const auto taken = std::move(recorded_);
    return taken ? taken->rows() : std::vector<RecordingSink::Row>();
  }

 private:
  std::unique_ptr<RecordingSink> recorded_;
};

/// One predictor for all inputs, so that what one request leaves behind meets the next.
struct Served {
  const model::Signature signature = TinySignature();
  base::Metrics metrics;
  serve::Endpoints endpoints{metrics};
  base::testing::ManualClock clock{base::ParseTimestamp("2013-10-01").value()};
  base::testing::SeededEntropy entropy{1};
  LastRows sink;
  serve::Predictor predictor{{.max_rows = 100, .max_values = 300}, {endpoints, sink, clock, entropy}};

  Served() {
    const auto model = serve::testing::FakeModel("tiny/1", signature, [](const auto&, std::span<float> probabilities) {
      probabilities[0] = 0.25F;
      probabilities[1] = 0.75F;
      return base::Ok();
    });
    if (!endpoints.Install(serve::EndpointName("tiny"), {.champion = model})) Disagree("cannot install");
  }
};

/// `row` as the log has it, against the same row as the other parser has it.
void CompareRow(const model::Signature& signature, const Json& sent, const RecordingSink::Row& row) {
  size_t number = 0;
  size_t category = 0;
  for (const auto& feature : signature.inputs) {
    const auto found = sent.find(feature.name);
    const bool missing = found == sent.end() || found->is_null();
    if (missing && !feature.nullable) Disagree("accepted a row without " + feature.name);
    if (feature.type == FeatureType::kNumber) {
      const float read = row.numbers[number++];
      if (missing ? !std::isnan(read) : !found->is_number() || read != static_cast<float>(found->get<double>())) {
        Disagree(fmt::format("{} was read as {}", feature.name, read));
      }
    } else {
      const auto& read = row.categories[category++];
      if (missing ? !read.empty() : !found->is_string() || read != found->get<std::string>()) {
        Disagree(fmt::format("{} was read as {}", feature.name, read));
      }
    }
  }
  for (const auto& [name, value] : sent.items()) {
    if (signature.Find(name) == nullptr && name != "key" && name != "event_time") Disagree("accepted a field " + name);
  }
  if (sent.contains("key") && sent["key"].is_string() && sent["key"] != row.key) Disagree("the key was read wrongly");
}

void CheckAccepted(const model::Signature& signature, std::string_view body, const std::string& answer,
                   const std::vector<RecordingSink::Row>& rows) {
  const Json sent = Json::parse(body, nullptr, false);
  if (sent.is_discarded()) Disagree("accepted what is not JSON");
  const Json batch = sent.is_array() ? sent : Json::array({sent});
  const Json answered = Json::parse(answer, nullptr, false);
  if (answered.is_discarded() || answered["predictions"].size() != batch.size() || rows.size() != batch.size()) {
    Disagree("answered " + answer);
  }
  for (size_t i = 0; i < batch.size(); ++i) CompareRow(signature, batch[i], rows[i]);
}

/// What is called malformed must be so: not JSON, or not rows. U+0000 in texts is refused on purpose; the other parser
/// takes a byte order mark, which JSON on the wire has none of, and a zero byte for the end.
void CheckMalformed(std::string_view body) {
  if (body.starts_with("\xEF\xBB\xBF") || body.find("\\u0000") != std::string_view::npos) return;
  if (body.find('\0') != std::string_view::npos) return;
  const Json sent = Json::parse(body, nullptr, false);
  if (sent.is_discarded()) return;
  const auto is_object = [](const Json& row) { return row.is_object(); };
  if (sent.is_object() || (sent.is_array() && std::ranges::all_of(sent, is_object))) {
    Disagree("called malformed what is not");
  }
}

}  // namespace

int FuzzOne(const uint8_t* bytes, size_t size) {
  static Served served;
  const std::string_view body(reinterpret_cast<const char*>(bytes), size);
  std::string answer;
  const auto done = served.predictor.PredictJson("tiny", body, {}, answer);
  if (done) {
    CheckAccepted(served.signature, body, answer, served.sink.Take());
  } else if (done.error().code() == ErrorCode::kInvalidArgument) {
    CheckMalformed(body);
  } else if (done.error().code() != ErrorCode::kUnprocessable && done.error().code() != ErrorCode::kTooLarge) {
    Disagree(done.error().ToString());
  }
  return 0;
}

}  // namespace gyre::fuzz
