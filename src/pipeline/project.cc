#include "pipeline/project.h"

#include "base/object_reader.h"
#include "base/text.h"
#include "pipeline/internal/schema.h"

namespace gyre::pipeline {
namespace {

constexpr uint64_t kMaxProjectFile = 1 << 20;
constexpr size_t kMaxFiles = 10'000;

base::Json FilesToJson(const std::map<std::string, blob::BlobRef>& files) {
  base::Json json = base::Json::object();
  for (const auto& [path, ref] : files) json[path] = {{"sha256", ref.digest.ToHex()}, {"size", ref.size}};
  return json;
}

base::Result<std::map<std::string, blob::BlobRef>> FilesFromJson(const base::Json& json) {
  std::map<std::string, blob::BlobRef> files;
  for (const auto& [path, file] : json.items()) {
    const base::ObjectReader fields(file, path);
    const auto digest = TRY(base::Digest::Parse(TRY(fields.String("sha256"))));
    const auto size = static_cast<uint64_t>(TRY(fields.Int("size")));
    files.emplace(path, blob::BlobRef{digest, size});
  }
  return files;
}

/// Rows come back in the column order of kSnapshotColumns.
constexpr std::string_view kSnapshotColumns = "id, project, files, spec, created_at";

base::Result<Snapshot> SnapshotFromRow(const store::Row& row) {
  Snapshot snapshot;
  snapshot.id = SnapshotId(row.Text(0));
  snapshot.project = ProjectName(row.Text(1));
  snapshot.files = TRY(FilesFromJson(TRY(base::ParseJson(row.Text(2), "the stored file list"))));
  snapshot.spec = TRY(base::ParseJson(row.Text(3), "the stored project"));
  snapshot.created_at = base::FromMicros(row.Int(4));
  return snapshot;
}

base::Result<std::vector<Snapshot>> QuerySnapshots(store::Database& database, const std::string& tail,
                                                   std::string_view argument) {
  std::vector<Snapshot> snapshots;
  TRY(database.Read([&](store::Reader& reader) {
    const auto sql = fmt::format("SELECT {} FROM project_snapshots {}", kSnapshotColumns, tail);
    return reader.Query(
        sql,
        [&](const store::Row& row) -> base::Result<void> {
          snapshots.push_back(TRY(SnapshotFromRow(row)));
          return base::Ok();
        },
        argument);
  }));
  return snapshots;
}

}  // namespace

base::Result<PipelineSpec> Snapshot::Pipeline(const PipelineName& name) const {
  const auto pipelines = spec.find("pipelines");
  std::vector<std::string> known;
  if (pipelines != spec.end() && pipelines->is_object()) {
    for (const auto& [key, value] : pipelines->items()) known.push_back(key);
  }
  if (std::ranges::find(known, name.value()) == known.end()) {
    return base::NotFound(fmt::format("project '{}' has no pipeline '{}'; it has {}", project.value(), name.value(),
                                      known.empty() ? "none" : base::Join(known, ", ")),
                          name.value());
  }
  return PipelineFromJson(name.value(), (*pipelines)[name.value()], "pipelines." + name.value());
}

base::Result<void> CheckProjectPath(std::string_view path) {
  const auto refused = [&](std::string_view why) {
    return base::InvalidArgument(fmt::format("'{}' cannot be a file of a project: {}", path.substr(0, 300), why),
                                 std::string(path));
  };
  if (path.empty() || path[0] == '/') return refused("it must be relative to the project's folder");
  if (!base::IsValidUtf8(path) || path.find('\0') != std::string_view::npos) return refused("it is not UTF-8 text");
  for (const auto part : base::Split(path, '/')) {
    if (part.empty() || part[0] == '.') return refused("no part of it may be empty, hidden or '..'");
    if (part.size() > 255) return refused("a part of it has more than 255 bytes");
  }
  return base::Ok();
}

base::Result<std::unique_ptr<Projects>> Projects::Open(store::Database& database, blob::BlobStore& blobs,
                                                       const StepRunner& runner) {
  TRY(database.Migrate(internal::kMigrations));
  return std::unique_ptr<Projects>(new Projects(database, blobs, runner));
}

base::Result<std::vector<base::Digest>> Projects::Missing(const std::vector<base::Digest>& digests) {
  std::vector<base::Digest> missing;
  for (const auto& digest : digests) {
    if (!TRY(blobs_.Contains(digest))) missing.push_back(digest);
  }
  return missing;
}

base::Result<void> Projects::CheckPipelines(const Snapshot& snapshot) const {
  const base::ObjectReader fields(snapshot.spec, std::string(kProjectFile));
  for (const auto& pipeline : TRY(ParsePipelines(*TRY(fields.Object("pipelines"))))) {
    for (const auto& step : pipeline.steps) {
      const auto with = TRY(FillPlaceholders(step.with, pipeline.params, step.name + ".with"));
      const auto checked = runner_.Check(step, with);
      if (!checked)
        return checked.error().Within(fmt::format("pipeline '{}', step '{}'", pipeline.name.value(), step.name));
      for (const auto& file : TRY(runner_.Files(step, with))) {
        if (snapshot.files.contains(file)) continue;
        return base::InvalidArgument(fmt::format("pipeline '{}', step '{}' reads {}, which was not sent",
                                                 pipeline.name.value(), step.name, file),
                                     file);
      }
    }
  }
  return base::Ok();
}

base::Result<base::Json> Projects::ReadSpec(const std::map<std::string, base::Digest>& files) {
  const auto project_file = files.find(std::string(kProjectFile));
  if (project_file == files.end())
    return base::InvalidArgument("the project has no gyre.yaml", std::string(kProjectFile));
  auto spec = TRY(base::ParseYaml(TRY(blobs_.Get(project_file->second, kMaxProjectFile)), kProjectFile));
  if (!spec.is_object())
    return base::InvalidArgument("gyre.yaml must be a mapping with a project and pipelines", std::string(kProjectFile));
  return spec;
}

base::Result<Snapshot> Projects::Save(const std::map<std::string, base::Digest>& files, std::string_view actor) {
  if (files.size() > kMaxFiles)
    return base::TooLarge(fmt::format("a project may have {} files, not {}", kMaxFiles, files.size()));
  Snapshot snapshot;
  snapshot.spec = TRY(ReadSpec(files));
  for (const auto& [path, digest] : files) {
    TRY(CheckProjectPath(path));
    snapshot.files.emplace(path, TRY(blobs_.Stat(digest)));
  }
  const base::ObjectReader fields(snapshot.spec, "");
  snapshot.project = ProjectName(TRY(fields.String("project")));
  if (!base::IsValidName(snapshot.project.value())) {
    return base::InvalidArgument("project must be a name of letters, digits, . - and _", "project");
  }
  TRY(CheckPipelines(snapshot));
  snapshot.id = SnapshotId(base::Sha256Of(FilesToJson(snapshot.files)).ToHex());
  return database_.Write([&](store::Transaction& transaction) -> base::Result<Snapshot> {
    snapshot.created_at = transaction.Now();
    const auto added = TRY(
        transaction.Execute("INSERT INTO project_snapshots(id, project, files, spec, created_at) VALUES (?1, ?2, ?3, "
                            "?4, ?5) ON CONFLICT(id) DO NOTHING",
                            snapshot.id.value(), snapshot.project.value(), base::DumpJson(FilesToJson(snapshot.files)),
                            base::DumpJson(snapshot.spec), base::ToMicros(snapshot.created_at)));
    const auto newest =
        TRY(transaction.Execute("INSERT INTO projects(name, newest) VALUES (?1, ?2) ON CONFLICT(name) DO UPDATE SET "
                                "newest = ?2 WHERE newest <> ?2",
                                snapshot.project.value(), snapshot.id.value()));
    if (added + newest > 0) {
      TRY(transaction.Audit({.actor = std::string(actor),
                             .action = "project_snapshot_saved",
                             .object_type = "project",
                             .object_id = snapshot.project.value(),
                             .details = {{"snapshot", snapshot.id.value()}}}));
    }
    return snapshot;
  });
}

base::Result<Snapshot> Projects::Get(const SnapshotId& id) {
  auto found = TRY(QuerySnapshots(database_, "WHERE id = ?1", id.value()));
  if (found.empty()) return base::NotFound(fmt::format("there is no project snapshot {}", id.value()), id.value());
  return std::move(found.front());
}

base::Result<Snapshot> Projects::Newest(const ProjectName& project) {
  auto found =
      TRY(QuerySnapshots(database_, "WHERE id = (SELECT newest FROM projects WHERE name = ?1)", project.value()));
  if (found.empty()) {
    return base::NotFound(
        fmt::format("there is no project '{}'; send it with: gyre run --project FOLDER", project.value()),
        project.value());
  }
  return std::move(found.front());
}

base::Result<std::vector<Snapshot>> Projects::List() {
  return QuerySnapshots(database_, "WHERE id IN (SELECT newest FROM projects) AND ?1 = '' ORDER BY project", "");
}

}  // namespace gyre::pipeline
