#pragma once

#include "registry/links.h"
#include "release/releases.h"
#include "webhooks/webhooks.h"

namespace gyre::server::internal {

/// The registry's changes as messages for webhooks, in the same transaction.
class RegistryHooks final : public registry::ChangeSink {
 public:
  explicit RegistryHooks(webhooks::Webhooks& webhooks) : webhooks_(webhooks) {}
  base::Result<void> OnChange(store::Transaction& transaction, const registry::Change& change) override {
    return webhooks_.EnqueueIn(transaction, {change.entity, change.action}, change.data);
  }

 private:
  webhooks::Webhooks& webhooks_;
};

/// Which endpoints serve a version, or try it.
class EndpointUsers final : public registry::VersionUsers {
 public:
  explicit EndpointUsers(release::Releases& releases) : releases_(releases) {}
  base::Result<std::string> UserOf(const registry::ModelName& model, int64_t version) override;

 private:
  release::Releases& releases_;
};

}  // namespace gyre::server::internal
