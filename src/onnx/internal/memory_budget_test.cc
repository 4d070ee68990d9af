#include "onnx/internal/memory_budget.h"

#include <cstring>
#include <gtest/gtest.h>
#include <memory>
#include <new>

#include "onnx/internal/environment.h"

namespace gyre::onnx::internal {
namespace {

using BudgetPtr = std::unique_ptr<MemoryBudget, UnrefBudget>;

class MemoryBudgetTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = Environment::Open(nullptr);
    ASSERT_TRUE(opened) << opened.error().ToString();
    environment_ = *std::move(opened);
    allocator_ = BudgetAllocator(environment_->api());
  }

  void* Allocate(size_t bytes) { return allocator_->Alloc(allocator_, bytes); }
  void Free(void* block) { allocator_->Free(allocator_, block); }

  std::shared_ptr<const Environment> environment_;
  OrtAllocator* allocator_ = nullptr;
};

TEST_F(MemoryBudgetTest, ChargesBlocksToTheScopeTheyAreTakenIn) {
  const BudgetPtr outer(new MemoryBudget(0));
  const BudgetPtr inner(new MemoryBudget(0));
  void* unbudgeted = Allocate(100);
  const BudgetScope outer_scope(outer.get());
  void* first = Allocate(1000);
  void* second = nullptr;
  {
    const BudgetScope inner_scope(inner.get());
    second = Allocate(500);
  }
  void* third = Allocate(1);
  EXPECT_EQ(outer->used(), 1001);
  EXPECT_EQ(inner->used(), 500);
  for (void* block : {unbudgeted, first, second, third}) Free(block);
  EXPECT_EQ(outer->used(), 0);
  EXPECT_EQ(inner->used(), 0);
}

TEST_F(MemoryBudgetTest, RefusesWhatWouldPassTheLimitAndCountsIt) {
  const BudgetPtr budget(new MemoryBudget(1000));
  const BudgetScope scope(budget.get());
  void* block = Allocate(900);
  EXPECT_THROW(Allocate(101), std::bad_alloc);
  EXPECT_EQ(budget->refusals(), 1);
  EXPECT_EQ(budget->used(), 900);
  void* rest = Allocate(100);
  Free(block);
  Free(rest);
  EXPECT_EQ(budget->used(), 0);
}

TEST_F(MemoryBudgetTest, RefusesHopelessSizesAndGivesNothingForNothing) {
  EXPECT_THROW(Allocate(SIZE_MAX), std::bad_alloc);
  EXPECT_THROW(Allocate(size_t{1} << 40), std::bad_alloc);
  EXPECT_EQ(Allocate(0), nullptr);
  Free(nullptr);
}

TEST_F(MemoryBudgetTest, BlocksAreAlignedForVectorInstructions) {
  for (const size_t bytes : {1, 63, 64, 65, 4097}) {
    void* block = Allocate(bytes);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % 64, 0) << bytes;
    std::memset(block, 1, bytes);
    Free(block);
  }
}

TEST_F(MemoryBudgetTest, ABlockMayOutliveTheSessionItWasChargedTo) {
  BudgetPtr budget(new MemoryBudget(0));
  void* block = nullptr;
  {
    const BudgetScope scope(budget.get());
    block = Allocate(64);
  }
  budget.reset();
  Free(block);  // the sanitizers would tell if the counter were gone
}

}  // namespace
}  // namespace gyre::onnx::internal
