#include "monitor/internal/stream_table.h"

namespace gyre::monitor::internal {

const Stream& StreamTable::Get(std::string_view endpoint, const model::Signature& signature) {
  auto& dropped = Dropped(endpoint);
  const std::lock_guard lock(mutex_);
  for (const auto& stream : streams_) {
    if (stream->endpoint == endpoint && stream->schema->Matches(signature)) return *stream;
  }
  auto schema = std::make_shared<const LogSchema>(LogSchema::Of(signature));
  const auto shape = RowShape::Of(*schema);
  streams_.push_back(std::make_unique<const Stream>(Stream{.number = static_cast<uint32_t>(streams_.size()),
                                                           .endpoint = std::string(endpoint),
                                                           .schema = std::move(schema),
                                                           .shape = shape,
                                                           .dropped = &dropped}));
  return *streams_.back();
}

const Stream& StreamTable::At(uint32_t number) const {
  const std::lock_guard lock(mutex_);
  return *streams_.at(number);
}

base::Counter& StreamTable::Dropped(std::string_view endpoint) {
  return metrics_.GetCounter("gyre_prediction_log_dropped_total",
                             "Answered rows that were not logged because the log could not keep up or write.",
                             {{"endpoint", std::string(endpoint)}});
}

}  // namespace gyre::monitor::internal
