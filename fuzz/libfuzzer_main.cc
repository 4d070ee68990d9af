#include "target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  return gyre::fuzz::FuzzOne(bytes, size);
}
