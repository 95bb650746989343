ALTER TABLE sessions DROP COLUMN is_by_passkey;
DROP TABLE passkey_challenges;
DROP TABLE passkeys;
