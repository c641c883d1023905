-- Triggers count the changes of what reads keep over commits (`Kept` in store/cache.py), in the transaction of the
-- change. A migration that builds one of these tables anew must create its triggers anew as well.

-- How often something about the members of a chat has changed that a list of them shows.
ALTER TABLE chat ADD COLUMN member_changes bigint;
UPDATE chat SET member_changes = 0;

CREATE TRIGGER chat_member_added AFTER INSERT ON chat_member BEGIN
    UPDATE chat SET member_changes = coalesce(member_changes, 0) + 1
     WHERE agency_id = new.agency_id AND chat_id = new.chat_id;
END;

CREATE TRIGGER chat_member_changed
AFTER UPDATE OF member_id, contact_id, user_id, state, is_archived, joined_at, read_message_id ON chat_member BEGIN
    UPDATE chat SET member_changes = coalesce(member_changes, 0) + 1
     WHERE agency_id = new.agency_id AND chat_id = new.chat_id;
END;

-- How often something has changed that tells who a caller is, or how people are called, or that somebody was removed.
-- Accounts and contacts are only removed after their sessions and members.
CREATE TABLE people_changes (changes bigint NOT NULL);
INSERT INTO people_changes VALUES (0);

CREATE TRIGGER people_changed_by_token AFTER UPDATE ON session_token BEGIN
    UPDATE people_changes SET changes = changes + 1;
END;

-- Removing a session also removes its tokens.
CREATE TRIGGER people_changed_by_removed_token AFTER DELETE ON session_token BEGIN
    UPDATE people_changes SET changes = changes + 1;
END;

CREATE TRIGGER people_changed_by_session AFTER UPDATE ON session BEGIN
    UPDATE people_changes SET changes = changes + 1;
END;

CREATE TRIGGER people_changed_by_account AFTER UPDATE ON user_account BEGIN
    UPDATE people_changes SET changes = changes + 1;
END;

CREATE TRIGGER people_changed_by_contact AFTER UPDATE OF agency_id, contact_id, full_name, user_id ON contact BEGIN
    UPDATE people_changes SET changes = changes + 1;
END;

CREATE TRIGGER people_changed_by_removed_member AFTER DELETE ON chat_member BEGIN
    UPDATE people_changes SET changes = changes + 1;
END;

CREATE TRIGGER people_changed_by_given_role AFTER INSERT ON contact_role BEGIN
    UPDATE people_changes SET changes = changes + 1;
END;

CREATE TRIGGER people_changed_by_other_role AFTER UPDATE ON contact_role BEGIN
    UPDATE people_changes SET changes = changes + 1;
END;

CREATE TRIGGER people_changed_by_taken_role AFTER DELETE ON contact_role BEGIN
    UPDATE people_changes SET changes = changes + 1;
END;

CREATE TRIGGER people_changed_by_role AFTER UPDATE ON role BEGIN
    UPDATE people_changes SET changes = changes + 1;
END;
