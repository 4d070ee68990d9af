#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/json.h"
#include "base/result.h"
#include "data/profile.h"
#include "data/schema.h"

namespace gyre::data {

/// A file by its bytes.
struct FileFacts {
  std::string name;  ///< without folders
  uint64_t bytes = 0;
  base::Digest sha256;

  base::Json ToJson() const;
  static base::Result<FileFacts> FromJson(const base::Json& json, std::string_view path);
  bool operator==(const FileFacts&) const = default;
};

/// What a step that wrote a table tells of it: all that the catalog needs to register the table without reading it.
struct TableFacts {
  Schema schema;
  uint64_t rows = 0;
  /// Identity of the content: equal for equal names, types and values in the same order, whatever file they lie in.
  /// How it is taken: docs/formats/dataset.md.
  base::Digest content;
  FileFacts file;                      ///< the Parquet file
  std::vector<ColumnProfile> profile;  ///< per column of the schema, in its order
  std::optional<FileFacts> source;     ///< the file from outside that was read, if any
  std::vector<std::string> notes;      ///< what a person should look at ("column 'x' is text because ...")

  base::Json ToJson() const;
  static base::Result<TableFacts> FromJson(const base::Json& json);
  bool operator==(const TableFacts&) const = default;
};

}  // namespace gyre::data
