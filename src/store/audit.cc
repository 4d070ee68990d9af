#include "store/audit.h"

namespace gyre::store {
namespace {

void AddField(std::string& message, std::string_view field) {
  message += fmt::format("{}:", field.size());
  message += field;
}

std::string_view BytesOf(const base::Digest& digest) {
  return {reinterpret_cast<const char*>(digest.bytes().data()), digest.bytes().size()};
}

}  // namespace

base::Digest HashAuditRecord(const AuditRecord& record) {
  std::string message;
  AddField(message, "gyre-audit-1");
  AddField(message, BytesOf(record.previous));
  AddField(message, std::to_string(record.sequence));
  AddField(message, std::to_string(base::ToMicros(record.time)));
  AddField(message, record.actor);
  AddField(message, record.action);
  AddField(message, record.object_type);
  AddField(message, record.object_id);
  AddField(message, BytesOf(record.details_digest));
  return base::Sha256Of(std::string_view(message));
}

base::Digest DigestAuditDetails(std::string_view salt, std::string_view details_json) {
  return base::HmacSha256(salt, details_json);
}

}  // namespace gyre::store
