#pragma once

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace gyre::base {

/// Reads the fields of one JSON object that came from outside, so that every mistake is reported the same way: which
/// field (as a path, "steps[2].params.k"), what was expected, what was found. A field that is absent or null takes the
/// default; one without a default is required. Holds a reference: the object must outlive the reader.
///
///   ObjectReader fields(body, "body");
///   TRY(fields.AllowOnly({"name", "rows"}));
///   auto name = TRY(fields.String("name"));
///   auto rows = TRY(fields.Int("rows", 100));
class ObjectReader {
 public:
  /// Fails later, at the first read, if `object` is not an object: constructors only store.
  ObjectReader(const Json& object, std::string path) : object_(object), path_(std::move(path)) {}

  /// An unknown key is an error that names the likely one that was meant.
  Result<void> AllowOnly(std::initializer_list<std::string_view> keys) const;

  bool Has(std::string_view key) const;

  Result<std::string> String(std::string_view key) const;
  Result<std::string> String(std::string_view key, std::string_view fallback) const;
  Result<int64_t> Int(std::string_view key) const;
  Result<int64_t> Int(std::string_view key, int64_t fallback) const;
  /// An integer of 0 or more.
  Result<uint64_t> Count(std::string_view key) const;
  Result<double> Number(std::string_view key) const;
  Result<double> Number(std::string_view key, double fallback) const;
  Result<bool> Bool(std::string_view key, bool fallback) const;
  Result<std::vector<std::string>> Strings(std::string_view key) const;
  Result<std::vector<std::string>> Strings(std::string_view key, std::vector<std::string> fallback) const;
  /// The object or array under `key`; a shared empty one of that kind if absent.
  Result<const Json*> Object(std::string_view key) const;
  Result<const Json*> Array(std::string_view key) const;
  /// Null if absent; any kind.
  const Json* Find(std::string_view key) const;

  /// "steps[2].params" + key, as errors name it.
  std::string PathOf(std::string_view key) const;

 private:
  Result<const Json*> Required(std::string_view key) const;
  Error WrongType(std::string_view key, std::string_view expected, const Json& found) const;

  const Json& object_;
  std::string path_;
};

}  // namespace gyre::base
