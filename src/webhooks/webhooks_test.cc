#include "webhooks/webhooks.h"

#include <gmock/gmock.h>
#include <thread>

#include "base/file.h"
#include "base/testing/manual_clock.h"
#include "base/testing/seeded_entropy.h"
#include "store/testing/audit_actions.h"
#include "store/testing/schema_dump.h"
#include "webhooks/testing/receiver.h"

namespace gyre::webhooks {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const Event kCreated{"model_version", "created"};

class WebhooksTest : public ::testing::Test {
 protected:
  WebhooksTest() {
    options_.schemes = {"http", "https"};
    options_.private_addresses = true;
    Reopen();
  }

  void Reopen() {
    webhooks_.reset();
    database_.reset();
    database_ = store::Database::Open({.path = folder_.path() / "meta.db"}, clock_, entropy_).value();
    webhooks_ = Webhooks::Open(options_, {*database_, clock_, entropy_, log_}).value();
  }

  Webhook Create(NewWebhook webhook = {}) {
    if (webhook.name.empty()) webhook.name = "ours";
    if (webhook.url.empty()) webhook.url = receiver_.url();
    if (webhook.events.empty()) webhook.events = {kCreated};
    return webhooks_->Create(webhook, "ann").value();
  }

  void Happen(const Event& event, const base::Json& data) {
    ASSERT_TRUE(database_->RunWrite(
        [&](store::Transaction& transaction) { return webhooks_->EnqueueIn(transaction, event, data); }));
  }

  Delivery Only(const Webhook& webhook) {
    const auto log = webhooks_->Deliveries(webhook.id, 10).value();
    EXPECT_THAT(log, SizeIs(1));
    return log.front();
  }

