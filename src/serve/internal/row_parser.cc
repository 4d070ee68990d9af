#include "serve/internal/row_parser.h"

#include <cmath>
#include <numeric>

#include "base/text.h"

namespace gyre::serve::internal {
namespace {

constexpr size_t kMaxKeyBytes = 256;
constexpr size_t kShownBytes = 60;
constexpr double kBeyondFloat = 0x1.ffffffp127;  ///< the least that rounds to an infinite float32
constexpr base::Timestamp kEarliest = std::chrono::sys_days(std::chrono::year(1) / 1 / 1);
constexpr base::Timestamp kLatest = std::chrono::sys_days(std::chrono::year(10'000) / 1 / 1);

/// Text from outside for a message: short, and cut between characters.
std::string Shown(std::string_view text) {
  if (text.size() <= kShownBytes) return std::string(text);
  size_t length = kShownBytes;
  while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U) --length;
  return std::string(text.substr(0, length)) + "...";
}

/// Whole milliseconds since 1970; nothing if out of the years that dates have names for.
std::optional<base::Timestamp> FromMillis(std::string_view token) {
  const auto millis = base::ParseInt(token);
  if (!millis || *millis < base::ToMillis(kEarliest) || *millis >= base::ToMillis(kLatest)) return std::nullopt;
  return base::Timestamp(std::chrono::milliseconds(*millis));
}

std::optional<base::Timestamp> FromText(std::string_view text) {
  const auto time = base::ParseTimestamp(text);
  if (!time || *time < kEarliest || *time >= kLatest) return std::nullopt;
  return *time;
}

}  // namespace

base::Result<void> RowParser::Parse(const FeaturePlan& plan, std::string_view body, const ParseLimits& limits,
                                    RowBatch& batch) {
  Begin(plan, body, limits, batch);
  if (ParseDocument()) return base::Ok();
  return json_.TakeError();
}

void RowParser::Begin(const FeaturePlan& plan, std::string_view body, const ParseLimits& limits, RowBatch& batch) {
  plan_ = &plan;
  limits_ = limits;
  batch_ = &batch;
  batch.Clear();
  json_.Begin(body, batch.unescaped);
  if (seen_.size() < plan.fields().size()) seen_.resize(plan.fields().size());
  order_ = &orders_[reinterpret_cast<uintptr_t>(&plan) / alignof(std::max_align_t) % orders_.size()];
  if (order_->plan != &plan || order_->fields.size() != plan.fields().size()) {
    order_->plan = &plan;
    order_->fields.resize(plan.fields().size());
    std::iota(order_->fields.begin(), order_->fields.end(), 0U);
  }
}

bool RowParser::ParseDocument() {
  json_.SkipSpace();
  if (json_.at_end()) return json_.Malformed("it is empty; send an object of features, or an array of them");
  if (json_.At('{')) {
    if (!ParseRow()) return false;
  } else if (json_.Take('[')) {
    if (!ParseRows()) return false;
  } else {
    return json_.Malformed("expected an object of features, or an array of them");
  }
  json_.SkipSpace();
  return json_.at_end() || json_.Malformed("something follows the end of the document");
}

bool RowParser::ParseRows() {
  json_.SkipSpace();
  if (json_.Take(']')) return true;
  while (true) {
    json_.SkipSpace();
    if (!json_.At('{')) return json_.Malformed("expected an object of features");
    if (!ParseRow()) return false;
    json_.SkipSpace();
    if (json_.Take(']')) return true;
    if (!json_.Take(',')) return json_.Malformed("expected ',' or ']' after a row");
  }
}

bool RowParser::ParseRow() {
  return BeginRow() && ParseMembers() && FinishRow();
}

bool RowParser::BeginRow() {
  const size_t rows = batch_->rows + 1;
  if (rows > limits_.max_rows) {
    return json_.Fail(base::TooLarge(
        fmt::format("the request has more than {} rows; send them in several", limits_.max_rows), "body"));
  }
  if (rows * plan_->features() > limits_.max_values) {
    return json_.Fail(
        base::TooLarge(fmt::format("the request has more than {} values ({} a row); send the rows in several",
                                   limits_.max_values, plan_->features()),
                       "body"));
  }
  batch_->numbers.resize(rows * plan_->numbers());
  batch_->categories.resize(rows * plan_->categories());
  batch_->event_times.push_back(RowBatch::kNoEventTime);
  batch_->keys.emplace_back();
  row_numbers_ = batch_->numbers.data() + batch_->rows * plan_->numbers();
  row_categories_ = batch_->categories.data() + batch_->rows * plan_->categories();
  features_seen_ = 0;
  ++stamp_;
  return true;
}

bool RowParser::ParseMembers() {
  json_.Take('{');
  json_.SkipSpace();
  if (json_.Take('}')) return true;
  for (size_t position = 0;; ++position) {
    json_.SkipSpace();
    if (!ParseMember(position)) return false;
    json_.SkipSpace();
    if (json_.Take('}')) return true;
    if (!json_.Take(',')) return json_.Malformed("expected ',' or '}' after a value");
  }
}

bool RowParser::ParseMember(size_t position) {
  if (!json_.Take('"')) return json_.Malformed("expected a field name in double quotes");
  const uint32_t index = ParseName(position);
  if (index == FeaturePlan::kNone) return false;
  const Field& field = plan_->fields()[index];
  if (seen_[index] == stamp_) return Refuse(field, "is there twice");
  seen_[index] = stamp_;
  features_seen_ += index < plan_->features() ? 1 : 0;
  json_.SkipSpace();
  if (!json_.Take(':')) return json_.Malformed("expected ':' after a field name");
  json_.SkipSpace();
  return ParseValue(field);
}

/// A feature that was not sent is missing: the model may know what to do without it.
bool RowParser::FinishRow() {
  ++batch_->rows;
  if (features_seen_ == plan_->features()) return true;
  for (size_t i = 0; i < plan_->features(); ++i) {
    const Field& field = plan_->fields()[i];
    if (seen_[i] == stamp_) continue;
    if (field.required) return Refuse(field, "is missing");
    if (field.kind == FieldKind::kNumber) row_numbers_[field.column] = std::numeric_limits<float>::quiet_NaN();
  }
  return true;
}

uint32_t RowParser::ParseName(size_t position) {
  auto& order = order_->fields;
  if (position < order.size()) {
    const std::string& guess = plan_->fields()[order[position]].closed;
    if (!guess.empty() && json_.Take(guess)) return order[position];
  }
  std::string_view name;
  if (!json_.ReadText(name)) return FeaturePlan::kNone;
  const uint32_t index = plan_->Find(name);
  if (index == FeaturePlan::kNone) {
    UnknownField(name);
  } else if (position < order.size()) {
    order[position] = index;
  }
  return index;
}

bool RowParser::ParseValue(const Field& field) {
  if (json_.at_end()) return json_.Malformed("it ends where a value is expected");
  if (json_.peek() == 'n') return ParseNull(field);
  switch (field.kind) {
    case FieldKind::kNumber:
      return ParseNumber(field);
    case FieldKind::kCategory:
      return ParseCategory(field);
    case FieldKind::kEventTime:
      return ParseEventTime(field);
    case FieldKind::kKey:
      return ParseKey(field);
  }
  return json_.Malformed("expected a value");
}

bool RowParser::ParseNull(const Field& field) {
  if (!json_.Take("null")) return WrongType(field, "something else");
  if (field.required) return Refuse(field, "is null, and the model has not learnt what to do without it");
  if (field.kind == FieldKind::kNumber) row_numbers_[field.column] = std::numeric_limits<float>::quiet_NaN();
  return true;
}

bool RowParser::ParseNumber(const Field& field) {
  const char first = json_.peek();
  if ((first < '0' || first > '9') && (first != '-' || json_.At("-I"))) return WrongType(field, "a number");
  double value = 0;
  std::string_view token;
  if (!json_.ReadNumber(value, token)) return false;
  if (std::fabs(value) >= kBeyondFloat) {
    return Refuse(field, fmt::format("is {}, beyond the range of float32", Shown(token)));
  }
  row_numbers_[field.column] = static_cast<float>(value);
  return true;
}

bool RowParser::ParseCategory(const Field& field) {
  if (!json_.Take('"')) return WrongType(field, "a string");
  return json_.ReadText(row_categories_[field.column]);
}

bool RowParser::ParseEventTime(const Field& field) {
  constexpr std::string_view kExpected = "a time as RFC 3339 writes it, or whole milliseconds since 1970";
  std::string_view text;
  std::optional<base::Timestamp> time;
  if (json_.Take('"')) {
    if (!json_.ReadText(text)) return false;
    time = FromText(text);
  } else if (DescribeValue(json_.peek()) == "a number") {
    double value = 0;
    if (!json_.ReadNumber(value, text)) return false;
    time = FromMillis(text);
  } else {
    return WrongType(field, kExpected);
  }
  if (!time) return Refuse(field, fmt::format("is '{}', but must be {}", Shown(text), kExpected));
  batch_->event_times.back() = *time;
  return true;
}

bool RowParser::ParseKey(const Field& field) {
  auto& key = batch_->keys.back();
  if (json_.Take('"')) {
    if (!json_.ReadText(key)) return false;
  } else {
    if (DescribeValue(json_.peek()) != "a number") return WrongType(field, "a string or a number");
    double value = 0;
    if (!json_.ReadNumber(value, key)) return false;
  }
  return key.size() <= kMaxKeyBytes || Refuse(field, fmt::format("is longer than {} bytes", kMaxKeyBytes));
}

bool RowParser::Refuse(const Field& field, std::string_view why) {
  const size_t row = batch_->event_times.size() - 1;
  return json_.Fail(base::Unprocessable(fmt::format("row {}: {} {}", row, field.name, why), field.name));
}

bool RowParser::WrongType(const Field& field, std::string_view expected) {
  for (const std::string_view word : {"NaN", "nan", "Infinity", "-Infinity", "inf"}) {
    if (json_.At(word)) {
      return json_.Malformed(fmt::format("{} is not a JSON value (row {}, {}); send null for a missing value", word,
                                         batch_->rows, field.name));
    }
  }
  const auto found = DescribeValue(json_.peek());
  if (found.empty() || found == "null") return json_.Malformed("expected a value");
  return Refuse(field, fmt::format("must be {}, not {}", expected, found));
}

bool RowParser::UnknownField(std::string_view name) {
  const auto shown = Shown(name);
  return json_.Fail(base::Unprocessable(
      fmt::format("row {}: the model has no feature '{}'{}", batch_->rows, shown, plan_->HintFor(name)), shown));
}

}  // namespace gyre::serve::internal
