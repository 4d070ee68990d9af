#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "data/table_facts.h"
#include "data/work.h"
#include "model/frame.h"
#include "steps/task.h"

namespace gyre::steps::internal {

/// What the child's data work may use: its scratch folder and its share of memory.
data::Work WorkOf(const Task& task);

/// A table output: the file and its facts.
TaskResult::Output TableOutput(const data::TableFacts& facts, const std::filesystem::path& folder);

/// Which columns of a table a model learns from.
struct Columns {
  std::string label;
  std::vector<std::string> features;  ///< in order

  base::Json ToJson() const { return {{"label", label}, {"features", features}}; }
  static base::Result<Columns> FromJson(const base::Json& json, const std::string& path);
};

/// `features` of the parameters, or every column but the label and those in `exclude`.
base::Result<Columns> ChooseColumns(const Task& task, const std::filesystem::path& table);

/// Rows with a label; rows without one are counted and left out.
struct LabelledTable {
  model::Frame features;
  std::vector<std::string> labels;
  size_t unlabelled = 0;
};
base::Result<LabelledTable> ReadLabelled(const data::Work& work, const std::filesystem::path& table,
                                         const Columns& columns);

}  // namespace gyre::steps::internal
