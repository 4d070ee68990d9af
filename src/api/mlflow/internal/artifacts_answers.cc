#include "api/mlflow/internal/artifacts_answers.h"

#include <algorithm>

#include "api/mlflow/internal/artifacts_mime.h"
#include "api/mlflow/internal/render.h"
#include "artifacts/path.h"
#include "base/text.h"
#include "http/file_response.h"

namespace gyre::api::mlflow::internal {
namespace {

constexpr std::chrono::minutes kSignedUrlLasts{15};

bool IsAlnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string Encoded(std::string_view text, std::string_view safe) {
  std::string out;
  for (const char c : text) {
    if (IsAlnum(c) || safe.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

/// As it is if it is a token (RFC 9110, 5.6.2), else in quotes.
std::string TokenOrQuoted(std::string_view text) {
  const auto is_token = [](char c) { return IsAlnum(c) || std::string_view("!#$%&'*+-.^_`|~").contains(c); };
  if (!text.empty() && std::ranges::all_of(text, is_token)) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

/// UTF-8 without what ASCII has nothing for; Latin letters lose their accents.
std::string AsciiOf(std::string_view text) {
  // U+00C0 to U+017F.
  constexpr std::string_view kPlain =
      "AAAAAA-CEEEEIIII-NOOOOO--UUUUY--aaaaaa-ceeeeiiii-nooooo--uuuuy-yAaAaAaCcCcCcCcDd--EeEeEeEeEeGgGgGgGgHh--"
      "IiIiIiIiI---JjKk-LlLlLlLl--NnNnNnn--OoOoOo--RrRrRrSsSsSsSsTtTt--UuUuUuUuUuUuWwYyYZzZzZzs";
  std::string ascii;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80) ascii += text[i];
    if (byte < 0xc3 || byte > 0xc5 || i + 1 == text.size()) continue;
    const size_t letter = (byte - 0xc3U) * 64 + (static_cast<unsigned char>(text[i + 1]) & 0x3fU);
    if (kPlain[letter] != '-') ascii += kPlain[letter];
  }
  return ascii;
}

}  // namespace

http::Handler Raw(std::function<Answer(const http::Request&, http::Response&)> work) {
  return [work = std::move(work)](const http::Request& request, http::Response& response) {
    const auto answer = work(request, response);
    if (!answer) return Render(answer.error(), response);
    response.headers.emplace_back("X-Content-Type-Options", "nosniff");
    if (response.body.empty() && !response.file) response.content_type = {};
  };
}

std::string AttachmentHeader(std::string_view file_name) {
  const auto ascii = AsciiOf(file_name);
  if (ascii == file_name) return "attachment; filename=" + TokenOrQuoted(file_name);
  return fmt::format("attachment; filename={}; filename*=UTF-8''{}", TokenOrQuoted(ascii.empty() ? "download" : ascii),
                     Encoded(file_name, "!#$&+-.^_`|~"));
}

std::string EncodePath(std::string_view path) {
  return Encoded(path, "-._~/");
}

std::string OriginOf(const http::Request& request) {
  const bool secure = base::EqualsIgnoreCase(request.header("x-forwarded-proto"), "https");
  return fmt::format("{}://{}", secure ? "https" : "http", request.header("host"));
}

Answer SendArtifact(artifacts::ArtifactStore& store, std::string_view path, const http::Request& request,
                    http::Response& response) {
  auto open = store.OpenForRead(path);
  if (!open && open.error().code() == base::ErrorCode::kNotFound && TRY(store.IsFolder(path))) {
    return InvalidParameter(fmt::format("Artifact path refers to a directory, not a file: '{}'", path));
  }
  if (!open) return open.error();
  const auto name = artifacts::BaseName(open->file.path);
  response.content_type = MediaType(name);
  response.headers.emplace_back("Content-Disposition", AttachmentHeader(name));
  http::SendFile(request, response,
                 {.fd = std::move(open->blob.file),
                  .offset = 0,
                  .length = open->blob.ref.size,
                  .check = std::move(open->blob.verify)},
                 fmt::format("\"{}\"", open->blob.ref.digest.ToHex()));
  return Done();
}

Answer SendSignedUrl(const ArtifactDeps& deps, std::string_view path, const http::Request& request,
                     http::Response& response) {
  const auto file = TRY(deps.artifacts.Find(path));
  const auto signature = deps.signer.Sign("GET " + file.path, kSignedUrlLasts);
  const auto url = fmt::format("{}/api/2.0/mlflow-artifacts/signed/{}?expires={}&signature={}", OriginOf(request),
                               EncodePath(file.path), signature.expires, signature.text);
  JsonWriter(response.body)
      .BeginObject()
      .Text("url", url)
      .BeginObject("headers")
      .EndObject()
      .Int("file_size", static_cast<int64_t>(file.blob.size))
      .EndObject();
  return Done();
}

void RenderEntries(std::span<const artifacts::Entry> entries, std::string_view folder, std::string_view root_uri,
                   std::string& body) {
  JsonWriter json(body);
  json.BeginObject().TextIfAny("root_uri", root_uri);
  if (!entries.empty()) {
    json.BeginList("files");
    for (const auto& entry : entries) {
      json.BeginObject().Text("path", artifacts::Join(folder, entry.name)).Bool("is_dir", entry.is_folder);
      // Proto messages of MLflow's server leave a size of 0 out.
      if (entry.size > 0) json.Int("file_size", static_cast<int64_t>(entry.size));
      json.EndObject();
    }
    json.EndList();
  }
  json.EndObject();
}

}  // namespace gyre::api::mlflow::internal
