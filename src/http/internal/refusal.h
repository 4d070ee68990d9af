#pragma once

#include "base/error.h"

namespace gyre::http::internal {

/// Why a request is not handed to a handler, and the status that says so.
struct Refusal {
  int status = 400;
  base::Error error;
};

}  // namespace gyre::http::internal
