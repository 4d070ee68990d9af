#include "http/internal/curl.h"

#include "base/shared_library.h"

namespace gyre::http::internal {
namespace {

base::Result<void> BindAll(const base::SharedLibrary& library, Curl& curl) {
  TRY(library.Bind("curl_global_init", curl.global_init));
  TRY(library.Bind("curl_global_cleanup", curl.global_cleanup));
  TRY(library.Bind("curl_easy_init", curl.easy_init));
  TRY(library.Bind("curl_easy_cleanup", curl.easy_cleanup));
  TRY(library.Bind("curl_easy_reset", curl.easy_reset));
  TRY(library.Bind("curl_easy_setopt", curl.easy_setopt));
  TRY(library.Bind("curl_easy_getinfo", curl.easy_getinfo));
  TRY(library.Bind("curl_easy_strerror", curl.easy_strerror));
  TRY(library.Bind("curl_multi_init", curl.multi_init));
  TRY(library.Bind("curl_multi_cleanup", curl.multi_cleanup));
  TRY(library.Bind("curl_multi_add_handle", curl.multi_add_handle));
  TRY(library.Bind("curl_multi_remove_handle", curl.multi_remove_handle));
  TRY(library.Bind("curl_multi_perform", curl.multi_perform));
  TRY(library.Bind("curl_multi_poll", curl.multi_poll));
  TRY(library.Bind("curl_multi_info_read", curl.multi_info_read));
  TRY(library.Bind("curl_slist_append", curl.slist_append));
  TRY(library.Bind("curl_slist_free_all", curl.slist_free_all));
  return base::Ok();
}

}  // namespace

base::Result<std::shared_ptr<const Curl>> Curl::Load() {
  const auto library = base::SharedLibrary::Open("libcurl.so.4");
  if (!library) {
    return base::Unavailable("HTTP requests need libcurl, which cannot be loaded; install Debian's package libcurl4",
                             "libcurl.so.4");
  }
  auto curl = std::make_shared<Curl>();
  TRY(BindAll(*library, *curl));
  if (curl->global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    curl->global_cleanup = nullptr;
    return base::Unavailable("libcurl cannot be initialised", "libcurl.so.4");
  }
  return curl;
}

Curl::~Curl() {
  if (global_cleanup != nullptr) global_cleanup();
}

}  // namespace gyre::http::internal
