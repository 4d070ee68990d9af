#include "api/mlflow/internal/artifacts_mime.h"

#include <gtest/gtest.h>

namespace gyre::api::mlflow::internal {
namespace {

TEST(MediaType, TextIsPlain) {
  for (const auto* name :
       {"a.txt", "metrics.json", "a.py", "model/conda.yaml", "MLmodel", "MLproject", "a.csv", "x.js"}) {
    EXPECT_EQ(MediaType(name), "text/plain") << name;
  }
}

TEST(MediaType, KnowsWhatPeopleLog) {
  EXPECT_EQ(MediaType("plot.png"), "image/png");
  EXPECT_EQ(MediaType("PLOT.PNG"), "image/png");
  EXPECT_EQ(MediaType("report.html"), "text/html");
  EXPECT_EQ(MediaType("a.pdf"), "application/pdf");
  EXPECT_EQ(MediaType("weights.h5"), "application/x-hdf5");
  EXPECT_EQ(MediaType("3.3gp"), "audio/3gpp");
  EXPECT_EQ(MediaType("a.zip"), "application/zip");
}

TEST(MediaType, TheRestIsBytes) {
  for (const auto* name : {"model.onnx", "model.pkl", "x", "", ".", "a.", ".png", "..png", "a.unknown"}) {
    EXPECT_EQ(MediaType(name), "application/octet-stream") << name;
  }
}

}  // namespace
}  // namespace gyre::api::mlflow::internal
