-- What a chat was started with, as a digest, when the client chose its id: tells a repeated request from another one.
ALTER TABLE chat ADD COLUMN started_with text;
