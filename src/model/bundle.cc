#include "model/bundle.h"

#include "base/file.h"
#include "base/text.h"

namespace gyre::model {
namespace {

using base::Json;

constexpr const char* kOnnx = "model.onnx";
constexpr const char* kSignature = "signature.json";
constexpr const char* kGolden = "golden.json";
constexpr const char* kProfile = "profile.json";
constexpr const char* kMetrics = "metrics.json";
constexpr const char* kLineage = "lineage.json";
constexpr const char* kCard = "card.md";
constexpr std::array kNames = {kOnnx, kSignature, kGolden, kProfile, kMetrics, kLineage, kCard};

std::string Lines(const Json& json) {
  return base::PrettyJson(json) + "\n";
}

using Files = std::map<std::string, std::string>;

/// Null if the file is absent.
base::Result<Json> ReadJson(const Files& files, const char* name) {
  const auto found = files.find(name);
  if (found == files.end()) return Json();
  return base::ParseJson(found->second, name);
}

base::Result<std::string> Required(const Files& files, const char* name) {
  const auto found = files.find(name);
  if (found == files.end() || found->second.empty()) {
    return base::InvalidArgument(fmt::format("the model has no {}", name), name);
  }
  return found->second;
}

base::Result<Json> ReadObject(const Files& files, const char* name) {
  auto json = TRY(ReadJson(files, name));
  if (json.is_null()) return Json::object();
  if (!json.is_object()) return base::InvalidArgument(fmt::format("{} must hold an object", name), name);
  return json;
}

}  // namespace

std::map<std::string, std::string> Bundle::ToFiles() const {
  Files files = {{kOnnx, onnx}, {kSignature, Lines(signature.ToJson())}};
  // These are long lists of numbers: one line each.
  if (golden.features.rows() > 0) files[kGolden] = base::DumpJson(golden.ToJson()) + "\n";
  if (profile.rows > 0) files[kProfile] = base::DumpJson(profile.ToJson()) + "\n";
  if (!metrics.empty()) files[kMetrics] = Lines(metrics);
  if (!lineage.empty()) files[kLineage] = Lines(lineage);
  if (!card.empty()) files[kCard] = card;
  return files;
}

base::Result<Bundle> Bundle::FromFiles(const Files& files) {
  Bundle bundle;
  bundle.onnx = TRY(Required(files, kOnnx));
  TRY(Required(files, kSignature));
  bundle.signature = TRY(Signature::FromJson(TRY(ReadJson(files, kSignature))));
  const auto golden = TRY(ReadJson(files, kGolden));
  if (!golden.is_null()) bundle.golden = TRY(GoldenRows::FromJson(golden, bundle.signature));
  const auto profile = TRY(ReadJson(files, kProfile));
  if (!profile.is_null()) bundle.profile = TRY(ReferenceProfile::FromJson(profile));
  bundle.metrics = TRY(ReadObject(files, kMetrics));
  bundle.lineage = TRY(ReadObject(files, kLineage));
  if (const auto card = files.find(kCard); card != files.end()) bundle.card = card->second;
  return bundle;
}

base::Result<void> WriteBundle(const Bundle& bundle, const std::filesystem::path& folder) {
  // "a/b/" has the parent "a/b".
  std::error_code unused;
  const auto parent = std::filesystem::absolute(folder / "", unused).parent_path().parent_path();
  TRY(base::MakeFolders(parent));
  if (std::filesystem::exists(folder, unused) && !std::filesystem::is_empty(folder, unused)) {
    return base::AlreadyExists(fmt::format("{} exists and is not empty", folder.string()), folder.string());
  }
  const auto staging = TRY(base::TempFolder::Make(parent, ".bundle-"));
  for (const auto& [name, content] : bundle.ToFiles()) TRY(base::WriteFileAtomic(staging.path() / name, content));
  return base::RenameDurably(staging.path(), folder);
}

base::Result<Bundle> ReadBundle(const std::filesystem::path& folder) {
  Files files;
  uint64_t left = kMaxBundleBytes;
  for (const char* name : kNames) {
    auto content = base::ReadFile(folder / name, left);
    if (content) {
      left -= content->size();
      files[name] = *std::move(content);
    } else if (content.error().code() != base::ErrorCode::kNotFound) {
      return content.error();
    }
  }
  return Bundle::FromFiles(files);
}

base::Digest BundleDigest(const Files& files) {
  base::Sha256 hash;
  for (const auto& [name, content] : files) {
    hash.Update(fmt::format("{} {}\n", base::Sha256Of(std::string_view(content)).ToHex(), name));
  }
  return hash.Finish();
}

}  // namespace gyre::model
