#pragma once

#include <cstddef>
#include <cstdint>

namespace gyre::fuzz {

/// Takes `bytes` for the body of a predict request of a small model and holds what Predictor makes of it against what
/// another JSON parser says: aborts if they disagree. Always 0, as libFuzzer wants it.
int FuzzPredictBody(const uint8_t* bytes, size_t size);

}  // namespace gyre::fuzz
