#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "cli/command.h"
#include "http/client.h"

namespace gyre::server {
class Node;
}

namespace gyre::cli {

/// How commands reach Gyre: the server at --server, else the one that runs in --home, else the home itself, opened
/// exclusively for the length of the command. The same HTTP API either way. A home is made by the first request that is
/// no GET; before that there is nothing to look at: kUnavailable. One thread.
class Api {
 public:
  static base::Result<std::unique_ptr<Api>> Connect(const Invocation& invocation);
  /// The server at this address.
  static base::Result<std::unique_ptr<Api>> At(const std::string& url);
  ~Api();

  base::Result<base::Json> Get(std::string_view path);
  base::Result<base::Json> Post(std::string_view path, const base::Json& body);
  base::Result<base::Json> Put(std::string_view path, const base::Json& body);
  base::Result<base::Json> Delete(std::string_view path);
  /// Streams a file as the body.
  base::Result<base::Json> Upload(std::string_view path, const std::filesystem::path& file);
  base::Result<std::string> GetText(std::string_view path);
  /// For those who send requests of their own. With `makes_home` the home is made if there is none, else that is
  /// kUnavailable. Valid as long as this.
  struct Link {
    http::Client& client;
    std::string url;  ///< before every path
  };
  base::Result<Link> Open(bool makes_home);
  /// For bodies that are JSON already.
  base::Result<base::Json> PostText(std::string_view path, std::string body);

 private:
  Api();
  base::Result<void> OpenHome();
  base::Error NoHome() const;
  base::Result<http::ClientResponse> Send(http::ClientRequest request);
  base::Result<base::Json> SendForJson(http::ClientRequest request);

  std::unique_ptr<server::Node> node_;  ///< of the opened home, if no server was found
  std::unique_ptr<http::Client> client_;
  std::filesystem::path home_;  ///< if no server was found
  std::string base_url_;
};

/// One path segment or query value, percent-encoded.
std::string Encode(std::string_view text);

/// The path of this program, for the children a node starts.
std::filesystem::path ProgramPath();

}  // namespace gyre::cli
