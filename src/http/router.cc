#include "http/router.h"

#include <cstdio>
#include <cstdlib>

#include "base/text.h"
#include "http/internal/target.h"

namespace gyre::http {
namespace {

constexpr size_t kMethods = 7;
constexpr int kNone = -1;

using MethodRoutes = std::array<int, kMethods>;
constexpr MethodRoutes kNoRoutes = {kNone, kNone, kNone, kNone, kNone, kNone, kNone};

[[noreturn]] void Bug(const Route& route, std::string_view why) {
  fmt::print(stderr, "gyre: route {} {}: {}\n", MethodName(route.method), route.pattern, why);
  std::abort();
}

unsigned Bit(Method method) {
  return 1U << static_cast<unsigned>(method);
}

/// The methods that a node answers, HEAD for GET and OPTIONS for all included.
unsigned MethodsOf(const MethodRoutes& routes) {
  unsigned methods = 0;
  for (size_t i = 0; i < kMethods; ++i) {
    if (routes[i] != kNone) methods |= 1U << i;
  }
  if ((methods & Bit(Method::kGet)) != 0) methods |= Bit(Method::kHead);
  if (methods != 0) methods |= Bit(Method::kOptions);
  return methods;
}

/// "GET, HEAD, OPTIONS" for each set of methods.
std::string_view AllowText(unsigned methods) {
  static const auto texts = [] {
    std::array<std::string, 1U << kMethods> made;
    for (unsigned set = 0; set < made.size(); ++set) {
      for (unsigned i = 0; i < kMethods; ++i) {
        if ((set & (1U << i)) == 0) continue;
        if (!made[set].empty()) made[set] += ", ";
        made[set] += MethodName(static_cast<Method>(i));
      }
    }
    return made;
  }();
  return texts[methods];
}

bool IsParam(std::string_view segment) {
  return segment.starts_with('{') && segment.ends_with('}');
}

/// "{path...}" -> "path" and true for its being the rest.
std::pair<std::string, bool> ParamName(const Route& route, std::string_view segment, bool last) {
  auto name = segment.substr(1, segment.size() - 2);
  const bool rest = name.ends_with("...");
  if (rest) name.remove_suffix(3);
  if (name.empty() || name.find_first_of("{}./") != std::string_view::npos) Bug(route, "a parameter needs a name");
  if (rest && !last) Bug(route, "only the last segment can take the rest");
  return {std::string(name), rest};
}

void CheckRoute(const Route& route) {
  if (!route.pattern.starts_with('/')) Bug(route, "a pattern starts with '/'");
  if (route.method == Method::kHead || route.method == Method::kOptions) Bug(route, "answers by itself");
  if ((route.handler != nullptr) == (route.batch_handler != nullptr)) Bug(route, "needs one handler, plain or batch");
  const bool is_inline = route.execution == Execution::kInline;
  if (route.batch_handler && !is_inline) Bug(route, "a batch handler runs inline");
  if (route.takes_long && !is_inline) Bug(route, "only an inline route can take too long");
  if (is_inline && route.body_mode == BodyMode::kSpool) Bug(route, "a spooled body cannot be for an inline handler");
  if (route.body_sink && route.body_mode != BodyMode::kSpool) Bug(route, "only a spooled body can go to a sink");
}

}  // namespace

std::optional<std::string_view> PathParams::Find(std::string_view name) const {
  for (const auto& [key, value] : items()) {
    if (key == name) return value;
  }
  return std::nullopt;
}

struct Router::Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
  std::unique_ptr<Node> param;
  MethodRoutes routes = kNoRoutes;
  MethodRoutes rest = kNoRoutes;  ///< of patterns that end here with "{name...}"

  Node& Child(std::string_view literal) {
    auto& child = literals[std::string(literal)];
    if (!child) child = std::make_unique<Node>();
    return *child;
  }
  Node& ParamChild() {
    if (!param) param = std::make_unique<Node>();
    return *param;
  }
};

Router::Router() : root_(std::make_unique<Node>()) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;

void Router::Add(Route route) {
  CheckRoute(route);
  std::vector<std::string> names;
  Node* node = root_.get();
  bool rest = false;
  const auto segments = base::Split(std::string_view(route.pattern).substr(1), '/');
  for (size_t i = 0; i < segments.size(); ++i) {
    const auto segment = segments[i];
    if (!IsParam(segment)) {
      if (segment.empty() && segments.size() > 1) Bug(route, "an empty segment");
      if (segment.find_first_of("{}%?#") != std::string_view::npos) Bug(route, "a segment is a literal or a {name}");
      node = &node->Child(segment);
      continue;
    }
    auto [name, is_rest] = ParamName(route, segment, i + 1 == segments.size());
    if (std::ranges::find(names, name) != names.end()) Bug(route, "the same parameter twice");
    names.push_back(std::move(name));
    rest = is_rest;
    if (!is_rest) node = &node->ParamChild();
  }
  if (names.size() > kMaxPathParams) Bug(route, "too many parameters");
  auto& taken = rest ? node->rest : node->routes;
  for (const int other : taken) {
    const auto index = static_cast<size_t>(other);
    if (other != kNone && param_names_[index] != names) {
      Bug(route, fmt::format("names its parameters otherwise than {}", routes_[index].pattern));
    }
  }
  int& slot = taken[static_cast<size_t>(route.method)];
  if (slot != kNone) Bug(route, fmt::format("is taken by {}", routes_[static_cast<size_t>(slot)].pattern));
  slot = static_cast<int>(routes_.size());
  routes_.push_back(std::move(route));
  param_names_.push_back(std::move(names));
}

