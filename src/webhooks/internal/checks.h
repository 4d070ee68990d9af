#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "webhooks/webhooks.h"

namespace gyre::webhooks::internal {

base::Result<void> CheckName(std::string_view name);
/// An absolute URL of an allowed scheme with a host; a host written as an address, or that means this machine, only if
/// private addresses are fine. Where a name leads is looked at when it is connected to.
base::Result<void> CheckUrl(std::string_view url, const Options& options);
/// Not empty, each known. Sorted and without repetition afterwards.
base::Result<void> CheckEvents(std::vector<Event>& events);
base::Result<void> CheckText(std::string_view field, std::string_view value, size_t limit);

/// Lengths are in characters.
inline constexpr size_t kUrlLength = 500;
inline constexpr size_t kDescriptionLength = 1000;
inline constexpr size_t kSecretLength = 1000;

}  // namespace gyre::webhooks::internal
