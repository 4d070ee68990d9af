#include "transfer/report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace gyre::transfer {

void Report::Lose(std::string_view kind, std::string_view id, std::string why) {
  ++lost_;
  if (losses_.size() < kListed) losses_.push_back({std::string(kind), std::string(id), std::move(why)});
}

void Report::Note(std::string text) {
  if (notes_.size() < kListed && std::ranges::find(notes_, text) == notes_.end()) notes_.push_back(std::move(text));
}

bool Report::Complete() const {
  return lost_ == 0 && std::ranges::all_of(counts_, [](const auto& entry) {
           return entry.second.read == entry.second.written + entry.second.present;
         });
}

base::Json Report::ToJson() const {
  base::Json counts = base::Json::object();
  for (const auto& [kind, count] : counts_) {
    counts[kind] = {
        {"read", count.read}, {"written", count.written}, {"present", count.present}, {"failed", count.failed}};
  }
  base::Json losses = base::Json::array();
  for (const auto& loss : losses_) losses.push_back({{"kind", loss.kind}, {"id", loss.id}, {"why", loss.why}});
  return {{"complete", Complete()},
          {"counts", std::move(counts)},
          {"losses", std::move(losses)},
          {"lost", lost_},
          {"notes", notes_}};
}

}  // namespace gyre::transfer
