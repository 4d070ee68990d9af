#include "serve/internal/model_map.h"

#include <limits>
#include <numeric>

#include "base/text.h"

namespace gyre::serve::internal {
namespace {

using model::FeatureType;

base::Error InTheWay(std::string message, std::string name) {
  return base::FailedPrecondition(std::move(message), std::move(name));
}

/// Position of a feature among those of its type.
uint32_t ColumnOf(const model::Signature& signature, const model::Feature& feature) {
  uint32_t column = 0;
  for (const auto& input : signature.inputs) {
    if (input.name == feature.name) break;
    column += input.type == feature.type ? 1 : 0;
  }
  return column;
}

template <class Value>
void GatherColumns(const std::vector<Value>& from, size_t stride, std::span<const uint32_t> rows,
                   const std::vector<uint32_t>& columns, uint32_t missing, Value absent, std::vector<Value>& to) {
  to.clear();
  for (const uint32_t row : rows) {
    const Value* const values = from.data() + row * stride;
    for (const uint32_t column : columns) to.push_back(column == missing ? absent : values[column]);
  }
}

}  // namespace

ModelMap::ModelMap(const model::Signature& signature)
    : batch_numbers_(signature.CountInputs(FeatureType::kNumber)),
      batch_categories_(signature.CountInputs(FeatureType::kCategory)),
      numbers_(batch_numbers_),
      categories_(batch_categories_),
      classes_(signature.classes.size()) {
  std::iota(numbers_.begin(), numbers_.end(), 0U);
  std::iota(categories_.begin(), categories_.end(), 0U);
  std::iota(classes_.begin(), classes_.end(), 0);
}

base::Result<ModelMap> ModelMap::Between(const model::Signature& endpoint, const model::Signature& model) {
  ModelMap map;
  if (endpoint.task != model.task) return InTheWay("one classifies and the other does not", "task");
  TRY(map.MapInputs(endpoint, model));
  TRY(map.MapClasses(endpoint, model));
  if (endpoint.probability_output.empty() != model.probability_output.empty()) {
    return InTheWay("one answers with probabilities and the other without: their rows cannot be compared",
                    "probability");
  }
  return map;
}

base::Result<void> ModelMap::MapInputs(const model::Signature& endpoint, const model::Signature& model) {
  batch_numbers_ = endpoint.CountInputs(FeatureType::kNumber);
  batch_categories_ = endpoint.CountInputs(FeatureType::kCategory);
  for (const auto& feature : model.inputs) {
    auto& columns = feature.type == FeatureType::kNumber ? numbers_ : categories_;
    const auto* sent = endpoint.Find(feature.name);
    if (sent == nullptr && !feature.nullable) {
      return InTheWay(fmt::format("it needs the feature '{}', which the champion's callers do not send", feature.name),
                      feature.name);
    }
    if (sent != nullptr && sent->type != feature.type) {
      return InTheWay(fmt::format("its feature '{}' is a {}, the champion's a {}", feature.name,
                                  model::FeatureTypeName(feature.type), model::FeatureTypeName(sent->type)),
                      feature.name);
    }
    columns.push_back(sent == nullptr ? kMissing : ColumnOf(endpoint, *sent));
  }
  const ModelMap identity(endpoint);
  same_inputs_ = numbers_ == identity.numbers_ && categories_ == identity.categories_;
  return base::Ok();
}

base::Result<void> ModelMap::MapClasses(const model::Signature& endpoint, const model::Signature& model) {
  for (const auto& name : model.classes) {
    const auto found = std::ranges::find(endpoint.classes, name);
    if (found == endpoint.classes.end() || model.classes.size() != endpoint.classes.size()) {
      return InTheWay(fmt::format("its classes are {}, the champion's {}", base::Join(model.classes, ", "),
                                  base::Join(endpoint.classes, ", ")),
                      "classes");
    }
    classes_.push_back(static_cast<int32_t>(found - endpoint.classes.begin()));
  }
  return base::Ok();
}

void ModelMap::Gather(const RowBatch& batch, std::span<const uint32_t> rows, std::vector<float>& numbers,
                      std::vector<std::string_view>& categories) const {
  GatherColumns(batch.numbers, batch_numbers_, rows, numbers_, kMissing, std::numeric_limits<float>::quiet_NaN(),
                numbers);
  GatherColumns(batch.categories, batch_categories_, rows, categories_, kMissing, std::string_view(), categories);
}

}  // namespace gyre::serve::internal