  base::TempFolder folder_ =
      base::TempFolder::Make(std::filesystem::temp_directory_path(), "gyre-webhooks-test").value();
  base::testing::ManualClock clock_{base::ParseTimestamp("2023-11-14T22:13:20Z").value()};
  base::testing::SeededEntropy entropy_{7};
  base::Logger log_{{.level = base::LogLevel::kOff}};
  Options options_;
  testing::Receiver receiver_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<Webhooks> webhooks_;
};

TEST_F(WebhooksTest, ARegistrationOutlivesARestart) {
  const auto made =
      Create({.description = "for CI", .events = {{"prompt", "created"}, kCreated, kCreated}, .secret = "s"});
  Reopen();
  const auto read = webhooks_->Get(made.id).value();
  EXPECT_EQ(read.name, "ours");
  EXPECT_EQ(read.description, "for CI");
  EXPECT_THAT(read.events, ElementsAre(kCreated, Event{"prompt", "created"}));
  EXPECT_TRUE(read.active);
  EXPECT_EQ(read.id.size(), 36u);
  EXPECT_EQ(read.id[14], '4');
  EXPECT_THAT(store::testing::AuditActions(*database_), ElementsAre("ann webhook_created " + made.id));
}

TEST_F(WebhooksTest, SignsWhatItSends) {
  const auto webhook = Create({.secret = "top secret"});
  Happen(kCreated, {{"name", "rain"}, {"version", "1"}});
  EXPECT_EQ(webhooks_->SendDue().value(), 1);
  const auto messages = receiver_.messages();
  ASSERT_THAT(messages, SizeIs(1));
  const auto& message = messages.front();
  EXPECT_EQ(base::ParseJson(message.body, "body").value(),
            base::Json({{"entity", "model_version"},
                        {"action", "created"},
                        {"timestamp", "2023-11-14T22:13:20+00:00"},
                        {"data", {{"name", "rain"}, {"version", "1"}}}}));
  EXPECT_EQ(message.seconds, "1700000000");
  EXPECT_EQ(message.signature, Sign("top secret", message.delivery, "1700000000", message.body));
  const auto delivery = Only(webhook);
  EXPECT_EQ(delivery.id, message.delivery);
  EXPECT_EQ(delivery.state, DeliveryState::kDelivered);
  EXPECT_EQ(delivery.status, 200);
  EXPECT_EQ(delivery.attempts, 1);
  EXPECT_EQ(webhooks_->SendDue().value(), 0);
}

TEST_F(WebhooksTest, WithoutASecretThereIsNoSignature) {
  Create();
  Happen(kCreated, base::Json::object());
  ASSERT_TRUE(webhooks_->SendDue());
  EXPECT_EQ(receiver_.messages().at(0).signature, "");
}

TEST_F(WebhooksTest, OnlyThoseWhoAskedAndAreActiveAreTold) {
  Create({.name = "tags", .events = {Event{"model_version_tag", "set"}}});
  Create({.name = "off", .active = false});
  const auto gone = Create({.name = "gone"});
  ASSERT_TRUE(webhooks_->Delete(gone.id, "ann"));
  Create({.name = "on"});
  Happen(kCreated, base::Json::object());
  EXPECT_EQ(webhooks_->SendDue().value(), 1);
}

TEST_F(WebhooksTest, WhatIsUndoneIsNotTold) {
  Create();
  EXPECT_FALSE(database_->RunWrite([&](store::Transaction& transaction) -> base::Result<void> {
    TRY(webhooks_->EnqueueIn(transaction, kCreated, base::Json::object()));
    return base::Unprocessable("the change failed");
  }));
  EXPECT_EQ(webhooks_->SendDue().value(), 0);
}

TEST_F(WebhooksTest, TriesAgainWithGrowingPausesAndTheSameId) {
  const auto webhook = Create();
  receiver_.Answer({500, 503});
  Happen(kCreated, base::Json::object());
  EXPECT_EQ(webhooks_->SendDue().value(), 1);
  EXPECT_EQ(Only(webhook).state, DeliveryState::kPending);
  EXPECT_EQ(Only(webhook).status, 500);
  EXPECT_EQ(webhooks_->SendDue().value(), 0);
  clock_.Advance(std::chrono::seconds(1));
  EXPECT_EQ(webhooks_->SendDue().value(), 1);
  clock_.Advance(std::chrono::seconds(3));
  EXPECT_EQ(webhooks_->SendDue().value(), 0);
  Reopen();
  clock_.Advance(std::chrono::seconds(1));
  EXPECT_EQ(webhooks_->SendDue().value(), 1);
  EXPECT_EQ(Only(webhook).state, DeliveryState::kDelivered);
  EXPECT_EQ(Only(webhook).attempts, 3);
  const auto messages = receiver_.messages();
  ASSERT_THAT(messages, SizeIs(3));
  EXPECT_EQ(messages[0].delivery, messages[2].delivery);
  EXPECT_NE(messages[0].seconds, messages[2].seconds);
}

TEST_F(WebhooksTest, GivesUpAfterItsAttempts) {
  const auto webhook = Create();
  receiver_.Answer(std::vector<int>(20, 502));
  Happen(kCreated, base::Json::object());
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(webhooks_->SendDue());
    clock_.Advance(std::chrono::hours(1));
  }
  EXPECT_EQ(Only(webhook).state, DeliveryState::kFailed);
  EXPECT_EQ(Only(webhook).attempts, 6);
  EXPECT_EQ(Only(webhook).error, "answered with status 502");
}

TEST_F(WebhooksTest, WaitsAsLongAsTheReceiverAsks) {
  Create();
  receiver_.Answer({429}, "120");
  Happen(kCreated, base::Json::object());
  ASSERT_TRUE(webhooks_->SendDue());
  clock_.Advance(std::chrono::seconds(119));
  EXPECT_EQ(webhooks_->SendDue().value(), 0);
  clock_.Advance(std::chrono::seconds(1));
  EXPECT_EQ(webhooks_->SendDue().value(), 1);
}

