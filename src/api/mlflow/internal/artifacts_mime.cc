#include "api/mlflow/internal/artifacts_mime.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/text.h"

namespace gyre::api::mlflow::internal {
namespace {

using Row = std::pair<std::string_view, std::string_view>;

/// Matched as they are; the last two are whole names.
constexpr std::array<std::string_view, 26> kText = {
    "txt", "log", "err",  "cfg", "conf", "cnf", "cf",  "ini", "properties", "prop", "hocon", "toml",    "yaml",
    "yml", "xml", "json", "js",  "py",   "py3", "csv", "tsv", "md",         "rst",  "ipynb", "MLmodel", "MLproject"};

/// Sorted by extension, which is matched without regard to case.
constexpr std::array<Row, 77> kTypes = {{
    {"3gp", "audio/3gpp"},
    {"aac", "audio/aac"},
    {"aif", "audio/x-aiff"},
    {"aiff", "audio/x-aiff"},
    {"au", "audio/basic"},
    {"avi", "video/x-msvideo"},
    {"avif", "image/avif"},
    {"bat", "text/plain"},
    {"bmp", "image/bmp"},
    {"c", "text/plain"},
    {"css", "text/css"},
    {"doc", "application/msword"},
    {"dot", "application/msword"},
    {"eml", "message/rfc822"},
    {"eps", "application/postscript"},
    {"gif", "image/gif"},
    {"h", "text/plain"},
    {"h5", "application/x-hdf5"},
    {"hdf", "application/x-hdf"},
    {"heic", "image/heic"},
    {"heif", "image/heif"},
    {"htm", "text/html"},
    {"html", "text/html"},
    {"ico", "image/vnd.microsoft.icon"},
    {"jpe", "image/jpeg"},
    {"jpeg", "image/jpeg"},
    {"jpg", "image/jpeg"},
    {"ksh", "text/plain"},
    {"latex", "application/x-latex"},
    {"m3u", "application/vnd.apple.mpegurl"},
    {"m3u8", "application/vnd.apple.mpegurl"},
    {"mjs", "application/javascript"},
    {"mov", "video/quicktime"},
    {"mp2", "audio/mpeg"},
    {"mp3", "audio/mpeg"},
    {"mp4", "video/mp4"},
    {"mpeg", "video/mpeg"},
    {"mpg", "video/mpeg"},
    {"n3", "text/n3"},
    {"nc", "application/x-netcdf"},
    {"nq", "application/n-quads"},
    {"nt", "application/n-triples"},
    {"opus", "audio/opus"},
    {"pbm", "image/x-portable-bitmap"},
    {"pdf", "application/pdf"},
    {"pgm", "image/x-portable-graymap"},
    {"pl", "text/plain"},
    {"png", "image/png"},
    {"pnm", "image/x-portable-anymap"},
    {"ppm", "image/x-portable-pixmap"},
    {"ppt", "application/vnd.ms-powerpoint"},
    {"ps", "application/postscript"},
    {"pyc", "application/x-python-code"},
    {"qt", "video/quicktime"},
    {"rdf", "application/xml"},
    {"rtx", "text/richtext"},
    {"sgml", "text/x-sgml"},
    {"sh", "application/x-sh"},
    {"srt", "text/plain"},
    {"svg", "image/svg+xml"},
    {"swf", "application/x-shockwave-flash"},
    {"tar", "application/x-tar"},
    {"tcl", "application/x-tcl"},
    {"tex", "application/x-tex"},
    {"tif", "image/tiff"},
    {"tiff", "image/tiff"},
    {"vcf", "text/x-vcard"},
    {"vtt", "text/vtt"},
    {"wasm", "application/wasm"},
    {"wav", "audio/x-wav"},
    {"webm", "video/webm"},
    {"webmanifest", "application/manifest+json"},
    {"xbm", "image/x-xbitmap"},
    {"xls", "application/vnd.ms-excel"},
    {"xpm", "image/x-xpixmap"},
    {"xsl", "application/xml"},
    {"zip", "application/zip"},
}};

}  // namespace

std::string_view MediaType(std::string_view file_name) {
  const auto dot = file_name.rfind('.');
  // ".bashrc" has no extension.
  const bool named = dot == std::string_view::npos || file_name.find_first_not_of('.') > dot;
  const auto extension = named ? file_name : file_name.substr(dot + 1);
  if (std::ranges::find(kText, extension) != kText.end()) return "text/plain";
  if (named) return "application/octet-stream";
  const auto lower = base::ToLower(extension);
  const auto found = std::ranges::lower_bound(kTypes, std::string_view(lower), {}, &Row::first);
  return found != kTypes.end() && found->first == lower ? found->second : "application/octet-stream";
}

}  // namespace gyre::api::mlflow::internal
