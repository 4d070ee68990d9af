#include <chrono>
#include <cstdlib>

#include "base/text.h"
#include "cli/api.h"
#include "cli/internal/commands.h"
#include "cli/run_watcher.h"
#include "cli/terminal.h"
#include "transfer/copy.h"

namespace gyre::cli::internal {
namespace {

constexpr size_t kShownLosses = 20;

bool IsUrl(std::string_view text) {
  return text.starts_with("http://") || text.starts_with("https://");
}

/// "sqlite:////x/mlflow.db" and "file:///x/mlruns" as MLflow writes them, and
/// plain paths.
std::filesystem::path PathOf(std::string text) {
  for (const std::string_view scheme : {"sqlite:///", "file://"}) {
    if (text.starts_with(scheme)) text = text.substr(scheme.size());
  }
  return text;
}

const char* Variable(const char* name) {
  return std::getenv(name);
}

/// A connection to any MLflow server, with the credentials that MLflow's client
/// would use.
struct Remote {
  std::unique_ptr<http::Client> client;
  std::string url;

  static base::Result<Remote> To(std::string url) {
    while (url.ends_with('/')) url.pop_back();
    return Remote{TRY(http::Client::Make()), std::move(url)};
  }
  transfer::Connection Connect() const {
    return {*client, {.url = url, .headers = transfer::CredentialsFromEnvironment(Variable), .pause = {}}};
  }
};

transfer::Connection ConnectionOf(const Api::Link& link) {
  return {link.client, {.url = link.url, .headers = {}, .pause = {}}};
}

/// A line of what goes on, at most ten a second.
class Shower {
 public:
  Shower(Terminal& terminal, std::string name) : terminal_(terminal), name_(std::move(name)) {}
  ~Shower() { terminal_.ClearProgress(); }
  Shower(const Shower&) = delete;
  Shower& operator=(const Shower&) = delete;

  void Show(const transfer::Progress& progress) {
    const auto now = std::chrono::steady_clock::now();
    if (now - last_ < std::chrono::milliseconds(100)) return;
    last_ = now;
    terminal_.Progress(name_, progress.fraction,
                       fmt::format("{}: {} runs, {} points, {}", progress.what, Grouped(progress.runs),
                                   Grouped(progress.points), base::FormatBytes(progress.bytes)));
  }

 private:
  Terminal& terminal_;
  std::string name_;
  std::chrono::steady_clock::time_point last_;
};

void Print(Terminal& terminal, const transfer::Report& report) {
  std::vector<std::vector<std::string>> table = {{"", "READ", "WRITTEN", "THERE ALREADY", "NOT TAKEN"}};
  for (const auto& [kind, count] : report.counts()) {
    table.push_back({base::ReplaceAll(kind, "_", " "), Grouped(count.read), Grouped(count.written),
                     Grouped(count.present), Grouped(count.failed)});
  }
  terminal.Table(table);
  for (const auto& note : report.notes()) terminal.Line("note: " + note);
  for (size_t i = 0; i < report.losses().size() && i < kShownLosses; ++i) {
    const auto& loss = report.losses()[i];
    terminal.Line(fmt::format("not taken: {}{}{}: {}", loss.kind, loss.id.empty() ? "" : " ", loss.id, loss.why));
  }
  if (report.lost() > static_cast<int64_t>(kShownLosses)) {
    terminal.Line(
        fmt::format("... and {} more; --json lists them", Grouped(report.lost() - static_cast<int64_t>(kShownLosses))));
  }
}

base::Result<int> Run(const Invocation& invocation, std::string_view name, transfer::Source& source,
                      transfer::Sink& sink, transfer::Report& report) {
  auto& terminal = invocation.terminal();
  base::Result<void> copied;
  {
    Shower shower(terminal, std::string(name));
    copied = transfer::Copy(source, sink, report, [&](const auto& progress) { shower.Show(progress); });
  }
  if (!copied) return copied.error().Within(fmt::format("{} was cut off (start it again to go on)", name));
  if (invocation.json()) {
    auto json = report.ToJson();
    json["from"] = source.Name();
    json["to"] = sink.Name();
    terminal.Json(json);
  } else {
    Print(terminal, report);
    terminal.Line(fmt::format("{} from {} to {}: {}", name, source.Name(), sink.Name(),
                              report.Complete() ? "everything is there" : "not everything could be taken"));
  }
  return report.Complete() ? kDone : kFailed;
}

base::Result<int> Import(const Invocation& invocation) {
  const auto from = invocation.Get("source");
  const auto artifacts = PathOf(invocation.Get("artifacts"));
  transfer::Report report;
  std::optional<Remote> remote;
  std::unique_ptr<transfer::Source> source;
  std::error_code error;
  if (IsUrl(from)) {
    remote = TRY(Remote::To(from));
    source = transfer::OpenServerSource(remote->Connect(), report);
  } else if (std::filesystem::is_directory(PathOf(from), error)) {
    source = TRY(transfer::OpenFolderSource(PathOf(from), artifacts, report));
  } else {
    source = TRY(transfer::OpenSqliteSource(PathOf(from), artifacts, report));
  }
  const auto api = TRY(Api::Connect(invocation));
  const auto sink = transfer::OpenGyreSink(ConnectionOf(TRY(api->Open(true))));
  return Run(invocation, "import", *source, *sink, report);
}

/// Only a Gyre takes things with their ids.
base::Result<void> CheckGyre(const std::string& url) {
  const auto api = TRY(Api::At(url));
  const auto version = api->GetText("/api/v1/version");
  if (version || version.error().code() != base::ErrorCode::kUnavailable) return base::Ok();
  return base::InvalidArgument(fmt::format("{} does not answer as a Gyre server; MLflow's own server "
                                           "gives new ids to everything that it is sent, "
                                           "so export to a folder, and have it read by mlflow server "
                                           "--backend-store-uri FOLDER",
                                           url),
                               "target");
}

base::Result<int> Export(const Invocation& invocation) {
  const auto to = invocation.Get("target");
  transfer::Report report;
  std::optional<Remote> remote;
  std::unique_ptr<transfer::Sink> sink;
  const auto api = TRY(Api::Connect(invocation));
  const auto source = transfer::OpenServerSource(ConnectionOf(TRY(api->Open(false))), report);
  if (IsUrl(to)) {
    TRY(CheckGyre(to));
    remote = TRY(Remote::To(to));
    sink = transfer::OpenGyreSink(remote->Connect());
  } else {
    sink = TRY(transfer::OpenFolderSink(PathOf(to)));
  }
  return Run(invocation, "export", *source, *sink, report);
}

}  // namespace

std::vector<Command> TransferCommands() {
  return {{.path = "import mlflow",
           .help = "Take over everything that an MLflow has: server, SQLite file "
                   "or mlruns folder. Started again, it goes "
                   "on where it was",
           .arguments = {{"source", "http://HOST:PORT, mlflow.db or mlruns"}},
           .options = Concat<Option>({{"--artifacts", "FOLDER",
                                       "where the artifacts are, if not where the "
                                       "metadata of a file or folder says"}},
                                     ServerOptions()),
           .run = Import},
          {.path = "export mlflow",
           .help = "Copy all experiments, runs and models into an mlruns folder, "
                   "or to another Gyre server",
           .arguments = {{"target", "a folder, or http://HOST:PORT of a Gyre server"}},
           .options = ServerOptions(),
           .run = Export}};
}

}  // namespace gyre::cli::internal
