#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "monitor/log_schema.h"
#include "serve/prediction_sink.h"

namespace gyre::monitor::internal {

/// The numbers of a schema that the layout of its rows needs.
struct RowShape {
  bool regression = false;
  size_t classes = 0;
  size_t numbers = 0;
  size_t categories = 0;

  static RowShape Of(const LogSchema& schema);
};

/// Texts of the versions that answered: formatted once by the caller, not once per row.
struct RowVersions {
  std::string_view answer;
  std::string_view shadow;  ///< empty where there is no shadow
};

/// That `row` has the sizes its schema asks for; what fails this is a bug of the caller.
bool Fits(const RowShape& shape, const serve::PredictionView& row);

/// A row in the form that segments keep it in (docs/formats/inference.md).
size_t EncodedBytes(const RowShape& shape, const serve::PredictionView& row, const RowVersions& versions);
void EncodeRow(const RowShape& shape, const serve::PredictionView& row, const RowVersions& versions, char* place);

/// One answer as read back; `probabilities` are unaligned floats.
struct AnswerView {
  int32_t label = -1;  ///< of a classification
  float value = 0;     ///< of a regression
  const char* probabilities = nullptr;
  std::string_view version;
};

/// A row as read back: views into the encoded bytes.
struct RowView {
  serve::PredictionId id{};
  int64_t answered_at = 0;  ///< microseconds
  int64_t event_time = 0;
  AnswerView answer;
  bool has_shadow = false;
  AnswerView shadow;
  const char* numbers = nullptr;
  std::string_view key;
  std::vector<std::string_view> categories;

  static float FloatAt(const char* floats, size_t index);
};

/// Splits the first encoded row off `rows`. kCorrupt if they do not begin with one.
base::Result<std::string_view> TakeRow(std::string_view& rows);

/// Reads one encoded row. kCorrupt if it has not the form its schema says.
base::Result<void> DecodeRow(const RowShape& shape, std::string_view encoded, RowView& row);

/// The id and times of an encoded row, which every row begins with.
struct RowKey {
  serve::PredictionId id{};
  int64_t answered_at = 0;
  int64_t event_time = 0;
};
inline constexpr size_t kRowKeyBytes = 4 + 16 + 8 + 8;
/// `row` has at least kRowKeyBytes.
RowKey ReadRowKey(std::string_view row);

}  // namespace gyre::monitor::internal
