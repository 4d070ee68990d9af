#include "server/home.h"

#include <gtest/gtest.h>
#include <thread>
#include <unistd.h>

namespace gyre::server {
namespace {

class HomeTest : public ::testing::Test {
 protected:
  base::TempFolder folder_ = base::TempFolder::Make(std::filesystem::temp_directory_path(), "gyre-home-test").value();
  std::filesystem::path path_ = folder_.path() / "new" / "home";
};

TEST_F(HomeTest, IsHeldByOneAndFreeAfterwards) {
  EXPECT_FALSE(Home::Holder(path_).value());
  {
    const auto home = Home::Acquire(path_).value();
    const auto second = Home::Acquire(path_);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code(), base::ErrorCode::kFailedPrecondition);
    EXPECT_NE(second.error().message().find(std::to_string(getpid())), std::string::npos) << second.error().message();
  }
  EXPECT_FALSE(Home::Holder(path_).value());
  EXPECT_TRUE(Home::Acquire(path_));
}

TEST_F(HomeTest, WhoeverAsksAboutItDoesNotTakeIt) {
  {
    ASSERT_TRUE(Home::Acquire(path_));
  }
  std::jthread asker([this](const std::stop_token& stop) {
    while (!stop.stop_requested()) EXPECT_TRUE(Home::Holder(path_));
  });
  for (int i = 0; i < 500; ++i) ASSERT_TRUE(Home::Acquire(path_)) << i;
}

TEST_F(HomeTest, TellsWhereItsServerIs) {
  auto home = Home::Acquire(path_).value();
  EXPECT_EQ(Home::Holder(path_).value()->url, "");
  ASSERT_TRUE(home.Announce("http://127.0.0.1:5000"));
  const auto holder = Home::Holder(path_).value();
  ASSERT_TRUE(holder);
  EXPECT_EQ(holder->url, "http://127.0.0.1:5000");
  EXPECT_EQ(holder->pid, getpid());
  EXPECT_NE(Home::Acquire(path_).error().message().find("http://127.0.0.1:5000"), std::string::npos);
}

TEST_F(HomeTest, WhatAKilledProcessWasAtIsGone) {
  const auto left = [&] { return path_ / "work" / "probes" / "probe-.abc" / "bundle"; };
  {
    ASSERT_TRUE(Home::Acquire(path_));
  }
  ASSERT_TRUE(base::MakeFolders(left()));
  ASSERT_TRUE(base::WriteFileAtomic(left() / "model.onnx", "half"));
  {
    const auto home = Home::Acquire(path_).value();
    EXPECT_FALSE(std::filesystem::exists(home.work()));
    ASSERT_TRUE(base::MakeFolders(left()));
    EXPECT_FALSE(Home::Acquire(path_));
    EXPECT_TRUE(std::filesystem::exists(left())) << "somebody else's work was deleted";
  }
}

}  // namespace
}  // namespace gyre::server
