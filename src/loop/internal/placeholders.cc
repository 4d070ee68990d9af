#include "loop/internal/placeholders.h"

namespace gyre::loop::internal {
namespace {

constexpr std::string_view kOpen = "${loop.";

base::Result<std::string> ValueOf(std::string_view name, const LoopValues& values, const std::string& path) {
  if (name == "champion") return values.champion;
  if (name == "watermark") return values.watermark;
  if (name == "endpoint") return values.endpoint;
  return base::InvalidArgument(
      fmt::format("{}: there is no ${{loop.{}}}; there are champion, watermark and endpoint", path, name), path);
}

base::Result<std::string> FillText(std::string_view text, const LoopValues& values, const std::string& path) {
  std::string filled;
  while (true) {
    const auto open = text.find(kOpen);
    const auto close = open == std::string_view::npos ? open : text.find('}', open);
    if (close == std::string_view::npos) return filled.append(text);
    filled.append(text.substr(0, open));
    filled += TRY(ValueOf(text.substr(open + kOpen.size(), close - open - kOpen.size()), values, path));
    text.remove_prefix(close + 1);
  }
}

}  // namespace

base::Result<base::Json> FillLoopPlaceholders(const base::Json& params, const LoopValues& values,
                                              const std::string& path) {
  if (params.is_string()) return base::Json(TRY(FillText(params.get_ref<const std::string&>(), values, path)));
  if (!params.is_structured()) return params;
  base::Json filled = params;
  for (auto& [key, value] : filled.items()) {
    value = TRY(FillLoopPlaceholders(
        value, values, params.is_array() ? fmt::format("{}[{}]", path, key) : fmt::format("{}.{}", path, key)));
  }
  return filled;
}

}  // namespace gyre::loop::internal
