#include "govern/internal/sweep.h"

#include <algorithm>

#include "data/holdings.h"
#include "pipeline/holdings.h"
#include "registry/holdings.h"

namespace gyre::govern::internal {
namespace {

constexpr size_t kReportEvery = 256;

void Add(artifacts::Amount& amount, uint64_t bytes) {
  ++amount.files;
  amount.bytes += bytes;
}

}  // namespace

base::Result<NamedBlobs> NamedBlobs::Find(store::Database& database, const std::vector<std::string>& without) {
  NamedBlobs named;
  const auto note = [&](const base::Digest& digest) { named.digests_.push_back(digest); };
  TRY(database.Read([&](store::Reader& reader) -> base::Result<void> {
    TRY(data::NameBlobs(reader, note));
    TRY(registry::NameBlobs(reader, note));
    TRY(pipeline::NameBlobs(reader, note));
    return artifacts::ArtifactStore::NameBlobs(reader, note, without);
  }));
  std::ranges::sort(named.digests_);
  const auto repeated = std::ranges::unique(named.digests_);
  named.digests_.erase(repeated.begin(), repeated.end());
  return named;
}

bool NamedBlobs::Contains(const base::Digest& digest) const {
  return std::ranges::binary_search(digests_, digest);
}

base::Result<void> Sweep(blob::Collection& collection, const NamedBlobs& named, bool dry_run,
                         const base::Cancellation& cancel, const std::function<void(double)>& on_progress,
                         SweepCounts& counts) {
  std::vector<blob::BlobRef> unnamed;
  TRY(collection.ForEach([&](const blob::BlobRef& ref) -> base::Result<void> {
    Add(counts.stored, ref.size);
    if (!named.Contains(ref.digest)) unnamed.push_back(ref);
    return cancel.Check();
  }));
  for (size_t i = 0; i < unnamed.size(); ++i) {
    const auto& ref = unnamed[i];
    const bool removed = dry_run ? collection.IsFree(ref.digest) : TRY(collection.Remove(ref.digest));
    Add(removed ? counts.removed : counts.spared, ref.size);
    if (i % kReportEvery == 0) {
      on_progress(static_cast<double>(i) / static_cast<double>(unnamed.size()));
      TRY(cancel.Check());
    }
  }
  return base::Ok();
}

}  // namespace gyre::govern::internal
