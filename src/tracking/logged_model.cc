#include "tracking/logged_model.h"

namespace gyre::tracking {
namespace {

constexpr std::array<std::pair<LoggedModelStatus, std::string_view>, 3> kStatusNames = {{
    {LoggedModelStatus::kPending, "LOGGED_MODEL_PENDING"},
    {LoggedModelStatus::kReady, "LOGGED_MODEL_READY"},
    {LoggedModelStatus::kUploadFailed, "LOGGED_MODEL_UPLOAD_FAILED"},
}};

}  // namespace

std::string_view LoggedModelStatusName(LoggedModelStatus status) {
  for (const auto& [value, name] : kStatusNames) {
    if (value == status) return name;
  }
  return "LOGGED_MODEL_PENDING";
}

base::Result<LoggedModelStatus> ParseLoggedModelStatus(std::string_view name) {
  for (const auto& [value, known] : kStatusNames) {
    if (known == name) return value;
  }
  return base::InvalidArgument(fmt::format("unknown status '{}' of a logged model; use LOGGED_MODEL_PENDING, "
                                           "LOGGED_MODEL_READY or LOGGED_MODEL_UPLOAD_FAILED",
                                           name),
                               "status");
}

}  // namespace gyre::tracking
