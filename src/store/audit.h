#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/json.h"
#include "base/time.h"

namespace gyre::store {

/// One link of the audit chain, as stored. The chain covers everything but `details` and `salt`, of which only the
/// salted digest is in it: so details can be redacted, and their salt destroyed, and the chain still verifies.
struct AuditRecord {
  int64_t sequence = 0;  ///< from 1, without gaps
  base::Timestamp time;
  std::string actor;
  std::string action;
  std::string object_type;
  std::string object_id;
  base::Digest details_digest;  ///< HMAC-SHA-256 of the details under the salt
  base::Digest previous;        ///< hash of the record before; zero for the first
  base::Digest hash;
};

/// SHA-256 over "gyre-audit-1", the previous hash and every field, each with its length before it.
base::Digest HashAuditRecord(const AuditRecord& record);

base::Digest DigestAuditDetails(std::string_view salt, std::string_view details_json);

}  // namespace gyre::store