/// One search for a path, most literal branch first. Values are decoded on the way down and taken back on the way up.
struct Router::Search {
  Method method;
  PathParams& params;
  unsigned methods = 0;  ///< answered under the path, whatever the one wanted

  int Visit(const Node& node, std::string_view path);
  int Rest(const Node& node, std::string_view path);
  const Node* Literal(const Node& node, std::string_view segment);
  int Pick(const MethodRoutes& routes) {
    methods |= MethodsOf(routes);
    return routes[static_cast<size_t>(method)];
  }
  std::string_view Decode(std::string_view encoded);
  bool Push(std::string_view encoded);
  void Pop(size_t decoded) {
    --params.count_;
    params.decoded_.resize(decoded);
  }
};

/// In place if nothing is encoded, else in the memory that `Find` has reserved.
std::string_view Router::Search::Decode(std::string_view encoded) {
  if (encoded.find('%') == std::string_view::npos) return encoded;
  const size_t start = params.decoded_.size();
  internal::AppendDecoded(encoded, false, params.decoded_);
  return std::string_view(params.decoded_).substr(start);
}

bool Router::Search::Push(std::string_view encoded) {
  if (params.count_ == kMaxPathParams) return false;
  params.items_[params.count_++].second = Decode(encoded);
  return true;
}

const Router::Node* Router::Search::Literal(const Node& node, std::string_view segment) {
  const size_t decoded = params.decoded_.size();
  const auto literal = node.literals.find(Decode(segment));
  params.decoded_.resize(decoded);
  return literal == node.literals.end() ? nullptr : literal->second.get();
}

int Router::Search::Rest(const Node& node, std::string_view path) {
  const size_t decoded = params.decoded_.size();
  if (node.rest == kNoRoutes || !Push(path)) return kNone;
  // "%2Fetc" and "a%2F%2Fb" would name other files than their segments say.
  const auto value = params.items_[params.count_ - 1].second;
  const bool sane = !value.starts_with('/') && value.find("//") == std::string_view::npos;
  const int found = sane ? Pick(node.rest) : kNone;
  if (found == kNone) Pop(decoded);
  return found;
}

/// `path` is what follows the '/' that leads to `node`'s children.
int Router::Search::Visit(const Node& node, std::string_view path) {
  const auto slash = path.find('/');
  const auto segment = path.substr(0, slash);
  const auto descend = [&](const Node& child) {
    return slash == std::string_view::npos ? Pick(child.routes) : Visit(child, path.substr(slash + 1));
  };
  if (const Node* literal = Literal(node, segment); literal != nullptr) {
    if (const int found = descend(*literal); found != kNone) return found;
  }
  const size_t decoded = params.decoded_.size();
  if (node.param && !segment.empty() && Push(segment)) {
    if (const int found = descend(*node.param); found != kNone) return found;
    Pop(decoded);
  }
  return Rest(node, path);
}

void Router::AddErrorForm(std::string prefix, ErrorForm form) {
  error_forms_.emplace_back(std::move(prefix), std::move(form));
}

void Router::FillError(std::string_view target, int status, const base::Error& error, Response& response) const {
  const auto form =
      std::ranges::find_if(error_forms_, [&](const auto& item) { return target.starts_with(item.first); });
  if (form == error_forms_.end()) return response.SetError(status, error);
  form->second(status, error, response);
}

Router::Match Router::Find(Method method, std::string_view path, PathParams& params) const {
  params.count_ = 0;
  params.decoded_.clear();
  if (!path.starts_with('/')) return {};
  // Room for all values and for a literal under comparison: views into it must stay valid.
  if (path.find('%') != std::string_view::npos) params.decoded_.reserve(2 * path.size());
  Search search{.method = method == Method::kHead ? Method::kGet : method, .params = params};
  const int found = search.Visit(*root_, path.substr(1));
  Match match{.allowed = AllowText(search.methods)};
  if (found == kNone) {
    match.method_not_allowed = search.methods != 0;
    return match;
  }
  const auto index = static_cast<size_t>(found);
  match.route = &routes_[index];
  for (size_t i = 0; i < params.count_; ++i) params.items_[i].first = param_names_[index][i];
  return match;
}

}  // namespace gyre::http
