-- Every table of an agency begins its key with the agency. Guids are text of 32 digits, times are microseconds
-- since 1970 in UTC, truth is 0 or 1: what SQLite and PostgreSQL both hold without conversion.

CREATE TABLE agency (
    agency_id text NOT NULL PRIMARY KEY,
    name text NOT NULL,
    created_at bigint NOT NULL
);

CREATE TABLE user_account (
    user_id text NOT NULL PRIMARY KEY,
    email_address text NOT NULL,
    address_key text NOT NULL UNIQUE,
    display_name text NOT NULL,
    password_hash text,
    is_disabled smallint NOT NULL DEFAULT 0,
    created_at bigint NOT NULL
);

CREATE TABLE role (
    agency_id text NOT NULL REFERENCES agency (agency_id),
    role_id text NOT NULL,
    name text NOT NULL,
    granted_by text NOT NULL,
    needs_acceptance smallint NOT NULL DEFAULT 1,
    PRIMARY KEY (agency_id, role_id),
    UNIQUE (agency_id, name)
);

CREATE TABLE contact (
    agency_id text NOT NULL REFERENCES agency (agency_id),
    contact_id text NOT NULL,
    full_name text NOT NULL,
    email_address text,
    address_key text,
    state text NOT NULL CHECK (state IN ('virtual', 'invited', 'real', 'merged', 'erased')),
    user_id text REFERENCES user_account (user_id),
    merged_into text,
    created_by text,
    created_at bigint NOT NULL,
    PRIMARY KEY (agency_id, contact_id),
    UNIQUE (agency_id, address_key),
    UNIQUE (agency_id, user_id),
    CHECK ((state = 'real') = (user_id IS NOT NULL))
);
CREATE INDEX contact_user ON contact (user_id);

CREATE TABLE contact_role (
    agency_id text NOT NULL,
    contact_id text NOT NULL,
    role_id text NOT NULL,
    PRIMARY KEY (agency_id, contact_id, role_id),
    FOREIGN KEY (agency_id, contact_id) REFERENCES contact (agency_id, contact_id),
    FOREIGN KEY (agency_id, role_id) REFERENCES role (agency_id, role_id)
);

-- One sign-in. Ending it ends every token that came from it.
CREATE TABLE session (
    session_id text NOT NULL PRIMARY KEY,
    agency_id text NOT NULL,
    contact_id text NOT NULL,
    user_id text NOT NULL REFERENCES user_account (user_id),
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    FOREIGN KEY (agency_id, contact_id) REFERENCES contact (agency_id, contact_id)
);
CREATE INDEX session_of_user ON session (user_id);

CREATE TABLE session_token (
    token_hash text NOT NULL PRIMARY KEY,
    session_id text NOT NULL REFERENCES session (session_id) ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('cookie', 'access', 'refresh')),
    expires_at bigint NOT NULL
);
CREATE INDEX session_token_session ON session_token (session_id);

-- How often something was tried in the current window; the key names what and by whom.
CREATE TABLE throttle (
    throttle_key text NOT NULL PRIMARY KEY,
    tries bigint NOT NULL,
    window_ends_at bigint NOT NULL
);
CREATE INDEX throttle_window ON throttle (window_ends_at);

CREATE TABLE invitation (
    agency_id text NOT NULL,
    invitation_id text NOT NULL,
    contact_id text NOT NULL,
    inviter_contact_id text NOT NULL,
    email_address text NOT NULL,
    address_key text NOT NULL,
    state text NOT NULL CHECK (state IN ('pending', 'accepted', 'declined', 'ignored', 'revoked')),
    token_hash text NOT NULL UNIQUE,
    token_seed text NOT NULL,
    created_at bigint NOT NULL,
    renewed_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    mailed_at bigint,
    accepted_by text REFERENCES user_account (user_id),
    PRIMARY KEY (agency_id, invitation_id),
    FOREIGN KEY (agency_id, contact_id) REFERENCES contact (agency_id, contact_id),
    FOREIGN KEY (agency_id, inviter_contact_id) REFERENCES contact (agency_id, contact_id)
);
CREATE UNIQUE INDEX invitation_pending ON invitation (agency_id, contact_id, address_key) WHERE state = 'pending';

