#include "tracing/span.h"

#include <algorithm>

namespace gyre::tracing {

const Attribute* FindAttribute(const Attributes& attributes, std::string_view key) {
  const auto found = std::ranges::find(attributes, key, &Attribute::key);
  return found == attributes.end() ? nullptr : &*found;
}

std::string_view SpanStatusName(SpanStatus status) {
  switch (status) {
    case SpanStatus::kOk:
      return "OK";
    case SpanStatus::kError:
      return "ERROR";
    case SpanStatus::kUnset:
      break;
  }
  return "UNSET";
}

}  // namespace gyre::tracing
