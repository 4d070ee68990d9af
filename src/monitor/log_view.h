#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/time.h"
#include "engine/connection.h"
#include "model/frame.h"
#include "model/signature.h"

namespace gyre::monitor {

struct RowFilter {
  std::optional<base::Timestamp> event_from;     ///< inclusive
  std::optional<base::Timestamp> event_until;    ///< exclusive
  std::optional<base::Timestamp> answered_from;  ///< inclusive
};

/// The logged rows of one endpoint at one moment, in SQL: the view `log` has the columns of docs/formats/inference.md,
/// sealed or not. Features and classes are those of all versions that ever answered; a row has nulls where its version
/// had none. One thread.
struct LogView {
  struct Feature {
    std::string name;
    model::FeatureType type = model::FeatureType::kNumber;  ///< of the newest version that has it
    std::string column;
  };
  struct Class {
    std::string name;
    std::string probability;         ///< column
    std::string shadow_probability;  ///< column
  };

  std::optional<base::TempFolder> spill;  ///< where the engine puts what memory does not hold; goes with the view
  engine::Connection connection;
  model::Task task = model::Task::kClassification;  ///< of the newest version
  std::vector<Feature> features;
  std::vector<Class> classes;
  std::string positive_class;  ///< of the newest version

  /// Null if there is none of that name.
  const Feature* Find(const std::string& feature) const;
};

}  // namespace gyre::monitor
