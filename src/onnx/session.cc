#include "onnx/session.h"

#include "base/text.h"
#include "onnx/internal/ort_value.h"
#include "onnx/internal/running_set.h"
#include "onnx/internal/session_state.h"

namespace gyre::onnx {

using internal::Owned;

namespace {

const ValueInfo* FindNamed(const std::vector<ValueInfo>& infos, std::string_view name) {
  const auto found = std::ranges::find(infos, name, &ValueInfo::name);
  return found == infos.end() ? nullptr : &*found;
}

std::vector<std::string> NamesOf(const std::vector<ValueInfo>& infos) {
  std::vector<std::string> names;
  for (const auto& info : infos) names.push_back(info.name);
  return names;
}

base::Error UnknownName(std::string_view what, std::string_view name, const std::vector<ValueInfo>& infos) {
  const auto names = NamesOf(infos);
  const auto meant = base::ClosestMatch(name, names);
  const auto hint =
      meant ? fmt::format("did you mean '{}'?", *meant) : fmt::format("it has {}", base::Join(names, ", "));
  return base::InvalidArgument(fmt::format("the graph has no {} '{}'; {}", what, name, hint), std::string(name));
}

bool ShapeFits(const ValueInfo& info, const std::vector<int64_t>& shape) {
  if (!info.has_shape) return true;
  if (info.shape.size() != shape.size()) return false;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (info.shape[i] >= 0 && info.shape[i] != shape[i]) return false;
  }
  return true;
}

base::Result<void> CheckTensor(const ValueInfo& info, const Tensor& tensor) {
  uint64_t elements = 1;
  for (const int64_t dimension : tensor.shape) {
    if (dimension < 0)
      return base::InvalidArgument(fmt::format("input {} has a negative dimension", info.name), info.name);
    const auto size = static_cast<uint64_t>(dimension);
    if (__builtin_mul_overflow(elements, size, &elements)) {
      return base::TooLarge(fmt::format("input {} has too many elements", info.name), info.name);
    }
  }
  if (elements != tensor.size()) {
    return base::InvalidArgument(
        fmt::format("input {} has {} values, but its shape is of {}", info.name, tensor.size(), elements), info.name);
  }
  const bool fits = info.kind == ValueKind::kTensor && info.type == tensor.type() && ShapeFits(info, tensor.shape);
  if (fits) return base::Ok();
  ValueInfo given{.name = info.name, .type = tensor.type(), .has_shape = true, .shape = tensor.shape};
  return base::InvalidArgument(
      fmt::format("input {} must be {}, not {}", info.name, DescribeType(info), DescribeType(given)), info.name);
}

}  // namespace

RunControl::RunControl() : running_(std::make_unique<internal::RunningSet>()) {}

RunControl::~RunControl() = default;

void RunControl::Terminate() {
  running_->Terminate();
}

bool RunControl::terminated() const {
  return running_->terminated();
}

Session::Session(std::unique_ptr<internal::SessionState> state) : state_(std::move(state)) {}

Session::~Session() = default;

const std::vector<ValueInfo>& Session::inputs() const {
  return state_->inputs;
}

const std::vector<ValueInfo>& Session::outputs() const {
  return state_->outputs;
}

const ValueInfo* Session::FindInput(std::string_view name) const {
  return FindNamed(state_->inputs, name);
}

const ValueInfo* Session::FindOutput(std::string_view name) const {
  return FindNamed(state_->outputs, name);
}

uint64_t Session::memory_bytes() const {
  return state_->budget->used();
}

base::Result<void> Session::CheckInputs(std::span<const NamedTensor> inputs) const {
  std::set<std::string_view> given;
  for (const auto& [name, tensor] : inputs) {
    const auto* info = FindInput(name);
    if (info == nullptr) return UnknownName("input", name, state_->inputs);
    if (!given.insert(name).second)
      return base::InvalidArgument(fmt::format("input {} is given twice", name), info->name);
    TRY(CheckTensor(*info, *tensor));
  }
  for (const auto& info : state_->inputs) {
    if (!given.contains(info.name))
      return base::InvalidArgument(fmt::format("input {} is missing", info.name), info.name);
  }
  return base::Ok();
}

base::Result<std::vector<Value>> Session::Run(std::span<const NamedTensor> inputs, std::span<const std::string> outputs,
                                              RunControl* control) const {
  TRY(CheckInputs(inputs));
  const auto& environment = *state_->environment;
  const auto& api = state_->api();
  std::vector<Owned<OrtValue>> owned;
  std::vector<const OrtValue*> values;
  std::vector<const char*> input_names;
  for (const auto& [name, tensor] : inputs) {
    owned.push_back(TRY(internal::ToOrtValue(environment, *tensor)));
    values.push_back(owned.back().get());
    input_names.push_back(FindInput(name)->name.c_str());
  }
  std::vector<const char*> output_names;
  for (const auto& name : outputs) {
    if (FindOutput(name) == nullptr) return UnknownName("output", name, state_->outputs);
    output_names.push_back(name.c_str());
  }
  const auto options = TRY(internal::RunOptions::Make(environment, control != nullptr ? &control->running() : nullptr));
  std::vector<OrtValue*> results(outputs.size(), nullptr);
  const uint64_t refusals = state_->budget->refusals();
  OrtStatus* status = nullptr;
  {
    const internal::BudgetScope scope(state_->budget.get());
    status = api.Run(state_->session.get(), options.get(), input_names.data(), values.data(), values.size(),
                     output_names.data(), output_names.size(), results.data());
  }
  std::vector<Owned<OrtValue>> owned_results;
  for (OrtValue* result : results) owned_results.emplace_back(result, internal::Release<OrtValue>{api.ReleaseValue});
  TRY(internal::CheckRun(*state_, status, refusals, options.terminated()));
  std::vector<Value> read;
  for (const auto& result : owned_results) read.push_back(TRY(internal::FromOrtValue(environment, *result)));
  return read;
}

}  // namespace gyre::onnx
