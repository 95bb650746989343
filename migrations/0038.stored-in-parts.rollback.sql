DROP TABLE original_parts;
ALTER TABLE uploads DROP COLUMN parts;
