#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "store/value.h"

namespace gyre::store {

using OnRow = std::function<base::Result<void>(const Row&)>;

/// A consistent view of the metadata. SQL is written once for SQLite and PostgreSQL: parameters are ?1, ?2, ...; only
/// the types TEXT, BIGINT, DOUBLE PRECISION and BLOB; ON CONFLICT for upserts; LIKE minds case; no vendor functions.
/// One thread at a time; lives only inside Database::Read or Write.
class Reader {
 public:
  virtual ~Reader() = default;

  /// Calls `on_row` per row until the end or its first error.
  template <class... Args>
  base::Result<void> Query(std::string_view sql, const OnRow& on_row, const Args&... args) {
    const std::array<Value, sizeof...(Args)> values = {ToValue(args)...};
    return RunQuery(sql, values, on_row);
  }

  /// The first row through `convert`, or nothing if there is none.
  template <class Convert, class... Args>
  auto QueryOne(std::string_view sql, const Convert& convert, const Args&... args)
      -> base::Result<std::optional<std::decay_t<decltype(convert(std::declval<const Row&>()))>>> {
    std::optional<std::decay_t<decltype(convert(std::declval<const Row&>()))>> found;
    const std::array<Value, sizeof...(Args)> values = {ToValue(args)...};
    TRY(RunQuery(sql, values, [&](const Row& row) -> base::Result<void> {
      if (!found) found = convert(row);
      return base::Ok();
    }));
    return found;
  }

  /// For parameter lists whose length is known at run time only.
  virtual base::Result<void> RunQuery(std::string_view sql, std::span<const Value> values, const OnRow& on_row) = 0;
};

/// One change of state, as the audit trail keeps it.
struct AuditEntry {
  std::string actor;        ///< who: "local", a user, "loop"
  std::string action;       ///< past tense: "model_version_registered"
  std::string object_type;  ///< "model_version"
  std::string object_id;    ///< "rain/3"
  base::Json details;  ///< what changed; may hold personal data: it is kept apart from the chain and can be redacted
};

/// Reads and changes that happen together or not at all.
class Transaction : public Reader {
 public:
  /// Returns the number of rows changed.
  template <class... Args>
  base::Result<int64_t> Execute(std::string_view sql, const Args&... args) {
    const std::array<Value, sizeof...(Args)> values = {ToValue(args)...};
    return RunExecute(sql, values);
  }
  virtual base::Result<int64_t> RunExecute(std::string_view sql, std::span<const Value> values) = 0;

  /// Appends to the audit chain in this transaction. Every change of state calls it once; metric points, predictions
  /// and online features do not.
  virtual base::Result<void> Audit(const AuditEntry& entry) = 0;

  /// The injected time and ids, so that a transaction needs nothing else.
  virtual base::Timestamp Now() const = 0;
  virtual std::string NewId() = 0;
};

/// Numbered steps of one module's schema, applied in order and remembered; a step once released never changes.
struct Migration {
  std::string_view module;
  int version = 0;  ///< from 1, without gaps
  std::string_view sql;
};

enum class Durability {
  kFull,     ///< an acknowledged write survives loss of power
  kRelaxed,  ///< it survives kill -9, but loss of power may take the last moments
};

/// The metadata database: SQLite in WAL mode behind one writer thread. Writers that wait at the same time are committed
/// together and share one fsync; readers see a consistent snapshot and never wait for writers. Thread-safe.
class Database {
 public:
  struct Options {
    std::filesystem::path path;
    Durability durability = Durability::kFull;
    size_t readers = 4;  ///< at most this many reads at once; more wait
  };
  /// `clock` and `entropy` must outlive the database.
  static base::Result<std::unique_ptr<Database>> Open(const Options& options, const base::Clock& clock,
                                                      base::Entropy& entropy);
  virtual ~Database() = default;

  /// Brings the schema up to date; call before anything else, once per module, with all its steps. Refuses a database
  /// that a newer program has migrated further.
  virtual base::Result<void> Migrate(std::span<const Migration> migrations) = 0;

  /// Runs `work` on the writer thread and returns once it is durable. An error undoes all of `work`. `work` must not
  /// block on anything but the transaction, nor call the database.
  virtual base::Result<void> RunWrite(const std::function<base::Result<void>(Transaction&)>& work) = 0;
  virtual base::Result<void> RunRead(const std::function<base::Result<void>(Reader&)>& work) = 0;

  /// The same for work that returns a Result<T>.
  template <class Work>
  auto Write(const Work& work) -> decltype(work(std::declval<Transaction&>())) {
    return Carry<decltype(work(std::declval<Transaction&>()))>(work, [this](const auto& inner) {
      return RunWrite([&](Transaction& transaction) { return inner(transaction); });
    });
  }
  template <class Work>
  auto Read(const Work& work) -> decltype(work(std::declval<Reader&>())) {
    return Carry<decltype(work(std::declval<Reader&>()))>(
        work, [this](const auto& inner) { return RunRead([&](Reader& reader) { return inner(reader); }); });
  }

  /// Finishes what is queued, folds the WAL into the database file, joins. Idempotent; later calls say kUnavailable.
  virtual void Stop() = 0;

 private:
  template <class R, class Work, class Run>
  static R Carry(const Work& work, const Run& run) {
    std::optional<R> outcome;
    const auto carry = [&](auto& session) -> base::Result<void> {
      outcome.emplace(work(session));
      if (!*outcome) return outcome->error();
      return base::Ok();
    };
    const base::Result<void> ran = run(carry);
    if (!ran) return ran.error();
    return std::move(*outcome);
  }
};

}  // namespace gyre::store
