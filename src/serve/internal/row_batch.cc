#include "serve/internal/row_batch.h"

namespace gyre::serve::internal {
void RowBatch::Clear() {
  rows = 0;
  numbers.clear();
  categories.clear();
  event_times.clear();
  keys.clear();
  unescaped.clear();
}

void RowBatch::Trim() {
  TrimBuffer(numbers);
  TrimBuffer(categories);
  TrimBuffer(event_times);
  TrimBuffer(keys);
  TrimBuffer(unescaped);
}

}  // namespace gyre::serve::internal
