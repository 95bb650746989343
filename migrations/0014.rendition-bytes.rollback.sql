ALTER TABLE renditions DROP COLUMN bytes;
