-- name: find_by_email
-- The account of an e-mail address, in any letter case.
SELECT id, email, password_hash, is_active, is_staff, created_at
FROM users
WHERE lower(email) = lower($1);

-- name: find
-- An account by its number.
SELECT id, email, password_hash, is_active, is_staff, created_at FROM users WHERE id = $1;

-- name: insert
-- A new account, not active before its owner has followed the link in the mail.
INSERT INTO users (email, password_hash)
VALUES ($1, $2)
RETURNING id, email, password_hash, is_active, is_staff, created_at;

-- name: insert_admin
-- A new administrator, active at once.
INSERT INTO users (email, password_hash, is_staff, activated_at)
VALUES ($1, $2, true, now())
RETURNING id, email, password_hash, is_active, is_staff, created_at;

-- name: set_password
-- Another hash for the same person.
UPDATE users SET password_hash = $2 WHERE id = $1;

-- name: replace_password
-- Another hash, if it is still $2 that it replaces.
UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2 RETURNING id;

-- name: activate
-- The owner has shown that the address is theirs. What an admin has disabled stays so.
UPDATE users SET activated_at = coalesce(activated_at, now()) WHERE id = $1;

-- name: lock_admins
-- All active administrators, held until the transaction ends, so that the last two cannot go at once.
SELECT id FROM users WHERE is_staff AND is_active FOR UPDATE;

-- name: remove
-- An account with its sessions, mails and tokens.
DELETE FROM users WHERE id = $1;

-- name: remove_never_activated
-- Accounts whose owner did not follow the link for as long as $1.
DELETE FROM users WHERE activated_at IS NULL AND created_at < now() - $1::interval;
