#include "webhooks/internal/checks.h"

#include <algorithm>

#include "base/text.h"

namespace gyre::webhooks::internal {
namespace {

constexpr size_t kNameLength = 63;

bool IsAlphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

struct UrlParts {
  std::string scheme;
  std::string host;
};

UrlParts SplitUrl(std::string_view url) {
  UrlParts parts;
  const auto colon = url.find(':');
  if (colon == std::string_view::npos) return parts;
  parts.scheme = base::ToLower(url.substr(0, colon));
  url.remove_prefix(colon + 1);
  if (!url.starts_with("//")) return parts;
  auto authority = url.substr(2, url.find_first_of("/?#", 2) - 2);
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) authority.remove_prefix(at + 1);
  const auto end = authority.starts_with('[') ? authority.find(']') : authority.find(':');
  parts.host =
      base::ToLower(authority.substr(authority.starts_with('[') ? 1 : 0, end - (authority.starts_with('[') ? 1 : 0)));
  return parts;
}

/// "127.0.0.1", "::1", "localhost": told without asking anybody.
bool IsPlainlyPrivate(std::string_view host) {
  if (host == "localhost" || host.ends_with(".localhost")) return true;
  constexpr std::array<std::string_view, 9> kStarts = {"127.",  "10.", "192.168.", "169.254.", "0.",
                                                       "fe80:", "fc",  "fd",       "::"};
  const bool address = host.find(':') != std::string_view::npos ||
                       std::ranges::all_of(host, [](char c) { return c == '.' || (c >= '0' && c <= '9'); });
  return address && std::ranges::any_of(kStarts, [&](std::string_view start) { return host.starts_with(start); });
}

}  // namespace

base::Result<void> CheckName(std::string_view name) {
  const auto inner = [](char c) { return IsAlphanumeric(c) || c == '.' || c == '_' || c == '-'; };
  const bool fine = !name.empty() && name.size() <= kNameLength && IsAlphanumeric(name.front()) &&
                    IsAlphanumeric(name.back()) && std::ranges::all_of(name, inner);
  if (fine) return base::Ok();
  return base::InvalidArgument(
      fmt::format("Webhook name '{}' is invalid. It must start and end with a letter or digit, be less than 63 "
                  "characters long, and contain only letters, digits, dots (.), underscores (_), and hyphens (-).",
                  name.substr(0, 200)),
      "name");
}

base::Result<void> CheckUrl(std::string_view url, const Options& options) {
  if (base::Trim(url).empty()) {
    return base::InvalidArgument(fmt::format("Webhook URL cannot be empty or just whitespace: '{}'", url), "url");
  }
  TRY(CheckText("url", url, kUrlLength));
  const auto parts = SplitUrl(url);
  if (std::ranges::find(options.schemes, parts.scheme) == options.schemes.end()) {
    return base::InvalidArgument(fmt::format("Invalid webhook URL scheme: '{}'. Allowed schemes are: {}.", parts.scheme,
                                             fmt::join(options.schemes, ", ")),
                                 "url");
  }
  if (parts.host.empty()) {
    return base::InvalidArgument(fmt::format("Webhook URL must include a hostname: '{}'", url), "url");
  }
  const auto forbidden = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\\' || c == 0x7F; };
  if (std::ranges::any_of(url, forbidden)) {
    return base::InvalidArgument(fmt::format("Invalid webhook URL '{}': it has spaces or control characters", url),
                                 "url");
  }
  if (options.private_addresses || !IsPlainlyPrivate(parts.host)) return base::Ok();
  return base::InvalidArgument(
      fmt::format("Webhook URL must not resolve to a non-public IP address. '{}' is one; allow it with the setting "
                  "webhook-private-addresses",
                  parts.host),
      "url");
}

base::Result<void> CheckEvents(std::vector<Event>& events) {
  if (events.empty()) {
    return base::InvalidArgument("Webhook events must be a non-empty list of WebhookEvent objects: [].", "events");
  }
  for (const auto& event : events) TRY(CheckEvent(event));
  std::ranges::sort(events);
  const auto repeated = std::ranges::unique(events);
  events.erase(repeated.begin(), repeated.end());
  return base::Ok();
}

base::Result<void> CheckText(std::string_view field, std::string_view value, size_t limit) {
  if (base::IsValidUtf8(value) && base::Utf8Length(value) <= limit) return base::Ok();
  return base::InvalidArgument(fmt::format("'{}' exceeds the maximum length of {} characters", field, limit),
                               std::string(field));
}

}  // namespace gyre::webhooks::internal
