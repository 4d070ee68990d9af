#pragma once

#include <cstddef>
#include <cstdint>

namespace gyre::fuzz {

/// What each target defines: takes `bytes` for input from outside and aborts if something that must hold does not.
/// Always 0, as libFuzzer wants it.
int FuzzOne(const uint8_t* bytes, size_t size);

}  // namespace gyre::fuzz
