#include "search/parse.h"

#include <algorithm>

#include "base/text.h"
#include "search/internal/clause.h"
#include "search/internal/lexer.h"
#include "search/internal/parser.h"

namespace gyre::search {
namespace {

using internal::Token;

base::Error NotParsed(std::string_view text) {
  constexpr size_t kShown = 200;
  return base::InvalidArgument(
      fmt::format("Invalid order_by clause '{}'. Could not be parsed.", text.substr(0, kShown)));
}

std::string PythonList(std::span<const std::string> items) {
  std::string text;
  for (const auto& item : items) text += fmt::format("{}'{}'", text.empty() ? "" : ", ", item);
  return fmt::format("[{}]", text);
}

bool SameKey(const OrderKey& a, const OrderKey& b) {
  return a.field == b.field && a.key == b.key && a.aggregate == b.aggregate;
}

}  // namespace

base::Result<Condition> ParseFilter(std::string_view filter, const Entity& entity) {
  if (filter.empty()) return Condition{};
  if (filter.size() > FilterLimits::kBytes) {
    return base::InvalidArgument(fmt::format("Error on parsing filter: it has {} bytes; at most {} are allowed",
                                             filter.size(), FilterLimits::kBytes));
  }
  if (!base::IsValidUtf8(filter)) return base::InvalidArgument("Error on parsing filter: it is not UTF-8");
  if (internal::Lexer(filter).Next().kind == Token::Kind::kEnd) {
    return base::InvalidArgument(fmt::format("Invalid filter '{}'. Could not be parsed.",
                                             filter.substr(0, std::min<size_t>(filter.size(), 100))));
  }
  return internal::Parser(filter, entity).Whole();
}

base::Result<OrderKey> ParseOrderKey(std::string_view text, const Entity& entity) {
  if (text.size() > FilterLimits::kBytes || !base::IsValidUtf8(text)) return NotParsed(text);
  internal::Lexer lexer(text);
  const auto name = lexer.Next();
  const auto direction = lexer.Next();
  if (name.kind != Token::Kind::kName || lexer.Next().kind != Token::Kind::kEnd) return NotParsed(text);
  const bool descending = direction.IsWord("DESC");
  if (!descending && !direction.IsWord("ASC") && direction.kind != Token::Kind::kEnd) {
    if (direction.kind != Token::Kind::kName) return NotParsed(text);
    return base::InvalidArgument(fmt::format("Invalid ordering key in order_by clause '{}'.", text));
  }
  auto key = TRY(internal::ResolveName(name.text, entity, true));
  key.descending = descending;
  return key;
}

base::Result<OrderKey> ParseOrderName(std::string_view text, const Entity& entity) {
  if (text.size() > FilterLimits::kBytes || !base::IsValidUtf8(text)) return NotParsed(text);
  return internal::ResolveName(text, entity, true);
}

base::Result<std::vector<OrderKey>> ParseOrderBy(std::span<const std::string> items, const Entity& entity) {
  if (items.size() > FilterLimits::kOrderKeys) {
    return base::InvalidArgument(fmt::format("Invalid order_by: it has {} keys; at most {} are allowed", items.size(),
                                             FilterLimits::kOrderKeys));
  }
  std::vector<OrderKey> keys;
  for (const auto& item : items) {
    auto key = TRY(ParseOrderKey(item, entity));
    if (!std::ranges::any_of(keys, [&](const OrderKey& other) { return SameKey(key, other); })) {
      keys.push_back(std::move(key));
    } else if (entity.wording == Wording::kRuns || entity.wording == Wording::kRegistry) {
      return base::InvalidArgument(fmt::format("`order_by` contains duplicate fields: {}", PythonList(items)));
    }
  }
  return keys;
}

}  // namespace gyre::search
