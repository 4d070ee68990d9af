#pragma once

#include <string_view>

namespace gyre::api::mlflow::internal {

/// The media type that MLflow gives a file of this name: what is text by its extension (source, logs, tables, MLmodel)
/// is text/plain, so that no browser runs it; bytes where nothing is known. A literal.
std::string_view MediaType(std::string_view file_name);

}  // namespace gyre::api::mlflow::internal
