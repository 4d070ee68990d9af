#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "transfer/entity.h"

namespace gyre::transfer::internal {

/// Reads the fields of an object as MLflow writes them, in JSON and in YAML: what is absent or null is empty, numbers
/// may be texts, and a pair list may be a map. Holds a reference.
class Fields {
 public:
  Fields(const base::Json& object, std::string_view what) : object_(object), what_(what) {}

  base::Result<std::string> Text(std::string_view key) const;
  base::Result<std::string> Required(std::string_view key) const;
  base::Result<std::optional<std::string>> OptionalText(std::string_view key) const;
  base::Result<int64_t> Int(std::string_view key) const;
  base::Result<std::optional<int64_t>> OptionalInt(std::string_view key) const;
  /// "NaN" and "Infinity" too.
  base::Result<double> Real(std::string_view key) const;
  /// A list of {"key", "value"}, or a map.
  base::Result<Texts> Pairs(std::string_view key) const;
  /// A shared empty one if absent.
  base::Result<const base::Json*> Array(std::string_view key) const;
  base::Result<const base::Json*> Object(std::string_view key) const;

 private:
  const base::Json* Find(std::string_view key) const;
  base::Error Wrong(std::string_view key, std::string_view expected) const;

  const base::Json& object_;
  std::string_view what_;
};

/// A number as MLflow writes it in texts: "nan", "inf", "-Infinity" too.
std::optional<double> ParseReal(std::string_view text);

}  // namespace gyre::transfer::internal
