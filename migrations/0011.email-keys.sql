-- The form in which addresses are compared. It is made in Python alone (videoflix/emails.py), never by lower(), whose
-- answer depends on the database's locale: `videoflix migrate` fills it in for the rows that are there already.
-- depends: 0001.accounts

-- Null: an earlier account compares equal, or the form is yet to be filled in. Such an account cannot log in.
ALTER TABLE users ADD COLUMN email_key text;

CREATE UNIQUE INDEX users_email_key_unique ON users (email_key);
DROP INDEX users_email_key;
