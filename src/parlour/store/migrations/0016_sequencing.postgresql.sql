-- The transaction that wrote the event. The sequencer looks only at those that may have been open when it last looked,
-- and so never passes the rows of earlier events, which stay in the index until they are vacuumed.
ALTER TABLE event_pending ADD COLUMN xact xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE event_pending DROP CONSTRAINT event_pending_pkey;
ALTER TABLE event_pending ADD PRIMARY KEY (xact, serial);
