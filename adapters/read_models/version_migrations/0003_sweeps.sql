-- The last sweep of the work list in each version of the read models: once a day is enough.

CREATE TABLE sweep (
    number      integer PRIMARY KEY REFERENCES version (number) ON DELETE CASCADE,
    finished_at timestamptz NOT NULL,
    events      bigint NOT NULL,
    open        bigint NOT NULL,
    missing     bigint NOT NULL,
    left_over   bigint NOT NULL,
    stale       bigint NOT NULL,
    unread      bigint NOT NULL,
    unsettled   bigint NOT NULL
);
