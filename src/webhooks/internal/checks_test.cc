#include "webhooks/internal/checks.h"

#include <gmock/gmock.h>

#include "webhooks/internal/poster.h"
#include "webhooks/internal/uuid.h"

namespace gyre::webhooks::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Events, AreSortedAndOnce) {
  std::vector<Event> events = {{"prompt", "created"}, {"model_version", "created"}, {"prompt", "created"}};
  ASSERT_TRUE(CheckEvents(events));
  EXPECT_THAT(events, ElementsAre(Event{"model_version", "created"}, Event{"prompt", "created"}));
  std::vector<Event> none;
  EXPECT_FALSE(CheckEvents(none));
}

TEST(Urls, AreLookedAtWithoutAskingAnybody) {
  const Options strict;
  for (const char* url :
       {"https://example.com", "https://example.com:8443/a?b#c", "https://fc.example.com", "https://fdic.example",
        "https://8.8.8.8/x", "https://[2606:4700::1]/x", "HTTPS://EXAMPLE.COM", "https://user:pass@example.com/"}) {
    EXPECT_TRUE(CheckUrl(url, strict)) << url;
  }
  for (const char* url :
       {"https://LOCALHOST", "https://a.localhost/", "https://0.0.0.0", "https://127.1", "https://user@10.1.1.1:80/",
        "https://[::]/", "https://[fe80::1]/", "https://[::ffff:1.2.3.4]"}) {
    EXPECT_THAT(CheckUrl(url, strict).error().message(), HasSubstr("non-public")) << url;
  }
  Options loose;
  loose.private_addresses = true;
  loose.schemes = {"http"};
  EXPECT_TRUE(CheckUrl("http://127.0.0.1:5000/hook", loose));
  EXPECT_FALSE(CheckUrl("https://example.com", loose));
  EXPECT_FALSE(CheckUrl("http:example.com", loose));
  EXPECT_FALSE(CheckUrl("http://example.com/\n", loose));
  EXPECT_FALSE(CheckUrl("http://example.com\\x", loose));
}

TEST(Texts, AreCountedInCharacters) {
  EXPECT_TRUE(CheckText("name", "\xC3\xBC\xC3\xBC", 2));
  EXPECT_EQ(CheckText("name", "abc", 2).error().message(), "'name' exceeds the maximum length of 2 characters");
  EXPECT_FALSE(CheckText("name", "\xFF", 2));
}

TEST(Uuids, AreOfVersionFour) {
  EXPECT_EQ(UuidOf("00000000000000000000000000000000"), "00000000-0000-4000-8000-000000000000");
  EXPECT_EQ(UuidOf("0123456789abcdef0123456789abcdef").size(), 36u);
}

TEST(Bodies, HaveATimeThatPythonReads) {
  const auto body = base::ParseJson(
      BodyOf({"prompt", "created"}, {{"name", "ask"}}, base::ParseTimestamp("2026-11-27T20:06:40.123456Z").value()),
      "body");
  EXPECT_EQ(body.value(), base::Json({{"entity", "prompt"},
                                      {"action", "created"},
                                      {"timestamp", "2026-11-27T20:06:40.123456+00:00"},
                                      {"data", {{"name", "ask"}}}}));
}

}  // namespace
}  // namespace gyre::webhooks::internal
