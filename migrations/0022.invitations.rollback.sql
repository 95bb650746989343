ALTER TABLE sessions DROP COLUMN is_remembered;
DROP TABLE invitations;
