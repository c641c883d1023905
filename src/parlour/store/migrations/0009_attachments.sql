-- The bytes of files, once in each agency. stored_as is the name of the stored file: the hash, and a part that is new
-- if the same bytes come back after they were removed. So a late removal never hits the newer file.
CREATE TABLE content (
    agency_id text NOT NULL REFERENCES agency (agency_id),
    content_hash text NOT NULL,
    stored_as text NOT NULL UNIQUE,
    size bigint NOT NULL,
    attachments bigint NOT NULL,
    PRIMARY KEY (agency_id, content_hash)
);
CREATE INDEX content_unused ON content (stored_as) WHERE attachments = 0;

-- A file as one person uploaded it. uses counts the messages that name it. One without uses is removed at removable_at.
CREATE TABLE attachment (
    agency_id text NOT NULL REFERENCES agency (agency_id),
    attachment_id text NOT NULL,
    owner_id text NOT NULL REFERENCES user_account (user_id),
    file_name text NOT NULL,
    size bigint NOT NULL,
    state text NOT NULL CHECK (state IN ('arriving', 'checking', 'ready', 'refused')),
    content_hash text,
    media_type text NOT NULL DEFAULT 'application/octet-stream',
    width bigint,
    height bigint,
    has_preview smallint NOT NULL DEFAULT 0,
    uses bigint NOT NULL DEFAULT 0,
    created_at bigint NOT NULL,
    removable_at bigint NOT NULL,
    PRIMARY KEY (agency_id, attachment_id),
    FOREIGN KEY (agency_id, content_hash) REFERENCES content (agency_id, content_hash),
    CHECK (state NOT IN ('checking', 'ready') OR content_hash IS NOT NULL)
);
CREATE INDEX attachment_content ON attachment (agency_id, content_hash);
CREATE INDEX attachment_unused ON attachment (removable_at) WHERE uses = 0;
CREATE INDEX attachment_checking ON attachment (created_at) WHERE state = 'checking';

-- The attachments of a message, in the order of their places.
CREATE TABLE message_attachment (
    agency_id text NOT NULL,
    chat_id text NOT NULL,
    seq bigint NOT NULL,
    place bigint NOT NULL,
    attachment_id text NOT NULL,
    PRIMARY KEY (agency_id, chat_id, seq, place),
    FOREIGN KEY (agency_id, chat_id, seq) REFERENCES chat_message (agency_id, chat_id, seq),
    FOREIGN KEY (agency_id, attachment_id) REFERENCES attachment (agency_id, attachment_id)
);
CREATE INDEX message_attachment_of ON message_attachment (agency_id, attachment_id);

-- The size of all files of a person together, for their quota.
CREATE TABLE attachment_quota (
    agency_id text NOT NULL REFERENCES agency (agency_id),
    owner_id text NOT NULL REFERENCES user_account (user_id),
    bytes bigint NOT NULL,
    PRIMARY KEY (agency_id, owner_id)
);
