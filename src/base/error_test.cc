#include <cerrno>
#include <gtest/gtest.h>

#include "base/result.h"

namespace gyre::base {
namespace {

Result<int> Half(int value) {
  if (value % 2 != 0) return InvalidArgument("must be even", "value");
  return value / 2;
}

Result<int> Quarter(int value) {
  const int half = TRY(Half(value));
  return Half(half);
}

TEST(Result, TryReturnsTheFirstErrorAndElseTheValue) {
  EXPECT_EQ(Quarter(8).value(), 2);
  EXPECT_EQ(Quarter(7).error().name(), "value");
  EXPECT_EQ(Quarter(6).error().code(), ErrorCode::kInvalidArgument);
}

TEST(Error, ContextIsPutBeforeTheMessageAndKeepsCodeAndName) {
  const Error error = NotFound("no such file", "gyre.yaml").Within("reading the project");
  EXPECT_EQ(error.ToString(), "NOT_FOUND: reading the project: no such file");
  EXPECT_EQ(error.name(), "gyre.yaml");
}

TEST(Error, CodesAreReadBackByTheirNames) {
  for (int code = 0; code <= static_cast<int>(ErrorCode::kInternal); ++code) {
    EXPECT_EQ(ParseErrorCode(ErrorCodeName(static_cast<ErrorCode>(code))), static_cast<ErrorCode>(code));
  }
  EXPECT_EQ(ParseErrorCode("NONSENSE"), ErrorCode::kInternal);
}

TEST(Error, MissingFilesAreNotFoundAndOtherRefusalsAreIo) {
  errno = ENOENT;
  EXPECT_EQ(ErrnoError("open", "x").code(), ErrorCode::kNotFound);
  errno = EACCES;
  EXPECT_EQ(ErrnoError("open", "x").code(), ErrorCode::kIo);
}

}  // namespace
}  // namespace gyre::base
