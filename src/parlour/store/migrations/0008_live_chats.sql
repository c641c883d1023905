-- version counts the changes of a chat that its members hear of. all_live counts the messages, not deleted, that mention
-- everybody. direct_key names the two contacts of a chat that stays theirs alone.
ALTER TABLE chat ADD COLUMN version bigint NOT NULL DEFAULT 0;
ALTER TABLE chat ADD COLUMN all_live bigint NOT NULL DEFAULT 0;
ALTER TABLE chat ADD COLUMN direct_key text;
CREATE UNIQUE INDEX chat_direct ON chat (agency_id, direct_key);

-- mentions: the live messages after read_seq that name the member, not their own and not to everybody. read_all_live and
-- own_all_after count the messages to everybody as read_live and own_after count all messages.
ALTER TABLE chat_member ADD COLUMN role text NOT NULL DEFAULT 'member' CHECK (role IN ('owner', 'moderator', 'member'));
ALTER TABLE chat_member ADD COLUMN level text NOT NULL DEFAULT 'everything'
    CHECK (level IN ('everything', 'mentions', 'nothing', 'invisible'));
ALTER TABLE chat_member ADD COLUMN muted_until bigint;
ALTER TABLE chat_member ADD COLUMN mentions bigint NOT NULL DEFAULT 0;
ALTER TABLE chat_member ADD COLUMN read_all_live bigint NOT NULL DEFAULT 0;
ALTER TABLE chat_member ADD COLUMN own_all_after bigint NOT NULL DEFAULT 0;

-- Whoever started a chat owns it.
UPDATE chat_member
   SET role = 'owner'
 WHERE EXISTS (SELECT 1 FROM chat c
                WHERE c.agency_id = chat_member.agency_id AND c.chat_id = chat_member.chat_id
                  AND c.created_by = chat_member.user_id);

ALTER TABLE chat_message ADD COLUMN reply_to_seq bigint;
ALTER TABLE chat_message ADD COLUMN mentions_all smallint NOT NULL DEFAULT 0;
ALTER TABLE chat_message ADD COLUMN edited_at bigint;
ALTER TABLE chat_message ADD COLUMN deleted_by text REFERENCES user_account (user_id);

-- The texts that a message had before it was edited, numbered from 1.
CREATE TABLE message_version (
    agency_id text NOT NULL,
    chat_id text NOT NULL,
    seq bigint NOT NULL,
    number bigint NOT NULL,
    message text NOT NULL,
    written_at bigint NOT NULL,
    PRIMARY KEY (agency_id, chat_id, seq, number),
    FOREIGN KEY (agency_id, chat_id, seq) REFERENCES chat_message (agency_id, chat_id, seq)
);

-- The people whom a message names. A contact without an account is named as well.
CREATE TABLE mention (
    agency_id text NOT NULL,
    chat_id text NOT NULL,
    seq bigint NOT NULL,
    contact_id text NOT NULL,
    PRIMARY KEY (agency_id, chat_id, seq, contact_id),
    FOREIGN KEY (agency_id, chat_id, seq) REFERENCES chat_message (agency_id, chat_id, seq),
    FOREIGN KEY (agency_id, contact_id) REFERENCES contact (agency_id, contact_id)
);
CREATE INDEX mention_contact ON mention (agency_id, chat_id, contact_id, seq);

CREATE TABLE reaction (
    agency_id text NOT NULL,
    chat_id text NOT NULL,
    seq bigint NOT NULL,
    emoji text NOT NULL,
    user_id text NOT NULL REFERENCES user_account (user_id),
    reacted_at bigint NOT NULL,
    PRIMARY KEY (agency_id, chat_id, seq, emoji, user_id),
    FOREIGN KEY (agency_id, chat_id, seq) REFERENCES chat_message (agency_id, chat_id, seq)
);

CREATE TABLE pin (
    agency_id text NOT NULL,
    chat_id text NOT NULL,
    seq bigint NOT NULL,
    pinned_by text NOT NULL REFERENCES user_account (user_id),
    pinned_at bigint NOT NULL,
    PRIMARY KEY (agency_id, chat_id, seq),
    FOREIGN KEY (agency_id, chat_id, seq) REFERENCES chat_message (agency_id, chat_id, seq)
);

CREATE TABLE draft (
    agency_id text NOT NULL,
    chat_id text NOT NULL,
    user_id text NOT NULL REFERENCES user_account (user_id),
    message text NOT NULL,
    reply_to_seq bigint,
    saved_at bigint NOT NULL,
    PRIMARY KEY (agency_id, chat_id, user_id),
    FOREIGN KEY (agency_id, chat_id) REFERENCES chat (agency_id, chat_id)
);
