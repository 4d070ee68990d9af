#include "monitor/internal/byte_ring.h"

#include <gtest/gtest.h>

#include "stats/random.h"

namespace gyre::monitor::internal {
namespace {

void Push(ByteRing& ring, const std::string& record) {
  char* place = ring.Reserve(record.size());
  ASSERT_NE(place, nullptr);
  std::memcpy(place, record.data(), record.size());
  ring.Publish();
}

std::vector<std::string> Drain(ByteRing& ring) {
  std::vector<std::string> records;
  ring.Drain([&](std::string_view record) { records.emplace_back(record); });
  return records;
}

TEST(ByteRing, GivesBackWhatWasPublishedInOrder) {
  ByteRing ring(1024);
  EXPECT_TRUE(Drain(ring).empty());
  Push(ring, "one");
  Push(ring, "");
  Push(ring, "three");
  EXPECT_EQ(Drain(ring), (std::vector<std::string>{"one", "", "three"}));
  EXPECT_TRUE(Drain(ring).empty());
}

TEST(ByteRing, NothingIsSeenBeforeItIsPublished) {
  ByteRing ring(1024);
  ASSERT_NE(ring.Reserve(10), nullptr);
  EXPECT_TRUE(Drain(ring).empty());
  ring.Publish();
  EXPECT_EQ(Drain(ring).size(), 1U);
}

TEST(ByteRing, AFullRingRefusesUntilItIsDrained) {
  ByteRing ring(256);
  int taken = 0;
  while (ring.Reserve(20) != nullptr) ++taken;
  ring.Publish();
  EXPECT_EQ(taken, 256 / 32) << "20 bytes take 24 and 8 for the length";
  EXPECT_EQ(Drain(ring).size(), static_cast<size_t>(taken));
  EXPECT_NE(ring.Reserve(20), nullptr);
}

TEST(ByteRing, ARecordOverHalfTheRingNeverFits) {
  ByteRing ring(256);
  EXPECT_EQ(ring.Reserve(129), nullptr);
  EXPECT_NE(ring.Reserve(100), nullptr);
}

TEST(ByteRing, RecordsOfAnyLengthStayWholeAcrossTheEnd) {
  ByteRing ring(512);
  stats::Random random(5);
  for (int round = 0; round < 5000; ++round) {
    std::vector<std::string> sent;
    for (uint64_t i = random.Below(4); i > 0; --i) {
      std::string record(random.Below(90), static_cast<char>('a' + round % 26));
      char* place = ring.Reserve(record.size());
      if (place == nullptr) break;
      std::memcpy(place, record.data(), record.size());
      sent.push_back(std::move(record));
    }
    ring.Publish();
    ASSERT_EQ(Drain(ring), sent) << "round " << round;
  }
}

TEST(ByteRing, OneThreadProducesWhileAnotherConsumes) {
  ByteRing ring(1 << 12);
  constexpr uint64_t kRecords = 200'000;
  std::thread producer([&] {
    for (uint64_t i = 0; i < kRecords;) {
      const size_t bytes = 8 + i % 40;
      char* place = ring.Reserve(bytes);
      if (place == nullptr) {
        std::this_thread::yield();
        continue;
      }
      std::memset(place, static_cast<int>(i & 0xFF), bytes);
      std::memcpy(place, &i, sizeof(i));
      ring.Publish();
      ++i;
    }
  });
  uint64_t next = 0;
  uint64_t wrong = 0;
  while (next < kRecords) {
    ring.Drain([&](std::string_view record) {
      uint64_t number = 0;
      std::memcpy(&number, record.data(), sizeof(number));
      const bool whole = number == next && record.size() == 8 + next % 40 &&
                         record.substr(8).find_first_not_of(static_cast<char>(next & 0xFF)) == std::string_view::npos;
      wrong += whole ? 0 : 1;
      ++next;
    });
  }
  producer.join();
  EXPECT_EQ(wrong, 0U);
}

}  // namespace
}  // namespace gyre::monitor::internal