-- Each role remembers who offered it: whether he still may give it is asked again when it is accepted.
CREATE TABLE invitation_role (
    agency_id text NOT NULL,
    invitation_id text NOT NULL,
    role_id text NOT NULL,
    offered_by text NOT NULL,
    PRIMARY KEY (agency_id, invitation_id, role_id, offered_by),
    FOREIGN KEY (agency_id, offered_by) REFERENCES contact (agency_id, contact_id),
    FOREIGN KEY (agency_id, invitation_id) REFERENCES invitation (agency_id, invitation_id),
    FOREIGN KEY (agency_id, role_id) REFERENCES role (agency_id, role_id)
);

-- Mail to be sent. A row is worked on by whoever holds its lease and stays until it was sent or given up.
CREATE TABLE outbox (
    agency_id text NOT NULL,
    mail_id text NOT NULL,
    template text NOT NULL,
    to_address text NOT NULL,
    invitation_id text,
    state text NOT NULL CHECK (state IN ('waiting', 'sent', 'failed')),
    attempts bigint NOT NULL DEFAULT 0,
    next_attempt_at bigint NOT NULL,
    leased_until bigint NOT NULL DEFAULT 0,
    last_error text,
    created_at bigint NOT NULL,
    sent_at bigint,
    PRIMARY KEY (agency_id, mail_id)
);
CREATE INDEX outbox_due ON outbox (next_attempt_at) WHERE state = 'waiting';

-- last_seq numbers the messages without holes; live counts those not deleted.
CREATE TABLE chat (
    agency_id text NOT NULL REFERENCES agency (agency_id),
    chat_id text NOT NULL,
    name text NOT NULL,
    created_by text NOT NULL REFERENCES user_account (user_id),
    created_at bigint NOT NULL,
    is_archived smallint NOT NULL DEFAULT 0,
    last_seq bigint NOT NULL DEFAULT 0,
    live bigint NOT NULL DEFAULT 0,
    last_message_id text,
    active_at bigint NOT NULL,
    member_count bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (agency_id, chat_id)
);

-- A parked member is a contact without an account yet: he counts what he misses and sees nothing.
-- read_live: live messages up to read_seq; own_after: own live messages after it.
CREATE TABLE chat_member (
    agency_id text NOT NULL,
    chat_id text NOT NULL,
    member_id text NOT NULL,
    contact_id text NOT NULL,
    user_id text REFERENCES user_account (user_id),
    state text NOT NULL CHECK (state IN ('active', 'parked', 'left')),
    is_archived smallint NOT NULL DEFAULT 0,
    joined_at bigint NOT NULL,
    read_seq bigint NOT NULL,
    read_live bigint NOT NULL,
    own_after bigint NOT NULL DEFAULT 0,
    read_message_id text,
    PRIMARY KEY (agency_id, chat_id, member_id),
    UNIQUE (agency_id, chat_id, contact_id),
    UNIQUE (agency_id, chat_id, user_id),
    FOREIGN KEY (agency_id, chat_id) REFERENCES chat (agency_id, chat_id),
    FOREIGN KEY (agency_id, contact_id) REFERENCES contact (agency_id, contact_id),
    CHECK (state = 'left' OR (state = 'parked') = (user_id IS NULL))
);
CREATE INDEX chat_member_user ON chat_member (agency_id, user_id, state);
CREATE INDEX chat_member_contact ON chat_member (agency_id, contact_id);
CREATE INDEX chat_member_joined ON chat_member (agency_id, chat_id, joined_at) WHERE state <> 'left';

CREATE TABLE chat_message (
    agency_id text NOT NULL,
    chat_id text NOT NULL,
    seq bigint NOT NULL,
    message_id text NOT NULL,
    sender_id text NOT NULL REFERENCES user_account (user_id),
    message text NOT NULL,
    attachment_id text,
    created_at bigint NOT NULL,
    deleted_at bigint,
    PRIMARY KEY (agency_id, chat_id, seq),
    UNIQUE (agency_id, message_id),
    FOREIGN KEY (agency_id, chat_id) REFERENCES chat (agency_id, chat_id)
);
