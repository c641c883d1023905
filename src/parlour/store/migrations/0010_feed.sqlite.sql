-- The feed of an agency: its events are numbered from 1 without gaps. Those up to kept_after were dropped. Each of the
-- two positions has the instant of its event beside it. epoch is drawn when the feed begins.
CREATE TABLE feed (
    agency_id text NOT NULL PRIMARY KEY REFERENCES agency (agency_id),
    epoch text NOT NULL,
    last_position bigint NOT NULL DEFAULT 0,
    last_at bigint NOT NULL DEFAULT 0,
    last_day bigint NOT NULL DEFAULT 0,
    kept_after bigint NOT NULL DEFAULT 0,
    kept_after_at bigint NOT NULL DEFAULT 0
);

-- One change. Active members of chat_id may know of it, and the person user_id. day counts days since 1970. There are
-- no references, which would be checked for each event.
CREATE TABLE event (
    agency_id text NOT NULL,
    position bigint NOT NULL,
    day bigint NOT NULL,
    kind text NOT NULL,
    chat_id text,
    user_id text,
    created_at bigint NOT NULL,
    data text NOT NULL,
    PRIMARY KEY (agency_id, position, day)
);
