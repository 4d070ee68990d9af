#include "monitor/internal/log_writer.h"

#include <cstring>

#include "base/thread_pool.h"

namespace gyre::monitor::internal {
namespace {

constexpr size_t kBlockBytes = 1 << 20;
constexpr int64_t kMicrosPerDay = 86'400'000'000;

int64_t DayOf(int64_t micros) {
  return micros >= 0 ? micros / kMicrosPerDay : -((-micros + kMicrosPerDay - 1) / kMicrosPerDay);
}

}  // namespace

LogWriter::LogWriter(const Options& options, Deps deps) : options_(options), deps_(std::move(deps)) {
  thread_ = std::thread([this] {
    base::NameThread("predict-log");
    Run();
  });
}

LogWriter::~LogWriter() {
  Stop();
}

void LogWriter::Flush(const std::string& close_endpoint) {
  std::unique_lock lock(mutex_);
  const uint64_t ticket = ++wish_.ticket;
  if (!close_endpoint.empty()) wish_.close.push_back(close_endpoint);
  wake_.notify_one();
  done_.wait(lock, [&] { return fulfilled_ >= ticket || finished_; });
}

void LogWriter::Stop() {
  {
    const std::lock_guard lock(mutex_);
    wish_.stop = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void LogWriter::Run() {
  while (true) {
    const Wish wish = WaitForWork();
    DrainRings();
    CloseDue(wish);
    Fulfil(wish);
    if (wish.stop) return;
  }
}

LogWriter::Wish LogWriter::WaitForWork() {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, options_.interval, [&] { return wish_.stop || wish_.ticket > fulfilled_; });
  return std::exchange(wish_, Wish{.ticket = wish_.ticket, .close = {}, .stop = wish_.stop});
}

void LogWriter::Fulfil(const Wish& wish) {
  const std::lock_guard lock(mutex_);
  fulfilled_ = wish.ticket;
  finished_ = wish.stop;
  done_.notify_all();
}

void LogWriter::DrainRings() {
  deps_.rings.Drain([this](std::string_view record) {
    uint32_t stream = 0;
    std::memcpy(&stream, record.data(), sizeof(stream));
    const auto row = record.substr(sizeof(stream));
    auto& writer = WriterOf(stream, DayOf(ReadRowKey(row).answered_at));
    if (writer.pending_bytes() + row.size() > kBlockBytes) Write(writer);
    writer.Add(row);
  });
  for (const auto& [key, writer] : writers_) Write(*writer);
}

SegmentWriter& LogWriter::WriterOf(uint32_t stream, int64_t day) {
  auto& writer = writers_[{stream, day}];
  if (!writer) {
    const auto start_of_day = base::FromMicros(day * kMicrosPerDay);
    writer = std::make_unique<SegmentWriter>(deps_.segments, deps_.streams.At(stream), base::FormatDate(start_of_day));
  }
  return *writer;
}

void LogWriter::Write(SegmentWriter& writer) {
  const uint32_t rows = writer.pending_rows();
  if (rows == 0) return;
  const auto written = writer.Write();
  if (!written) writer.stream().dropped->Add(rows);
  if (!written && !failing_) {
    deps_.log.Error("prediction_log_write_failed",
                    {{"endpoint", writer.stream().endpoint}, {"error", written.error().message()}});
  }
  if (written && failing_) deps_.log.Info("prediction_log_write_recovered", {{"endpoint", writer.stream().endpoint}});
  failing_ = !written;
}

void LogWriter::CloseDue(const Wish& wish) {
  const auto now = deps_.segments.clock.Monotonic();
  const size_t before = writers_.size();
  std::erase_if(writers_, [&](const auto& entry) {
    const SegmentWriter& writer = *entry.second;
    if (writer.bytes() == 0) return true;  // nothing could be written
    return wish.stop || writer.bytes() >= options_.close_bytes || now - writer.opened() >= options_.close_age ||
           std::ranges::find(wish.close, writer.stream().endpoint) != wish.close.end();
  });
  if (writers_.size() != before) deps_.on_closed();
}

}  // namespace gyre::monitor::internal
