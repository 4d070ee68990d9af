#include "server/settings.h"

#include <functional>

#include "base/file.h"
#include "base/text.h"

namespace gyre::server {
namespace {

constexpr uint64_t kMaxSettingsFile = 1 << 20;

using Assign = std::function<base::Result<void>(Settings&, const std::string&)>;

struct Setting {
  SettingDoc doc;
  Assign assign;
};

template <class T>
Assign Integer(T Settings::* field, int64_t lowest, int64_t highest) {
  return [=](Settings& settings, const std::string& text) -> base::Result<void> {
    const auto value = base::ParseInt(text);
    if (!value || *value < lowest || *value > highest) {
      return base::InvalidArgument(fmt::format("must be an integer from {} to {}, not '{}'", lowest, highest, text));
    }
    settings.*field = static_cast<T>(*value);
    return base::Ok();
  };
}

base::Result<void> AssignBool(bool& target, const std::string& text) {
  if (text != "true" && text != "false")
    return base::InvalidArgument(fmt::format("must be true or false, not '{}'", text));
  target = text == "true";
  return base::Ok();
}

base::Result<void> AssignDurability(store::Durability& target, const std::string& text) {
  if (text != "full" && text != "relaxed")
    return base::InvalidArgument(fmt::format("must be full or relaxed, not '{}'", text));
  target = text == "full" ? store::Durability::kFull : store::Durability::kRelaxed;
  return base::Ok();
}

base::Result<void> AssignSchemes(std::vector<std::string>& target, const std::string& text) {
  std::vector<std::string> schemes;
  for (const auto part : base::Split(text, ',')) {
    const auto scheme = base::Trim(part);
    if (scheme != "https" && scheme != "http")
      return base::InvalidArgument(fmt::format("must be https, http or both with a comma between, not '{}'", text));
    schemes.emplace_back(scheme);
  }
  target = std::move(schemes);
  return base::Ok();
}

std::vector<Setting> MakeSettings() {
  return {
      {{"host", "address to listen on"},
       [](Settings& s, const std::string& text) -> base::Result<void> {
         s.host = text;
         return base::Ok();
       }},
      {{"port", "port to listen on; 0 takes a free one"}, Integer(&Settings::port, 0, 65535)},
      {{"allow-unauthenticated", "true: listen on an address other hosts can reach although nobody has to log in"},
       [](Settings& s, const std::string& text) { return AssignBool(s.allow_unauthenticated, text); }},
      {{"durability", "full: an acknowledged write survives loss of power; relaxed: faster, and it may not"},
       [](Settings& s, const std::string& text) { return AssignDurability(s.durability, text); }},
      {{"log-level", "debug, info, warning, error or off"},
       [](Settings& s, const std::string& text) -> base::Result<void> {
         s.log_level = TRY(base::ParseLogLevel(text));
         return base::Ok();
       }},
      {{"log-format", "json or text"},
       [](Settings& s, const std::string& text) -> base::Result<void> {
         s.log_format = TRY(base::ParseLogFormat(text));
         return base::Ok();
       }},
      {{"io-threads", "event loops; 0: one per core"}, Integer(&Settings::io_threads, 0, 256)},
      {{"step-workers", "pipeline steps that run at the same time"}, Integer(&Settings::step_workers, 1, 256)},
      {{"max-upload-bytes", "largest file a client may send"},
       Integer(&Settings::max_upload_bytes, 1 << 20, 1LL << 50)},
      {{"webhook-schemes", "what URLs of registry webhooks may begin with: https, or https,http"},
       [](Settings& s, const std::string& text) { return AssignSchemes(s.webhook_schemes, text); }},
      {{"webhook-private-addresses", "true: registry webhooks may lead to this machine and to private networks"},
       [](Settings& s, const std::string& text) { return AssignBool(s.webhook_private_addresses, text); }},
      {{"drain-seconds", "how long requests may take to finish after SIGTERM"},
       Integer(&Settings::drain_seconds, 0, 3600)},
  };
}

base::Result<void> AssignByName(Settings& settings, const std::string& name, const std::string& value,
                                const std::string& where) {
  const auto all = MakeSettings();
  const auto found = std::ranges::find_if(all, [&](const Setting& setting) { return setting.doc.name == name; });
  if (found == all.end()) {
    std::vector<std::string> known;
    for (const auto& setting : all) known.push_back(setting.doc.name);
    const auto meant = base::ClosestMatch(name, known);
    return base::InvalidArgument(fmt::format("{}: there is no setting '{}'{}", where, name,
                                             meant ? fmt::format("; did you mean '{}'?", *meant) : ""),
                                 name);
  }
  const auto assigned = found->assign(settings, value);
  if (!assigned) return base::InvalidArgument(fmt::format("{}: {} {}", where, name, assigned.error().message()), name);
  return base::Ok();
}

base::Result<void> ApplyFile(Settings& settings, const std::filesystem::path& file) {
  const auto text = base::ReadFile(file, kMaxSettingsFile);
  if (!text && text.error().code() == base::ErrorCode::kNotFound) return base::Ok();
  if (!text) return text.error();
  const auto json = TRY(base::ParseYaml(*text, file.string()));
  if (json.is_null()) return base::Ok();
  if (!json.is_object())
    return base::InvalidArgument(fmt::format("{} must map settings to values", file.string()), file.string());
  for (const auto& [name, value] : json.items()) {
    TRY(AssignByName(settings, name, value.is_string() ? value.get<std::string>() : base::DumpJson(value),
                     file.string()));
  }
  return base::Ok();
}

std::string EnvironmentName(const std::string& name) {
  std::string upper = "GYRE_" + name;
  for (char& c : upper) c = c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return upper;
}

}  // namespace

const std::vector<SettingDoc>& SettingDocs() {
  static const std::vector<SettingDoc> docs = [] {
    std::vector<SettingDoc> made;
    for (const auto& setting : MakeSettings()) made.push_back(setting.doc);
    return made;
  }();
  return docs;
}

base::Result<Settings> LoadSettings(const std::filesystem::path& file,
                                    const std::map<std::string, std::string>& environment,
                                    const std::map<std::string, std::string>& flags) {
  Settings settings;
  TRY(ApplyFile(settings, file));
  for (const auto& doc : SettingDocs()) {
    const auto name = EnvironmentName(doc.name);
    if (const auto found = environment.find(name); found != environment.end()) {
      TRY(AssignByName(settings, doc.name, found->second, name));
    }
  }
  for (const auto& [name, value] : flags) TRY(AssignByName(settings, name, value, "--" + name));
  return settings;
}

bool IsLoopback(std::string_view host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

base::Result<void> CheckExposure(const Settings& settings) {
  if (IsLoopback(settings.host) || settings.allow_unauthenticated) return base::Ok();
  return base::InvalidArgument(
      fmt::format(
          "--host {} would let anyone who can reach it use this server without logging in; if that is meant, add "
          "--allow-unauthenticated",
          settings.host),
      "host");
}

}  // namespace gyre::server
