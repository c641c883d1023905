-- SQLite counts changes of members here. It is always null on PostgreSQL: there, each change of a member would lock and
-- rewrite the row of its chat.
ALTER TABLE chat ADD COLUMN member_changes bigint;
