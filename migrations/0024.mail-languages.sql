-- Mails are sent in the language of who has caused them.
-- depends: 0023.forgotten

ALTER TABLE mails ADD COLUMN language text NOT NULL DEFAULT 'en';
