#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "onnx/session.h"

namespace gyre::onnx {

/// An output whose shape the caller knows for the prepared number of rows.
struct PreparedOutput {
  std::string name;
  std::vector<int64_t> shape;
};

/// Repeated runs over buffers that are made once: the caller writes inputs in place, runs, and reads outputs in place.
/// In the steady state nothing is allocated outside ONNX Runtime but for texts that outgrow their slot. For one thread
/// at a time (one per thread and number of rows); `Terminate` alone may come from another.
class PreparedRun {
 public:
  /// Every input must be a tensor [rows, ...] with its other dimensions fixed, or say kUnsupported; outputs must be
  /// tensors of float, double, int64 or string.
  static base::Result<std::unique_ptr<PreparedRun>> Make(std::shared_ptr<const Session> session, int64_t rows,
                                                         std::vector<PreparedOutput> outputs);
  ~PreparedRun();

  /// Input buffers by the input's index in `session->inputs()`, row-major. Empty if its type is another one.
  std::span<float> FloatInput(size_t input);
  std::span<double> DoubleInput(size_t input);
  std::span<int32_t> Int32Input(size_t input);
  std::span<int64_t> Int64Input(size_t input);
  std::span<uint8_t> BoolInput(size_t input);
  base::Result<void> SetText(size_t input, size_t element, std::string_view text);

  base::Result<void> Run();
  /// Ends the Run that is going on, or the next one, with kCancelled; so do later ones until Rearm.
  void Terminate();
  void Rearm();

  /// Results of the last Run by index into `outputs`; valid until the next. Empty if its type is another one.
  std::span<const float> FloatOutput(size_t output) const;
  std::span<const double> DoubleOutput(size_t output) const;
  std::span<const int64_t> Int64Output(size_t output) const;
  base::Result<std::string_view> TextOutput(size_t output, size_t element);

 private:
  struct State;
  explicit PreparedRun(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace gyre::onnx
