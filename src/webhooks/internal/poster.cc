#include "webhooks/internal/poster.h"

#include "base/text.h"
#include "webhooks/internal/checks.h"

namespace gyre::webhooks::internal {
namespace {

constexpr uint64_t kMaxAnswer = 1 << 20;
constexpr std::chrono::seconds kLongestWait{3600};

bool ComesBack(int status) {
  return status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
}

Outcome FromAnswer(http::ClientResponse answer) {
  Outcome outcome{.status = answer.status, .body = std::move(answer.body)};
  if (answer.status < 300) return outcome;
  outcome.error = fmt::format("answered with status {}", answer.status);
  outcome.again = ComesBack(answer.status);
  const auto asked = base::ParseInt(base::Trim(answer.headers["retry-after"]));
  if (asked && *asked >= 0) outcome.wait = std::min(std::chrono::seconds(*asked), kLongestWait);
  return outcome;
}

}  // namespace

base::Result<http::Client*> Poster::Client() {
  const std::lock_guard lock(mutex_);
  if (!client_) client_ = TRY(http::Client::Make());
  return client_.get();
}

base::Result<Outcome> Poster::Send(const Parcel& parcel, const base::Cancellation& cancel) {
  // What was fine when it was registered may not be any more.
  if (auto fine = CheckUrl(parcel.url, options_); !fine) return Outcome{.error = fine.error().message()};
  const auto seconds = std::to_string(base::ToMillis(clock_.Now()) / 1000);
  http::ClientRequest request{.method = http::Method::kPost,
                              .url = std::string(parcel.url),
                              .headers = {{"Content-Type", "application/json"},
                                          {"X-MLflow-Delivery-Id", std::string(parcel.delivery)},
                                          {"X-MLflow-Timestamp", seconds}},
                              .body = std::string(parcel.body)};
  if (!parcel.secret.empty()) {
    request.headers.emplace_back("X-MLflow-Signature", Sign(parcel.secret, parcel.delivery, seconds, parcel.body));
  }
  request.timeout = options_.timeout;
  request.max_response = kMaxAnswer;
  request.public_only = !options_.private_addresses;
  auto answer = TRY(Client())->Send(request, cancel);
  if (answer) return FromAnswer(std::move(*answer));
  const auto code = answer.error().code();
  if (code == base::ErrorCode::kCancelled) return answer.error();
  return Outcome{
      .error = answer.error().message(),
      .again = code == base::ErrorCode::kUnavailable || code == base::ErrorCode::kDeadlineExceeded,
  };
}

std::string BodyOf(const Event& event, const base::Json& data, base::Timestamp now) {
  // Python's reader of times knew no "Z" for long.
  auto time = base::FormatTimestamp(now);
  time.replace(time.size() - 1, 1, "+00:00");
  return base::DumpJson({{"entity", event.entity}, {"action", event.action}, {"timestamp", time}, {"data", data}});
}

}  // namespace gyre::webhooks::internal
