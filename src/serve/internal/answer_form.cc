#include "serve/internal/answer_form.h"

#include <charconv>

#include "base/json.h"

namespace gyre::serve::internal {
namespace {

constexpr std::string_view kId = R"({"prediction_id":")";
constexpr std::string_view kProbability = R"(,"probability":)";
constexpr std::string_view kValue = R"("value":)";
constexpr size_t kFloatBytes = 24;  ///< the shortest text of a float32 has 15 at most

char* Write(char* at, std::string_view text) {
  return std::copy(text.begin(), text.end(), at);
}

char* WriteFloat(char* at, float value) {
  return std::to_chars(at, at + kFloatBytes, value).ptr;
}

char* WriteHex(char* at, const PredictionId& id) {
  static constexpr char kDigits[] = "0123456789abcdef";
  for (const unsigned char byte : id) {
    *at++ = kDigits[byte >> 4];
    *at++ = kDigits[byte & 15];
  }
  return at;
}

std::string Member(std::string_view name, const std::string& text) {
  return fmt::format("\"{}\":{}", name, base::DumpJson(text));
}

}  // namespace

AnswerForm::AnswerForm(const model::Signature& signature, const registry::VersionRef& champion,
                       const registry::VersionRef* candidate)
    : champion_{&champion, Member("model_version", champion.ToString())},
      regression_(signature.task == model::Task::kRegression),
      two_classes_(signature.classes.size() == 2) {
  if (candidate != nullptr) candidate_ = {candidate, Member("model_version", candidate->ToString())};
  size_t longest_label = 0;
  for (const auto& name : signature.classes) {
    labels_.push_back(Member("label", name));
    longest_label = std::max(longest_label, labels_.back().size());
  }
  if (two_classes_) positive_ = signature.positive_index();
  row_bytes_ = kId.size() + 2 * sizeof(PredictionId) + longest_label + kProbability.size() + kValue.size() +
               kFloatBytes + std::max(champion_.json.size(), candidate_.json.size()) + 8;
}

/// The version that answered, or the champion if there were two.
const AnswerForm::Version& AnswerForm::Headline(std::span<const PredictionView> rows) const {
  const bool all_candidate = !rows.empty() && std::ranges::all_of(rows, [this](const PredictionView& row) {
    return row.answer.version == candidate_.version;
  });
  return all_candidate ? candidate_ : champion_;
}

float AnswerForm::ProbabilityOf(const VariantAnswer& answer) const {
  return answer.probabilities[two_classes_ ? positive_ : static_cast<size_t>(answer.label)];
}

char* AnswerForm::WriteRow(const PredictionView& row, const Version& headline, char* at) const {
  at = WriteHex(Write(at, kId), row.id);
  at = Write(at, "\",");
  if (regression_) {
    at = WriteFloat(Write(at, kValue), row.answer.value);
  } else {
    at = Write(at, labels_[static_cast<size_t>(row.answer.label)]);
    if (!row.answer.probabilities.empty()) at = WriteFloat(Write(at, kProbability), ProbabilityOf(row.answer));
  }
  if (row.answer.version != headline.version) at = Write(Write(at, ","), candidate_.json);
  return Write(at, "},");
}

void AnswerForm::Append(std::span<const PredictionView> rows, std::string& out) const {
  const Version& headline = Headline(rows);
  const size_t before = out.size();
  const size_t bound = before + headline.json.size() + 32 + rows.size() * row_bytes_;
  out.resize_and_overwrite(bound, [&](char* text, size_t) {
    char* at = Write(Write(text + before, "{"), headline.json);
    at = Write(at, R"(,"predictions":[)");
    for (const auto& row : rows) at = WriteRow(row, headline, at);
    if (!rows.empty()) --at;  // the last comma
    at = Write(at, "]}");
    return static_cast<size_t>(at - text);
  });
}

}  // namespace gyre::serve::internal
