#include "api/v1/internal/docs.h"
#include "api/v1/internal/handlers.h"

namespace gyre::api::v1::internal {
namespace {

constexpr size_t kMaxDigests = 10'000;

base::Json SnapshotJson(const pipeline::Snapshot& snapshot) {
  base::Json files = base::Json::object();
  for (const auto& [path, ref] : snapshot.files) files[path] = {{"sha256", ref.digest.ToHex()}, {"size", ref.size}};
  return {{"id", snapshot.id.value()},
          {"project", snapshot.project.value()},
          {"created_at", base::FormatTimestamp(snapshot.created_at)},
          {"files", files},
          {"spec", snapshot.spec}};
}

base::Result<base::Json> FindMissing(pipeline::Projects& projects, const http::Request& request) {
  const auto body = TRY(JsonBody(request));
  const base::ObjectReader fields(body, "body");
  TRY(fields.AllowOnly({"sha256"}));
  const auto wanted = TRY(fields.Strings("sha256"));
  if (wanted.size() > kMaxDigests)
    return base::TooLarge(fmt::format("ask about at most {} digests at once", kMaxDigests), "sha256");
  std::vector<base::Digest> digests;
  digests.reserve(wanted.size());
  for (const auto& hex : wanted) digests.push_back(TRY(base::Digest::Parse(hex)));
  base::Json missing = base::Json::array();
  for (const auto& digest : TRY(projects.Missing(digests))) missing.push_back(digest.ToHex());
  return base::Json({{"missing", missing}});
}

/// The parts of gyre.yaml that are settings of endpoints, read before anything is saved so that a mistake changes
/// nothing.
struct EndpointSections {
  serve::EndpointName endpoint;
  std::optional<monitor::MonitorConfig> monitor;
  std::optional<loop::LoopConfig> loop;
};

base::Result<std::vector<EndpointSections>> ParseEndpointSections(const base::Json& spec, const std::string& project) {
  std::vector<EndpointSections> all;
  const base::ObjectReader fields(spec, "");
  for (const auto& [name, section] : TRY(fields.Object("endpoints"))->items()) {
    const auto path = "endpoints." + name;
    if (!base::IsValidName(name))
      return base::InvalidArgument(fmt::format("'{}' cannot be an endpoint's name", name), path);
    const base::ObjectReader endpoint(section, path);
    TRY(endpoint.AllowOnly({"monitor", "loop"}));
    EndpointSections sections{.endpoint = serve::EndpointName(name)};
    if (const auto* json = endpoint.Find("monitor"))
      sections.monitor = TRY(monitor::MonitorConfig::FromJson(*json, path + ".monitor"));
    if (const auto* json = endpoint.Find("loop")) {
      sections.loop = TRY(loop::LoopConfig::FromJson(*json, path + ".loop"));
      sections.loop->project = pipeline::ProjectName(project);
    }
    all.push_back(std::move(sections));
  }
  return all;
}

base::Result<base::Json> SaveSnapshot(const Deps& deps, const http::Request& request) {
  const auto body = TRY(JsonBody(request));
  const base::ObjectReader fields(body, "body");
  TRY(fields.AllowOnly({"files"}));
  std::map<std::string, base::Digest> files;
  for (const auto& [path, hex] : TRY(fields.Object("files"))->items()) {
    if (!hex.is_string())
      return base::InvalidArgument(fmt::format("files.{} must be a SHA-256", path), "files." + path);
    files.emplace(path, TRY(base::Digest::Parse(hex.get<std::string>())));
  }
  const auto spec = TRY(deps.projects.ReadSpec(files));
  TRY(base::ObjectReader(spec, "gyre.yaml").AllowOnly({"project", "pipelines", "endpoints"}));
  const auto project = TRY(base::ObjectReader(spec, "").String("project"));
  const auto sections = TRY(ParseEndpointSections(spec, project));
  const auto actor = ActorOf(request);
  const auto snapshot = TRY(deps.projects.Save(files, actor));
  for (const auto& section : sections) {
    if (section.monitor) TRY(deps.monitor.Configure(section.endpoint, *section.monitor, actor));
    if (section.loop) TRY(deps.loop.Configure(section.endpoint, section.loop, actor));
  }
  return SnapshotJson(snapshot);
}

base::Result<base::Json> ListProjects(pipeline::Projects& projects) {
  base::Json list = base::Json::array();
  for (const auto& snapshot : TRY(projects.List())) list.push_back(SnapshotJson(snapshot));
  return base::Json({{"projects", list}});
}

}  // namespace

void AddProjectRoutes(http::Router& router, const Deps& deps) {
  router.Add({.method = http::Method::kPost,
              .pattern = "/api/v1/blobs/missing",
              .handler = Answer(
                  [&projects = deps.projects](const http::Request& request) { return FindMissing(projects, request); }),
              .doc = Doc("findMissingBlobs", "blobs", "Which of these digests have yet to be sent")
                         .Body(Object({{"sha256", {{"type", "array"}, {"items", Ref("Sha256")}}}}, {"sha256"}))
                         .Returns(Object({{"missing", {{"type", "array"}, {"items", Ref("Sha256")}}}}, {"missing"}))
                         .Errors({400, 413})});
  router.Add(
      {.method = http::Method::kPost,
       .pattern = "/api/v1/projects",
       .handler = Answer([deps](const http::Request& request) { return SaveSnapshot(deps, request); }, 201),
       .doc = Doc("saveProject", "projects",
                  "Save a project's files as its newest snapshot; gyre.yaml is checked whole and its endpoint sections "
                  "applied")
                  .Body(Object({{"files", {{"type", "object"}, {"additionalProperties", Ref("Sha256")}}}}, {"files"}))
                  .Returns(Ref("Snapshot"), 201)
                  .Errors({400, 404, 413, 422})});
  router.Add({.method = http::Method::kGet,
              .pattern = "/api/v1/projects",
              .handler = Answer([&projects = deps.projects](const http::Request&) { return ListProjects(projects); }),
              .doc = Doc("listProjects", "projects", "The newest snapshot of every project")
                         .Returns(ListOf("projects", "Snapshot"))});
  router.Add(
      {.method = http::Method::kGet,
       .pattern = "/api/v1/projects/{name}",
       .handler = Answer([&projects = deps.projects](const http::Request& request) -> base::Result<base::Json> {
         return SnapshotJson(TRY(projects.Newest(pipeline::ProjectName(request.path_param("name")))));
       }),
       .doc =
           Doc("getProject", "projects", "The newest snapshot of a project").Returns(Ref("Snapshot")).Errors({404})});
}

}  // namespace gyre::api::v1::internal
