#include "base/text.h"
#include "cli/api.h"
#include "cli/internal/commands.h"
#include "cli/internal/stage_call.h"
#include "cli/terminal.h"

namespace gyre::cli::internal {
namespace {

/// "rain/3" -> "/api/v1/models/rain/versions/3".
base::Result<std::string> VersionPath(const std::string& reference) {
  const auto slash = reference.rfind('/');
  if (slash == std::string::npos || !base::ParseInt(reference.substr(slash + 1))) {
    return base::InvalidArgument(fmt::format("a model version is NAME/NUMBER, like rain/3, not '{}'", reference),
                                 "version");
  }
  return fmt::format("/api/v1/models/{}/versions/{}", Encode(reference.substr(0, slash)), reference.substr(slash + 1));
}

/// What a packaging left: "RUN:bundle", "RUN:package.bundle".
base::Result<int> RegisterBundle(const Invocation& invocation) {
  StageCall call{.uses = "register", .with = {{"model", invocation.Get("name")}}};
  if (invocation.Has("description")) call.with["description"] = invocation.Get("description");
  call.inputs["bundle"] = ParseSource(invocation.Get("source"));
  const auto api = TRY(Api::Connect(invocation));
  return CallStage(invocation, *api, call);
}

base::Result<int> Register(const Invocation& invocation) {
  const std::filesystem::path file = invocation.Get("source");
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) {
    if (file.string().find(':') != std::string::npos) return RegisterBundle(invocation);
    return base::Error(base::ErrorCode::kIo, fmt::format("there is no file {}", file.string()), file.string());
  }
  const auto api = TRY(Api::Connect(invocation));
  auto path = fmt::format("/api/v1/models/{}/versions", Encode(invocation.Get("name")));
  if (invocation.Has("description")) path += "?description=" + Encode(invocation.Get("description"));
  const auto version = TRY(api->Upload(path, file));
  if (invocation.json()) {
    invocation.terminal().Json(version);
  } else {
    invocation.terminal().Line(fmt::format("registered {}", version.value("ref", "")));
  }
  return kDone;
}

base::Result<int> List(const Invocation& invocation) {
  const auto api = TRY(Api::Connect(invocation));
  const auto answer = TRY(api->Get("/api/v1/models"));
  if (invocation.json()) {
    invocation.terminal().Json(answer);
    return kDone;
  }
  std::vector<std::vector<std::string>> table = {{"MODEL", "LATEST", "ALIASES", "CREATED"}};
  for (const auto& model : answer.at("models")) {
    std::string aliases;
    for (const auto& [alias, version] : model.at("aliases").items()) {
      aliases += fmt::format("{}{}={}", aliases.empty() ? "" : " ", alias, version.get<int64_t>());
    }
    table.push_back({model.value("name", ""), std::to_string(model.value("latest_version", int64_t{0})), aliases,
                     model.value("created_at", "")});
  }
  invocation.terminal().Table(table);
  return kDone;
}

base::Result<int> Show(const Invocation& invocation) {
  const auto api = TRY(Api::Connect(invocation));
  const auto path = TRY(VersionPath(invocation.Get("version")));
  const auto version = TRY(api->Get(path));
  if (invocation.json()) {
    invocation.terminal().Json(version);
    return kDone;
  }
  if (version.at("files").contains("card.md")) {
    invocation.terminal().Line(TRY(api->GetText(path + "/files/card.md")));
  } else {
    invocation.terminal().Line(base::PrettyJson(version));
  }
  return kDone;
}

base::Result<int> Alias(const Invocation& invocation) {
  const auto api = TRY(Api::Connect(invocation));
  const auto reference = invocation.Get("version");
  const auto slash = reference.rfind('/');
  TRY(VersionPath(reference));
  const auto model = TRY(api->Put(
      fmt::format("/api/v1/models/{}/aliases/{}", Encode(reference.substr(0, slash)), Encode(invocation.Get("alias"))),
      {{"version", *base::ParseInt(reference.substr(slash + 1))}}));
  if (invocation.json()) invocation.terminal().Json(model);
  return kDone;
}

base::Result<int> Delete(const Invocation& invocation) {
  const auto api = TRY(Api::Connect(invocation));
  const auto deleted = TRY(api->Delete(TRY(VersionPath(invocation.Get("version")))));
  if (invocation.json()) invocation.terminal().Json(deleted);
  return kDone;
}

}  // namespace

std::vector<Command> ModelCommands() {
  return {
      {.path = "model register",
       .help = "Register a packaged model, or an ONNX file from elsewhere, as a model version",
       .arguments = {{"name", "of the model; made if new"}, {"source", "RUN:bundle of a packaging, or an .onnx file"}},
       .options = Concat<Option>({{"--description", "TEXT", "for people"}}, ServerOptions()),
       .run = Register},
      {.path = "model list", .help = "Registered models", .options = ServerOptions(), .run = List},
      {.path = "model show",
       .help = "The card of a model version",
       .arguments = {{"version", "NAME/NUMBER"}},
       .options = ServerOptions(),
       .run = Show},
      {.path = "model alias",
       .help = "Point an alias at a version",
       .arguments = {{"version", "NAME/NUMBER"}, {"alias", "champion, ..."}},
       .options = ServerOptions(),
       .run = Alias},
      {.path = "model delete",
       .help = "Hide a version that serves nowhere",
       .arguments = {{"version", "NAME/NUMBER"}},
       .options = ServerOptions(),
       .run = Delete}};
}

}  // namespace gyre::cli::internal
