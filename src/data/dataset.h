#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "data/table_facts.h"

namespace gyre::data {

/// 1 to 128 of [A-Za-z0-9._-], not starting with a dot.
using DatasetName = base::Id<struct DatasetNameTag>;

/// 64 hexadecimal digits made from the dataset's name and the content's digest: the same rows registered under the same
/// name are the same version, whenever and from wherever they come.
using DatasetVersionId = base::Id<struct DatasetVersionIdTag>;

DatasetVersionId MakeVersionId(const DatasetName& name, const base::Digest& content);

/// One immutable content of a dataset and where it came from when it was first registered.
struct DatasetVersion {
  DatasetVersionId id;
  DatasetName dataset;
  int64_t number = 0;  ///< from 1 within the dataset, for people: "weather/3"
  uint64_t rows = 0;
  base::Digest content;
  Schema schema;
  FileFacts file;                   ///< the Parquet file; its sha256 names its blob
  std::optional<FileFacts> source;  ///< the outside file, whose sha256 names its blob if `has_source_blob`
  bool has_source_blob = false;
  std::vector<DatasetVersionId> parents;  ///< versions it was made from, in the given order
  base::Json options;                     ///< how it was made: ingest options, SQL, split; {} if not told
  std::vector<std::string> notes;
  std::string pipeline_run;  ///< may be empty
  std::string created_by;
  base::Timestamp created_at;

  /// "weather/3".
  std::string Reference() const;
  /// docs/formats/dataset.md has the form.
  base::Json ToJson() const;
};

struct Dataset {
  DatasetName name;
  base::Timestamp created_at;
  base::Timestamp updated_at;  ///< when it last got a version
  int64_t latest_number = 0;
  DatasetVersionId latest;
  uint64_t latest_rows = 0;

  base::Json ToJson() const;
};

}  // namespace gyre::data
