#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "base/text.h"
#include "train/dataset.h"

namespace gyre::train::testing {

/// A CSV file of number columns, an empty field being a missing value, with the label in the last column.
inline base::Result<Dataset> ReadCsv(const std::filesystem::path& path) {
  const auto text = TRY(base::ReadFile(path, 256 << 20));
  model::Frame frame;
  std::vector<std::string> labels;
  for (const auto line : base::Split(text, '\n')) {
    if (line.empty()) continue;
    const auto fields = base::Split(line, ',');
    if (frame.columns.empty()) {
      for (size_t i = 0; i + 1 < fields.size(); ++i) {
        frame.columns.push_back({.name = std::string(fields[i]), .numbers = {}, .categories = {}});
      }
      continue;
    }
    for (size_t i = 0; i + 1 < fields.size(); ++i) {
      const auto value = base::ParseDouble(fields[i]);
      frame.columns[i].numbers.push_back(value ? static_cast<float>(*value) : std::numeric_limits<float>::quiet_NaN());
    }
    labels.emplace_back(fields.back());
  }
  return MakeDataset(std::move(frame), labels);
}

}  // namespace gyre::train::testing
