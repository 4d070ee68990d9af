#include "monitor/log_view.h"

namespace gyre::monitor {

const LogView::Feature* LogView::Find(const std::string& feature) const {
  const auto found = std::ranges::find(features, feature, &Feature::name);
  return found == features.end() ? nullptr : &*found;
}

}  // namespace gyre::monitor
