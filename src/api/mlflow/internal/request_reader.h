#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/mlflow/internal/errors.h"
#include "api/mlflow/internal/message.h"
#include "base/core_pool.h"
#include "http/message.h"

namespace gyre::api::mlflow::internal {

/// Reads requests into messages, by the rules of protocol buffers' JSON and of MLflow's server:
/// - GET with a query: its parameters, a repeated one for a list; else the JSON body. None, or one that is not JSON, is
///   an empty object. A body that is a JSON string is read a second time.
/// - POST and PUT without "Content-Type: application/json" are refused.
/// - snake_case and lowerCamel names (but not both of one field), numbers as strings, null as absent; unknown fields
/// are
///   ignored. Unlike MLflow, where a mistake in a field that its schema does not name leaves half a message, every
///   mistake is refused.
/// Thread-safe.
class RequestReader {
 public:
  RequestReader();
  ~RequestReader();

  /// Calls `use` with what was read; the message is gone when it returns.
  Answer Read(const http::Request& request, const Descriptor& descriptor,
              const std::function<Answer(const Message&)>& use);

 private:
  struct Scratch;
  Answer ReadJson(Scratch& scratch, const Descriptor& descriptor, const std::function<Answer(const Message&)>& use);

  base::CorePool<Scratch> pool_;
};

/// The query as the JSON object that would say the same; nothing if there is no query at all.
base::Result<std::optional<std::string>> QueryAsJson(const http::Request& request, const Descriptor& descriptor);

}  // namespace gyre::api::mlflow::internal
