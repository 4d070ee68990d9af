#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "store/audit.h"
#include "store/database.h"

namespace gyre::govern {

struct AuditEvent {
  store::AuditRecord record;
  std::optional<base::Json> details;  ///< nothing once redacted

  base::Json ToJson() const;
};

struct AuditFilter {
  std::string object_type;  ///< all if empty
  std::string object_id;
  int64_t after_sequence = 0;
  int64_t limit = 100;
};

/// What a walk over the whole chain found.
struct AuditVerdict {
  int64_t records = 0;
  int64_t redacted = 0;                 ///< whose details are gone; the chain still holds
  std::optional<int64_t> first_broken;  ///< sequence of the first record that is not what was appended
  std::string problem;                  ///< what is wrong with it
  base::Digest head;  ///< hash of the last good record: note it elsewhere to prove nothing was cut off

  bool intact() const { return !first_broken; }
  base::Json ToJson() const;
};

/// Reads and proves what `store::Transaction::Audit` appended. Thread-safe.
class AuditTrail {
 public:
  explicit AuditTrail(store::Database& database) : database_(database) {}

  /// In order of sequence.
  base::Result<std::vector<AuditEvent>> List(const AuditFilter& filter);

  /// Recomputes every link and every details digest. A chain alone cannot show that its end was cut off: compare `head`
  /// and `records` with ones noted before.
  base::Result<AuditVerdict> Verify();

 private:
  store::Database& database_;
};

}  // namespace gyre::govern
