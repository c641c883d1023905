-- Where a search lists the message: the instant it was sent, or one more than the message before. The words of a message
-- are in the row of message_words with that number, which is why no two have the same.
ALTER TABLE chat_message ADD COLUMN search_place bigint;
CREATE INDEX chat_message_search_place ON chat_message (search_place);

-- The folded words of messages that are not deleted, with words for the chat, the sender, and whether it has a file. They
-- are separated by spaces, which is all that the tokenizer is asked for. The words of one letter have an index of their
-- own, since so many words begin with a letter.
CREATE VIRTUAL TABLE message_words USING fts5 (words, content = '', contentless_delete = 1, tokenize = 'ascii',
                                               prefix = '1');

-- The words in that index, in order.
CREATE VIRTUAL TABLE message_vocabulary USING fts5vocab (message_words, 'instance');
