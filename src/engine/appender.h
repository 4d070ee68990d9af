#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"
#include "engine/connection.h"
#include "engine/table.h"

namespace gyre::engine {

/// Bulk writes into a table, column by column. The connection must outlive it and runs nothing else meanwhile.
/// Rows may become visible at any time from `Append` on; all of them are once `Close` succeeded. One thread.
class Appender {
 public:
  static base::Result<Appender> Open(Connection& connection, std::string_view table);
  Appender(Appender&& other) noexcept;
  ~Appender();

  /// Columns by position; their types must be those the table was created with.
  base::Result<void> Append(const Table& rows);
  base::Result<void> Close();

 private:
  struct State;
  explicit Appender(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace gyre::engine
