#include "base/shared_library.h"

#include <dlfcn.h>

namespace gyre::base {

Result<SharedLibrary> SharedLibrary::Open(const std::string& file_name) {
  // Of the tens of thousands of functions that these libraries import from themselves, a process calls a few.
  void* handle = dlopen(file_name.c_str(), RTLD_LAZY | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* reason = dlerror();  // NOLINT(concurrency-mt-unsafe): glibc keeps it per thread
    return Error(ErrorCode::kUnavailable,
                 fmt::format("cannot load {}: {}; it belongs in the folder lib/ beside the program", file_name,
                             reason != nullptr ? reason : "unknown reason"),
                 file_name);
  }
  return SharedLibrary(handle, file_name);
}

Result<void*> SharedLibrary::Symbol(const char* symbol) const {
  void* address = dlsym(handle_, symbol);
  if (address == nullptr)
    return Unimplemented(fmt::format("{} has no function {}; it is too old", name_, symbol), symbol);
  return address;
}

}  // namespace gyre::base
