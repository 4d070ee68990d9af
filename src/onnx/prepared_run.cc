#include "onnx/prepared_run.h"

#include "onnx/internal/ort_value.h"
#include "onnx/internal/session_state.h"

namespace gyre::onnx {
namespace {

using base::ErrorCode;
using internal::Owned;

/// One value over a buffer of its own. The buffer never moves: the value points into it.
struct Slot {
  ElementType type = ElementType::kOther;
  size_t elements = 0;
  std::vector<std::byte> buffer;  ///< empty for strings, which ONNX Runtime keeps
  Owned<OrtValue> value;
  std::string text;  ///< the last text read

  template <class T>
  std::span<T> As(ElementType wanted) {
    if (type != wanted) return {};
    return {reinterpret_cast<T*>(buffer.data()), elements};
  }
};

size_t BytesPerElement(ElementType type) {
  switch (type) {
    case ElementType::kFloat:
    case ElementType::kInt32:
      return 4;
    case ElementType::kDouble:
    case ElementType::kInt64:
      return 8;
    case ElementType::kBool:
      return 1;
    default:
      return 0;
  }
}

constexpr size_t kMaxElements = 1 << 24;

base::Result<Slot> MakeSlot(const internal::Environment& environment, const ValueInfo& info,
                            const std::vector<int64_t>& shape) {
  Slot slot{.type = info.type, .elements = 1, .buffer = {}, .value = {}, .text = {}};
  for (const int64_t dimension : shape) {
    if (dimension < 1 || static_cast<size_t>(dimension) > kMaxElements / slot.elements) {
      return base::Error(ErrorCode::kUnsupported, fmt::format("{} is too large to be prepared", info.name), info.name);
    }
    slot.elements *= static_cast<size_t>(dimension);
  }
  if (info.type == ElementType::kString) {
    slot.value = TRY(internal::MakeStrings(environment, shape));
    return slot;
  }
  slot.buffer.resize(slot.elements * BytesPerElement(info.type));
  slot.value = TRY(internal::BorrowTensor(environment, slot.buffer.data(), slot.buffer.size(), shape,
                                          internal::ToOrtType(info.type)));
  return slot;
}

/// The shape of an input for `rows` rows.
base::Result<std::vector<int64_t>> PreparedShape(const ValueInfo& info, int64_t rows) {
  auto shape = info.shape;
  bool fixed = info.kind == ValueKind::kTensor && info.type != ElementType::kOther && info.has_shape && !shape.empty();
  if (fixed && shape[0] < 0) shape[0] = rows;
  fixed = fixed && shape[0] == rows && std::ranges::all_of(shape, [](int64_t dimension) { return dimension > 0; });
  if (!fixed) {
    return base::Error(ErrorCode::kUnsupported,
                       fmt::format("input {} is {}: only tensors of [rows, fixed sizes] can be prepared", info.name,
                                   DescribeType(info)),
                       info.name);
  }
  return shape;
}

bool IsReadable(const ValueInfo* info) {
  return info != nullptr && info->kind == ValueKind::kTensor && info->type != ElementType::kOther &&
         info->type != ElementType::kInt32 && info->type != ElementType::kBool;
}

}  // namespace

struct PreparedRun::State {
  std::shared_ptr<const Session> session;
  Owned<OrtRunOptions> options;
  std::vector<Slot> inputs;
  std::vector<Slot> outputs;
  Owned<OrtIoBinding> binding;  ///< after the slots: it is destroyed before what it points to
  std::mutex mutex;             ///< for the two ends of `terminated`: the flag here and ONNX Runtime's own
  bool terminated = false;

  const internal::SessionState& session_state() const { return session->state(); }
  const internal::Environment& environment() const { return *session_state().environment; }

