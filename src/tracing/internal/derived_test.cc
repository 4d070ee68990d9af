// What is derived from spans: previews and sums of usage.
#include <gtest/gtest.h>

#include "tracing/internal/preview.h"
#include "tracing/internal/usage.h"

namespace gyre::tracing::internal {
namespace {

TEST(Preview, OfAChatIsTheLastMessageOfTheRole) {
  constexpr std::string_view kChat =
      R"({"messages": [{"role": "user", "content": "first"}, {"role": "user", "content": "asked"},
          {"role": "assistant", "content": [{"type": "image"}, {"type": "text", "text": "said"}]}, 7]})";
  EXPECT_EQ(Preview(kChat, "user"), "asked");
  EXPECT_EQ(Preview(kChat, "assistant"), "said");
  EXPECT_EQ(Preview(R"({"choices": [{"message": {"role": "assistant", "content": "done"}}]})", "assistant"), "done");
  EXPECT_EQ(Preview(R"({"request": {"input": [{"role": "user", "content": "deep"}]}})", "user"), "deep");
  EXPECT_EQ(Preview(R"({"output": [{"role": "x", "content": ["part"]}]})", "assistant"), "part");
}

TEST(Preview, OfAnythingElseIsItsText) {
  for (const std::string_view json : {R"({"x": 1})", "[1, 2]", "\"text\"", "{broken", R"({"messages": []})",
                                      R"({"messages": [{"role": "user", "content": 7}]})"}) {
    EXPECT_EQ(Preview(json, "user"), json);
  }
}

TEST(Preview, IsCutBetweenCharacters) {
  std::string text;
  for (int i = 0; i < 1001; ++i) text += "\xc3\xa9";
  const auto preview = Preview(text, "user");
  EXPECT_EQ(preview.size(), 2 * 997 + 3);
  EXPECT_TRUE(preview.ends_with("\xc3\xa9..."));
  EXPECT_EQ(Preview(text.substr(2), "user"), text.substr(2));
}

TEST(PlainText, IsWithoutQuotes) {
  EXPECT_EQ(PlainText(R"("a\nb")"), "a\nb");
  EXPECT_EQ(PlainText("[1]"), "[1]");
}

TEST(Usage, ASpanBelowOneThatCountsIsLeftOut) {
  const std::vector<UsageNode> nodes = {
      {"1", "", ""},
      {"2", "1", R"({"input_tokens": 10, "output_tokens": 5, "total_tokens": 15, "cache_read_input_tokens": 2})"},
      {"3", "2", R"({"input_tokens": 10})"},
      {"4", "3", R"({"input_tokens": 10})"},
      {"5", "lost", R"({"input_tokens": 1})"}};
  EXPECT_EQ(AddTokens(nodes),
            R"({"input_tokens": 11, "output_tokens": 5, "total_tokens": 15, "cache_read_input_tokens": 2})");
}

TEST(Usage, NothingSaidIsNoSum) {
  EXPECT_EQ(AddTokens({}), std::nullopt);
  const std::vector<UsageNode> odd = {{"1", "", "7"}, {"2", "", "{broken"}, {"3", "4", "{}"}, {"4", "3", "{}"}};
  EXPECT_EQ(AddTokens(odd), std::nullopt);
  const std::vector<UsageNode> costs = {{"1", "", R"({"input_cost": 0.25, "output_cost": "x"})"}};
  EXPECT_EQ(AddCosts(costs), R"({"input_cost": 0.25, "output_cost": 0.0, "total_cost": 0.0})");
}

}  // namespace
}  // namespace gyre::tracing::internal
