ALTER TABLE invitations DROP COLUMN group_ids;
