#include "api/v1/routes.h"
#include "api_schemas.h"

namespace gyre::api::v1 {

// The file is part of the program, so a mistake in it is found by the first test that starts.
base::Json SchemaComponents() {
  return base::Json::parse(embedded::api_schemas().front().bytes);
}

}  // namespace gyre::api::v1
