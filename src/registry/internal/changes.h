#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "registry/links.h"
#include "registry/model_version.h"
#include "store/database.h"

namespace gyre::registry::internal {

/// Tells `sink`, if there is one, in the shapes of MLflow's webhooks; a prompt's changes have entities of their own.
class Telling {
 public:
  Telling(ChangeSink* sink, store::Transaction& transaction) : sink_(sink), transaction_(transaction) {}

  base::Result<void> ModelCreated(const ModelName& model, const std::map<std::string, std::string>& tags,
                                  std::string_view description);
  base::Result<void> ModelTagSet(const ModelName& model, std::string_view key, std::string_view value);
  base::Result<void> ModelTagDeleted(const ModelName& model, std::string_view key);
  base::Result<void> VersionCreated(const ModelVersion& version);
  base::Result<void> VersionTagSet(const VersionRef& ref, std::string_view key, std::string_view value);
  base::Result<void> VersionTagDeleted(const VersionRef& ref, std::string_view key);
  base::Result<void> AliasSet(const VersionRef& ref, std::string_view alias);
  base::Result<void> AliasDeleted(const ModelName& model, std::string_view alias);

 private:
  base::Result<void> Tell(std::string_view entity, std::string_view action, base::Json data);
  base::Result<bool> IsPrompt(const ModelName& model);

  ChangeSink* sink_;
  store::Transaction& transaction_;
};

}  // namespace gyre::registry::internal
