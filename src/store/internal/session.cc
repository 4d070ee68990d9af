#include "store/internal/session.h"

#include "store/audit.h"

namespace gyre::store::internal {
namespace {

std::string_view BytesOf(const base::Digest& digest) {
  return {reinterpret_cast<const char*>(digest.bytes().data()), digest.bytes().size()};
}

base::Digest DigestFrom(std::string_view bytes) {
  std::array<unsigned char, 32> digest{};
  std::copy_n(bytes.begin(), std::min(bytes.size(), digest.size()), digest.begin());
  return base::Digest(digest);
}

}  // namespace

base::Result<void> SqliteTransaction::Audit(const AuditEntry& entry) {
  AuditRecord record;
  record.sequence = 1;
  TRY(Query("SELECT sequence, hash FROM audit_log ORDER BY sequence DESC LIMIT 1",
            [&](const Row& last) -> base::Result<void> {
              record.sequence = last.Int(0) + 1;
              record.previous = DigestFrom(last.Bytes(1));
              return base::Ok();
            }));
  std::array<unsigned char, 16> salt_bytes{};
  entropy_.Fill(salt_bytes);
  const std::string salt(salt_bytes.begin(), salt_bytes.end());
  const std::string details = base::DumpJson(entry.details);
  record.time = Now();
  record.actor = entry.actor;
  record.action = entry.action;
  record.object_type = entry.object_type;
  record.object_id = entry.object_id;
  record.details_digest = DigestAuditDetails(salt, details);
  record.hash = HashAuditRecord(record);
  TRY(Execute(
      "INSERT INTO audit_log(sequence, time, actor, action, object_type, object_id, details_digest, previous, hash) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
      record.sequence, base::ToMicros(record.time), record.actor, record.action, record.object_type, record.object_id,
      BlobView{BytesOf(record.details_digest)}, BlobView{BytesOf(record.previous)}, BlobView{BytesOf(record.hash)}));
  TRY(Execute("INSERT INTO audit_details(sequence, salt, details) VALUES (?1, ?2, ?3)", record.sequence, BlobView{salt},
              details));
  return base::Ok();
}

}  // namespace gyre::store::internal
