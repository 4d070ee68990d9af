// What the log does when the process is killed, the disk is full, or many threads are at it at once.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "monitor/testing/temp_log.h"

namespace gyre::monitor {
namespace {

using testing::SampleRow;
using testing::TempLog;

const serve::EndpointName kRain("rain");
constexpr const char* kChildFolder = "GYRE_TEST_LOG_FOLDER";
constexpr const char* kChildNotes = "GYRE_TEST_LOG_NOTES";

int64_t MonotonicMicros() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
}

/// What the killed child did, in memory that outlives it.
struct Notes {
  static constexpr size_t kCapacity = 2'000'000;
  struct Offered {
    serve::PredictionId id;
    int64_t at;
  };
  std::atomic<uint64_t> offered{0};
  std::atomic<int64_t> longest_pause{0};  ///< that the machine made the child wait beyond what it asked for
  std::array<Offered, kCapacity> rows;
};

Notes* MapNotes(const std::filesystem::path& path) {
  base::UniqueFd fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  EXPECT_EQ(ftruncate(fd.get(), sizeof(Notes)), 0);
  void* map = mmap(nullptr, sizeof(Notes), PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  return map == MAP_FAILED ? nullptr : static_cast<Notes*>(map);
}

/// Not a test of its own: what the child of the kill test runs until it is killed.
TEST(PredictionLogChild, DISABLED_OffersUntilKilled) {
  const char* folder = getenv(kChildFolder);
  const char* notes_path = getenv(kChildNotes);
  if (folder == nullptr || notes_path == nullptr) GTEST_SKIP() << "runs as a child only";
  Notes* notes = MapNotes(notes_path);
  base::SystemClock clock;
  base::SystemEntropy entropy;
  base::Metrics metrics;
  base::Logger logger({.level = base::LogLevel::kOff});
  // Small segments, so that it is killed while sealing, too.
  const auto log =
      PredictionLog::Open({.folder = folder, .seal_bytes = 200'000}, {clock, entropy, metrics, logger}).value();
  const std::jthread watch([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const int64_t before = MonotonicMicros();
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      notes->longest_pause = std::max(notes->longest_pause.load(), MonotonicMicros() - before - 5000);
    }
  });
  while (true) {
    const testing::SampleBatch batch("rain", {{.event_time = clock.Now()}}, clock.Now(), entropy);
    if (!log->Offer(batch.Get())) continue;
    const uint64_t n = notes->offered.load();
    if (n == Notes::kCapacity) continue;
    notes->rows[n] = {batch.id(), MonotonicMicros()};
    notes->offered.store(n + 1);
    if (n % 50 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

class Child {
 public:
  Child(const std::filesystem::path& folder, const std::filesystem::path& notes) {
    setenv(kChildFolder, folder.c_str(), 1);
    setenv(kChildNotes, notes.c_str(), 1);
    std::array<std::string, 4> words = {"monitor_test", "--gtest_filter=PredictionLogChild.*",
                                        "--gtest_also_run_disabled_tests", "--gtest_brief=1"};
    std::array<char*, 5> arguments = {words[0].data(), words[1].data(), words[2].data(), words[3].data(), nullptr};
    EXPECT_EQ(posix_spawn(&pid_, "/proc/self/exe", nullptr, nullptr, arguments.data(), environ), 0);
  }
  /// When it was surely gone.
  int64_t Kill() const {
    kill(pid_, SIGKILL);
    int status = 0;
    waitpid(pid_, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "it ended by itself";
    return MonotonicMicros();
  }

 private:
  pid_t pid_ = -1;
};

TEST(PredictionLogFault, KillLosesNoMoreThanTheLastMomentAndRepeatsNothing) {
  for (int round = 0; round < 6; ++round) {
    TempLog log;
    log.Close();
    const auto notes_path = log.folder().parent_path() / "notes";
    Notes* notes = MapNotes(notes_path);
    ASSERT_NE(notes, nullptr);
    const Child child(log.folder(), notes_path);
    while (notes->offered.load() == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::this_thread::sleep_for(std::chrono::milliseconds(150 + 170 * round));
    const int64_t killed = child.Kill();

    log.Reopen();
    std::vector<serve::PredictionId> ids;
    const uint64_t offered = notes->offered.load();
    for (uint64_t i = 0; i < offered; ++i) ids.push_back(notes->rows[i].id);
    const auto found = log->Find(kRain, ids).value();
    const int64_t allowed = 100'000 + notes->longest_pause.load();
    int64_t kept = 0;
    int64_t too_old = 0;
    for (uint64_t i = 0; i < offered; ++i) {
      if (found[i]) ++kept;
      if (!found[i] && killed - notes->rows[i].at > allowed) ++too_old;
    }
    EXPECT_EQ(too_old, 0) << "of " << offered << " rows, " << kept << " kept, allowed " << allowed << " us";
    ASSERT_TRUE(log->Seal(kRain));
    auto view = log->View(kRain, {}).value();
    const auto counts = view.connection.Query("SELECT count(*), count(DISTINCT prediction_id) FROM log").value();
    EXPECT_EQ(counts.columns[0].integers[0], counts.columns[1].integers[0]) << "rows came twice";
    EXPECT_GE(counts.columns[0].integers[0], kept);
    munmap(notes, sizeof(Notes));
  }
}

/// While it lives no file may grow over `bytes`, as on a disk that is full.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() { setrlimit(RLIMIT_FSIZE, &before_); }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
};

int64_t RowsOf(PredictionLog& log) {
  auto view = log.View(kRain, {}).value();
  return view.connection.Query("SELECT count(*) FROM log").value().columns[0].integers[0];
}

TEST(PredictionLogFault, AFullDiskDropsAndCountsAndRecovers) {
  TempLog log;
  const std::vector<SampleRow> rows(10, {.event_time = log.clock().Now()});
  int64_t offered = 0;
  const auto add = [&](int batches) {
    for (int i = 0; i < batches; ++i) {
      offered += static_cast<int64_t>(log.Add(rows).size());
      log->Flush();
    }
  };
  add(5);
  {
    const FullDisk full(20'000);
    add(50);
    EXPECT_GT(log->dropped(kRain), 100U);
  }
  {
    const FullDisk fuller(100);
    EXPECT_FALSE(log->Seal(kRain)) << "there is no room for Parquet";
  }
  const auto dropped = static_cast<int64_t>(log->dropped(kRain));
  add(5);
  EXPECT_EQ(log->dropped(kRain), static_cast<uint64_t>(dropped)) << "it writes again";
  EXPECT_EQ(RowsOf(*log), offered - dropped);
  ASSERT_TRUE(log->Seal(kRain));
  EXPECT_EQ(RowsOf(*log), offered - dropped);
  log.Reopen();
  EXPECT_EQ(RowsOf(*log), offered - dropped);
}

TEST(PredictionLogFault, NoRoomForEvenTheFirstBlockIsNoHarm) {
  TempLog log;
  {
    const FullDisk full(10);
    EXPECT_EQ(log.Add({{.event_time = log.clock().Now()}}).size(), 1U);
    log->Flush();
    EXPECT_EQ(log->dropped(kRain), 1U);
  }
  log.Add({{.event_time = log.clock().Now()}});
  ASSERT_TRUE(log->Seal(kRain));
  EXPECT_EQ(RowsOf(*log), 1);
}

TEST(PredictionLogFault, ManyThreadsOfferWhileOthersSealViewAndFind) {
  TempLog log;
  log.options().seal_bytes = 100'000;
  log.options().ring_bytes = 1 << 18;
  log.Reopen();
  constexpr int kThreads = 4;
  constexpr int kBatches = 400;
  std::atomic<int64_t> taken{0};
  std::atomic<bool> done{false};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      base::SystemEntropy entropy;
      for (int i = 0; i < kBatches; ++i) {
        const auto signature = testing::WeatherSignature();
        const testing::SampleBatch batch(
            t % 2 == 0 ? "rain" : "snow",
            {{.event_time = log.clock().Now(), .version = i / 100 + 1}, {.event_time = log.clock().Now()}},
            log.clock().Now(), entropy, signature);
        if (log->Offer(batch.Get())) taken += 2;
        if (i % 40 == 0) log.clock().Advance(std::chrono::seconds(1));
      }
    });
  }
  std::thread reader([&] {
    while (!done) {
      EXPECT_TRUE(log->Seal(kRain));
      EXPECT_TRUE(log->View(kRain, {}));
      EXPECT_TRUE(log->Find(kRain, std::vector<serve::PredictionId>(3)));
      static_cast<void>(log->Watermark(kRain));
    }
  });
  for (auto& thread : threads) thread.join();
  done = true;
  reader.join();
  log->Stop();
  int64_t rows = RowsOf(*log);
  auto view = log->View(serve::EndpointName("snow"), {}).value();
  rows += view.connection.Query("SELECT count(*) FROM log").value().columns[0].integers[0];
  EXPECT_EQ(rows, taken);
  EXPECT_EQ(log->dropped(kRain) + log->dropped(serve::EndpointName("snow")),
            static_cast<uint64_t>(kThreads * kBatches * 2 - taken));
}

}  // namespace
}  // namespace gyre::monitor
