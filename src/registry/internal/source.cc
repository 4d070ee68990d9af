#include "registry/internal/source.h"

#include "base/text.h"

namespace gyre::registry::internal {
namespace {

constexpr std::string_view kRunField = "run_id";
constexpr std::string_view kModelField = "model_id";

base::Error NotContained(std::string_view source, std::string_view field) {
  return InvalidSource(source, fmt::format("The {} request parameter must identify the resource that contains the "
                                           "source.",
                                           field));
}

base::Error Climbs(std::string_view source) {
  return InvalidSource(
      source,
      "If supplying a source as an http, https, local file path, ftp, objectstore, or mlflow-artifacts "
      "uri, an absolute path must be provided without relative path references present. Please provide "
      "an absolute path.");
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string DecodeOnce(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? HexValue(text[i + 1]) : -1;
    const int low = high < 0 ? -1 : HexValue(text[i + 2]);
    if (low < 0) {
      decoded += text[i];
      continue;
    }
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return decoded;
}

/// Until nothing is left to decode; every step shortens the text.
std::string DecodeFully(std::string text) {
  for (;;) {
    auto decoded = DecodeOnce(text);
    if (decoded == text) return text;
    text = std::move(decoded);
  }
}

std::vector<std::string> PathParts(std::string_view path) {
  std::vector<std::string> parts;
  for (const auto part : base::Split(path, '/')) {
    if (!part.empty()) parts.push_back(DecodeFully(std::string(part)));
  }
  return parts;
}

bool IsLocal(const Uri& uri) {
  return uri.scheme.empty() || uri.scheme == "file";
}

base::Result<void> CheckPath(std::string_view source) {
  const auto decoded = DecodeFully(std::string(source));
  const auto uri = SplitUri(decoded);
  const auto segments = base::Split(decoded, '/');
  if (std::ranges::find(segments, "..") != segments.end() || decoded.find('\0') != std::string::npos) {
    return Climbs(source);
  }
  const auto parts = base::Split(uri.path, '/');
  const bool plain = uri.path.starts_with('/') && uri.path.find_first_not_of('/') != std::string::npos &&
                     std::ranges::find(parts, ".") == parts.end();
  return plain ? base::Ok() : base::Result<void>(Climbs(source));
}

/// Artifacts that this kind of server keeps, by either way of writing it.
bool IsProxied(const Uri& uri) {
  if (uri.scheme == "mlflow-artifacts") return true;
  if (uri.scheme != "http" && uri.scheme != "https") return false;
  const std::array<std::string, 4> route = {"api", "2.0", "mlflow-artifacts", "artifacts"};
  const auto parts = PathParts(uri.path);
  return !std::ranges::search(parts, route).empty();
}

bool IsWithin(const Uri& uri, std::string_view root_text) {
  const auto root = SplitUri(root_text);
  const auto parts = PathParts(uri.path);
  const auto root_parts = PathParts(root.path);
  return uri.scheme == root.scheme && uri.authority == root.authority && !root_parts.empty() &&
         parts.size() >= root_parts.size() && std::equal(root_parts.begin(), root_parts.end(), parts.begin());
}

/// The artifacts of the run or logged model that was named; an unknown one cannot contain the source.
base::Result<std::string> RootOf(std::string_view source, std::string_view id, std::string_view field,
                                 Origins* origins) {
  if (id.empty() || origins == nullptr) return NotContained(source, field);
  const auto origin = TRY(field == kRunField ? origins->FindRun(id) : origins->FindLoggedModel(id));
  if (!origin) return NotContained(source, field);
  return origin->artifact_uri;
}

base::Result<void> CheckLocal(std::string_view source, std::string_view id, std::string_view field, Origins* origins) {
  if (!id.empty()) TRY(RootOf(source, id, field, origins));
  return InvalidSource(source,
                       fmt::format("To use a local path as a model version source, the {0} request parameter has to be "
                                   "specified and the local path has to be contained within the artifact directory of "
                                   "the run specified by the {0}.",
                                   field));
}

}  // namespace

base::Error InvalidSource(std::string_view source, std::string_view what) {
  return base::InvalidArgument(fmt::format("Invalid model version source: '{}'. {}", source, what), "source");
}

Uri SplitUri(std::string_view text) {
  Uri uri;
  const auto colon = text.find(':');
  const auto is_scheme_char = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '-' ||
           c == '.';
  };
  const bool has_scheme = colon != std::string_view::npos && colon > 0 && !(text[0] >= '0' && text[0] <= '9') &&
                          std::ranges::all_of(text.substr(0, colon), is_scheme_char);
  if (has_scheme) {
    uri.scheme = base::ToLower(text.substr(0, colon));
    text.remove_prefix(colon + 1);
  }
  if (text.starts_with("//")) {
    text.remove_prefix(2);
    const auto end = std::min(text.find_first_of("/?#"), text.size());
    uri.authority = base::ToLower(text.substr(0, end));
    text.remove_prefix(end);
  }
  uri.path = text.substr(0, text.find_first_of("?#"));
  return uri;
}

base::Result<ModelUri> ParseModelUri(std::string_view source) {
  const auto uri = SplitUri(source);
  const auto improper = NotContained(source, kModelField);
  if (uri.scheme != "models" || uri.path.size() < 2 || uri.path[0] != '/') return improper;
  auto path = std::string_view(uri.path);
  path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
  const auto parts = base::Split(path, '/');
  if (parts.size() > 2 || base::Trim(parts[0]).empty()) return improper;
  ModelUri parsed;
  if (parts.size() == 2) {
    if (base::Trim(parts[1]).empty()) return improper;
    parsed.name = ModelName(parts[0]);
    const bool digits = std::ranges::all_of(parts[1], [](char c) { return c >= '0' && c <= '9'; });
    if (digits) {
      parsed.version = base::ParseInt(parts[1]);
      if (!parsed.version) return improper;
    } else if (!base::EqualsIgnoreCase(parts[1], "latest")) {
      parsed.stage = parts[1];
    }
    return parsed;
  }
  const auto at = parts[0].rfind('@');
  if (at == std::string_view::npos) {
    parsed.model_id = parts[0];
    return parsed;
  }
  parsed.name = ModelName(parts[0].substr(0, at));
  parsed.alias = parts[0].substr(at + 1);
  return base::Trim(parsed.alias).empty() ? base::Result<ModelUri>(improper) : parsed;
}

std::optional<RunsUri> ParseRunsUri(std::string_view source) {
  const auto uri = SplitUri(source);
  if (uri.scheme != "runs" || !uri.authority.empty() || uri.path.size() < 2 || uri.path[0] != '/') return std::nullopt;
  const auto path = std::string_view(uri.path).substr(1);
  const auto slash = std::min(path.find('/'), path.size());
  if (slash == 0) return std::nullopt;
  return RunsUri{.run_id = std::string(path.substr(0, slash)),
                 .path = std::string(path.substr(std::min(slash + 1, path.size())))};
}

base::Result<void> CheckSource(std::string_view source, std::string_view run_id, std::string_view model_id,
                               Origins* origins) {
  const bool by_model = !model_id.empty();
  const auto field = by_model ? kModelField : kRunField;
  const auto id = by_model ? model_id : run_id;
  const auto uri = SplitUri(source);
  if (IsLocal(uri)) return CheckLocal(source, id, field, origins);
  TRY(CheckPath(source));
  if (uri.scheme == "runs") {
    const auto named = ParseRunsUri(source);
    if (by_model || !named || named->run_id != run_id) return NotContained(source, field);
    return base::Ok();
  }
  if (uri.scheme == "models") {
    if (!uri.authority.empty()) return NotContained(source, kModelField);
    const auto parsed = TRY(ParseModelUri(source));
    if (!parsed.model_id.empty() && parsed.model_id != model_id) return NotContained(source, kModelField);
    return base::Ok();
  }
  if (!IsProxied(uri)) return base::Ok();
  if (!IsWithin(uri, TRY(RootOf(source, id, field, origins)))) return NotContained(source, field);
  return base::Ok();
}

base::Result<void> CheckPromptSource(std::string_view source) {
  if (source == "dummy-source" || source == "prompt-template") return base::Ok();
  return base::InvalidArgument(
      fmt::format("Invalid prompt source: '{}'. Prompt sources must use an MLflow placeholder.", source), "source");
}

base::Result<void> CheckHost(std::string_view source) {
  constexpr std::array<std::string_view, 9> kByHost = {"ftp",   "sftp", "hdfs", "viewfs", "http",
                                                       "https", "r2",   "b2",   "abfss"};
  const auto uri = SplitUri(source);
  const bool calls = std::ranges::find(kByHost, uri.scheme) != kByHost.end() ||
                     (uri.scheme == "mlflow-artifacts" && !uri.authority.empty());
  if (!calls) return base::Ok();
  return base::InvalidArgument(
      fmt::format("'source' cannot use the '{}' scheme: the '{}' scheme addresses a host other than the tracking "
                  "server's configured artifact storage, so the server would connect to the host named in the URI. "
                  "Upload the files as artifacts instead.",
                  uri.scheme, uri.scheme),
      "source");
}

}  // namespace gyre::registry::internal
