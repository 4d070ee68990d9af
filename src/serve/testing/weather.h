#pragma once

#include "model/signature.h"

namespace gyre::serve::testing {

/// temp, humid (0 to 100), pressure (nullable) and origin (one of three airports) to "dry" or "rain".
inline model::Signature WeatherSignature() {
  model::Signature signature;
  signature.inputs = {
      {.name = "temp"},
      {.name = "humid", .minimum = 0, .maximum = 100},
      {.name = "origin", .type = model::FeatureType::kCategory, .categories = {"EWR", "JFK", "LGA"}, .closed = true},
      {.name = "pressure", .nullable = true}};
  signature.classes = {"dry", "rain"};
  signature.positive_class = "rain";
  return signature;
}

}  // namespace gyre::serve::testing
