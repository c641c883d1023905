-- Roles that everybody in the agency may give to others; to begin with that of a contact.
ALTER TABLE role ADD COLUMN granted_by_all smallint NOT NULL DEFAULT 0;
UPDATE role SET granted_by_all = 1 WHERE name = 'Contact';
