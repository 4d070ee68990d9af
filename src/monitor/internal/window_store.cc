#include "monitor/internal/window_store.h"

#include "monitor/internal/schema.h"

namespace gyre::monitor::internal {
namespace {

constexpr std::string_view kWindowColumns =
    "id, endpoint, window_from, window_until, version, row_count, answered_by, judged, drift, features, "
    "drifted_features, drifted, labels, performance, created_at";
constexpr std::string_view kAlarmColumns =
    "id, kind, endpoint, version, window_id, subject, event_time, raised_at, reason, evidence";

base::Result<WindowReport> WindowFromRow(const store::Row& row) {
  WindowReport report;
  report.id = row.String(0);
  report.endpoint = serve::EndpointName(row.Text(1));
  report.from = base::FromMicros(row.Int(2));
  report.until = base::FromMicros(row.Int(3));
  report.version = TRY(registry::VersionRef::Parse(row.Text(4)));
  report.rows = row.Int(5);
  for (const auto& version : TRY(base::ParseJson(row.Text(6), "the stored versions of a window"))) {
    report.answered_by.push_back(version.get<std::string>());
  }
  report.judged = row.Bool(7);
  for (const auto& figure : TRY(base::ParseJson(row.Text(8), "the stored drift of a window"))) {
    report.drift.push_back(TRY(DriftFigure::FromJson(figure)));
  }
  report.features = row.Int(9);
  report.drifted_features = row.Int(10);
  report.drifted = row.Bool(11);
  report.labels = row.Int(12);
  report.performance = TRY(base::ParseJson(row.Text(13), "the stored performance of a window"));
  report.created_at = base::FromMicros(row.Int(14));
  return report;
}

base::Result<Alarm> AlarmFromRow(const store::Row& row) {
  Alarm alarm;
  alarm.id = row.String(0);
  alarm.kind = TRY(ParseAlarmKind(row.Text(1)));
  alarm.endpoint = serve::EndpointName(row.Text(2));
  alarm.version = TRY(registry::VersionRef::Parse(row.Text(3)));
  alarm.window_id = row.String(4);
  alarm.subject = row.String(5);
  alarm.event_time = base::FromMicros(row.Int(6));
  alarm.raised_at = base::FromMicros(row.Int(7));
  alarm.reason = row.String(8);
  alarm.evidence = TRY(base::ParseJson(row.Text(9), "the stored evidence of an alarm"));
  return alarm;
}

/// All rows of a query through `convert`.
template <class T, class... Args>
base::Result<std::vector<T>> Collect(store::Database& database, const std::string& sql,
                                     base::Result<T> (*convert)(const store::Row&), const Args&... args) {
  std::vector<T> all;
  TRY(database.RunRead([&](store::Reader& reader) {
    return reader.Query(
        sql,
        [&](const store::Row& row) -> base::Result<void> {
          all.push_back(TRY(convert(row)));
          return base::Ok();
        },
        args...);
  }));
  return all;
}

base::Result<void> InsertWindow(store::Transaction& transaction, const WindowReport& report) {
  base::Json drift = base::Json::array();
  for (const auto& figure : report.drift) drift.push_back(figure.ToJson());
  TRY(transaction.Execute(
      fmt::format("INSERT INTO monitor_windows({}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, "
                  "?14, ?15)",
                  kWindowColumns),
      report.id, report.endpoint.value(), base::ToMicros(report.from), base::ToMicros(report.until),
      report.version.ToString(), report.rows, base::DumpJson(report.answered_by), report.judged, base::DumpJson(drift),
      report.features, report.drifted_features, report.drifted, report.labels, base::DumpJson(report.performance),
      base::ToMicros(report.created_at)));
  return base::Ok();
}

/// False if the window raised it before.
base::Result<bool> InsertAlarm(store::Transaction& transaction, Alarm& alarm) {
  alarm.id = transaction.NewId();
  alarm.raised_at = transaction.Now();
  const int64_t changed = TRY(transaction.Execute(
      fmt::format("INSERT INTO monitor_alarms({}, taken) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0) "
                  "ON CONFLICT(window_id, kind, subject) DO NOTHING",
                  kAlarmColumns),
      alarm.id, AlarmKindName(alarm.kind), alarm.endpoint.value(), alarm.version.ToString(), alarm.window_id,
      alarm.subject, base::ToMicros(alarm.event_time), base::ToMicros(alarm.raised_at), alarm.reason,
      base::DumpJson(alarm.evidence)));
  if (changed == 0) return false;
  TRY(transaction.Audit({.actor = "monitor",
                         .action = "alarm_raised",
                         .object_type = "alarm",
                         .object_id = alarm.id,
                         .details = {{"endpoint", alarm.endpoint.value()},
                                     {"kind", AlarmKindName(alarm.kind)},
                                     {"window", alarm.window_id},
                                     {"reason", alarm.reason}}}));
  return true;
}

base::Result<void> MoveOn(store::Transaction& transaction, const serve::EndpointName& endpoint, base::Timestamp until) {
  TRY(
      transaction.Execute("INSERT INTO monitored_endpoints(endpoint, closed_until) VALUES (?1, ?2) "
                          "ON CONFLICT(endpoint) DO UPDATE SET closed_until = excluded.closed_until",
                          endpoint.value(), base::ToMicros(until)));
  return base::Ok();
}

base::Result<WindowMark> MarkFromRow(const store::Row& row) {
  WindowMark mark{.id = row.String(0),
                  .from = base::FromMicros(row.Int(1)),
                  .until = base::FromMicros(row.Int(2)),
                  .labels = row.Int(3),
                  .judged_at = {}};
  if (!row.IsNull(4)) mark.judged_at = base::FromMicros(row.Int(4));
  return mark;
}

base::Result<bool> VerdictFromRow(const store::Row& row) {
  return row.Bool(0);
}

}  // namespace

base::Result<WindowStore> WindowStore::Open(store::Database& database) {
  TRY(database.Migrate(kMonitorMigrations));
  return WindowStore(database);
}

base::Result<MonitorConfig> WindowStore::LoadConfig(const serve::EndpointName& endpoint) {
  return database_->Read([&](store::Reader& reader) -> base::Result<MonitorConfig> {
    const auto text = TRY(reader.QueryOne(
        "SELECT config FROM monitored_endpoints WHERE endpoint = ?1",
        [](const store::Row& row) { return row.OptionalString(0); }, endpoint.value()));
    if (!text || !*text) return MonitorConfig{};
    return MonitorConfig::FromJson(TRY(base::ParseJson(**text, "the stored monitor")), "monitor");
  });
}

base::Result<void> WindowStore::SaveConfig(const serve::EndpointName& endpoint, const MonitorConfig& config,
                                           std::string_view actor) {
  return database_->RunWrite([&](store::Transaction& transaction) -> base::Result<void> {
    const auto json = config.ToJson();
    TRY(
        transaction.Execute("INSERT INTO monitored_endpoints(endpoint, config) VALUES (?1, ?2) "
                            "ON CONFLICT(endpoint) DO UPDATE SET config = excluded.config",
                            endpoint.value(), base::DumpJson(json)));
    return transaction.Audit({.actor = std::string(actor),
                              .action = "monitor_configured",
                              .object_type = "endpoint",
                              .object_id = endpoint.value(),
                              .details = json});
  });
}

base::Result<void> WindowStore::Forget(const serve::EndpointName& endpoint, std::string_view actor) {
  return database_->RunWrite([&](store::Transaction& transaction) -> base::Result<void> {
    TRY(transaction.Execute("DELETE FROM monitor_alarms WHERE endpoint = ?1", endpoint.value()));
    TRY(transaction.Execute("DELETE FROM monitor_windows WHERE endpoint = ?1", endpoint.value()));
    TRY(transaction.Execute("UPDATE monitored_endpoints SET closed_until = NULL WHERE endpoint = ?1",
                            endpoint.value()));
    return transaction.Audit({.actor = std::string(actor),
                              .action = "endpoint_forgotten",
                              .object_type = "endpoint",
                              .object_id = endpoint.value(),
                              .details = base::Json::object()});
  });
}

base::Result<std::optional<base::Timestamp>> WindowStore::ClosedUntil(const serve::EndpointName& endpoint) {
  return database_->Read([&](store::Reader& reader) -> base::Result<std::optional<base::Timestamp>> {
    const auto micros = TRY(reader.QueryOne(
        "SELECT closed_until FROM monitored_endpoints WHERE endpoint = ?1",
        [](const store::Row& row) { return row.OptionalInt(0); }, endpoint.value()));
    return micros && *micros ? std::optional(base::FromMicros(**micros)) : std::nullopt;
  });
}

base::Result<void> WindowStore::SkipUntil(const serve::EndpointName& endpoint, base::Timestamp until) {
  return database_->RunWrite([&](store::Transaction& transaction) { return MoveOn(transaction, endpoint, until); });
}

base::Result<void> WindowStore::CloseWindow(WindowReport& report, std::optional<Alarm>& alarm) {
  return database_->RunWrite([&](store::Transaction& transaction) -> base::Result<void> {
    report.id = transaction.NewId();
    report.created_at = transaction.Now();
    TRY(InsertWindow(transaction, report));
    if (alarm) {
      // Made before the window had an id.
      alarm->window_id = report.id;
      alarm->evidence["window"] = report.ToJson();
      TRY(InsertAlarm(transaction, *alarm));
    }
    return MoveOn(transaction, report.endpoint, report.until);
  });
}

base::Result<std::vector<bool>> WindowStore::LatestVerdicts(const serve::EndpointName& endpoint, int64_t limit) {
  return Collect(*database_,
                 "SELECT drifted FROM monitor_windows WHERE endpoint = ?1 AND judged = 1 "
                 "ORDER BY window_from DESC LIMIT ?2",
                 VerdictFromRow, endpoint.value(), limit);
}

base::Result<std::vector<WindowMark>> WindowStore::Marks(const serve::EndpointName& endpoint) {
  return Collect(*database_,
                 "SELECT id, window_from, window_until, labels, performance_at FROM monitor_windows "
                 "WHERE endpoint = ?1 ORDER BY window_from",
                 MarkFromRow, endpoint.value());
}

base::Result<void> WindowStore::SavePerformance(const WindowReport& report, std::vector<Alarm>& alarms) {
  return database_->RunWrite([&](store::Transaction& transaction) -> base::Result<void> {
    TRY(transaction.Execute(
        "UPDATE monitor_windows SET labels = ?2, performance = ?3, performance_at = ?4 WHERE id = ?1", report.id,
        report.labels, base::DumpJson(report.performance), base::ToMicros(transaction.Now())));
    std::vector<Alarm> raised;
    for (auto alarm : alarms) {
      if (TRY(InsertAlarm(transaction, alarm))) raised.push_back(std::move(alarm));
    }
    alarms = std::move(raised);
    return base::Ok();
  });
}

base::Result<std::vector<WindowReport>> WindowStore::Windows(const serve::EndpointName& endpoint, int64_t limit) {
  return Collect(*database_,
                 fmt::format("SELECT {} FROM monitor_windows WHERE ?1 = '' OR endpoint = ?1 "
                             "ORDER BY created_at DESC, window_from DESC LIMIT ?2",
                             kWindowColumns),
                 WindowFromRow, endpoint.value(), limit);
}

base::Result<WindowReport> WindowStore::Window(const std::string& id) {
  auto found = TRY(Collect(*database_, fmt::format("SELECT {} FROM monitor_windows WHERE id = ?1", kWindowColumns),
                           WindowFromRow, id));
  if (found.empty()) return base::NotFound(fmt::format("there is no monitored window '{}'", id.substr(0, 64)), id);
  return std::move(found.front());
}

base::Result<std::vector<Alarm>> WindowStore::Alarms(const serve::EndpointName& endpoint, int64_t limit) {
  return Collect(*database_,
                 fmt::format("SELECT {} FROM monitor_alarms WHERE ?1 = '' OR endpoint = ?1 "
                             "ORDER BY raised_at DESC, event_time DESC, subject LIMIT ?2",
                             kAlarmColumns),
                 AlarmFromRow, endpoint.value(), limit);
}

base::Result<Alarm> WindowStore::GetAlarm(const std::string& id) {
  auto found = TRY(
      Collect(*database_, fmt::format("SELECT {} FROM monitor_alarms WHERE id = ?1", kAlarmColumns), AlarmFromRow, id));
  if (found.empty()) return base::NotFound(fmt::format("there is no alarm '{}'", id.substr(0, 64)), id);
  return std::move(found.front());
}

base::Result<std::vector<Alarm>> WindowStore::UntakenAlarms() {
  return Collect(
      *database_,
      fmt::format("SELECT {} FROM monitor_alarms WHERE taken = 0 ORDER BY raised_at, event_time", kAlarmColumns),
      AlarmFromRow);
}

base::Result<void> WindowStore::MarkTaken(const std::string& alarm_id) {
  return database_->RunWrite([&](store::Transaction& transaction) -> base::Result<void> {
    TRY(transaction.Execute("UPDATE monitor_alarms SET taken = 1 WHERE id = ?1", alarm_id));
    return base::Ok();
  });
}

}  // namespace gyre::monitor::internal
