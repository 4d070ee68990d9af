#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/log.h"
#include "base/result.h"
#include "http/router.h"
#include "server/home.h"
#include "server/settings.h"

namespace gyre::server {

/// Every role in one process, over one home: what `gyre server` runs, and what a command opens when no server does.
/// Construction wires the modules by hand, from the ground up; destruction is the reverse. Thread-safe.
class Node {
 public:
  struct Options {
    Settings settings;
    std::filesystem::path program;  ///< the gyre binary, for the children it starts
  };
  /// Opens the home's stores and endpoints and takes up what was under way. Does not listen yet.
  static base::Result<std::unique_ptr<Node>> Open(Home home, const Options& options);
  virtual ~Node() = default;

  virtual const http::Router& router() const = 0;
  virtual base::Logger& log() = 0;

  /// Listens, and announces the address in the home. Returns the URL.
  virtual base::Result<std::string> Listen() = 0;

  /// Not ready, no new connections, requests under way finish (at most drain_seconds), steps stop, logs are sealed.
  /// Idempotent.
  virtual void Stop() = 0;
};

}  // namespace gyre::server
