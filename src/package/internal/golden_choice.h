#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/frame.h"
#include "model/signature.h"

namespace gyre::package::internal {

inline constexpr size_t kGoldenRows = 32;

/// Which test rows to keep as golden: at most kGoldenRows that the signature accepts, spread evenly, with up to eight
/// that have missing values and the first of each predicted class among them. Ascending.
std::vector<size_t> ChooseGolden(const model::Signature& signature, const model::Frame& test,
                                 const std::vector<int32_t>& predicted);

}  // namespace gyre::package::internal