TEST_F(WebhooksTest, ARefusalIsFinal) {
  const auto webhook = Create();
  for (const int status : {301, 400, 404, 410}) {
    receiver_.Answer({status});
    Happen(kCreated, base::Json::object());
    ASSERT_TRUE(webhooks_->SendDue());
    EXPECT_EQ(webhooks_->Deliveries(webhook.id, 1).value().front().state, DeliveryState::kFailed) << status;
  }
}

TEST_F(WebhooksTest, AReceiverThatIsAwayIsTriedAgain) {
  const auto webhook = Create({.url = "http://127.0.0.1:1/hook"});
  Happen(kCreated, base::Json::object());
  ASSERT_TRUE(webhooks_->SendDue());
  EXPECT_EQ(Only(webhook).state, DeliveryState::kPending);
  EXPECT_EQ(Only(webhook).status, std::nullopt);
  EXPECT_THAT(Only(webhook).error, HasSubstr("cannot reach"));
}

TEST_F(WebhooksTest, ThisMachineIsOutOfBoundsUnlessAllowed) {
  const auto webhook = Create();
  options_.private_addresses = false;
  Reopen();
  Happen(kCreated, base::Json::object());
  ASSERT_TRUE(webhooks_->SendDue());
  EXPECT_EQ(Only(webhook).state, DeliveryState::kFailed);
  EXPECT_THAT(receiver_.messages(), IsEmpty());
  EXPECT_THAT(webhooks_->Test(webhook.id, {}).value().error, HasSubstr("non-public"));
}

TEST_F(WebhooksTest, ResendsFromTheLog) {
  const auto webhook = Create();
  Happen(kCreated, {{"name", "rain"}});
  ASSERT_TRUE(webhooks_->SendDue());
  const auto first = Only(webhook);
  const auto again = webhooks_->Resend(webhook.id, first.id, "bob").value();
  EXPECT_NE(again.id, first.id);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(again.state, DeliveryState::kPending);
  ASSERT_TRUE(webhooks_->SendDue());
  EXPECT_THAT(receiver_.messages(), SizeIs(2));
  EXPECT_EQ(store::testing::AuditActions(*database_).back(), "bob webhook_delivery_resent " + webhook.id);
  EXPECT_EQ(webhooks_->Resend(webhook.id, "x", "bob").error().code(), base::ErrorCode::kNotFound);
  const auto other = Create({.name = "other"});
  EXPECT_EQ(webhooks_->Resend(other.id, first.id, "bob").error().code(), base::ErrorCode::kNotFound);
}

TEST_F(WebhooksTest, DeletingOneEndsItsQueue) {
  const auto webhook = Create();
  Happen(kCreated, base::Json::object());
  ASSERT_TRUE(webhooks_->Delete(webhook.id, "ann"));
  EXPECT_EQ(webhooks_->SendDue().value(), 0);
  EXPECT_EQ(webhooks_->Get(webhook.id).error().message(), "Webhook with ID " + webhook.id + " not found.");
  EXPECT_FALSE(webhooks_->Delete(webhook.id, "ann"));
  EXPECT_FALSE(webhooks_->Update(webhook.id, {}, "ann"));
  EXPECT_FALSE(webhooks_->Deliveries(webhook.id, 10));
}

TEST_F(WebhooksTest, ChangesWhatIsSaidAndNothingElse) {
  const auto webhook = Create({.description = "one", .secret = "s"});
  clock_.Advance(std::chrono::seconds(1));
  WebhookPatch patch;
  patch.events = {Event{"prompt", "created"}};
  patch.active = false;
  const auto changed = webhooks_->Update(webhook.id, patch, "bob").value();
  EXPECT_THAT(changed.events, ElementsAre(Event{"prompt", "created"}));
  EXPECT_FALSE(changed.active);
  EXPECT_EQ(changed.description, "one");
  EXPECT_EQ(changed.secret, "s");
  EXPECT_EQ(changed.created_at, webhook.created_at);
  EXPECT_EQ(changed.updated_at - webhook.updated_at, std::chrono::seconds(1));
  patch = {};
  patch.secret = "";
  EXPECT_EQ(webhooks_->Update(webhook.id, patch, "bob").value().secret, "");
}

