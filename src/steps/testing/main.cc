#include <gtest/gtest.h>
#include <string_view>

#include "steps/task.h"

/// The test program is its own `gyre step FOLDER`, so that steps run in real children here too.
int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "step") return gyre::steps::RunTaskInChild(argv[2]);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
