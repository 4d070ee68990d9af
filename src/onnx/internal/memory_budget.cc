#include "onnx/internal/memory_budget.h"

#include <cstdlib>
#include <new>

namespace gyre::onnx::internal {
namespace {

/// Kernels expect tensors on cache-line boundaries.
constexpr size_t kAlignment = 64;
/// No tensor is this large (256 GiB): refused at once rather than promised by an overcommitting system.
constexpr size_t kHopelessBytes = size_t{1} << 38;

struct alignas(kAlignment) BlockHeader {
  MemoryBudget* budget;
  size_t bytes;
};

thread_local MemoryBudget* charged = nullptr;

/// ONNX Runtime is told of a failed allocation as its own allocator tells it, by std::bad_alloc, which it turns into a
/// status; its kernels write to a null pointer.
void* Allocate(OrtAllocator*, size_t bytes) {
  if (bytes == 0) return nullptr;
  if (bytes > kHopelessBytes) throw std::bad_alloc();
  MemoryBudget* budget = charged;
  if (budget != nullptr && !budget->Take(bytes)) throw std::bad_alloc();
  const size_t whole = (sizeof(BlockHeader) + bytes + kAlignment - 1) / kAlignment * kAlignment;
  void* block = std::aligned_alloc(kAlignment, whole);
  if (block == nullptr) {
    if (budget != nullptr) budget->Give(bytes);
    throw std::bad_alloc();
  }
  if (budget != nullptr) budget->Ref();
  return new (block) BlockHeader{budget, bytes} + 1;
}

void Free(OrtAllocator*, void* memory) {
  if (memory == nullptr) return;
  auto* header = static_cast<BlockHeader*>(memory) - 1;
  if (header->budget != nullptr) {
    header->budget->Give(header->bytes);
    header->budget->Unref();
  }
  std::free(header);
}

struct Allocator : OrtAllocator {
  OrtMemoryInfo* memory_info = nullptr;
};

const OrtMemoryInfo* Info(const OrtAllocator* allocator) {
  return static_cast<const Allocator*>(allocator)->memory_info;
}

Allocator* MakeAllocator(const OrtApi& api) {
  auto* made = new Allocator();
  made->version = ORT_API_VERSION;
  made->Alloc = Allocate;
  made->Free = Free;
  made->Info = Info;
  OrtStatus* failed = api.CreateCpuMemoryInfo(OrtDeviceAllocator, OrtMemTypeDefault, &made->memory_info);
  if (failed != nullptr) api.ReleaseStatus(failed);
  return made;
}

}  // namespace

bool MemoryBudget::Take(uint64_t bytes) {
  const uint64_t before = used_.fetch_add(bytes, std::memory_order_relaxed);
  if (limit_ == 0 || before + bytes <= limit_) return true;
  used_.fetch_sub(bytes, std::memory_order_relaxed);
  refusals_.fetch_add(1, std::memory_order_relaxed);
  return false;
}

BudgetScope::BudgetScope(MemoryBudget* budget) : outer_(charged) {
  charged = budget;
}

BudgetScope::~BudgetScope() {
  charged = outer_;
}

OrtAllocator* BudgetAllocator(const OrtApi& api) {
  static Allocator* const allocator = MakeAllocator(api);
  return allocator;
}

}  // namespace gyre::onnx::internal
