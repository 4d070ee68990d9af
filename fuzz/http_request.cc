// Takes the input for what a client sends: a head, its target, and behind it a chunked body. Parsing must not depend on
// the pieces in which bytes arrive, what is accepted must be free of what could be read in two ways, and what is
// accepted must be accepted again when it is written out plainly. The first byte chooses the pieces.
#include <cstdlib>

#include "base/text.h"
#include "http/internal/chunked_decoder.h"
#include "http/internal/request_head.h"
#include "http/internal/target.h"
#include "http/router.h"
#include "target.h"

namespace gyre::fuzz {
namespace {

using http::internal::ChunkedDecoder;
using http::internal::ParseRequestHead;
using http::internal::RequestHead;
using http::internal::Target;

void Expect(bool holds, const char* what) {
  if (holds) return;
  fmt::print(stderr, "does not hold: {}\n", what);
  std::abort();
}

const http::Router& Routes() {
  static const http::Router router = [] {
    http::Router made;
    for (const auto* pattern :
         {"/", "/a/b", "/a/{x}", "/a/{x}/c/{y}", "/endpoints/{name}/predict", "/files/{path...}"}) {
      for (const auto method : {http::Method::kGet, http::Method::kPost}) {
        made.Add({.method = method, .pattern = pattern, .handler = [](const http::Request&, http::Response&) {}});
      }
    }
    return made;
  }();
  return router;
}

bool HasControl(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return (c >= 0 && c < 0x20 && c != '\t') || c == 0x7f; });
}

void CheckTarget(const RequestHead& head) {
  Target target;
  if (http::internal::SplitTarget(head.target, target)) return;
  std::string path;
  Expect(http::internal::AppendDecoded(target.path, false, path), "an accepted path decodes");
  Expect(base::IsValidUtf8(path) && !HasControl(path) && path.find('\t') == std::string::npos, "a path is clean text");
  for (const auto segment : base::Split(path, '/')) Expect(segment != "." && segment != "..", "no dot segments");
  http::PathParams params;
  const auto match = Routes().Find(head.method, target.path, params);
  Expect(match.route == nullptr || !match.method_not_allowed, "a route is found or it is not");
  if (const auto rest = params.Find("path"); match.route != nullptr && rest) {
    Expect(!rest->starts_with('/') && rest->find("//") == std::string_view::npos, "a rest is a relative path");
  }
}

void CheckHead(const RequestHead& head) {
  Expect(!(head.chunked && head.content_length), "one framing");
  Expect(!HasControl(head.target) && !head.target.empty(), "a clean target");
  auto plain = fmt::format("{} {} HTTP/1.{}\r\n", http::MethodName(head.method), head.target, head.minor_version);
  for (const auto& field : head.fields()) {
    Expect(http::internal::IsToken(field.name) && http::internal::IsFieldValue(field.value), "clean fields");
    plain += fmt::format("{}: {}\r\n", field.name, field.value);
  }
  plain += "\r\n";
  RequestHead again;
  const auto size = ParseRequestHead(plain, {.bytes = 1 << 20}, again);
  Expect(size && *size == plain.size(), "what was accepted is accepted when written plainly");
  Expect(again.content_length == head.content_length && again.chunked == head.chunked &&
             again.keep_alive == head.keep_alive && again.field_count == head.field_count,
         "and means the same");
}

void CheckPrefixes(std::string_view bytes, size_t whole, size_t step) {
  RequestHead head;
  for (size_t n = 0; n < whole; n += step) {
    const auto size = ParseRequestHead(bytes.substr(0, n), {}, head);
    Expect(size && *size == 0, "a part of a good head is incomplete");
  }
  Expect(ParseRequestHead(bytes.substr(0, whole), {}, head).value_or(0) == whole, "a head needs nothing behind it");
}

/// The body, or nothing if it is broken, and how many bytes were taken.
std::pair<std::optional<std::string>, size_t> Decode(std::string_view bytes, size_t step) {
  ChunkedDecoder decoder;
  std::string body;
  size_t at = 0;
  while (at < bytes.size() && !decoder.done()) {
    const auto taken = decoder.Decode(bytes.substr(at, step), step, body);
    if (!taken) return {std::nullopt, 0};
    at += *taken;
  }
  return {std::move(body), at};
}

}  // namespace

int FuzzOne(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const size_t step = 1 + data[0] % 64;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  RequestHead head;
  const auto whole = ParseRequestHead(bytes, {}, head);
  if (!whole) {
    Expect(whole.error().status >= 400 && !whole.error().error.message().empty(), "a refusal has a reason");
    return 0;
  }
  if (*whole == 0) return 0;
  Expect(*whole <= bytes.size(), "a head ends within its bytes");
  CheckTarget(head);
  CheckHead(head);
  CheckPrefixes(bytes, *whole, step);
  const auto body = bytes.substr(*whole);
  Expect(Decode(body, body.size() + 1) == Decode(body, step), "a body does not depend on the pieces");
  return 0;
}

}  // namespace gyre::fuzz
