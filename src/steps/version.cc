#include "steps/version.h"

namespace gyre::steps {

std::string_view ProgramVersion() {
  return GYRE_VERSION;
}

}  // namespace gyre::steps
