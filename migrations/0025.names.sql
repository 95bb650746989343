-- The names that people give their accounts; empty if there is none.
-- depends: 0024.mail-languages

ALTER TABLE users ADD COLUMN name text NOT NULL DEFAULT '' CHECK (char_length(name) <= 80);
