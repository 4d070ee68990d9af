#include "search/internal/lexer.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace gyre::search::internal {
namespace {

using Kind = Token::Kind;

/// "name:a number:1" and so on.
std::string Cut(std::string_view text) {
  constexpr const char* kNames[] = {"end", "name", "text", "number", "op", "left", "right", "comma", "other"};
  std::string shown;
  Lexer lexer(text);
  for (Token token = lexer.Next(); token.kind != Kind::kEnd; token = lexer.Next()) {
    if (!shown.empty()) shown += ' ';
    shown += fmt::format("{}<{}>", kNames[static_cast<size_t>(token.kind)], token.text);
  }
  return shown;
}

TEST(Lexer, CutsNames) {
  EXPECT_EQ(Cut("a"), "name<a>");
  EXPECT_EQ(Cut("a.b.c"), "name<a.b.c>");
  EXPECT_EQ(Cut("tags.`a b`.c"), "name<tags.`a b`.c>");
  EXPECT_EQ(Cut("tags.\"a.b\" tags.'a b'"), "name<tags.\"a.b\"> name<tags.'a b'>");
  EXPECT_EQ(Cut("`run name`=\"x\""), "name<`run name`> op<=> name<\"x\">");
  EXPECT_EQ(Cut("a_1$#é"), "name<a_1$#é>");
  EXPECT_EQ(Cut("params."), "name<params.>");
  EXPECT_EQ(Cut("params.1a"), "name<params.1a>");
}

TEST(Lexer, CutsCallsOnlyBehindAPrefix) {
  EXPECT_EQ(Cut("metrics.max(a)"), "name<metrics.max(a)>");
  EXPECT_EQ(Cut("metrics.min(`a (b`)"), "name<metrics.min(`a (b`)>");
  EXPECT_EQ(Cut("max(a)"), "name<max> left<(> name<a> right<)>");
  EXPECT_EQ(Cut("NOT(a)"), "name<NOT> left<(> name<a> right<)>");
  EXPECT_EQ(Cut("metrics.max(a"), "name<metrics.max> left<(> name<a>");
  EXPECT_EQ(Cut("metrics.sum(a)"), "name<metrics.sum> left<(> name<a> right<)>");
}

TEST(Lexer, CutsNumbers) {
  for (const char* number : {"1", "-1", "1.5", ".5", "5.", "1e9", "-1.5E-3", "2e+4"}) {
    EXPECT_EQ(Cut(number), fmt::format("number<{}>", number));
  }
  EXPECT_EQ(Cut("a>-5"), "name<a> op<>> number<-5>");
  EXPECT_EQ(Cut("5AND"), "other<5AND>");
  EXPECT_EQ(Cut("0x1F"), "other<0x1F>");
  EXPECT_EQ(Cut("1e"), "other<1e>");
  EXPECT_EQ(Cut("- 5"), "other<-> number<5>");
}

TEST(Lexer, CutsTexts) {
  EXPECT_EQ(Cut("'a''b' 'c'"), "text<'a''b'> text<'c'>");
  EXPECT_EQ(Cut("'a\\'b'"), "text<'a\\'b'>");
  EXPECT_EQ(Cut("'a\\'"), "text<'a\\'>") << "nothing closes it otherwise";
  EXPECT_EQ(Cut("''"), "text<''>");
  EXPECT_EQ(Cut("'open"), "other<'open>");
  EXPECT_EQ(Cut("`open"), "other<`open>");
  EXPECT_EQ(Cut("a.`open"), "name<a.> other<`open>");
}

TEST(Lexer, CutsTheRest) {
  EXPECT_EQ(Cut("a>=1,(b<>c);"), "name<a> op<>=> number<1> comma<,> left<(> name<b> op<<>> name<c> right<)> other<;>");
  EXPECT_EQ(Cut(" \t\r\n "), "");
}

TEST(Lexer, KnowsPositionsAndWords) {
  Lexer lexer("ab  and \"x\" \"x\".y");
  EXPECT_FALSE(lexer.Next().IsWord("AND"));
  const auto word = lexer.Next();
  EXPECT_TRUE(word.IsWord("AND"));
  EXPECT_EQ(word.position, 4U);
  EXPECT_TRUE(lexer.Next().IsText());
  EXPECT_FALSE(lexer.Next().IsText());
}

}  // namespace
}  // namespace gyre::search::internal
