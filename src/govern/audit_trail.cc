#include "govern/audit_trail.h"

namespace gyre::govern {
namespace {

constexpr std::string_view kColumns =
    "l.sequence, l.time, l.actor, l.action, l.object_type, l.object_id, l.details_digest, l.previous, l.hash, "
    "d.details, d.salt";
constexpr int kDetails = 9;
constexpr int kSalt = 10;

base::Digest DigestAt(const store::Row& row, int column) {
  std::array<unsigned char, 32> bytes{};
  const auto stored = row.Bytes(column);
  std::copy_n(stored.begin(), std::min(stored.size(), bytes.size()), bytes.begin());
  return base::Digest(bytes);
}

store::AuditRecord RecordFrom(const store::Row& row) {
  return {.sequence = row.Int(0),
          .time = base::FromMicros(row.Int(1)),
          .actor = row.String(2),
          .action = row.String(3),
          .object_type = row.String(4),
          .object_id = row.String(5),
          .details_digest = DigestAt(row, 6),
          .previous = DigestAt(row, 7),
          .hash = DigestAt(row, 8)};
}

/// What is wrong with a record, given the one before it; empty if nothing.
std::string Problem(const store::AuditRecord& record, const store::Row& row, int64_t expected_sequence,
                    const base::Digest& previous) {
  if (record.sequence != expected_sequence) return fmt::format("record {} is missing", expected_sequence);
  if (record.previous != previous) return "it does not follow the record before it";
  if (store::HashAuditRecord(record) != record.hash) return "its fields are not those that were appended";
  const bool redacted = row.IsNull(kDetails) || row.IsNull(kSalt);
  if (!redacted && store::DigestAuditDetails(row.Bytes(kSalt), row.Text(kDetails)) != record.details_digest) {
    return "its details are not those that were appended";
  }
  return {};
}

}  // namespace

base::Json AuditEvent::ToJson() const {
  return {{"sequence", record.sequence},
          {"time", base::FormatTimestamp(record.time)},
          {"actor", record.actor},
          {"action", record.action},
          {"object_type", record.object_type},
          {"object_id", record.object_id},
          {"details", details ? *details : base::Json(nullptr)},
          {"hash", record.hash.ToHex()}};
}

base::Json AuditVerdict::ToJson() const {
  base::Json json = {{"intact", intact()}, {"records", records}, {"redacted", redacted}, {"head", head.ToHex()}};
  if (first_broken) {
    json["first_broken"] = *first_broken;
    json["problem"] = problem;
  }
  return json;
}

base::Result<std::vector<AuditEvent>> AuditTrail::List(const AuditFilter& filter) {
  std::vector<AuditEvent> events;
  TRY(database_.Read([&](store::Reader& reader) {
    const auto sql = fmt::format(
        "SELECT {} FROM audit_log l LEFT JOIN audit_details d ON d.sequence = l.sequence WHERE l.sequence > ?1 AND "
        "(?2 = '' OR l.object_type = ?2) AND (?3 = '' OR l.object_id = ?3) ORDER BY l.sequence LIMIT ?4",
        kColumns);
    return reader.Query(
        sql,
        [&](const store::Row& row) -> base::Result<void> {
          AuditEvent event{RecordFrom(row), std::nullopt};
          if (!row.IsNull(kDetails))
            event.details = TRY(base::ParseJson(row.Text(kDetails), "the details of an audit record"));
          events.push_back(std::move(event));
          return base::Ok();
        },
        filter.after_sequence, filter.object_type, filter.object_id, filter.limit);
  }));
  return events;
}

base::Result<AuditVerdict> AuditTrail::Verify() {
  AuditVerdict verdict;
  TRY(database_.Read([&](store::Reader& reader) {
    const auto sql = fmt::format(
        "SELECT {} FROM audit_log l LEFT JOIN audit_details d ON d.sequence = l.sequence ORDER BY l.sequence",
        kColumns);
    return reader.Query(sql, [&](const store::Row& row) -> base::Result<void> {
      if (verdict.first_broken) return base::Ok();
      const auto record = RecordFrom(row);
      auto problem = Problem(record, row, verdict.records + 1, verdict.head);
      if (!problem.empty()) {
        verdict.first_broken = verdict.records + 1;
        verdict.problem = std::move(problem);
        return base::Ok();
      }
      ++verdict.records;
      if (row.IsNull(kDetails)) ++verdict.redacted;
      verdict.head = record.hash;
      return base::Ok();
    });
  }));
  return verdict;
}

}  // namespace gyre::govern
