// Takes the input for the files of a model that a client logged: MLmodel, the input example, and the ONNX graph with
// weights in a file beside it.
#include <cstdlib>

#include "adopt/internal/example.h"
#include "adopt/internal/mlmodel.h"
#include "onnx/external_data.h"
#include "target.h"

namespace gyre::fuzz {
namespace {

void Expect(bool holds, const char* what) {
  if (holds) return;
  fmt::print(stderr, "does not hold: {}\n", what);
  std::abort();
}

}  // namespace

int FuzzOne(const uint8_t* bytes, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  if (const auto mlmodel = adopt::internal::ReadMlmodel(input)) {
    for (const auto& column : mlmodel->columns) Expect(!column.empty(), "a column has a name");
  }
  model::Signature signature;
  signature.inputs = {{.name = "a"}, {.name = "c", .type = model::FeatureType::kCategory}};
  if (const auto rows = adopt::internal::ReadExample(input, signature)) {
    Expect(rows->Check().has_value() && rows->columns.size() == 2 && rows->rows() > 0, "an example has rows");
  }
  const auto beside = [](std::string_view) -> base::Result<std::string> { return std::string(64, 'w'); };
  if (const auto graph = onnx::InlineExternalData(std::string(input), beside)) {
    const auto again = onnx::InlineExternalData(*graph, beside);
    Expect(again.has_value() && *again == *graph, "nothing is left outside");
  }
  return 0;
}

}  // namespace gyre::fuzz
