#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "model/internal/feature_check.h"
#include "model/signature.h"
#include "onnx/graph_edit.h"
#include "onnx/session.h"

namespace gyre::model::internal {

/// One input of the graph and the features that fill it.
struct InputSlot {
  size_t input;  ///< index into the session's inputs
  onnx::ElementType type;
  std::vector<size_t> features;  ///< positions among the number features, or among the category features for strings
};

/// One output of the graph that is read.
struct OutputSlot {
  std::string name;
  onnx::ElementType type = onnx::ElementType::kOther;
  onnx::ValueKind kind = onnx::ValueKind::kTensor;
  size_t width = 1;        ///< values per row
  size_t rank = 1;         ///< 1: [N]; 2: [N, width]
  bool has_shape = false;  ///< false: only a plain run finds out
  size_t position = 0;     ///< among the outputs asked for
};

/// Finds a class's index by what the graph calls it.
class ClassIndex {
 public:
  ClassIndex() = default;
  explicit ClassIndex(const std::vector<std::string>& classes);

  /// -1 if there is no such class.
  int32_t Find(std::string_view label) const;
  int32_t Find(int64_t label) const;
  /// True if every class is an integer in decimal.
  bool integers() const { return integers_.size() == texts_.size(); }

 private:
  std::map<std::string, int32_t, std::less<>> texts_;
  std::unordered_map<int64_t, int32_t> integers_;
};

/// A session with a signature bound to it. Immutable; checks point into `signature`, so it stays where it was made.
struct ExecutorState {
  Signature signature;
  std::shared_ptr<const onnx::Session> session;
  std::vector<FeatureCheck> number_checks;
  std::vector<FeatureCheck> category_checks;
  std::vector<InputSlot> inputs;
  std::vector<std::string> outputs;  ///< the names to ask for
  OutputSlot label;                  ///< name empty: none
  OutputSlot probability;
  OutputSlot value;
  ClassIndex classes;
  size_t rows_per_run = 0;
  bool prepared = false;  ///< all shapes are known beforehand: the fast path

  ExecutorState() = default;
  ExecutorState(const ExecutorState&) = delete;
  ExecutorState& operator=(const ExecutorState&) = delete;
};

/// Binds features to inputs by name (the columns of `folded` to its matrix) and the remaining numbers to the one matrix
/// input; kInvalidArgument says what does not fit. Fills everything but `signature` and `session`, which are given.
base::Result<void> Bind(ExecutorState& state, const onnx::FoldedGraph* folded);

}  // namespace gyre::model::internal
