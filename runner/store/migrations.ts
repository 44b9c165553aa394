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
];
