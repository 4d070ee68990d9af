#include "http/internal/exchange.h"

#include <cstdio>
#include <cstdlib>

namespace gyre::http::internal {
namespace {

/// What a reused exchange may hold on to; more than an ordinary request or answer.
constexpr size_t kKeptCapacity = 64 * 1024;

void Empty(std::string& text) {
  text.clear();
  if (text.capacity() > kKeptCapacity) text.shrink_to_fit();
}

std::string Decoded(std::string_view encoded) {
  std::string text;
  AppendDecoded(encoded, true, text);
  return text;
}

Refusal NoRoute(std::string_view path) {
  return {404, base::NotFound(fmt::format("there is nothing at {}", path.substr(0, 200)), "path")};
}

Refusal NotAllowed(Method method, std::string_view path, std::string_view allowed) {
  return {405, base::Error(base::ErrorCode::kUnsupported,
                           fmt::format("{} is not allowed at {}; it takes {}", MethodName(method), path.substr(0, 200),
                                       allowed),
                           "method")};
}

/// What the function threw, if it did.
template <class Function>
std::optional<std::string> Caught(const Function& function) {
  try {
    function();
    return std::nullopt;
  } catch (const std::exception& thrown) {
    return thrown.what();
  } catch (...) {
    return "an unknown exception";
  }
}

void Blame(const Call& call) {
  call.response->Clear();
  call.response->SetError(base::Internal("the server has a bug here; its log has more under the request id",
                                         std::string(call.request->request_id())));
}

}  // namespace

std::string_view Exchange::path_param(std::string_view name) const {
  if (const auto value = params_.Find(name)) return *value;
  fmt::print(stderr, "gyre: route {} has no parameter {}\n", route->pattern, name);
  std::abort();
}

std::optional<std::string> Exchange::query_param(std::string_view name) const {
  std::optional<std::string> found;
  ForEachQueryPair(query_, [&](std::string_view key, std::string_view value) {
    if (key == name || (key.find_first_of("%+") != std::string_view::npos && Decoded(key) == name))
      found = Decoded(value);
    return !found;
  });
  return found;
}

std::vector<std::pair<std::string, std::string>> Exchange::query() const {
  std::vector<std::pair<std::string, std::string>> pairs;
  ForEachQueryPair(query_, [&](std::string_view key, std::string_view value) {
    pairs.emplace_back(Decoded(key), Decoded(value));
    return true;
  });
  return pairs;
}

std::string_view Exchange::peer() const {
  if (peer_address.port == 0) return "local";
  if (peer_text_.empty()) peer_text_ = peer_address.ToString();
  return peer_text_;
}

void Exchange::Resolve(const Router& router) {
  Target target;
  if (auto refused = SplitTarget(head.target, target)) {
    refusal = std::move(*refused);
    return;
  }
  query_ = target.query;
  path_ = target.path;
  if (path_.find('%') != std::string_view::npos) {
    decoded_path_.clear();
    AppendDecoded(path_, false, decoded_path_);
    path_ = decoded_path_;
  }
  const auto match = router.Find(head.method, target.path, params_);
  route = match.route;
  allowed = match.allowed;
  if (route != nullptr) return;
  const bool any = match.method_not_allowed || target.path == "*";
  if (head.method == Method::kOptions && any) return;
  refusal = match.method_not_allowed ? NotAllowed(head.method, path_, allowed) : NoRoute(path_);
}

bool Exchange::RunsInline() const {
  return route->execution == Execution::kInline && body_.size() <= route->max_inline_body &&
         !(route->takes_long && route->takes_long(*this));
}

std::unique_ptr<Spool> Exchange::MakeSpool(const std::filesystem::path& folder) const {
  if (!route->body_sink) return std::make_unique<Spool>(folder);
  return std::make_unique<Spool>([this] { return route->body_sink(*this); });
}

std::optional<std::string> Exchange::RunHandler() {
  const Call call{.request = this, .response = &response};
  if (route->batch_handler) return RunBatchHandler(*route, {&call, 1});
  auto thrown = Caught([this] { route->handler(*this, response); });
  if (thrown) Blame(call);
  return thrown;
}

std::optional<std::string> RunBatchHandler(const Route& route, std::span<const Call> calls) {
  auto thrown = Caught([&] { route.batch_handler(calls); });
  for (size_t i = 0; thrown && i < calls.size(); ++i) Blame(calls[i]);
  return thrown;
}

void Exchange::AnswerWith(const Router& router, const Refusal& what) {
  response.Clear();
  router.FillError(head_is_valid ? head.target : std::string_view(), what.status, what.error, response);
}

void Exchange::AnswerWithoutHandler(const Router& router) {
  if (refusal) {
    AnswerWith(router, *refusal);
    if (refusal->status == 405) response.headers.emplace_back("Allow", allowed);
    return;
  }
  response.status = 204;
  response.content_type = {};
  response.headers.emplace_back("Allow", allowed.empty() ? "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS" : allowed);
}

void Exchange::Reset() {
  response.Clear();
  Empty(response.body);
  Empty(body_storage);
  route = nullptr;
  allowed = {};
  refusal.reset();
  cancellation = {};
  connection = nullptr;
  head_is_valid = false;
  counted = false;
  spooling = false;
  body_received = 0;
  decoder.Reset();
  query_ = path_ = body_ = {};
  body_file_ = nullptr;
  body_sink_ = nullptr;
  check = nullptr;
  check_outcome = {};
  peer_text_.clear();
  request_id_storage.clear();
}

}  // namespace gyre::http::internal
