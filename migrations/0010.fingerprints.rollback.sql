ALTER TABLE videos DROP COLUMN fingerprint;
