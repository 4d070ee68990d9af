// Counts what this thread allocates: `operator new` is replaced for the whole test program. Not inlined, because GCC
// would take the two halves for a mismatched pair.
#include <cstdlib>
#include <gtest/gtest.h>
#include <new>
#include <sched.h>

#include "base/testing/manual_clock.h"
#include "base/testing/seeded_entropy.h"
#include "serve/predictor.h"
#include "serve/testing/fake_model.h"
#include "serve/testing/weather.h"

namespace {

thread_local uint64_t allocations = 0;

void* Allocate(std::size_t bytes, std::size_t alignment) {
  ++allocations;
  void* memory =
      std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment + (bytes == 0 ? alignment : 0));
  if (memory == nullptr) std::abort();
  return memory;
}

}  // namespace

[[gnu::noinline]] void* operator new(std::size_t bytes) {
  return Allocate(bytes, alignof(std::max_align_t));
}
[[gnu::noinline]] void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return Allocate(bytes, static_cast<std::size_t>(alignment));
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}

namespace gyre::serve {
namespace {

class CountingSink final : public PredictionSink {
 public:
  bool Offer(const PredictionBatch& batch) override {
    rows += batch.rows.size();
    return true;
  }
  size_t rows = 0;
};

/// Buffers are kept per core: a thread that stays on its core meets its own again.
void StayOnThisCore() {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(static_cast<size_t>(sched_getcpu()), &cores);
  ASSERT_EQ(sched_setaffinity(0, sizeof cores, &cores), 0);
}

class AllocationsTest : public ::testing::Test {
 protected:
  AllocationsTest() {
    CPU_ZERO(&before_);
    sched_getaffinity(0, sizeof before_, &before_);
    StayOnThisCore();
  }
  ~AllocationsTest() override { sched_setaffinity(0, sizeof before_, &before_); }

  static std::shared_ptr<const LoadedModel> Model(const std::string& version) {
    return testing::FakeModel(version, testing::WeatherSignature(),
                              [](const auto& row, std::span<float> probabilities) {
                                probabilities[1] = row.numbers[1] / 100;
                                probabilities[0] = 1 - probabilities[1];
                                return base::Ok();
                              });
  }
  /// Allocations of 1,000 requests after as many to warm up.
  uint64_t AllocationsOf(std::string_view body) {
    std::string answer;
    uint64_t before = 0;
    for (int i = 0; i < 2000; ++i) {
      if (i == 1000) before = allocations;
      answer.clear();
      if (!predictor_.PredictJson("rain", body, {}, answer)) return ~0ULL;
    }
    return allocations - before;
  }

  cpu_set_t before_;
  base::Metrics metrics_;
  Endpoints endpoints_{metrics_};
  CountingSink sink_;
  base::SystemClock clock_;
  base::SystemEntropy entropy_;
  Predictor predictor_{{}, {endpoints_, sink_, clock_, entropy_}};
};

constexpr std::string_view kPlain = R"({"temp":21.5,"humid":80,"origin":"JFK","pressure":1013.2})";
constexpr std::string_view kEscaped =
    R"([{"origin":"\u004aFK","humid":1.25e1,"temp":3,"event_time":"2013-10-01T05:00:00Z","key":"a\"b \ud83c\udf27"},)"
    R"({"temp":21.5,"humid":80,"origin":"JFK","pressure":null,"key":17,"event_time":1380603600123}])";

TEST_F(AllocationsTest, CountsAtAll) {
  const auto before = allocations;
  ::operator delete(::operator new(7));  // called by name: a new-expression may be optimized away
  EXPECT_EQ(allocations, before + 1);
}

TEST_F(AllocationsTest, ARequestAllocatesNothingInTheSteadyState) {
  ASSERT_TRUE(endpoints_.Install(EndpointName("rain"), {.champion = Model("rain/1")}));
  EXPECT_EQ(AllocationsOf(kPlain), 0u);
  EXPECT_EQ(AllocationsOf(kEscaped), 0u);
  EXPECT_EQ(sink_.rows, 2000u + 4000u);
}

TEST_F(AllocationsTest, NorDoesOneThroughACanary) {
  for (const bool paired : {true, false}) {
    ASSERT_TRUE(endpoints_.Install(
        EndpointName("rain"),
        {.champion = Model("rain/1"), .candidate = Model("rain/2"), .candidate_share = 0.5, .paired = paired}));
    EXPECT_EQ(AllocationsOf(kPlain), 0u);
    EXPECT_EQ(AllocationsOf(kEscaped), 0u);
  }
}

}  // namespace
}  // namespace gyre::serve
