-- When each worker last got on with all its duties, for those who cannot ask it: it may be on another
-- machine, or frozen. After a crash of the server they say so again within seconds.

CREATE UNLOGGED TABLE worker (
    owner      text PRIMARY KEY,
    started_at timestamptz NOT NULL,
    got_on_at  timestamptz NOT NULL
) WITH (fillfactor = 50);
