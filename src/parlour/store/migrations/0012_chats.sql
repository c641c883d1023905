-- The words of a chat's name, folded for searching: ` viewing at 12 harbour street `.
ALTER TABLE chat ADD COLUMN folded text NOT NULL DEFAULT '';

CREATE UNIQUE INDEX chat_member_id ON chat_member (agency_id, member_id);

-- What a person chose in an agency. Settings are JSON: values that their programs keep.
CREATE TABLE preference (
    agency_id text NOT NULL REFERENCES agency (agency_id),
    user_id text NOT NULL REFERENCES user_account (user_id),
    language text,
    shows_presence smallint NOT NULL DEFAULT 1,
    settings text NOT NULL DEFAULT '{}',
    PRIMARY KEY (agency_id, user_id)
);