TEST_F(WebhooksTest, RefusesWhatMLflowRefuses) {
  const auto error = [&](NewWebhook webhook) {
    if (webhook.name.empty()) webhook.name = "ours";
    if (webhook.url.empty()) webhook.url = "https://example.com/hook";
    if (webhook.events.empty()) webhook.events = {kCreated};
    const auto made = webhooks_->Create(webhook, "ann");
    return made ? std::string("fine") : made.error().message();
  };
  EXPECT_EQ(error({}), "fine");
  for (const char* name : {"-a", "a-", "a b", "\xC3\xBC", ".a"})
    EXPECT_THAT(error({.name = name}), HasSubstr("Webhook name")) << name;
  EXPECT_THAT(error({.name = std::string(64, 'a')}), HasSubstr("less than 63"));
  EXPECT_EQ(error({.name = std::string(63, 'a')}), "fine");
  EXPECT_EQ(error({.url = "ftp://example.com"}),
            "Invalid webhook URL scheme: 'ftp'. Allowed schemes are: http, https.");
  EXPECT_THAT(error({.url = "example.com"}), HasSubstr("Invalid webhook URL scheme: ''"));
  EXPECT_EQ(error({.url = "https:///hook"}), "Webhook URL must include a hostname: 'https:///hook'");
  EXPECT_THAT(error({.url = " "}), HasSubstr("cannot be empty"));
  EXPECT_THAT(error({.url = "https://example.com/a b"}), HasSubstr("spaces"));
  EXPECT_THAT(error({.url = "https://example.com/" + std::string(500, 'a')}), HasSubstr("maximum length"));
  EXPECT_THAT(error({.events = {Event{"model_version", "deleted"}}}), HasSubstr("Valid actions are: ['created']"));
  EXPECT_THAT(webhooks_->Create({.name = "a", .url = "https://example.com"}, "ann").error().message(),
              HasSubstr("non-empty list"));
}

TEST_F(WebhooksTest, RefusesAddressesThatArePlainlyPrivate) {
  options_.private_addresses = false;
  options_.schemes = {"https"};
  Reopen();
  const auto made = [&](const std::string& url) {
    return webhooks_->Create({.name = "ours", .url = url, .events = {kCreated}}, "ann");
  };
  for (const char* url :
       {"https://localhost/x", "https://127.0.0.1:8080", "https://10.0.0.1", "https://192.168.1.1/a",
        "https://169.254.169.254/latest", "https://[::1]/", "https://[fd00::1]:1/", "https://user@127.0.0.1/"}) {
    EXPECT_THAT(made(url).error().message(), HasSubstr("non-public")) << url;
  }
  EXPECT_THAT(made("http://example.com").error().message(), HasSubstr("Allowed schemes are: https."));
  EXPECT_TRUE(made("https://example.com:8443/x?y=1"));
  EXPECT_TRUE(made("https://10.example.com"));
}

TEST_F(WebhooksTest, PagesNewestFirst) {
  for (const char* name : {"a", "b", "c"}) Create({.name = name});
  const auto first = webhooks_->List(2, "").value();
  ASSERT_THAT(first.webhooks, SizeIs(2));
  EXPECT_EQ(first.webhooks[0].name, "c");
  const auto second = webhooks_->List(2, first.next_page_token).value();
  ASSERT_THAT(second.webhooks, SizeIs(1));
  EXPECT_EQ(second.webhooks[0].name, "a");
  EXPECT_EQ(second.next_page_token, "");
  EXPECT_EQ(webhooks_->List(3, "").value().next_page_token, "");
  for (const int64_t wrong : {0, -1, 1001}) EXPECT_FALSE(webhooks_->List(wrong, ""));
  EXPECT_THAT(webhooks_->List(1, "x").error().message(), HasSubstr("Invalid page token"));
}

