-- Where a search lists the message: the instant it was sent.
ALTER TABLE chat_message ADD COLUMN search_place bigint;

-- The folded words of a message that is not deleted, with words for the sender, and whether it has a file.
ALTER TABLE chat_message ADD COLUMN words tsvector;
