#pragma once

#include <string>

#include "base/result.h"

namespace gyre::base {

/// A shared library loaded on first use instead of at start: `gyre --help` and `gyre step` start in two milliseconds
/// because DuckDB, ONNX Runtime and libcurl (15 ms each to relocate) are not linked in. Looked up beside the program
/// (its run path) and in the system's folders. Stays loaded until the process ends. Immutable once opened.
class SharedLibrary {
 public:
  static Result<SharedLibrary> Open(const std::string& file_name);

  /// The address of `symbol`; kUnimplemented names it if the library is too old to have it.
  Result<void*> Symbol(const char* symbol) const;

  template <class Function>
  Result<void> Bind(const char* symbol, Function*& function) const {
    function = reinterpret_cast<Function*>(TRY(Symbol(symbol)));
    return Ok();
  }

 private:
  SharedLibrary(void* handle, std::string name) : handle_(handle), name_(std::move(name)) {}
  void* handle_;
  std::string name_;
};

}  // namespace gyre::base
