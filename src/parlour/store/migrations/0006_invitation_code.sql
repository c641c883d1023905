-- The short code that the mail names beside its link, as a hash under the server's key. Invitations mailed before have none.
ALTER TABLE invitation ADD COLUMN code_hash text;
CREATE UNIQUE INDEX invitation_code ON invitation (code_hash);
