#include <cstdio>
#include <gtest/gtest.h>
#include <string_view>

#include "steps/task.h"
#include "targets/local_target.h"

/// The test program is the program whose children a node starts: `gyre step FOLDER` and `gyre probe FOLDER`.
int main(int argc, char** argv) {
  const std::string_view command = argc == 3 ? argv[1] : "";
  if (command == "step") return gyre::steps::RunTaskInChild(argv[2]);
  if (command == "probe") {
    const auto probed = gyre::targets::ProbeBundle(argv[2]);
    std::puts(probed ? gyre::base::DumpJson(*probed).c_str() : probed.error().message().c_str());
    return probed ? 0 : 1;
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
