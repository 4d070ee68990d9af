#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/database.h"

namespace gyre::store {

/// Reads an SQLite file that another program wrote, and that it may be writing still: each query sees the file as it is
/// at that moment, and none holds it longer than it runs. Nothing is ever written to it. The file is not trusted: its
/// views and triggers are of no effect, values over 64 MB are refused, damaged pages are kCorrupt. One thread.
class ForeignDatabase : public Reader {
 public:
  /// kNotFound, kIo, kCorrupt (no SQLite file, or a damaged one).
  static base::Result<std::unique_ptr<ForeignDatabase>> Open(const std::filesystem::path& path);

  /// The table's columns; none if there is no such table. A view is no table.
  virtual base::Result<std::vector<std::string>> Columns(std::string_view table) = 0;
};

}  // namespace gyre::store
