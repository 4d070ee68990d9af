#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "api/mlflow/artifact_routes.h"
#include "api/mlflow/internal/errors.h"
#include "artifacts/artifact_store.h"
#include "http/message.h"
#include "http/router.h"

namespace gyre::api::mlflow::internal {

/// A handler for bytes that come or go as they are; a failure is rendered.
http::Handler Raw(std::function<Answer(const http::Request&, http::Response&)> work);

/// Answers with a file, or the wanted range of it, as something to save: its type by its name, never to be shown by a
/// browser on the server's own address.
Answer SendArtifact(artifacts::ArtifactStore& store, std::string_view path, const http::Request& request,
                    http::Response& response);

/// {"url", "headers", "file_size"}: a URL on this server that needs nothing else for a quarter of an hour.
Answer SendSignedUrl(const ArtifactDeps& deps, std::string_view path, const http::Request& request,
                     http::Response& response);

/// attachment; filename=..., with filename* where it is not ASCII.
std::string AttachmentHeader(std::string_view file_name);

/// "http://host:port" as the client sees this server.
std::string OriginOf(const http::Request& request);

/// A path in a URL: each name percent-encoded.
std::string EncodePath(std::string_view path);

/// Has a list "files" of path, is_dir and file_size, each path below `folder`. Before it `root_uri`, unless empty.
void RenderEntries(std::span<const artifacts::Entry> entries, std::string_view folder, std::string_view root_uri,
                   std::string& body);

}  // namespace gyre::api::mlflow::internal
