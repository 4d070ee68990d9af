#include "pipeline/artifact.h"

#include "base/object_reader.h"

namespace gyre::pipeline {
namespace {

constexpr std::array<std::pair<ArtifactKind, std::string_view>, 6> kKinds = {{{ArtifactKind::kTable, "table"},
                                                                              {ArtifactKind::kModel, "model"},
                                                                              {ArtifactKind::kBundle, "bundle"},
                                                                              {ArtifactKind::kReport, "report"},
                                                                              {ArtifactKind::kValue, "value"},
                                                                              {ArtifactKind::kFiles, "files"}}};

}  // namespace

std::string_view ArtifactKindName(ArtifactKind kind) {
  return std::ranges::find(kKinds, kind, &std::pair<ArtifactKind, std::string_view>::first)->second;
}

base::Result<ArtifactKind> ParseArtifactKind(std::string_view name) {
  const auto found = std::ranges::find(kKinds, name, &std::pair<ArtifactKind, std::string_view>::second);
  if (found == kKinds.end()) {
    return base::InvalidArgument(
        fmt::format("'{}' is not a kind of artifact; there are table, model, bundle, report, value and files", name));
  }
  return found->first;
}

base::Digest Artifact::digest() const {
  return base::Sha256Of(ToJson());
}

base::Json Artifact::ToJson() const {
  base::Json listed = base::Json::object();
  for (const auto& [name, ref] : files) listed[name] = {{"sha256", ref.digest.ToHex()}, {"size", ref.size}};
  return {
      {"kind", ArtifactKindName(kind)}, {"files", listed}, {"facts", facts.is_null() ? base::Json::object() : facts}};
}

base::Result<Artifact> Artifact::FromJson(const base::Json& json) {
  const base::ObjectReader fields(json, "artifact");
  Artifact artifact;
  artifact.kind = TRY(ParseArtifactKind(TRY(fields.String("kind"))));
  artifact.facts = *TRY(fields.Object("facts"));
  for (const auto& [name, file] : TRY(fields.Object("files"))->items()) {
    const base::ObjectReader file_fields(file, fields.PathOf("files") + "." + name);
    const auto digest = TRY(base::Digest::Parse(TRY(file_fields.String("sha256"))));
    const auto size = static_cast<uint64_t>(TRY(file_fields.Int("size")));
    artifact.files.emplace(name, blob::BlobRef{digest, size});
  }
  return artifact;
}

}  // namespace gyre::pipeline
