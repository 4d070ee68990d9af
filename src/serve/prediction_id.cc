#include "serve/prediction_id.h"

#include "base/text.h"

namespace gyre::serve {

PredictionId NewPredictionId(base::Timestamp arrival, base::Entropy& entropy) {
  PredictionId id;
  entropy.Fill(std::span(id).subspan(6));
  const auto millis = static_cast<uint64_t>(base::ToMillis(arrival));
  for (size_t i = 0; i < 6; ++i) id[i] = static_cast<unsigned char>(millis >> (40 - 8 * i));
  id[6] = static_cast<unsigned char>(0x70 | (id[6] & 0x0F));  // version 7
  id[8] = static_cast<unsigned char>(0x80 | (id[8] & 0x3F));  // the variant of RFC 9562
  return id;
}

std::string FormatPredictionId(const PredictionId& id) {
  return base::HexEncode(id);
}

base::Result<PredictionId> ParsePredictionId(std::string_view text) {
  PredictionId id;
  const auto bytes = base::HexDecode(text.substr(0, 2 * id.size() + 1));
  if (!bytes || bytes->size() != id.size()) {
    return base::InvalidArgument("a prediction id is the 32 hexadecimal digits that the prediction was answered with",
                                 "prediction_id");
  }
  std::ranges::copy(*bytes, id.begin());
  return id;
}

base::Timestamp ArrivalOf(const PredictionId& id) {
  int64_t millis = 0;
  for (size_t i = 0; i < 6; ++i) millis = millis << 8 | id[i];
  return base::Timestamp(std::chrono::milliseconds(millis));
}

}  // namespace gyre::serve
