#include "webhooks/webhooks.h"

#include "base/cancel.h"
#include "base/text.h"
#include "base/thread_pool.h"
#include "webhooks/internal/checks.h"
#include "webhooks/internal/poster.h"
#include "webhooks/internal/rows.h"
#include "webhooks/internal/schema.h"
#include "webhooks/internal/uuid.h"

namespace gyre::webhooks {
namespace {

constexpr int64_t kBatch = 32;
constexpr int64_t kMostListed = 1000;
constexpr std::chrono::milliseconds kIdle{5'000};
/// What was queued becomes visible with its transaction, a moment after the thread heard of it.
constexpr std::chrono::milliseconds kSoon{10};
constexpr int kLooks = 50;
constexpr std::chrono::hours kLongestPause{1};

}  // namespace

struct Webhooks::Impl {
  Impl(const Options& made_options, const Deps& made_deps)
      : options(made_options), deps(made_deps), poster(options, deps.clock) {}

  const Options options;
  const Deps deps;
  internal::Poster poster;
  const base::Cancellation stopping = base::Cancellation::Make();
  std::mutex mutex;
  std::condition_variable changed;
  int looks = 0;  ///< guarded by mutex: how often to look again soon
  std::thread thread;

  void Nudge();
  void Loop();
  std::chrono::milliseconds Wait();
  base::Result<void> SendOne(internal::DueDelivery& due);
  void Settle(const internal::Outcome& outcome, Delivery& delivery) const;
  base::Result<void> DropOld();
};

void Webhooks::Impl::Nudge() {
  {
    const std::lock_guard lock(mutex);
    looks = kLooks;
  }
  changed.notify_all();
}

void Webhooks::Impl::Settle(const internal::Outcome& outcome, Delivery& delivery) const {
  ++delivery.attempts;
  delivery.status = outcome.status;
  delivery.error = outcome.error;
  delivery.due_at = deps.clock.Now();
  if (outcome.error.empty()) {
    delivery.state = DeliveryState::kDelivered;
  } else if (!outcome.again || delivery.attempts >= options.attempts) {
    delivery.state = DeliveryState::kFailed;
  } else {
    std::chrono::milliseconds pause = options.pause;
    for (int64_t i = 1; i < delivery.attempts && pause < kLongestPause; ++i) pause *= 4;
    if (outcome.wait) pause = std::max<std::chrono::milliseconds>(pause, *outcome.wait);
    delivery.due_at += std::min<std::chrono::milliseconds>(pause, kLongestPause);
  }
}

base::Result<void> Webhooks::Impl::SendOne(internal::DueDelivery& due) {
  auto& delivery = due.delivery;
  const auto outcome = TRY(
      poster.Send({.url = due.url, .secret = due.secret, .delivery = delivery.id, .body = delivery.body}, stopping));
  Settle(outcome, delivery);
  if (!outcome.error.empty()) {
    deps.log.Warn("webhook_not_taken", {{"webhook", std::string_view(delivery.webhook)},
                                        {"delivery", std::string_view(delivery.id)},
                                        {"attempt", delivery.attempts},
                                        {"why", std::string_view(outcome.error)}});
  }
  return deps.database.RunWrite(
      [&](store::Transaction& transaction) { return internal::WriteOutcome(transaction, due); });
}

base::Result<void> Webhooks::Impl::DropOld() {
  const int64_t before = base::ToMicros(deps.clock.Now() - options.keep);
  return deps.database.RunWrite(
      [&](store::Transaction& transaction) { return internal::DropEndedBefore(transaction, before); });
}

std::chrono::milliseconds Webhooks::Impl::Wait() {
  {
    const std::lock_guard lock(mutex);
    if (looks > 0 && looks-- > 0) return kSoon;
  }
  const auto next = deps.database.Read([](store::Reader& reader) { return internal::NextDue(reader); });
  if (!next || !*next) return kIdle;
  const auto until = std::chrono::microseconds(**next - base::ToMicros(deps.clock.Now()));
  return std::clamp(std::chrono::duration_cast<std::chrono::milliseconds>(until), kSoon, kIdle);
}

void Webhooks::Impl::Loop() {
  base::NameThread("registry-hooks");
  for (auto last_drop = deps.clock.Monotonic() - kLongestPause; !stopping.requested();) {
    if (deps.clock.Monotonic() - last_drop >= kLongestPause) {
      last_drop = deps.clock.Monotonic();
      if (auto dropped = DropOld(); !dropped) deps.log.Error("webhook_log", {{"why", dropped.error().message()}});
    }
    auto due = deps.database.Read(
        [&](store::Reader& reader) { return internal::LoadDue(reader, base::ToMicros(deps.clock.Now()), kBatch); });
    if (!due) deps.log.Error("webhook_queue", {{"why", due.error().message()}});
    bool failed = !due;
    for (size_t i = 0; due && i < due->size() && !failed && !stopping.requested(); ++i) failed = !SendOne((*due)[i]);
    if (due && !due->empty() && !failed) continue;
    const auto wait = failed ? kIdle : Wait();
    std::unique_lock lock(mutex);
    // A nudge may have come while the queue was looked at.
    changed.wait_for(lock, wait, [&] { return stopping.requested() || (!failed && wait > kSoon && looks > 0); });
  }
}

Webhooks::Webhooks(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Webhooks::~Webhooks() {
  Stop();
}

base::Result<std::unique_ptr<Webhooks>> Webhooks::Open(const Options& options, const Deps& deps) {
  TRY(deps.database.Migrate(internal::kMigrations));
  return std::unique_ptr<Webhooks>(new Webhooks(std::make_unique<Impl>(options, deps)));
}

base::Result<Webhook> Webhooks::Create(const NewWebhook& webhook, std::string_view actor) {
  auto checked = webhook;
  TRY(internal::CheckName(checked.name));
  TRY(internal::CheckUrl(checked.url, impl_->options));
  TRY(internal::CheckEvents(checked.events));
  TRY(internal::CheckText("description", checked.description, internal::kDescriptionLength));
  TRY(internal::CheckText("secret", checked.secret, internal::kSecretLength));
  return impl_->deps.database.Write([&](store::Transaction& transaction) -> base::Result<Webhook> {
    const auto id = TRY(internal::InsertWebhook(transaction, checked, actor));
    return TRY(internal::LoadWebhook(transaction, id)).webhook;
  });
}

base::Result<Webhook> Webhooks::Get(std::string_view id) {
  return TRY(impl_->deps.database.Read([&](store::Reader& reader) { return internal::LoadWebhook(reader, id); }))
      .webhook;
}

base::Result<Webhooks::Page> Webhooks::List(int64_t max_results, std::string_view page_token) {
  if (max_results < 1 || max_results > kMostListed) {
    return base::InvalidArgument("max_results must be between 1 and 1000.", "max_results");
  }
  const auto below =
      page_token.empty() ? std::optional(std::numeric_limits<int64_t>::max()) : base::ParseInt(page_token);
  if (!below || *below < 1) {
    return base::InvalidArgument("Invalid page token, decoding failed; take it from the page before", "page_token");
  }
  const auto found = TRY(impl_->deps.database.Read(
      [&](store::Reader& reader) { return internal::LoadWebhooks(reader, *below, max_results + 1); }));
  Page page;
  for (const auto& [number, webhook] : found) {
    if (page.webhooks.size() == static_cast<size_t>(max_results)) return page;
    page.webhooks.push_back(webhook);
    page.next_page_token = found.size() > static_cast<size_t>(max_results) ? std::to_string(number) : "";
  }
  return page;
}

base::Result<Webhook> Webhooks::Update(std::string_view id, const WebhookPatch& patch, std::string_view actor) {
  auto events = patch.events;
  if (patch.name) TRY(internal::CheckName(*patch.name));
  if (patch.url) TRY(internal::CheckUrl(*patch.url, impl_->options));
  if (events) TRY(internal::CheckEvents(*events));
  TRY(internal::CheckText("description", patch.description.value_or(""), internal::kDescriptionLength));
  TRY(internal::CheckText("secret", patch.secret.value_or(""), internal::kSecretLength));
  const auto work = [&](store::Transaction& transaction) -> base::Result<Webhook> {
    auto changed = TRY(internal::LoadWebhook(transaction, id));
    auto& webhook = changed.webhook;
    webhook.name = patch.name.value_or(webhook.name);
    webhook.url = patch.url.value_or(webhook.url);
    webhook.description = patch.description.value_or(webhook.description);
    webhook.events = events.value_or(webhook.events);
    webhook.active = patch.active.value_or(webhook.active);
    webhook.secret = patch.secret.value_or(webhook.secret);
    TRY(internal::WriteWebhook(transaction, changed, actor));
    return TRY(internal::LoadWebhook(transaction, id)).webhook;
  };
  auto updated = impl_->deps.database.Write(work);
  if (updated) impl_->Nudge();
  return updated;
}

base::Result<void> Webhooks::Delete(std::string_view id, std::string_view actor) {
  return impl_->deps.database.RunWrite(
      [&](store::Transaction& transaction) { return internal::MarkDeleted(transaction, id, actor); });
}

base::Result<TestResult> Webhooks::Test(std::string_view id, const std::optional<Event>& event) {
  const auto webhook = TRY(Get(id));
  const auto sent = event.value_or(webhook.events.front());
  TRY(CheckEvent(sent));
  const auto body = internal::BodyOf(sent, ExampleData(sent), impl_->deps.clock.Now());
  const auto delivery = internal::UuidOf(base::NewHexId(impl_->deps.entropy));
  auto outcome = TRY(impl_->poster.Send(
      {.url = webhook.url, .secret = webhook.secret, .delivery = delivery, .body = body}, impl_->stopping));
  if (outcome.status) {
    return TestResult{.success = *outcome.status < 400, .status = outcome.status, .body = std::move(outcome.body)};
  }
  return TestResult{.error = "Failed to test webhook: " + outcome.error};
}

base::Result<void> Webhooks::EnqueueIn(store::Transaction& transaction, const Event& event, const base::Json& data) {
  if (TRY(internal::InsertDeliveries(transaction, event, internal::BodyOf(event, data, transaction.Now())))) {
    impl_->Nudge();
  }
  return base::Ok();
}

base::Result<std::vector<Delivery>> Webhooks::Deliveries(std::string_view webhook, int64_t limit) {
  return impl_->deps.database.Read([&](store::Reader& reader) -> base::Result<std::vector<Delivery>> {
    return internal::LoadDeliveries(reader, TRY(internal::LoadWebhook(reader, webhook)).number, limit);
  });
}

base::Result<Delivery> Webhooks::Resend(std::string_view webhook, std::string_view delivery, std::string_view actor) {
  auto queued = impl_->deps.database.Write([&](store::Transaction& transaction) -> base::Result<Delivery> {
    const int64_t number = TRY(internal::LoadWebhook(transaction, webhook)).number;
    const auto before = TRY(internal::LoadDelivery(transaction, number, delivery));
    const auto id = TRY(internal::InsertDelivery(transaction, number, before.event, before.body));
    TRY(transaction.Audit({.actor = std::string(actor),
                           .action = "webhook_delivery_resent",
                           .object_type = "webhook",
                           .object_id = std::string(webhook),
                           .details = {{"delivery", before.id}, {"as", id}}}));
    return internal::LoadDelivery(transaction, number, id);
  });
  if (queued) impl_->Nudge();
  return queued;
}

base::Result<int64_t> Webhooks::SendDue() {
  auto due = TRY(impl_->deps.database.Read([&](store::Reader& reader) {
    return internal::LoadDue(reader, base::ToMicros(impl_->deps.clock.Now()), kBatch);
  }));
  for (auto& delivery : due) TRY(impl_->SendOne(delivery));
  return static_cast<int64_t>(due.size());
}

void Webhooks::Start() {
  impl_->thread = std::thread([this] { impl_->Loop(); });
}

void Webhooks::Stop() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping.Cancel();
  }
  impl_->changed.notify_all();
  if (impl_->thread.joinable()) impl_->thread.join();
}

}  // namespace gyre::webhooks
