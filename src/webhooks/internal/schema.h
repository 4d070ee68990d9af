#pragma once

#include <array>

#include "store/database.h"

namespace gyre::webhooks::internal {

/// Times are microseconds. A deleted webhook keeps its row, for the log names it.
inline constexpr std::array<store::Migration, 1> kMigrations = {{{"webhooks", 1, R"sql(
CREATE TABLE webhooks(
  number BIGINT NOT NULL PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  url TEXT NOT NULL,
  description TEXT NOT NULL,
  secret TEXT NOT NULL,
  active BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  deleted_at BIGINT) WITHOUT ROWID;
CREATE TABLE webhook_events(
  entity TEXT NOT NULL,
  action TEXT NOT NULL,
  webhook BIGINT NOT NULL REFERENCES webhooks(number),
  PRIMARY KEY(entity, action, webhook)) WITHOUT ROWID;
CREATE INDEX webhook_events_by_webhook ON webhook_events(webhook, entity, action);
CREATE TABLE webhook_deliveries(
  number BIGINT NOT NULL PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  webhook BIGINT NOT NULL REFERENCES webhooks(number),
  entity TEXT NOT NULL,
  action TEXT NOT NULL,
  body TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts BIGINT NOT NULL,
  status BIGINT,
  error TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL) WITHOUT ROWID;
CREATE INDEX webhook_deliveries_by_due ON webhook_deliveries(state, due_at, number);
CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries(webhook, number);
)sql"}}};

}  // namespace gyre::webhooks::internal
