#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "http/router.h"

namespace gyre::api::v1::internal {

/// Writes a route's documentation in reading order:
///   Doc("getRun", "runs", "One tracked run").Returns(Ref("Run")).Errors({404})
class Doc {
 public:
  Doc(std::string_view operation_id, std::string_view tag, std::string_view summary);

  Doc& Query(std::string_view name, std::string_view description, base::Json schema);
  Doc& Body(base::Json schema);
  Doc& Upload(std::string_view media_type);
  Doc& Returns(base::Json schema, int status = 200);
  Doc& ReturnsFile(std::string_view media_type);
  /// Statuses beyond those any route may answer.
  Doc& Errors(std::vector<int> statuses);
  operator http::RouteDoc() const;  // NOLINT(google-explicit-constructor): a builder's end

 private:
  http::RouteDoc doc_;
};

base::Json Ref(std::string_view component);
/// {"NAME": [component, ...]}: what lists answer.
base::Json ListOf(std::string_view name, std::string_view component);
base::Json String(std::string_view description = {});
base::Json Integer(int64_t minimum, int64_t maximum);
base::Json Boolean();
/// An object of these properties, which are the only ones; those in `required` must be there.
base::Json Object(const base::Json& properties, const std::vector<std::string>& required = {});
/// The same, open for more.
base::Json OpenObject(const base::Json& properties, const std::vector<std::string>& required = {});
/// A name as base::IsValidName has it.
base::Json NameSchema();

}  // namespace gyre::api::v1::internal
