#include "ui/pages.h"

#include "ui_files.h"

namespace gyre::ui {
namespace {

std::string_view ContentType(std::string_view path) {
  if (path.ends_with(".html")) return "text/html; charset=utf-8";
  if (path.ends_with(".css")) return "text/css; charset=utf-8";
  if (path.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (path.ends_with(".svg")) return "image/svg+xml";
  return "application/octet-stream";
}

http::Handler Send(const base::EmbeddedFile& file) {
  return [file, type = ContentType(file.path)](const http::Request&, http::Response& response) {
    response.content_type = type;
    response.headers.emplace_back("Cache-Control", "no-cache");
    // Nothing from elsewhere is ever loaded, so a page with injected text can send nothing away.
    response.headers.emplace_back("Content-Security-Policy", "default-src 'self'; style-src 'self' 'unsafe-inline'");
    response.headers.emplace_back("X-Content-Type-Options", "nosniff");
    response.body += file.bytes;
  };
}

}  // namespace

void AddRoutes(http::Router& router) {
  for (const auto& file : embedded::ui_files()) {
    const bool start = file.path == "index.html";
    router.Add({.pattern = start ? std::string("/") : "/ui/" + std::string(file.path),
                .handler = Send(file),
                .execution = http::Execution::kInline});
  }
}

}  // namespace gyre::ui
