-- Sessions that have long expired are found by when they did.
CREATE INDEX session_expiry ON session (expires_at);