TEST_F(WebhooksTest, TestsWithAnExample) {
  const auto webhook = Create({.events = {{"prompt", "created"}, kCreated}, .secret = "s"});
  const auto taken = webhooks_->Test(webhook.id, {}).value();
  EXPECT_TRUE(taken.success);
  EXPECT_EQ(taken.status, 200);
  EXPECT_EQ(taken.body, "taken");
  receiver_.Answer({503});
  const auto refused = webhooks_->Test(webhook.id, Event{"prompt", "created"}).value();
  EXPECT_FALSE(refused.success);
  EXPECT_EQ(refused.status, 503);
  const auto messages = receiver_.messages();
  ASSERT_THAT(messages, SizeIs(2)) << "a test is made once";
  EXPECT_EQ(base::ParseJson(messages[0].body, "body").value()["entity"], "model_version");
  EXPECT_EQ(base::ParseJson(messages[1].body, "body").value()["data"]["name"], "example_prompt");
  EXPECT_THAT(webhooks_->Deliveries(webhook.id, 10).value(), IsEmpty());
  EXPECT_FALSE(webhooks_->Test("x", {}));
  EXPECT_FALSE(webhooks_->Test(webhook.id, Event{"a", "b"}));
}

TEST_F(WebhooksTest, TheThreadSendsWhatIsQueuedAndWhatWasLeftOver) {
  Create();
  Happen(kCreated, {{"left", "over"}});
  Reopen();
  webhooks_->Start();
  const auto wait_for = [&](size_t count) {
    for (int i = 0; i < 500 && receiver_.messages().size() < count; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return receiver_.messages().size();
  };
  EXPECT_EQ(wait_for(1), 1u);
  Happen(kCreated, {{"new", "one"}});
  EXPECT_EQ(wait_for(2), 2u);
  webhooks_->Stop();
  webhooks_->Stop();
}

TEST_F(WebhooksTest, OldDeliveriesLeaveTheLog) {
  const auto webhook = Create();
  Happen(kCreated, base::Json::object());
  ASSERT_TRUE(webhooks_->SendDue());
  clock_.Advance(std::chrono::hours(24 * 31));
  webhooks_->Start();
  for (int i = 0; i < 500 && !webhooks_->Deliveries(webhook.id, 10).value().empty(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_THAT(webhooks_->Deliveries(webhook.id, 10).value(), IsEmpty());
}

TEST_F(WebhooksTest, NothingThatIsShownHasTheSecret) {
  const auto webhook = Create({.secret = "hush-hush"});
  WebhookPatch patch;
  patch.secret = "hush-hush-2";
  ASSERT_TRUE(webhooks_->Update(webhook.id, patch, "ann"));
  Happen(kCreated, base::Json::object());
  ASSERT_TRUE(webhooks_->SendDue());
  EXPECT_EQ(base::DumpJson(Only(webhook).ToJson()).find("hush"), std::string::npos);
  ASSERT_TRUE(database_->RunRead([](store::Reader& reader) {
    return reader.Query("SELECT details FROM audit_details", [](const store::Row& row) -> base::Result<void> {
      EXPECT_EQ(row.Text(0).find("hush"), std::string_view::npos) << row.Text(0);
      return base::Ok();
    });
  }));
}

TEST_F(WebhooksTest, SchemaIsTheReleasedOne) {
  const auto golden = base::ReadFile(std::filesystem::path(GYRE_TEST_DATA) / "schema.sql", 1 << 20).value();
  EXPECT_EQ(store::testing::DumpSchema(*database_).value(), golden)
      << "A released migration never changes: add one, and put the dump above into testdata/schema.sql.";
}

}  // namespace
}  // namespace gyre::webhooks
