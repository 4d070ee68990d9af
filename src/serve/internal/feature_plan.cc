#include "serve/internal/feature_plan.h"

#include <bit>

#include "base/text.h"
#include "serve/internal/hash.h"
#include "serve/reserved_fields.h"

namespace gyre::serve::internal {
namespace {

constexpr size_t kShownNames = 12;
constexpr size_t kComparedBytes = 64;  ///< of an unknown name: edit distance costs their product with each known name

/// True if JSON text of this string can be but the string itself between quotes, or the same with escapes that nobody
/// writes: then comparing bytes finds it, and what is not found so is looked up decoded.
bool IsPlain(std::string_view name) {
  return std::ranges::none_of(name,
                              [](char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; });
}

}  // namespace

FeaturePlan::FeaturePlan(const model::Signature& signature) {
  for (const auto& feature : signature.inputs) {
    const bool number = feature.type == model::FeatureType::kNumber;
    Add({.name = feature.name,
         .kind = number ? FieldKind::kNumber : FieldKind::kCategory,
         .required = !feature.nullable,
         .column = static_cast<uint32_t>(number ? numbers_++ : categories_++),
         .closed = {}});
  }
  features_ = fields_.size();
  if (signature.Find(kEventTimeField) == nullptr) Add({.name = kEventTimeField, .kind = FieldKind::kEventTime});
  if (signature.Find(kKeyField) == nullptr) Add({.name = kKeyField, .kind = FieldKind::kKey});
  BuildTable();
}

void FeaturePlan::Add(Field field) {
  if (IsPlain(field.name)) field.closed = field.name + '"';
  fields_.push_back(std::move(field));
}

void FeaturePlan::BuildTable() {
  table_.assign(std::bit_ceil(2 * fields_.size() + 1), kNone);
  for (uint32_t i = 0; i < fields_.size(); ++i) {
    size_t at = HashText(fields_[i].name) & (table_.size() - 1);
    while (table_[at] != kNone) at = (at + 1) & (table_.size() - 1);
    table_[at] = i;
  }
}

uint32_t FeaturePlan::Find(std::string_view name) const {
  size_t at = HashText(name) & (table_.size() - 1);
  while (table_[at] != kNone && fields_[table_[at]].name != name) at = (at + 1) & (table_.size() - 1);
  return table_[at];
}

std::string FeaturePlan::HintFor(std::string_view name) const {
  std::vector<std::string> names;
  for (const auto& field : fields_) names.push_back(field.name);
  if (const auto meant = base::ClosestMatch(name.substr(0, kComparedBytes), names)) {
    return fmt::format("; did you mean '{}'?", *meant);
  }
  names.resize(std::min({names.size(), features_, kShownNames}));
  return fmt::format("; its features are {}{}", base::Join(names, ", "),
                     names.size() < features_ ? fmt::format(" and {} more", features_ - names.size()) : "");
}

}  // namespace gyre::serve::internal
