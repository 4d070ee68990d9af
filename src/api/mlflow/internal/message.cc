#include "api/mlflow/internal/message.h"

#include <cstdio>
#include <cstdlib>

namespace gyre::api::mlflow::internal {

size_t Message::Place(std::string_view name) const {
  const size_t place = descriptor_->Find(name);
  if (place == Descriptor::kNone) {
    std::fprintf(stderr, "no field '%.*s' in this message\n", static_cast<int>(name.size()), name.data());
    std::abort();
  }
  return place;
}

int64_t Message::Int(std::string_view name, int64_t fallback) const {
  const auto& value = At(Place(name));
  return value.present ? value.number : fallback;
}

double Message::Real(std::string_view name) const {
  const auto& value = At(Place(name));
  return value.present ? value.real : 0;
}

std::optional<int64_t> Message::OptionalInt(std::string_view name) const {
  const auto& value = At(Place(name));
  return value.present ? std::optional(value.number) : std::nullopt;
}

std::optional<int64_t> Message::Enum(std::string_view name) const {
  return OptionalInt(name);
}

std::optional<std::string> Message::OptionalText(std::string_view name) const {
  const auto& value = At(Place(name));
  return value.present ? std::optional(std::string(value.text())) : std::nullopt;
}

std::optional<std::string> Message::NonEmpty(std::string_view name) const {
  const auto text = Text(name);
  return text.empty() ? std::nullopt : std::optional(std::string(text));
}

List Message::Items(std::string_view name) const {
  const size_t place = Place(name);
  return {descriptor_->fields[place], *values_, At(place)};
}

std::vector<std::string> Message::Texts(std::string_view name) const {
  const auto items = Items(name);
  std::vector<std::string> texts;
  texts.reserve(items.size());
  for (size_t i = 0; i < items.size(); ++i) texts.emplace_back(items.value(i).text());
  return texts;
}

std::optional<Message> Message::Nested(std::string_view name) const {
  const size_t place = Place(name);
  const auto& value = At(place);
  if (!value.present) return std::nullopt;
  return Message(*descriptor_->fields[place].message, *values_, static_cast<size_t>(value.number));
}

}  // namespace gyre::api::mlflow::internal
