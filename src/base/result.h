#pragma once

#include <expected>
#include <type_traits>
#include <utility>

#include "base/error.h"

namespace gyre::base {

/// A value or the Error that kept it from being made. Unread results do not compile.
template <class T>
class [[nodiscard]] Result : public std::expected<T, Error> {
  using Base = std::expected<T, Error>;

 public:
  using Base::Base;
  // NOLINTNEXTLINE(google-explicit-constructor): `return SomeError(...)` is what makes call sites readable.
  Result(Error error) : Base(std::unexpect, std::move(error)) {}
};

/// Success of an operation that has nothing to return: `return Ok();`.
inline Result<void> Ok() {
  return {};
}

}  // namespace gyre::base

/// Evaluates to the value of a Result, or returns its error from the enclosing function (which must return a Result).
///   auto bytes = TRY(ReadFile(path));
#define TRY(expression) GYRE_TRY_COUNTED(expression, __COUNTER__)
// The counter gives nested uses names of their own.
#define GYRE_TRY_COUNTED(expression, counter) GYRE_TRY_NAMED(expression, counter)
#define GYRE_TRY_NAMED(expression, counter)                                    \
  __extension__({                                                              \
    auto try_result_##counter = (expression);                                  \
    if (!try_result_##counter) return std::move(try_result_##counter).error(); \
    std::move(try_result_##counter).value();                                   \
  })
