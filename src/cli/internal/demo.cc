#include "cli/internal/demo.h"

#include <thread>

#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"
#include "cli/project_sender.h"
#include "cli/run_watcher.h"

namespace gyre::cli::internal {
namespace {

using std::chrono::steady_clock;

constexpr std::string_view kPipeline = "rain";
constexpr std::string_view kTimeColumn = "time_hour";
constexpr std::chrono::milliseconds kPoll{20};
constexpr std::chrono::seconds kPatience{300};
constexpr uint64_t kMaxMemory = 16 << 20;

const base::Json* FindStep(const base::Json& run, std::string_view name) {
  for (const auto& step : run["steps"]) {
    if (step.value("name", "") == name) return &step;
  }
  return nullptr;
}

/// Facts of an output of the run; an empty object if there is none.
base::Json FactsOf(const base::Json& run, std::string_view step, std::string_view output) {
  const auto* found = FindStep(run, step);
  if (found == nullptr || !found->at("outputs").contains(output)) return base::Json::object();
  return found->at("outputs").at(std::string(output)).value("facts", base::Json::object());
}

/// Polls until `done` says so.
base::Result<void> Until(std::string_view what, const std::function<base::Result<bool>()>& done) {
  const auto give_up = steady_clock::now() + kPatience;
  while (!TRY(done())) {
    if (steady_clock::now() > give_up)
      return base::Error(base::ErrorCode::kDeadlineExceeded, fmt::format("{} took too long", what));
    std::this_thread::sleep_for(kPoll);
  }
  return base::Ok();
}

}  // namespace

base::Result<void> Demo::CheckSignals() {
  if (signals_.WaitFor(std::chrono::milliseconds(0))) return base::Error(base::ErrorCode::kCancelled, "stopped");
  return base::Ok();
}

void Demo::AddStage(const std::string& name, std::optional<steady_clock::duration> took, const std::string& figure) {
  const auto seconds = std::chrono::duration<double>(took.value_or(steady_clock::duration::zero())).count();
  report_["stages"].push_back({{"name", name}, {"seconds", seconds}, {"cached", !took}});
  const auto time =
      took ? base::FormatDuration(std::chrono::duration_cast<std::chrono::microseconds>(*took)) : "cached";
  terminal_.Stage(took ? Terminal::Mark::kDone : Terminal::Mark::kCached, name, figure, time);
}

base::Result<void> Demo::Run() {
  TRY(RunPipeline());
  TRY(PrepareEndpoint());
  const auto* live = FindStep(run_, "periods");
  const auto sha256 = live->at("outputs").at("live").at("files").at("data.parquet").value("sha256", "");
  if (TRY(RecallReplay())) {
    AddStage("monitor", std::nullopt, report_.value("monitor_figure", ""));
    AddStage("loop", std::nullopt, report_.value("loop_figure", ""));
    return base::Ok();
  }
  TRY(ResetEndpoint());
  TRY(ConfigureLoop());
  const auto signature =
      TRY(base::ParseJson(TRY(api_.GetText(fmt::format("/api/v1/models/{}/files/signature.json",
                                                       base::ReplaceAll(registered_, "/", "/versions/")))),
                          "signature.json"));
  const auto label = FactsOf(run_, "train", "model").at("columns").value("label", "");
  auto traffic =
      TRY(LiveTraffic::Load(api_, sha256, signature, std::string(kTimeColumn), label, std::chrono::hours(1)));
  TRY(Live(traffic));
  return RememberReplay();
}

base::Result<void> Demo::RunPipeline() {
  snapshot_ = TRY(SendProject(api_, options_.project));
  const auto started = TRY(
      api_.Post(fmt::format("/api/v1/projects/{}/pipelines/{}/runs", Encode(snapshot_.value("project", "")), kPipeline),
                {{"snapshot", snapshot_["id"]}, {"reason", "gyre demo"}}));
  run_ = TRY(WatchRun(api_, terminal_, started.value("id", "")));
  for (const auto& step : run_["steps"]) {
    report_["stages"].push_back({{"name", step["name"]},
                                 {"seconds", step["seconds"].is_number() ? step["seconds"] : base::Json(0.0)},
                                 {"cached", step["cached"]}});
  }
  report_["runs"] = {run_["id"]};
  if (run_.value("state", "") != "succeeded") {
    const auto error = run_.value("error", base::Json::object());
    return base::Unprocessable(error.value("message", "the pipeline failed"), error.value("name", ""));
  }
  const auto dataset = FactsOf(run_, "ingest", "data");
  report_["dataset"] = {{"id", dataset.value("dataset_version", "")}, {"rows", dataset.value("rows", int64_t{0})}};
  const auto test = FactsOf(run_, "test", "report");
  report_["metrics"] = test.value("metrics", base::Json::object());
  report_["baseline"] = test.value("baseline", base::Json::object());
  registered_ = FactsOf(run_, "register", "version").value("ref", "");
  endpoint_ = FactsOf(run_, "deploy", "endpoint").value("endpoint", "");
  report_["endpoint"] = endpoint_;
  return base::Ok();
}

base::Result<void> Demo::PrepareEndpoint() {
  replay_key_ = TRY(ReplayKey());
  report_["champion"] = {{"before", registered_}, {"after", registered_}};
  return base::Ok();
}

/// The same rows against the same model under the same rules are the same months: they are not lived again.
base::Result<std::string> Demo::ReplayKey() {
  const auto* periods = FindStep(run_, "periods");
  if (periods == nullptr) return base::FailedPrecondition("the pipeline of the demo has no step 'periods'", "periods");
  const base::Json parts = {{"live", periods->at("outputs").at("live").value("digest", "")},
                            {"version", registered_},
                            {"endpoints", snapshot_["spec"].value("endpoints", base::Json::object())},
                            {"bad_candidate", options_.bad_candidate}};
  return base::Sha256Of(parts).ToHex();
}

base::Result<bool> Demo::RecallReplay() {
  const auto text = base::ReadFile(options_.memory, kMaxMemory);
  if (!text) return false;
  const auto memory = base::ParseJson(*text, "the demo's memory");
  if (!memory || !memory->is_object() || memory->value("key", "") != replay_key_) return false;
  if (!api_.Get("/api/v1/endpoints/" + Encode(endpoint_))) return false;
  for (const auto& [key, value] : memory->at("findings").items()) report_[key] = value;
  report_["runs"] = {run_["id"]};
  for (const auto& id : memory->at("loop_runs")) report_["runs"].push_back(id);
  return true;
}

base::Result<void> Demo::RememberReplay() {
  base::Json findings = base::Json::object();
  for (const char* key : {"champion", "drift", "alarms", "verdict", "monitor_figure", "loop_figure", "cycle"}) {
    if (report_.contains(key)) findings[key] = report_[key];
  }
  base::Json loop_runs = base::Json::array();
  for (size_t i = 1; i < report_["runs"].size(); ++i) loop_runs.push_back(report_["runs"][i]);
  return base::WriteFileAtomic(
      options_.memory, base::PrettyJson({{"key", replay_key_}, {"findings", findings}, {"loop_runs", loop_runs}}));
}

/// Other rows or another model mean other months: what the endpoint remembers of the last ones is forgotten.
base::Result<void> Demo::ResetEndpoint() {
  const auto path = "/api/v1/endpoints/" + Encode(endpoint_);
  const auto endpoint = TRY(api_.Get(path));
  const bool fresh = endpoint.value("logged_until", base::Json()).is_null() &&
                     endpoint.value("champion", "") == registered_ && !endpoint["canary"].is_object();
  if (fresh) return base::Ok();
  TRY(api_.Delete(path + "?forget=true"));
  TRY(api_.Put(path, {{"version", registered_}}));
  return base::Ok();
}

base::Result<void> Demo::ConfigureLoop() {
  if (!options_.bad_candidate) return base::Ok();
  const auto path = fmt::format("/api/v1/endpoints/{}/loop", Encode(endpoint_));
  auto config = TRY(api_.Get(path));
  config["params"]["shuffle_labels"] = true;
  config["params"]["thresholds"] = base::Json::object();
  config["params"]["champion"] = nullptr;
  TRY(api_.Put(path, config));
  return base::Ok();
}

base::Result<void> Demo::Live(LiveTraffic& traffic) {
  const auto since = steady_clock::now();
  const auto one_day = std::chrono::hours(24);
  auto now = std::chrono::floor<std::chrono::days>(traffic.from()) + one_day;
  for (; traffic.sent() < traffic.rows(); now += one_day) {
    TRY(CheckSignals());
    terminal_.Progress("monitor", static_cast<double>(traffic.sent()) / static_cast<double>(traffic.rows()),
                       base::FormatDate(now));
    TRY(traffic.SendUntil(api_, endpoint_, now));
    TRY(EndDay());
  }
  TRY(traffic.SendUntil(api_, endpoint_, traffic.until() + one_day));
  TRY(EndDay());
  TRY(EndOfTraffic());
  TRY(CollectFindings());
  report_["monitor_figure"] = fmt::format("{} rows answered, {} alarms", Grouped(static_cast<int64_t>(traffic.sent())),
                                          report_["alarms"].size());
  AddStage("monitor", steady_clock::now() - since - trained_, report_.value("monitor_figure", ""));
  AddStage("loop", trained_, report_.value("loop_figure", ""));
  return base::Ok();
}

/// Months pass in seconds: at the end of each day everything that is due happens before the next begins.
base::Result<void> Demo::EndDay() {
  TRY(api_.Post(fmt::format("/api/v1/endpoints/{}/monitor/evaluate", Encode(endpoint_)), base::Json::object()));
  return AwaitTraining();
}

base::Result<base::Json> Demo::NewestCycle() {
  const auto cycles = TRY(api_.Get(fmt::format("/api/v1/cycles?limit=1&endpoint={}", Encode(endpoint_))));
  return cycles["cycles"].empty() ? base::Json() : cycles["cycles"][0];
}

/// Training takes the same seconds as ever while months pass in seconds: time stands still for it.
base::Result<void> Demo::AwaitTraining() {
  const auto cycle = TRY(NewestCycle());
  if (!cycle.is_object() || cycle.value("state", "") != "training") return base::Ok();
  const auto run = cycle.value("pipeline_run", "");
  const auto since = steady_clock::now();
  if (!run.empty() && run != watched_run_) {
    watched_run_ = run;
    terminal_.Note(fmt::format("  {} {}", base::FormatDate(TRY(base::ParseTimestamp(cycle.value("event_time", "")))),
                               cycle["trigger"].value("reason", "")));
    TRY(WatchRun(api_, terminal_, run));
    report_["runs"].push_back(run);
  }
  TRY(Until("going from training to the canary",
            [&]() -> base::Result<bool> { return TRY(NewestCycle()).value("state", "") != "training"; }));
  trained_ += steady_clock::now() - since;
  return base::Ok();
}

/// When the year's rows are over, a canary that still waits for more gets no more.
base::Result<void> Demo::EndOfTraffic() {
  const auto cycle = TRY(NewestCycle());
  if (!cycle.is_object() || cycle.value("state", "") != "canary") return base::Ok();
  TRY(api_.Post(fmt::format("/api/v1/canaries/{}/end", Encode(cycle.value("canary", ""))),
                {{"decision", "hold"}, {"reason", "the traffic ended before there were enough rows to decide"}}));
  return EndDay();
}

base::Result<void> Demo::CollectFindings() {
  const auto alarms = TRY(api_.Get(fmt::format("/api/v1/alarms?limit=1000&endpoint={}", Encode(endpoint_))));
  report_["alarms"] = base::Json::array();
  std::string window;
  for (const auto& alarm : alarms["alarms"]) {
    report_["alarms"].push_back(alarm["id"]);
    if (alarm.value("kind", "") == "drift") window = alarm.value("window", window);
  }
  report_["drift"] = base::Json::array();
  if (!window.empty()) report_["drift"] = TRY(api_.Get("/api/v1/windows/" + Encode(window)))["drift"];
  report_["champion"]["after"] = TRY(api_.Get("/api/v1/endpoints/" + Encode(endpoint_)))["champion"];
  report_["verdict"] = nullptr;
  report_["loop_figure"] = "nothing called for training";
  const auto cycles = TRY(api_.Get(fmt::format("/api/v1/cycles?limit=100&endpoint={}", Encode(endpoint_))))["cycles"];
  for (auto cycle = cycles.rbegin(); cycle != cycles.rend(); ++cycle) {
    report_["cycle"] = cycle->at("id");
    report_["loop_figure"] = cycle->value("outcome", cycle->value("state", ""));
    TRY(CollectVerdict(*cycle));
  }
  return base::Ok();
}

base::Result<void> Demo::CollectVerdict(const base::Json& cycle) {
  const auto id = cycle.value("canary", "");
  if (id.empty()) return base::Ok();
  const auto canary = TRY(api_.Get("/api/v1/canaries/" + Encode(id)));
  if (!canary["verdict"].is_object()) return base::Ok();
  report_["verdict"] = canary["verdict"];
  report_["verdict"]["canary"] = id;
  report_["verdict"]["champion_version"] = canary["champion"];
  report_["verdict"]["candidate_version"] = canary["candidate"];
  const auto& verdict = canary["verdict"];
  report_["loop_figure"] =
      fmt::format("{}: {} {:.4f} of {} against {:.4f} of {} on {} rows; {} answers", verdict.value("decision", ""),
                  verdict.value("metric", ""), verdict.value("candidate", 0.0), canary.value("candidate", ""),
                  verdict.value("champion", 0.0), canary.value("champion", ""), Grouped(verdict.value("n", int64_t{0})),
                  report_["champion"].value("after", ""));
  return base::Ok();
}

void Demo::PrintFarewell() {
  const auto version = report_["champion"].value("after", registered_);
  const auto path = base::ReplaceAll(version, "/", "/versions/");
  terminal_.Line("");
  terminal_.Line(fmt::format("  Open        {}", terminal_.Bold(options_.url + "/")));
  terminal_.Line(fmt::format("  Try         curl -s {}/endpoints/{}/predict -H 'Content-Type: application/json' \\",
                             options_.url, endpoint_));
  const auto document = api_.Get(fmt::format("/endpoints/{}/openapi.json", Encode(endpoint_)));
  const auto predict = fmt::format("/endpoints/{}/predict", endpoint_);
  if (document) {
    auto example = document->at("paths")
                       .at(predict)
                       .at("post")
                       .at("requestBody")
                       .at("content")
                       .at("application/json")
                       .at("example");
    // In the example's own time: a row of today would close the last month's window and set the loop going again.
    const auto endpoint = api_.Get("/api/v1/endpoints/" + Encode(endpoint_));
    if (endpoint && endpoint->at("logged_until").is_string()) example["event_time"] = endpoint->at("logged_until");
    terminal_.Line(fmt::format("                -d '{}'", base::DumpJson(example)));
  }
  terminal_.Line(fmt::format("  Model card  {}/api/v1/models/{}/files/card.md   (or: gyre model show {})", options_.url,
                             path, version));
}

}  // namespace gyre::cli::internal
