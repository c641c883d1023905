-- The answers to a message, whose events show the beginning of its text. Other messages are not in this index.
CREATE INDEX chat_message_answers ON chat_message (agency_id, chat_id, reply_to_seq) WHERE reply_to_seq IS NOT NULL;
