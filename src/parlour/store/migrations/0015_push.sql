-- The browsers that get a push for what their person has not read, while their session lasts.
CREATE TABLE push_subscription (
    agency_id text NOT NULL REFERENCES agency (agency_id),
    subscription_id text NOT NULL,
    user_id text NOT NULL REFERENCES user_account (user_id),
    session_id text REFERENCES session (session_id) ON DELETE CASCADE,
    endpoint text NOT NULL,
    p256dh text NOT NULL,
    auth text NOT NULL,
    device_name text NOT NULL,
    hides_text smallint NOT NULL,
    created_at bigint NOT NULL,
    saved_at bigint NOT NULL,
    delivered_at bigint,
    last_error text,
    PRIMARY KEY (agency_id, subscription_id),
    UNIQUE (agency_id, endpoint)
);
CREATE INDEX push_subscription_user ON push_subscription (agency_id, user_id);
CREATE INDEX push_subscription_session ON push_subscription (session_id);

-- What a browser is to be told: the newest message of a chat, or a test if the chat is empty. Its text is read when it is
-- sent.
CREATE TABLE push (
    agency_id text NOT NULL,
    subscription_id text NOT NULL,
    chat_id text NOT NULL,
    seq bigint NOT NULL,
    attempts bigint NOT NULL DEFAULT 0,
    next_attempt_at bigint NOT NULL,
    leased_until bigint NOT NULL DEFAULT 0,
    expires_at bigint NOT NULL,
    PRIMARY KEY (agency_id, subscription_id, chat_id),
    FOREIGN KEY (agency_id, subscription_id) REFERENCES push_subscription (agency_id, subscription_id)
        ON DELETE CASCADE
);
CREATE INDEX push_due ON push (next_attempt_at);

-- How far an agency's feed was searched for messages of which browsers are to be told.
CREATE TABLE push_place (
    agency_id text NOT NULL PRIMARY KEY REFERENCES agency (agency_id),
    position bigint NOT NULL,
    day bigint NOT NULL
);
