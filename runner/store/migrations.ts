/** The tables of the store, version by version. A step that was released is never changed; a change is a new step at the end. */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE endpoints (
     id TEXT PRIMARY KEY,
     source TEXT NOT NULL,
     name TEXT NOT NULL,
     base_url TEXT NOT NULL,
     api_key TEXT,
     model TEXT,
     default_preset_id TEXT,
     created_at TEXT NOT NULL
   ) STRICT;

   CREATE TABLE sessions (
     row INTEGER PRIMARY KEY,
     principal TEXT NOT NULL,
     id TEXT NOT NULL,
     title TEXT NOT NULL,
     endpoint_id TEXT,
     model TEXT,
     preset_id TEXT,
     prompt TEXT NOT NULL,
     forked_from TEXT,
     created_at TEXT NOT NULL,
     updated_at TEXT NOT NULL,
     UNIQUE (principal, id)
   ) STRICT;
   CREATE INDEX sessions_by_time ON sessions (principal, updated_at);

   CREATE TABLE messages (
     row INTEGER PRIMARY KEY,
     id TEXT NOT NULL UNIQUE,
     session INTEGER NOT NULL REFERENCES sessions (row) ON DELETE CASCADE,
     role TEXT NOT NULL,
     content TEXT NOT NULL,
     sent TEXT,
     images TEXT,
     reasoning TEXT,
     tool_calls TEXT,
     status TEXT NOT NULL,
     error TEXT,
     meta TEXT,
     at TEXT NOT NULL,
     replaced_by TEXT
   ) STRICT;
   CREATE INDEX messages_by_session ON messages (session, replaced_by, row);
   CREATE INDEX messages_streaming ON messages (status) WHERE status = 'streaming';

   CREATE TABLE streams (
     id TEXT PRIMARY KEY,
     principal TEXT NOT NULL,
     session INTEGER REFERENCES sessions (row) ON DELETE CASCADE,
     message_id TEXT,
     started_at TEXT NOT NULL,
     is_ended INTEGER NOT NULL DEFAULT 0
   ) STRICT;
   CREATE INDEX streams_by_session ON streams (session);
   CREATE INDEX streams_by_time ON streams (started_at);

   CREATE TABLE stream_frames (
     stream TEXT NOT NULL REFERENCES streams (id) ON DELETE CASCADE,
     first INTEGER NOT NULL,
     frames TEXT NOT NULL,
     PRIMARY KEY (stream, first)
   ) STRICT, WITHOUT ROWID;`,

  `CREATE TABLE gateway_keys (
     id TEXT PRIMARY KEY,
     hash TEXT NOT NULL UNIQUE,
     hint TEXT NOT NULL,
     name TEXT NOT NULL,
     models TEXT NOT NULL,
     routes TEXT NOT NULL,
     requests_per_minute INTEGER,
     tokens_per_minute INTEGER,
     token_quota INTEGER,
     expires_at TEXT,
     created_at TEXT NOT NULL,
     revoked_at TEXT
   ) STRICT;

   CREATE TABLE gateway_key_usage (
     key_id TEXT PRIMARY KEY,
     requests INTEGER NOT NULL,
     tokens INTEGER NOT NULL,
     last_used_at TEXT
   ) STRICT;

   CREATE TABLE gateway_routes (
     model TEXT PRIMARY KEY,
     config TEXT NOT NULL
   ) STRICT;

   CREATE TABLE gateway_requests (
     row INTEGER PRIMARY KEY,
     id TEXT NOT NULL,
     at INTEGER NOT NULL,
     key_id TEXT,
     key_name TEXT,
     model TEXT,
     endpoint_id TEXT,
     route TEXT NOT NULL,
     is_stream INTEGER NOT NULL,
     status INTEGER NOT NULL,
     error_code TEXT,
     prompt_tokens INTEGER,
     completion_tokens INTEGER,
     first_token_ms REAL,
     duration_ms REAL NOT NULL,
     tokens_per_second REAL
   ) STRICT;
   CREATE INDEX gateway_requests_by_time ON gateway_requests (at);`,
];
