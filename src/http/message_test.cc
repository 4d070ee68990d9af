#include "http/message.h"

#include <gtest/gtest.h>

namespace gyre::http {
namespace {

TEST(Message, MethodsHaveTheirNames) {
  for (const auto* name : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    EXPECT_EQ(MethodName(ParseMethod(name).value()), name);
  }
  EXPECT_EQ(ParseMethod("get"), std::nullopt);
  EXPECT_EQ(ParseMethod("TRACE"), std::nullopt);
}

TEST(Message, ErrorsHaveOneForm) {
  Response response;
  response.SetError(base::NotFound("model 'x' does not exist", "x"));
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_EQ(response.body, R"({"details":{"name":"x"},"error_code":"NOT_FOUND","message":"model 'x' does not exist"})");
  response.Clear();
  response.SetError(417, base::Error(base::ErrorCode::kUnsupported, "no"));
  EXPECT_EQ(response.status, 417);
  EXPECT_EQ(response.body, R"({"details":{},"error_code":"UNSUPPORTED","message":"no"})");
  EXPECT_TRUE(response.headers.empty());
}

TEST(Message, ErrorsThatPassSayWhenToTryAgain) {
  for (const auto& error : {base::Unavailable("draining"), base::Error(base::ErrorCode::kResourceExhausted, "full")}) {
    Response response;
    response.SetError(error);
    ASSERT_EQ(response.headers.size(), 1u);
    EXPECT_EQ(response.headers[0].first, "Retry-After");
  }
}

TEST(Message, ClearKeepsTheMemoryOfTheBody) {
  Response response;
  response.SetText(202, std::string(1000, 'x'));
  response.headers.emplace_back("a", "b");
  const auto capacity = response.body.capacity();
  response.Clear();
  EXPECT_EQ(response.status, 200);
  EXPECT_TRUE(response.body.empty());
  EXPECT_TRUE(response.headers.empty());
  EXPECT_EQ(response.body.capacity(), capacity);
}

TEST(Message, EveryCodeHasAnErrorStatus) {
  for (int code = 0; code <= static_cast<int>(base::ErrorCode::kInternal); ++code) {
    const int status = HttpStatus(static_cast<base::ErrorCode>(code));
    EXPECT_GE(status, 400);
    EXPECT_NE(ReasonPhrase(status), "Unknown") << status;
  }
}

}  // namespace
}  // namespace gyre::http
