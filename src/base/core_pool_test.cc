#include "base/core_pool.h"

#include <gtest/gtest.h>
#include <thread>

namespace gyre::base {
namespace {

TEST(CorePool, LendsEachThingToOneHolderAtATime) {
  struct Thing {
    std::atomic<int> holders = 0;
    int used = 0;
  };
  CorePool<Thing> pool;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&pool] {
      for (int n = 0; n < 5000; ++n) {
        auto lease = pool.Take();
        if (lease.get() == nullptr) lease.Set(std::make_unique<Thing>());
        ASSERT_EQ(lease->holders++, 0);
        ++lease->used;
        lease->holders--;
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

TEST(CorePool, KeepsWhatWasMadeAndThrowsAwayWhatIsTooMany) {
  CorePool<int> pool;
  std::vector<CorePool<int>::Lease> leases;
  const size_t many = 2 * CoreSlots() + 3;
  for (size_t i = 0; i < many; ++i) {
    leases.push_back(pool.Take());
    ASSERT_EQ(leases.back().get(), nullptr);
    leases.back().Set(std::make_unique<int>(static_cast<int>(i)));
  }
  leases.clear();
  size_t kept = 0;
  for (size_t i = 0; i < many; ++i) {
    leases.push_back(pool.Take());
    kept += leases.back().get() != nullptr ? 1 : 0;
  }
  EXPECT_EQ(kept, 2 * CoreSlots());
}

}  // namespace
}  // namespace gyre::base
