-- A refresh token is replaced when it is used. The old one is remembered for a while, so that a thief's use of it is
-- noticed; the seed leads from it to the new one for requests that were sent at the same time.
ALTER TABLE session_token ADD COLUMN replaced_at bigint;
ALTER TABLE session_token ADD COLUMN successor_seed text;

-- Tokens of a session are numbered in the order in which they were made, as those of one instant have an order too.
ALTER TABLE session_token ADD COLUMN number bigint NOT NULL DEFAULT 0;

-- A session ends with its cookie, whatever other token it has. Those without one were opened by Basic, for a token.
UPDATE session
   SET expires_at = (SELECT MAX(t.expires_at)
                       FROM session_token t
                      WHERE t.session_id = session.session_id AND t.kind = 'cookie')
 WHERE EXISTS (SELECT 1 FROM session_token t WHERE t.session_id = session.session_id AND t.kind = 'cookie');

UPDATE session_token
   SET expires_at = (SELECT s.expires_at FROM session s WHERE s.session_id = session_token.session_id)
 WHERE expires_at > (SELECT s.expires_at FROM session s WHERE s.session_id = session_token.session_id);
