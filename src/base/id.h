#pragma once

#include <compare>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace gyre::base {

/// A string that names one kind of thing, so that a run id can never be handed in where a model name is wanted.
/// Each module declares its own: `using RunId = base::Id<struct RunIdTag>;`.
template <class Tag>
class Id {
 public:
  Id() = default;
  explicit Id(std::string value) : value_(std::move(value)) {}
  explicit Id(std::string_view value) : value_(value) {}
  explicit Id(const char* value) : value_(value) {}

  const std::string& value() const { return value_; }
  bool empty() const { return value_.empty(); }
  auto operator<=>(const Id&) const = default;

 private:
  std::string value_;
};

/// Where unpredictable bytes come from. Implementations are thread-safe.
class Entropy {
 public:
  virtual ~Entropy() = default;
  virtual void Fill(std::span<unsigned char> bytes) = 0;
};

/// The kernel's generator.
class SystemEntropy final : public Entropy {
 public:
  void Fill(std::span<unsigned char> bytes) override;
};

/// 128 random bits as 32 lower-case hexadecimal digits.
std::string NewHexId(Entropy& entropy);

/// True for 1 to 128 characters of [A-Za-z0-9._-] that do not start with a dot: what datasets, models, endpoints and
/// pipelines may be called, since each name is also a path segment.
bool IsValidName(std::string_view name);

/// True for what params, metrics and tags may be called, by MLflow's rule: 1 to 250 characters of [A-Za-z0-9_ ./:-] and
/// UTF-8 beyond ASCII, which as a relative path would name itself ("a/b", but not "/a", "a//b", "./a", "a/", "../a").
bool IsValidKey(std::string_view key);

}  // namespace gyre::base

template <class Tag>
struct std::hash<gyre::base::Id<Tag>> {
  size_t operator()(const gyre::base::Id<Tag>& id) const { return std::hash<std::string>()(id.value()); }
};
