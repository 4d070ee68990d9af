#pragma once

#include "http/router.h"

namespace gyre::ui {

/// The pages under "/", compiled in from ui/ of the source. They use /api/v1 like any other client.
void AddRoutes(http::Router& router);

}  // namespace gyre::ui
