#include "monitor/internal/row_codec.h"

#include <cstring>
#include <limits>

namespace gyre::monitor::internal {
namespace {

constexpr uint32_t kHasShadow = 1;
// The years 1 to 9999: beyond them a time is neither printable nor a time of anything.
constexpr int64_t kEarliest = -62'135'596'800'000'000;
constexpr int64_t kLatest = 253'402'300'799'999'999;

/// Writes values one after the other; the caller has made room.
class Writer {
 public:
  explicit Writer(char* place) : at_(place) {}

  template <class T>
  void Put(T value) {
    Raw(&value, sizeof(T));
  }
  void Text(std::string_view text) {
    Put(static_cast<uint32_t>(text.size()));
    Raw(text.data(), text.size());
  }
  void Floats(std::span<const float> values) { Raw(values.data(), values.size() * sizeof(float)); }
  void Raw(const void* bytes, size_t size) {
    if (size == 0) return;
    std::memcpy(at_, bytes, size);
    at_ += size;
  }

 private:
  char* at_;
};

/// Reads them back; after a read beyond the end everything is empty and `ok` is false.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  template <class T>
  T Get() {
    T value{};
    if (const char* at = Skip(sizeof(T))) std::memcpy(&value, at, sizeof(T));
    return value;
  }
  std::string_view Text() {
    const auto size = Get<uint32_t>();
    const char* at = Skip(size);
    return at == nullptr ? std::string_view() : std::string_view(at, size);
  }
  const char* Floats(size_t count) { return Skip(count * sizeof(float)); }
  const char* Skip(size_t size) {
    if (size > bytes_.size()) {
      ok_ = false;
      bytes_ = {};
      return nullptr;
    }
    const char* at = bytes_.data();
    bytes_.remove_prefix(size);
    return at;
  }

  bool finished() const { return ok_ && bytes_.empty(); }

 private:
  std::string_view bytes_;
  bool ok_ = true;
};

void PutAnswer(Writer& writer, const RowShape& shape, const serve::VariantAnswer& answer) {
  if (shape.regression) {
    writer.Put(answer.value);
    return;
  }
  writer.Put(answer.label);
  if (!answer.probabilities.empty()) return writer.Floats(answer.probabilities);
  for (size_t i = 0; i < shape.classes; ++i) writer.Put(std::numeric_limits<float>::quiet_NaN());
}

void GetAnswer(Reader& reader, const RowShape& shape, AnswerView& answer) {
  answer = {};
  if (shape.regression) {
    answer.value = reader.Get<float>();
    return;
  }
  answer.label = reader.Get<int32_t>();
  answer.probabilities = reader.Floats(shape.classes);
}

bool AnswerFits(const RowShape& shape, const serve::VariantAnswer& answer) {
  if (answer.version == nullptr) return false;
  if (shape.regression) return true;
  const bool known = answer.label >= 0 && static_cast<size_t>(answer.label) < shape.classes;
  return known && (answer.probabilities.empty() || answer.probabilities.size() == shape.classes);
}

size_t TextBytes(std::string_view text) {
  return sizeof(uint32_t) + text.size();
}

}  // namespace

RowShape RowShape::Of(const LogSchema& schema) {
  return {.regression = schema.task == model::Task::kRegression,
          .classes = schema.classes.size(),
          .numbers = schema.Count(model::FeatureType::kNumber),
          .categories = schema.Count(model::FeatureType::kCategory)};
}

bool Fits(const RowShape& shape, const serve::PredictionView& row) {
  return row.numbers.size() == shape.numbers && row.categories.size() == shape.categories &&
         AnswerFits(shape, row.answer) && (!row.shadow || AnswerFits(shape, *row.shadow));
}

size_t EncodedBytes(const RowShape& shape, const serve::PredictionView& row, const RowVersions& versions) {
  const size_t answer = sizeof(int32_t) + (shape.regression ? 0 : shape.classes * sizeof(float));
  size_t bytes = kRowKeyBytes + sizeof(uint32_t) + answer + shape.numbers * sizeof(float);
  bytes += TextBytes(row.key) + TextBytes(versions.answer);
  if (row.shadow) bytes += answer + TextBytes(versions.shadow);
  for (const auto& category : row.categories) bytes += TextBytes(category);
  return bytes;
}

void EncodeRow(const RowShape& shape, const serve::PredictionView& row, const RowVersions& versions, char* place) {
  const int64_t answered_at = base::ToMicros(row.time);
  const int64_t event_time = base::ToMicros(row.event_time);
  Writer writer(place);
  writer.Put(static_cast<uint32_t>(EncodedBytes(shape, row, versions) - sizeof(uint32_t)));
  writer.Raw(row.id.data(), row.id.size());
  writer.Put(answered_at);
  writer.Put(event_time < kEarliest || event_time > kLatest ? answered_at : event_time);
  writer.Put(row.shadow ? kHasShadow : uint32_t{0});
  PutAnswer(writer, shape, row.answer);
  if (row.shadow) PutAnswer(writer, shape, *row.shadow);
  writer.Floats(row.numbers);
  writer.Text(row.key);
  writer.Text(versions.answer);
  if (row.shadow) writer.Text(versions.shadow);
  for (const auto& category : row.categories) writer.Text(category);
}

float RowView::FloatAt(const char* floats, size_t index) {
  float value = 0;
  std::memcpy(&value, floats + index * sizeof(float), sizeof(float));
  return value;
}

base::Result<std::string_view> TakeRow(std::string_view& rows) {
  Reader reader(rows);
  const size_t bytes = sizeof(uint32_t) + reader.Get<uint32_t>();
  if (bytes < kRowKeyBytes || bytes > rows.size()) return base::Corrupt("a logged row is cut short");
  const auto row = rows.substr(0, bytes);
  rows.remove_prefix(bytes);
  return row;
}

base::Result<void> DecodeRow(const RowShape& shape, std::string_view encoded, RowView& row) {
  const RowKey key = ReadRowKey(encoded);
  row.id = key.id;
  row.answered_at = key.answered_at;
  row.event_time = key.event_time;
  Reader reader(encoded.substr(kRowKeyBytes));
  row.has_shadow = (reader.Get<uint32_t>() & kHasShadow) != 0;
  GetAnswer(reader, shape, row.answer);
  if (row.has_shadow) GetAnswer(reader, shape, row.shadow);
  row.numbers = reader.Floats(shape.numbers);
  row.key = reader.Text();
  row.answer.version = reader.Text();
  if (row.has_shadow) row.shadow.version = reader.Text();
  row.categories.clear();
  for (size_t i = 0; i < shape.categories; ++i) row.categories.push_back(reader.Text());
  if (!reader.finished()) return base::Corrupt("a logged row has another form than its schema says");
  return base::Ok();
}

RowKey ReadRowKey(std::string_view row) {
  RowKey key;
  std::memcpy(key.id.data(), row.data() + 4, key.id.size());
  std::memcpy(&key.answered_at, row.data() + 20, 8);
  std::memcpy(&key.event_time, row.data() + 28, 8);
  return key;
}

}  // namespace gyre::monitor::internal
