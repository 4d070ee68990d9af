#include "tracing/internal/preview.h"

#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/text.h"
#include "tracing/trace.h"

namespace gyre::tracing::internal {
namespace {

using base::Json;

constexpr std::string_view kCut = "...";
constexpr int kDepth = 4;  ///< of requests within requests

bool IsMessage(const Json& item) {
  return item.is_object() && item.contains("role") && item.contains("content");
}

Json MessagesIn(const Json& list) {
  Json messages = Json::array();
  for (const auto& item : list) {
    if (IsMessage(item)) messages.push_back(item);
  }
  return messages;
}

/// The messages of a chat in the forms that OpenAI's clients send and get; none for anything else.
Json FindMessages(const Json& value, int depth = 0) {
  if (!value.is_object() || depth > kDepth) return Json::array();
  const auto list = [&](const char* name) -> const Json* {
    const auto found = value.find(name);
    return found != value.end() && found->is_array() && !found->empty() ? &*found : nullptr;
  };
  if (const auto* messages = list("messages")) return MessagesIn(*messages);
  if (const auto* choices = list("choices")) {
    const auto& first = choices->front();
    if (first.is_object() && first.contains("message") && IsMessage(first["message"])) {
      return Json::array({first["message"]});
    }
  }
  if (const auto* input = list("input")) return MessagesIn(*input);
  if (const auto* output = list("output")) return MessagesIn(*output);
  if (const auto request = value.find("request"); request != value.end()) return FindMessages(*request, depth + 1);
  return Json::array();
}

std::string ContentOf(const Json& message) {
  const auto& content = message["content"];
  if (content.is_string()) return content.get<std::string>();
  if (!content.is_array()) return {};
  for (const auto& part : content) {
    if (part.is_string()) return part.get<std::string>();
    if (!part.is_object()) continue;
    const auto type = part.value("type", Json());
    if ((type == "text" || type == "output_text") && part.contains("text") && part["text"].is_string()) {
      return part["text"].get<std::string>();
    }
  }
  return {};
}

std::string ChatText(std::string_view json, std::string_view role) {
  if (!base::Trim(json).starts_with('{')) return {};
  const auto value = base::ParseJson(json, "an input or output");
  if (!value) return {};
  const auto messages = FindMessages(*value);
  if (messages.empty()) return {};
  for (auto message = messages.rbegin(); message != messages.rend(); ++message) {
    if ((*message)["role"] == role) return ContentOf(*message);
  }
  return ContentOf(messages.back());
}

}  // namespace

std::string_view FirstCharacters(std::string_view text, size_t limit) {
  if (text.size() <= limit) return text;
  size_t characters = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool starts = (static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U;
    if (starts && characters++ == limit) return text.substr(0, i);
  }
  return text;
}

std::string Preview(std::string_view json, std::string_view role) {
  const auto chat = ChatText(json, role);
  const std::string_view text = chat.empty() ? json : std::string_view(chat);
  if (FirstCharacters(text, TraceLimits::kPreview).size() == text.size()) return std::string(text);
  return std::string(FirstCharacters(text, TraceLimits::kPreview - kCut.size())) + std::string(kCut);
}

std::string PlainText(std::string_view json) {
  if (json.starts_with('"')) {
    const auto value = base::ParseJson(json, "an attribute");
    if (value && value->is_string()) return value->get<std::string>();
  }
  return std::string(json);
}

}  // namespace gyre::tracing::internal
