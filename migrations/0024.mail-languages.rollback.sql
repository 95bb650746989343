ALTER TABLE mails DROP COLUMN language;
