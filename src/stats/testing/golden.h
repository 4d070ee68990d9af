#pragma once

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>

#include "base/file.h"
#include "base/json.h"

namespace gyre::stats::testing {

/// Reference values that tests/golden/stats.py wrote with scipy and scikit-learn.
inline base::Json ReadGolden(const std::string& name) {
  const auto text = base::ReadFile(std::string(GYRE_TEST_DATA) + "/" + name, 8 << 20);
  EXPECT_TRUE(text) << name;
  return base::ParseJson(text.value(), name).value();
}

}  // namespace gyre::stats::testing
