-- The read models of one schema. Unqualified on purpose: the same file makes `rm_v1` and the schema
-- of a version that is rebuilt beside it. Everything here can be dropped and folded again.

CREATE TABLE projection_checkpoint (
    projection  text PRIMARY KEY,
    position    bigint NOT NULL,
    epoch       bigint NOT NULL DEFAULT 0,
    recorded_at timestamptz,
    updated_at  timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);

CREATE TABLE projection_parked (
    projection    text NOT NULL,
    stream        text NOT NULL,
    revision      bigint NOT NULL,
    last_revision bigint NOT NULL,
    type          text NOT NULL,
    position      bigint NOT NULL,
    recorded_at   timestamptz NOT NULL,
    reason        text NOT NULL,
    tries         integer NOT NULL,
    parked_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (projection, stream)
);

CREATE TABLE payment_status (
    id               uuid PRIMARY KEY,
    merchant         text NOT NULL,
    status           text NOT NULL,
    amount           bigint NOT NULL,
    currency         text NOT NULL,
    amount_captured  bigint NOT NULL,
    amount_refunded  bigint NOT NULL,
    gateway          text,
    customer         text,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    revision         bigint NOT NULL,
    created_position bigint NOT NULL,
    position         bigint NOT NULL,
    view             json NOT NULL
) WITH (fillfactor = 80);

CREATE INDEX payment_status_newest ON payment_status (merchant, created_position DESC);
CREATE INDEX payment_status_by_status ON payment_status (merchant, status, created_position DESC);

CREATE TABLE payment_timeline (
    payment  uuid NOT NULL,
    revision bigint NOT NULL,
    merchant text NOT NULL,
    position bigint NOT NULL,
    type     text NOT NULL,
    at       timestamptz NOT NULL,
    actor    text NOT NULL,
    data     json NOT NULL,
    summary  text NOT NULL,
    PRIMARY KEY (payment, revision)
);

CREATE TABLE gateway_health (
    gateway         text NOT NULL,
    method          text NOT NULL,
    succeeded       bigint NOT NULL,
    declined        bigint NOT NULL,
    failed          bigint NOT NULL,
    unknown         bigint NOT NULL,
    last_outcome_at timestamptz NOT NULL,
    PRIMARY KEY (gateway, method)
) WITH (fillfactor = 50);

CREATE TABLE gateway_health_minute (
    gateway   text NOT NULL,
    method    text NOT NULL,
    minute    timestamptz NOT NULL,
    succeeded bigint NOT NULL,
    declined  bigint NOT NULL,
    failed    bigint NOT NULL,
    unknown   bigint NOT NULL,
    PRIMARY KEY (gateway, method, minute)
) WITH (fillfactor = 50);

CREATE TABLE recovery (
    stream         text PRIMARY KEY,
    revision       bigint NOT NULL,
    merchant       text NOT NULL,
    owner          text,
    recover_after  timestamptz NOT NULL,
    deferred_until timestamptz,
    tries          integer NOT NULL
) WITH (fillfactor = 80);

CREATE INDEX recovery_due ON recovery (recover_after);