  base::Result<void> Check(OrtStatus* status) const {
    return environment().Check(status, ErrorCode::kInternal, "preparing a run");
  }
  void SetTerminated(bool wanted);
  base::Result<void> AddInputs(int64_t rows);
  base::Result<void> AddOutputs(const std::vector<PreparedOutput>& wanted);
};

base::Result<void> PreparedRun::State::AddInputs(int64_t rows) {
  for (const auto& info : session->inputs()) {
    const auto shape = TRY(PreparedShape(info, rows));
    inputs.push_back(TRY(MakeSlot(environment(), info, shape)));
    const auto* value = inputs.back().value.get();
    TRY(Check(environment().api().BindInput(binding.get(), info.name.c_str(), value)));
  }
  return base::Ok();
}

base::Result<void> PreparedRun::State::AddOutputs(const std::vector<PreparedOutput>& wanted) {
  for (const auto& output : wanted) {
    const auto* info = session->FindOutput(output.name);
    if (!IsReadable(info)) {
      return base::Error(ErrorCode::kUnsupported, fmt::format("output {} cannot be prepared", output.name),
                         output.name);
    }
    outputs.push_back(TRY(MakeSlot(environment(), *info, output.shape)));
    TRY(Check(environment().api().BindOutput(binding.get(), output.name.c_str(), outputs.back().value.get())));
  }
  return base::Ok();
}

void PreparedRun::State::SetTerminated(bool wanted) {
  const std::lock_guard lock(mutex);
  if (terminated == wanted) return;
  terminated = wanted;
  const auto& api = environment().api();
  OrtStatus* status = wanted ? api.RunOptionsSetTerminate(options.get()) : api.RunOptionsUnsetTerminate(options.get());
  if (status != nullptr) api.ReleaseStatus(status);
}

PreparedRun::PreparedRun(std::unique_ptr<State> state) : state_(std::move(state)) {}

PreparedRun::~PreparedRun() = default;

base::Result<std::unique_ptr<PreparedRun>> PreparedRun::Make(std::shared_ptr<const Session> session, int64_t rows,
                                                             std::vector<PreparedOutput> outputs) {
  if (outputs.empty()) return base::InvalidArgument("name at least one output to compute");
  auto state = std::make_unique<State>();
  state->session = std::move(session);
  const auto& api = state->environment().api();
  OrtRunOptions* options = nullptr;
  TRY(state->Check(api.CreateRunOptions(&options)));
  state->options = Owned<OrtRunOptions>(options, {api.ReleaseRunOptions});
  OrtIoBinding* binding = nullptr;
  TRY(state->Check(api.CreateIoBinding(state->session_state().session.get(), &binding)));
  state->binding = Owned<OrtIoBinding>(binding, {api.ReleaseIoBinding});
  TRY(state->AddInputs(rows));
  TRY(state->AddOutputs(outputs));
  return std::unique_ptr<PreparedRun>(new PreparedRun(std::move(state)));
}

std::span<float> PreparedRun::FloatInput(size_t input) {
  return state_->inputs[input].As<float>(ElementType::kFloat);
}

std::span<double> PreparedRun::DoubleInput(size_t input) {
  return state_->inputs[input].As<double>(ElementType::kDouble);
}

std::span<int32_t> PreparedRun::Int32Input(size_t input) {
  return state_->inputs[input].As<int32_t>(ElementType::kInt32);
}

std::span<int64_t> PreparedRun::Int64Input(size_t input) {
  return state_->inputs[input].As<int64_t>(ElementType::kInt64);
}

std::span<uint8_t> PreparedRun::BoolInput(size_t input) {
  return state_->inputs[input].As<uint8_t>(ElementType::kBool);
}

base::Result<void> PreparedRun::SetText(size_t input, size_t element, std::string_view text) {
  auto& slot = state_->inputs[input];
  if (slot.type != ElementType::kString || element >= slot.elements) return base::Internal("not a text input");
  return internal::SetString(state_->environment(), slot.value.get(), element, text);
}

base::Result<void> PreparedRun::Run() {
  const auto& session = state_->session_state();
  const auto& api = session.api();
  const uint64_t refusals = session.budget->refusals();
  OrtStatus* status = nullptr;
  {
    const internal::BudgetScope scope(session.budget.get());
    status = api.RunWithBinding(session.session.get(), state_->options.get(), state_->binding.get());
  }
  if (status == nullptr) return base::Ok();
  const std::lock_guard lock(state_->mutex);
  return internal::CheckRun(session, status, refusals, state_->terminated);
}

void PreparedRun::Terminate() {
  state_->SetTerminated(true);
}

void PreparedRun::Rearm() {
  state_->SetTerminated(false);
}

std::span<const float> PreparedRun::FloatOutput(size_t output) const {
  return state_->outputs[output].As<float>(ElementType::kFloat);
}

std::span<const double> PreparedRun::DoubleOutput(size_t output) const {
  return state_->outputs[output].As<double>(ElementType::kDouble);
}

std::span<const int64_t> PreparedRun::Int64Output(size_t output) const {
  return state_->outputs[output].As<int64_t>(ElementType::kInt64);
}

base::Result<std::string_view> PreparedRun::TextOutput(size_t output, size_t element) {
  auto& slot = state_->outputs[output];
  if (slot.type != ElementType::kString || element >= slot.elements) return base::Internal("not a text output");
  const auto& api = state_->environment().api();
  size_t bytes = 0;
  TRY(state_->Check(api.GetStringTensorElementLength(slot.value.get(), element, &bytes)));
  slot.text.resize(bytes);
  TRY(state_->Check(api.GetStringTensorElement(slot.value.get(), bytes, element, slot.text.data())));
  return std::string_view(slot.text);
}

}  // namespace gyre::onnx
