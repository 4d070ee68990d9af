#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "monitor/config.h"
#include "monitor/report.h"
#include "store/database.h"

namespace gyre::monitor::internal {

/// When and to what a window was judged by labels.
struct WindowMark {
  std::string id;
  base::Timestamp from;
  base::Timestamp until;
  int64_t labels = 0;
  std::optional<base::Timestamp> judged_at;
};

/// The monitor's tables. Thread-safe.
class WindowStore {
 public:
  static base::Result<WindowStore> Open(store::Database& database);

  base::Result<MonitorConfig> LoadConfig(const serve::EndpointName& endpoint);
  base::Result<void> SaveConfig(const serve::EndpointName& endpoint, const MonitorConfig& config,
                                std::string_view actor);

  /// End of the last window that was closed.
  base::Result<std::optional<base::Timestamp>> ClosedUntil(const serve::EndpointName& endpoint);
  /// There is nothing to report before `until`.
  base::Result<void> SkipUntil(const serve::EndpointName& endpoint, base::Timestamp until);
  /// Keeps the report, which gets its id and time, with its alarm, if any, and moves on to the end of the window.
  base::Result<void> CloseWindow(WindowReport& report, std::optional<Alarm>& alarm);
  /// Verdicts of the newest `limit` windows that had enough rows, newest first.
  base::Result<std::vector<bool>> LatestVerdicts(const serve::EndpointName& endpoint, int64_t limit);

  /// By `from`.
  base::Result<std::vector<WindowMark>> Marks(const serve::EndpointName& endpoint);
  /// Keeps the report's labels and performance. Alarms that this window raised before are taken out of the list.
  base::Result<void> SavePerformance(const WindowReport& report, std::vector<Alarm>& alarms);

  base::Result<std::vector<WindowReport>> Windows(const serve::EndpointName& endpoint, int64_t limit);
  base::Result<WindowReport> Window(const std::string& id);
  base::Result<std::vector<Alarm>> Alarms(const serve::EndpointName& endpoint, int64_t limit);
  base::Result<Alarm> GetAlarm(const std::string& id);

  /// Deletes windows and alarms; the configuration stays. With the audit entry.
  base::Result<void> Forget(const serve::EndpointName& endpoint, std::string_view actor);

  /// Alarms that nobody has taken yet, oldest first.
  base::Result<std::vector<Alarm>> UntakenAlarms();
  base::Result<void> MarkTaken(const std::string& alarm_id);

 private:
  explicit WindowStore(store::Database& database) : database_(&database) {}
  store::Database* database_;
};

}  // namespace gyre::monitor::internal
