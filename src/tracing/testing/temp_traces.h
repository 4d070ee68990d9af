#pragma once

#include <filesystem>
#include <memory>

#include "base/file.h"
#include "base/testing/manual_clock.h"
#include "base/testing/seeded_entropy.h"
#include "store/database.h"
#include "tracing/traces.h"

namespace gyre::tracing::testing {

/// Traces on a real database in a temporary folder, with time that stands still and the same ids every time.
class TempTraces {
 public:
  TempTraces() { Reopen(); }

  /// Closes everything and opens it again, as a restart does.
  void Reopen() {
    traces_.reset();
    database_.reset();
    database_ = store::Database::Open({.path = folder_.path() / "meta.db"}, clock_, entropy_).value();
    traces_ = Traces::Open(*database_).value();
  }

  Traces& operator*() { return *traces_; }
  Traces* operator->() { return traces_.get(); }
  store::Database& database() { return *database_; }
  base::testing::ManualClock& clock() { return clock_; }

 private:
  base::TempFolder folder_ =
      base::TempFolder::Make(std::filesystem::temp_directory_path(), "gyre-tracing-test").value();
  base::testing::ManualClock clock_{base::ParseTimestamp("2013-10-01").value()};
  base::testing::SeededEntropy entropy_{7};
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<Traces> traces_;
};

}  // namespace gyre::tracing::testing
