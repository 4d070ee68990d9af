CREATE TABLE canaries(
  number BIGINT NOT NULL PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  endpoint TEXT NOT NULL,
  champion TEXT NOT NULL,
  candidate TEXT NOT NULL,
  plan TEXT NOT NULL,
  state TEXT NOT NULL,
  started_at BIGINT NOT NULL,
  started_event_time BIGINT,
  ended_at BIGINT,
  verdict TEXT,
  reason TEXT NOT NULL,
  actor TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX canaries_by_endpoint ON canaries(endpoint, number);
CREATE INDEX canaries_by_state ON canaries(state, endpoint);
CREATE TABLE endpoints(
  name TEXT NOT NULL PRIMARY KEY,
  champion TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL, deployed TEXT NOT NULL DEFAULT '') WITHOUT ROWID;
