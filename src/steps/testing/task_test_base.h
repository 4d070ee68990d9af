#pragma once

#include <filesystem>
#include <gtest/gtest.h>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "data/testing/table_fixture.h"
#include "steps/internal/builtin.h"
#include "steps/task.h"

namespace gyre::steps::testing {

/// Keeps what a step tells of its progress.
class RecordedEvents final : public TaskEvents {
 public:
  void Progress(double fraction, std::string_view note) override {
    fractions.push_back(fraction);
    notes.emplace_back(note);
  }
  void Trial(const base::Json& trial) override { trials.push_back(trial); }

  std::vector<double> fractions;
  std::vector<std::string> notes;
  std::vector<base::Json> trials;
};

/// Runs built-ins in this process on files of a folder of the test's own.
class TaskTest : public data::testing::TableTest {
 protected:
  Task Make(std::string_view uses, base::Json with) const {
    Task task{.uses = std::string(uses), .with = std::move(with), .inputs = {}, .project_files = {}};
    task.folder = In(std::string(uses) + std::to_string(++made_));
    EXPECT_TRUE(base::MakeFolders(task.folder / "scratch"));
    return task;
  }
  static base::Result<void> Check(std::string_view uses, const base::Json& with) {
    return internal::FindBuiltin(uses)->check(with);
  }
  base::Result<TaskResult> Run(const Task& task) { return internal::FindBuiltin(task.uses)->run(task, events_); }

  /// A table of the rows of a SELECT.
  Task::Input Table(std::string_view select) const {
    return {.kind = pipeline::ArtifactKind::kTable,
            .facts = {{"rows", 0}},
            .files = {{"data.parquet", MakeParquet(fmt::format("table{}.parquet", ++made_), select)}}};
  }
  /// What a step left, as the next one's input.
  static Task::Input InputOf(const TaskResult::Output& output) {
    Task::Input input{.kind = output.kind, .facts = output.facts, .files = {}};
    for (const auto& [name, path] : output.files) input.files[name] = path;
    return input;
  }
  std::vector<std::string> RowsOf(const TaskResult& result, const std::string& output = "data") const {
    return Rows(result.outputs.at(output).files.at("data.parquet"));
  }

  RecordedEvents events_;
  mutable int made_ = 0;
};

}  // namespace gyre::steps::testing
