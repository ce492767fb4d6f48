-- Which versions of the read models there are, and the one that is read. Every process asks here.

CREATE TABLE version (
    number       integer PRIMARY KEY,
    serves       boolean NOT NULL,
    caught_up_at timestamptz,            -- since then it is fed by every worker that knows it
    served_until timestamptz,            -- NULL where it never was read, or still is
    started_at   timestamptz NOT NULL    -- when a process whose newest it is last started
);

CREATE UNIQUE INDEX version_that_serves ON version (serves) WHERE serves;
