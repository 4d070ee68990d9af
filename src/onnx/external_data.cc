#include "onnx/external_data.h"

#include <onnx.pb.h>

#include "base/text.h"
#include "onnx/internal/wire_check.h"

namespace gyre::onnx {
namespace {

constexpr uint64_t kMaxBytes = INT32_MAX;

/// Where the values of one tensor lie.
struct Place {
  std::string file;
  uint64_t offset = 0;
  std::optional<uint64_t> length;
};

base::Result<Place> PlaceOf(const ::onnx::TensorProto& tensor) {
  Place place;
  for (const auto& entry : tensor.external_data()) {
    const auto number = base::ParseInt(entry.value());
    if (entry.key() == "location") place.file = entry.value();
    if (entry.key() != "offset" && entry.key() != "length") continue;
    if (!number || *number < 0) {
      return base::InvalidArgument(fmt::format("weights {} have the {} '{}', which is no number of bytes",
                                               tensor.name(), entry.key(), entry.value()),
                                   tensor.name());
    }
    if (entry.key() == "offset") place.offset = static_cast<uint64_t>(*number);
    if (entry.key() == "length") place.length = static_cast<uint64_t>(*number);
  }
  return place;
}

class Files {
 public:
  explicit Files(const ReadBeside& read) : read_(read) {}
  base::Result<const std::string*> Get(const std::string& name) {
    const auto known = files_.find(name);
    if (known != files_.end()) return &known->second;
    auto bytes = read_(name);
    if (!bytes) return bytes.error().Within(fmt::format("weights in the file {}", name));
    TRY(Spend(read_bytes_, bytes->size()));
    return &files_.emplace(name, std::move(*bytes)).first->second;
  }
  /// Before weights are copied: many may name one place.
  base::Result<void> Take(uint64_t bytes) { return Spend(taken_bytes_, bytes); }

 private:
  static base::Result<void> Spend(uint64_t& sum, uint64_t bytes) {
    sum += bytes;  // each far from what overflows
    if (sum <= kMaxBytes) return base::Ok();
    return base::TooLarge("the ONNX graph is over 2 GiB with its weights, which no graph may be");
  }

  const ReadBeside& read_;
  std::map<std::string, std::string> files_;
  uint64_t read_bytes_ = 0;
  uint64_t taken_bytes_ = 0;
};

base::Result<void> Take(::onnx::TensorProto& tensor, Files& files) {
  const auto place = TRY(PlaceOf(tensor));
  const auto* bytes = TRY(files.Get(place.file));
  const bool begins = place.offset <= bytes->size();
  const uint64_t length = place.length.value_or(begins ? bytes->size() - place.offset : 0);
  if (!begins || length > bytes->size() - place.offset) {
    return base::InvalidArgument(fmt::format("weights {} should be {} bytes at {} of the file {}, which has {}",
                                             tensor.name(), length, place.offset, place.file, bytes->size()),
                                 tensor.name());
  }
  TRY(files.Take(length));
  tensor.set_raw_data(bytes->data() + place.offset, length);
  tensor.clear_external_data();
  tensor.set_data_location(::onnx::TensorProto::DEFAULT);
  return base::Ok();
}

}  // namespace

base::Result<std::string> InlineExternalData(std::string bytes, const ReadBeside& read) {
  if (bytes.size() > kMaxBytes) return base::TooLarge("the ONNX graph is over 2 GiB");
  TRY(internal::CheckWire(bytes, GraphLimits{}));
  ::onnx::ModelProto model;
  if (!model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return base::InvalidArgument("the file is not an ONNX graph: its fields have other types than ONNX's");
  }
  Files files(read);
  bool changed = false;
  for (auto& tensor : *model.mutable_graph()->mutable_initializer()) {
    if (tensor.data_location() != ::onnx::TensorProto::EXTERNAL) continue;
    TRY(Take(tensor, files));
    changed = true;
  }
  if (!changed) return bytes;
  if (model.ByteSizeLong() > kMaxBytes) {
    return base::TooLarge("the ONNX graph is over 2 GiB with its weights, which no graph may be");
  }
  return model.SerializeAsString();
}

}  // namespace gyre::onnx
