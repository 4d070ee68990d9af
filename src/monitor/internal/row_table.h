#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/connection.h"
#include "engine/table.h"
#include "monitor/internal/row_codec.h"
#include "monitor/log_schema.h"

namespace gyre::monitor::internal {

/// Turns encoded rows of one schema into the columns of the log, as docs/formats/inference.md names them.
class RowTable {
 public:
  explicit RowTable(const LogSchema& schema);

  const engine::Table& table() const { return table_; }
  void Append(const RowView& row);
  void Clear();

 private:
  struct AnswerColumns {
    size_t version = 0;
    size_t answer = 0;         ///< label or value
    size_t probabilities = 0;  ///< the first
  };
  size_t AddColumn(std::string name, engine::DataType type);
  AnswerColumns AddAnswer(const std::string& version, const std::string& prefix);
  void AppendAnswer(const AnswerColumns& columns, const AnswerView& answer);
  void AppendNoAnswer(const AnswerColumns& columns);

  const LogSchema& schema_;
  const RowShape shape_;
  engine::Table table_;
  AnswerColumns answer_;
  AnswerColumns shadow_;
  size_t features_ = 0;  ///< the first
};

/// The columns of a schema, empty.
std::vector<engine::Column> LogColumns(const LogSchema& schema);

/// A SELECT of all columns of `table` in which numbers have the 32 bits that models see.
std::string SelectAsFloats(std::span<const engine::Column> columns, const std::string& table);

/// Makes the table `name` and appends the rows that `feed` passes, in order.
using OnEncodedRow = std::function<base::Result<void>(std::string_view row)>;
base::Result<void> FillTable(engine::Connection& connection, const std::string& name, const LogSchema& schema,
                             const std::function<base::Result<void>(const OnEncodedRow&)>& feed);

}  // namespace gyre::monitor::internal
