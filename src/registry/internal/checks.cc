#include "registry/internal/checks.h"

#include "base/id.h"
#include "base/text.h"

namespace gyre::registry::internal {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

bool IsAliasCharacter(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
}

/// "v3": what MLflow's clients read as a version.
bool LooksLikeVersion(std::string_view alias) {
  return alias.size() > 1 && (alias[0] == 'v' || alias[0] == 'V') && std::ranges::all_of(alias.substr(1), IsDigit);
}

base::Result<void> CheckText(std::string_view field, std::string_view value, size_t limit) {
  if (!base::IsValidUtf8(value)) {
    return base::InvalidArgument(fmt::format("{} is not UTF-8 text; encode it", field), std::string(field));
  }
  if (value.size() > limit && base::Utf8Length(value) > limit) {
    return base::InvalidArgument(
        fmt::format("{} has {} characters, at most {} are kept", field, base::Utf8Length(value), limit),
        std::string(field));
  }
  return base::Ok();
}

}  // namespace

std::string Quoted(std::string_view text) {
  constexpr size_t kShown = 80;
  if (text.size() <= kShown) return fmt::format("'{}'", text);
  return fmt::format("'{}...' ({} bytes)", text.substr(0, kShown), text.size());
}

base::Result<void> CheckModelName(std::string_view name) {
  const auto forbidden = [](char c) { return c == '/' || c == ':' || static_cast<unsigned char>(c) < 0x20; };
  const bool fine = !name.empty() && name != "." && name != ".." && std::ranges::none_of(name, forbidden) &&
                    base::IsValidUtf8(name) && base::Utf8Length(name) <= Limits::kModelNameLength;
  if (fine) return base::Ok();
  return base::InvalidArgument(
      fmt::format("invalid model name {}: a name has 1 to {} characters, none of them '/', ':' or a control character",
                  Quoted(name), Limits::kModelNameLength),
      std::string(name));
}

base::Result<void> CheckAlias(std::string_view alias) {
  if (alias.empty() || alias.size() > Limits::kAliasLength || !std::ranges::all_of(alias, IsAliasCharacter)) {
    return base::InvalidArgument(fmt::format("invalid alias {}: an alias has 1 to {} letters, digits, '_' and '-'",
                                             Quoted(alias), Limits::kAliasLength),
                                 std::string(alias));
  }
  if (base::EqualsIgnoreCase(alias, "latest") || LooksLikeVersion(alias)) {
    return base::InvalidArgument(
        fmt::format("the alias {} is reserved, because it would read as a version; choose another", Quoted(alias)),
        std::string(alias));
  }
  return base::Ok();
}

base::Result<void> CheckTag(std::string_view key, std::string_view value) {
  if (!base::IsValidKey(key)) {
    return base::InvalidArgument(
        fmt::format(
            "invalid tag key {}: keys have 1 to 250 letters, digits and _ . - : / or spaces, and as a path name "
            "themselves (no '/' at an end, '//', '.' or '..')",
            Quoted(key)),
        std::string(key));
  }
  return CheckText(fmt::format("tag {}", Quoted(key)), value, Limits::kTagValueLength);
}

base::Result<void> CheckTags(const std::map<std::string, std::string>& tags) {
  for (const auto& [key, value] : tags) TRY(CheckTag(key, value));
  return base::Ok();
}

base::Result<void> CheckDescription(std::string_view description) {
  return CheckText("description", description, Limits::kDescriptionLength);
}

base::Result<void> CheckSpec(const VersionSpec& spec) {
  TRY(CheckText("source", spec.source, Limits::kSourceLength));
  TRY(CheckText("run_id", spec.run_id.value_or(""), Limits::kIdLength));
  TRY(CheckText("model_id", spec.model_id.value_or(""), Limits::kIdLength));
  TRY(CheckText("run_link", spec.run_link, Limits::kSourceLength));
  TRY(CheckDescription(spec.description));
  return CheckTags(spec.tags);
}

base::Result<std::string_view> CanonicalStage(std::string_view stage) {
  const auto found =
      std::ranges::find_if(kStages, [&](std::string_view known) { return base::EqualsIgnoreCase(known, stage); });
  if (found != kStages.end()) return *found;
  return base::InvalidArgument(
      fmt::format("Invalid Model Version stage: {}. Value must be one of {}.", stage, fmt::join(kStages, ", ")),
      std::string(stage));
}

bool SaysPrompt(const std::map<std::string, std::string>& tags) {
  const auto found = tags.find(std::string(kPromptTag));
  return found != tags.end() && base::EqualsIgnoreCase(found->second, "true");
}

base::Result<void> CheckOptions(const RegisterOptions& options) {
  TRY(CheckText("run_id", options.run_id, Limits::kIdLength));
  TRY(CheckText("pipeline_run", options.pipeline_run, Limits::kIdLength));
  TRY(CheckDescription(options.description));
  if (options.datasets.size() > Limits::kDatasets) {
    return base::InvalidArgument(
        fmt::format("a version names at most {} datasets, this one {}", Limits::kDatasets, options.datasets.size()),
        "datasets");
  }
  for (const auto& dataset : options.datasets) TRY(CheckText("datasets", dataset, Limits::kIdLength));
  TRY(CheckTags(options.tags));
  for (const auto& alias : options.aliases) TRY(CheckAlias(alias));
  for (const auto& alias : options.aliases_if_absent) TRY(CheckAlias(alias));
  return base::Ok();
}

}  // namespace gyre::registry::internal
