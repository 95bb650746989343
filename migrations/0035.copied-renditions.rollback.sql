ALTER TABLE encodes DROP COLUMN may_copy;
ALTER TABLE renditions DROP COLUMN is_copied;
