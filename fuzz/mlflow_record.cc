// What an import reads of somebody else's server or folder: the JSON of MLflow's entities, and lines of metric files.
// What is read must be read as the same again when it is written out. The first byte chooses the entity.
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "target.h"
#include "transfer/internal/key_files.h"
#include "transfer/wire_form.h"

namespace gyre::fuzz {
namespace {

void Expect(bool holds, const char* what) {
  if (holds) return;
  fmt::print(stderr, "does not hold: {}\n", what);
  std::abort();
}

template <class T>
void ReadTwice(const base::Json& json, base::Result<T> (*read)(const base::Json&)) {
  const auto first = read(json);
  if (!first) return Expect(!first.error().message().empty(), "a refusal has a reason");
  const auto written = transfer::ToJson(*first);
  const auto second = read(written);
  Expect(second && transfer::ToJson(*second) == written, "what was read is read again");
}

void ReadLine(std::string_view line) {
  const auto point = transfer::internal::ParsePoint("key", line);
  if (point) ReadTwice<transfer::Point>(transfer::ToJson(*point), transfer::PointFrom);
}

}  // namespace

int FuzzOne(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 7 == 6) {
    ReadLine(text);
    return 0;
  }
  const auto json = base::ParseJson(text, "the input");
  if (!json) return 0;
  switch (data[0] % 7) {
    case 0:
      ReadTwice<transfer::Experiment>(*json, transfer::ExperimentFrom);
      break;
    case 1:
      ReadTwice<transfer::Point>(*json, transfer::PointFrom);
      break;
    case 2:
      ReadTwice<transfer::Run>(*json, transfer::RunFrom);
      break;
    case 3:
      ReadTwice<transfer::LoggedModel>(*json, transfer::LoggedModelFrom);
      break;
    case 4:
      ReadTwice<transfer::RegisteredModel>(*json, transfer::RegisteredModelFrom);
      break;
    default:
      ReadTwice<transfer::ModelVersion>(*json, transfer::ModelVersionFrom);
  }
  return 0;
}

}  // namespace gyre::fuzz
