-- The words of a person's name and address, folded for searching: ` ann agent | ann acme example `.
ALTER TABLE contact ADD COLUMN folded text NOT NULL DEFAULT '';
CREATE INDEX contact_folded ON contact (agency_id, folded, contact_id);
