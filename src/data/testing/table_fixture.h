#pragma once

#include <filesystem>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "data/work.h"
#include "engine/engine.h"
#include "engine/sql.h"

namespace gyre::data::testing {

/// A folder of its own, files in it, and SQL over the Parquet files that the code under test wrote.
class TableTest : public ::testing::Test {
 protected:
  std::filesystem::path In(std::string_view name) const { return folder_.path() / name; }

  std::filesystem::path Write(std::string_view name, std::string_view bytes) const {
    EXPECT_TRUE(base::WriteFileAtomic(In(name), bytes));
    return In(name);
  }

  /// A Parquet file with the rows of a SELECT.
  std::filesystem::path MakeParquet(std::string_view name, std::string_view select) const {
    auto engine = engine::Engine::Open({.files = {In(name)}}).value();
    auto connection = engine.Connect().value();
    const auto written = connection.WriteParquet(select, In(name));
    EXPECT_TRUE(written) << (written ? "" : written.error().ToString());
    return In(name);
  }

  /// Every row of the file as "value|value", nulls as "NULL".
  std::vector<std::string> Rows(const std::filesystem::path& parquet) const {
    auto engine = engine::Engine::Open({.files = {parquet}}).value();
    auto connection = engine.Connect().value();
    const auto table = connection.Query("SELECT * FROM " + engine::ParquetTable(parquet).value()).value();
    std::vector<std::string> rows;
    for (size_t row = 0; row < table.rows(); ++row) {
      std::string text;
      for (const auto& column : table.columns) {
        if (!text.empty()) text += '|';
        const auto json = engine::ToJson(column.At(row));
        text += json.is_null() ? "NULL" : json.is_string() ? json.get<std::string>() : base::DumpJson(json);
      }
      rows.push_back(text);
    }
    return rows;
  }

  /// The example's table; call it with GYRE_SOURCE_DIR.
  static std::filesystem::path Weather(const std::filesystem::path& sources) {
    return sources / "examples/weather/weather.csv";
  }

  base::TempFolder folder_ = base::TempFolder::Make(std::filesystem::temp_directory_path(), "gyre-data-test").value();
  Work work_{.temp_folder = folder_.path() / "spill"};
};

}  // namespace gyre::data::testing
