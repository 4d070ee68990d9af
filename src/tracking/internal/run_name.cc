#include "tracking/internal/run_name.h"

#include <charconv>

namespace gyre::tracking::internal {
namespace {

constexpr std::array<std::string_view, 64> kAdjectives = {
    "able",   "amber",  "apt",     "balmy",  "bold",   "brave", "brief", "bright", "brisk", "broad", "calm",
    "candid", "clear",  "clever",  "cool",   "copper", "crisp", "deft",  "eager",  "early", "even",  "fair",
    "fine",   "firm",   "fleet",   "fresh",  "gentle", "glad",  "grand", "green",  "hale",  "handy", "honest",
    "humble", "jolly",  "keen",    "kind",   "lively", "lucid", "lucky", "mellow", "merry", "mild",  "neat",
    "nimble", "noble",  "patient", "plain",  "polite", "prime", "proud", "quick",  "quiet", "rapid", "sharp",
    "silver", "smooth", "sober",   "steady", "sunny",  "swift", "tidy",  "vivid",  "warm"};

constexpr std::array<std::string_view, 64> kNouns = {
    "adder",  "badger",  "bear",  "beaver",  "bison", "bittern", "carp",  "cicada", "civet", "cod",    "condor",
    "crane",  "cricket", "crow",  "curlew",  "deer",  "dipper",  "dove",  "eel",    "egret", "elk",    "falcon",
    "ferret", "finch",   "fox",   "gecko",   "goose", "grouse",  "gull",  "hare",   "hawk",  "heron",  "ibex",
    "ibis",   "jackdaw", "jay",   "kestrel", "kite",  "lark",    "lemur", "linnet", "lynx",  "marten", "mole",
    "newt",   "otter",   "owl",   "perch",   "pike",  "plover",  "quail", "raven",  "robin", "salmon", "seal",
    "shrike", "stoat",   "stork", "swan",    "tern",  "trout",   "vole",  "wren",   "zebra"};

}  // namespace

std::string MakeRunName(std::string_view hex_id) {
  uint64_t bits = 0;
  (void)std::from_chars(hex_id.data(), hex_id.data() + std::min<size_t>(hex_id.size(), 16), bits, 16);
  const auto adjective = kAdjectives[bits % kAdjectives.size()];
  bits /= kAdjectives.size();
  const auto noun = kNouns[bits % kNouns.size()];
  return fmt::format("{}-{}-{}", adjective, noun, bits / kNouns.size() % 1000);
}

}  // namespace gyre::tracking::internal
