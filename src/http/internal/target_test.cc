#include "http/internal/target.h"

#include <gtest/gtest.h>

namespace gyre::http::internal {
namespace {

TEST(Target, SplitsPathAndQuery) {
  const auto split = [](std::string_view text) {
    Target target;
    const auto refused = SplitTarget(text, target);
    EXPECT_FALSE(refused) << text << ": " << refused->error.message();
    return std::pair(std::string(target.path), std::string(target.query));
  };
  using Parts = std::pair<std::string, std::string>;
  EXPECT_EQ(split("/a/b?c=d?e"), Parts("/a/b", "c=d?e"));
  EXPECT_EQ(split("/"), Parts("/", ""));
  EXPECT_EQ(split("/a%20b%2Fc/%C3%A9?q=%0A"), Parts("/a%20b%2Fc/%C3%A9", "q=%0A"));
  EXPECT_EQ(split("HTTP://host:80/a?b"), Parts("/a", "b"));
  EXPECT_EQ(split("https://host?b"), Parts("/", "b"));
  EXPECT_EQ(split("http://host"), Parts("/", ""));
  EXPECT_EQ(split("*"), Parts("*", ""));
  EXPECT_EQ(split("/a..b/.c/d."), Parts("/a..b/.c/d.", ""));
  EXPECT_EQ(split("/a/"), Parts("/a/", ""));
}

TEST(Target, RefusesWhatCouldBeReadInTwoWays) {
  for (const std::string_view text :
       {"a",      "ftp://host/a", "/a#b",        "/%",    "/%4",   "/%4g",    "/%00",    "/a%0Ab",
        "/%7F",   "/%ff",         "/%c3",        "/a//b", "//",    "/.",      "/..",     "/a/../b",
        "/a/./b", "/%2e%2E/b",    "/a%2F..%2Fb", "/a/..", "/?q=%", "/?q=%zz", "/?q=%00", "/?q=%fe"}) {
    Target target;
    const auto refused = SplitTarget(text, target);
    ASSERT_TRUE(refused) << text;
    EXPECT_EQ(refused->status, 400) << text;
    EXPECT_FALSE(refused->error.message().empty());
  }
}

TEST(Target, WalksQueryPairs) {
  std::vector<std::pair<std::string, std::string>> pairs;
  ForEachQueryPair("a=1&&b&c=&=d&e=f=g", [&](std::string_view name, std::string_view value) {
    pairs.emplace_back(name, value);
    return true;
  });
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"a", "1"}, {"b", ""}, {"c", ""}, {"", "d"}, {"e", "f=g"}};
  EXPECT_EQ(pairs, expected);
}

}  // namespace
}  // namespace gyre::http::internal
