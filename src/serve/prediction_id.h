#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/id.h"
#include "base/result.h"
#include "base/time.h"

namespace gyre::serve {

/// 128 bits: 48 of the arrival time in milliseconds, then random ones (RFC 9562, version 7), so ids sort by arrival and
/// a label that comes months later finds its prediction without an index. Written as 32 hexadecimal digits.
using PredictionId = std::array<unsigned char, 16>;

PredictionId NewPredictionId(base::Timestamp arrival, base::Entropy& entropy);

/// 32 lower-case hexadecimal digits.
std::string FormatPredictionId(const PredictionId& id);
/// Reads either case; kInvalidArgument for anything but 32 hexadecimal digits.
base::Result<PredictionId> ParsePredictionId(std::string_view text);

/// When the prediction with this id was answered, to the millisecond.
base::Timestamp ArrivalOf(const PredictionId& id);

}  // namespace gyre::serve
