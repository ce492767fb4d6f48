-- Who runs which projection of which version. After a crash of the server nobody does, which is right:
-- so the rows need not be in its log.

CREATE UNLOGGED TABLE lease (
    schema     text NOT NULL,
    projection text NOT NULL,
    holder     text NOT NULL,
    ends_at    timestamptz NOT NULL,
    PRIMARY KEY (schema, projection)
) WITH (fillfactor = 50);
