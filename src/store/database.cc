#include "store/database.h"

#include "store/internal/group_commit.h"

namespace gyre::store {
namespace {

using internal::SqliteConnection;

class SqliteDatabase final : public Database {
 public:
  SqliteDatabase(std::unique_ptr<SqliteConnection> writer, std::vector<std::unique_ptr<SqliteConnection>> readers,
                 const base::Clock& clock, base::Entropy& entropy)
      : writer_(std::move(writer), clock, entropy), reader_count_(readers.size()), idle_readers_(std::move(readers)) {}
  ~SqliteDatabase() override { Stop(); }

  base::Result<void> Migrate(std::span<const Migration> migrations) override;
  base::Result<void> RunWrite(const std::function<base::Result<void>(Transaction&)>& work) override {
    return writer_.Run(work);
  }
  base::Result<void> RunRead(const std::function<base::Result<void>(Reader&)>& work) override;
  void Stop() override;

 private:
  base::Result<std::unique_ptr<SqliteConnection>> TakeReader();
  void ReturnReader(std::unique_ptr<SqliteConnection> reader);

  internal::GroupCommit writer_;
  const size_t reader_count_;
  std::mutex mutex_;
  std::condition_variable reader_idle_;
  std::vector<std::unique_ptr<SqliteConnection>> idle_readers_;
  bool stopped_ = false;
};

base::Result<std::unique_ptr<SqliteConnection>> SqliteDatabase::TakeReader() {
  std::unique_lock lock(mutex_);
  reader_idle_.wait(lock, [this] { return stopped_ || !idle_readers_.empty(); });
  if (stopped_) return base::Unavailable("the metadata database is closing");
  auto reader = std::move(idle_readers_.back());
  idle_readers_.pop_back();
  return reader;
}

void SqliteDatabase::ReturnReader(std::unique_ptr<SqliteConnection> reader) {
  {
    const std::lock_guard lock(mutex_);
    idle_readers_.push_back(std::move(reader));
  }
  reader_idle_.notify_all();
}

base::Result<void> SqliteDatabase::RunRead(const std::function<base::Result<void>(Reader&)>& work) {
  auto connection = TRY(TakeReader());
  auto outcome = connection->Script("BEGIN");
  if (outcome) {
    internal::SqliteReader reader(*connection);
    outcome = work(reader);
    const auto ended = connection->Script("COMMIT");
    if (outcome) outcome = ended;
  }
  ReturnReader(std::move(connection));
  return outcome;
}

base::Result<void> SqliteDatabase::Migrate(std::span<const Migration> migrations) {
  if (migrations.empty()) return base::Ok();
  const std::string module(migrations.front().module);
  return RunWrite([&](Transaction& transaction) -> base::Result<void> {
    const auto applied = TRY(transaction.QueryOne(
        "SELECT COALESCE(MAX(version), 0) FROM schema_migrations WHERE module = ?1",
        [](const Row& row) { return row.Int(0); }, module));
    const int64_t current = applied.value_or(0);
    if (current > migrations.back().version) {
      return base::FailedPrecondition(
          fmt::format("the metadata of '{}' was written by a newer gyre (schema {}, this one knows {}); "
                      "start that version instead",
                      module, current, migrations.back().version),
          module);
    }
    for (const auto& migration : migrations) {
      if (migration.version <= current) continue;
      TRY(static_cast<internal::SqliteTransaction&>(transaction).Script(migration.sql));
      TRY(transaction.Execute("INSERT INTO schema_migrations(module, version, applied_at) VALUES (?1, ?2, ?3)", module,
                              migration.version, base::ToMicros(transaction.Now())));
    }
    return base::Ok();
  });
}

void SqliteDatabase::Stop() {
  writer_.Stop();
  std::unique_lock lock(mutex_);
  stopped_ = true;
  reader_idle_.notify_all();
  reader_idle_.wait(lock, [this] { return idle_readers_.size() == reader_count_; });
}

}  // namespace

base::Result<std::unique_ptr<Database>> Database::Open(const Options& options, const base::Clock& clock,
                                                       base::Entropy& entropy) {
  auto writer = TRY(SqliteConnection::Open(options.path, SqliteConnection::Mode::kReadWrite));
  TRY(writer->Script("PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=2000;"));
  TRY(writer->Script(options.durability == Durability::kFull ? "PRAGMA synchronous=FULL"
                                                             : "PRAGMA synchronous=NORMAL"));
  TRY(writer->Script(internal::kStoreSchema));
  std::vector<std::unique_ptr<SqliteConnection>> readers;
  for (size_t i = 0; i < std::max<size_t>(1, options.readers); ++i) {
    readers.push_back(TRY(SqliteConnection::Open(options.path, SqliteConnection::Mode::kReadOnly)));
  }
  return std::unique_ptr<Database>(
      std::make_unique<SqliteDatabase>(std::move(writer), std::move(readers), clock, entropy));
}

}  // namespace gyre::store
