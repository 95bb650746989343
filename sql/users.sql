-- name: find_by_email
-- The account whose address compares equal.
SELECT id, email, password_hash, is_active, is_staff, created_at
FROM users
WHERE email_key = $1;

-- name: find
-- An account by its number.
SELECT id, email, password_hash, is_active, is_staff, created_at FROM users WHERE id = $1;

-- name: insert
-- A new account, not active before its owner has followed the link in the mail.
INSERT INTO users (email, email_key, password_hash)
VALUES ($1, $2, $3)
RETURNING id, email, password_hash, is_active, is_staff, created_at;

-- name: insert_active
-- A new account that is active at once: somebody in charge has made it. $4: an administrator.
INSERT INTO users (email, email_key, password_hash, is_staff, activated_at)
VALUES ($1, $2, $3, $4, now())
RETURNING id, email, password_hash, is_active, is_staff, created_at;

-- name: set_password
-- Another hash, by the link of a mail: the address is theirs, so the account is active if it was not yet.
UPDATE users SET password_hash = $2, activated_at = coalesce(activated_at, now()) WHERE id = $1;

-- name: replace_password
-- Another hash, if it is still $2 that it replaces.
UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2 RETURNING id;

-- name: activate
-- The owner has shown that the address is theirs. What an admin has disabled stays so.
UPDATE users SET activated_at = coalesce(activated_at, now()) WHERE id = $1;

-- name: accounts
-- Accounts as administrators see them, with their logins: all or one ($1), in whose address $2 occurs, in one state
-- ($3), only administrators or only others ($4), each null for whatever; sorted by $5, $6 of them after the first $7.
SELECT id, email, is_staff, state, created_at, last_seen_at, sessions, count(*) OVER () AS total
FROM (
    SELECT u.id, u.email, u.is_staff, u.created_at, s.last_seen_at, s.sessions,
           CASE WHEN u.disabled_at IS NOT NULL THEN 'disabled'
                WHEN u.activated_at IS NULL THEN 'waiting'
                ELSE 'active' END AS state
    FROM users u
    CROSS JOIN LATERAL (
        SELECT max(last_seen_at) AS last_seen_at,
               count(*) FILTER (WHERE revoked_at IS NULL AND expires_at > now()) AS sessions
        FROM sessions WHERE user_id = u.id
    ) s
) account
WHERE ($1::bigint IS NULL OR id = $1)
  AND ($2::text IS NULL OR position(lower($2) IN lower(email)) > 0)
  AND ($3::text IS NULL OR state = $3)
  AND ($4::boolean IS NULL OR is_staff = $4)
ORDER BY CASE $5::text WHEN 'email' THEN lower(email) WHEN 'state' THEN state END,
         CASE $5 WHEN '-email' THEN lower(email) WHEN '-state' THEN state END DESC,
         CASE $5 WHEN 'created_at' THEN created_at WHEN 'last_seen_at' THEN last_seen_at END NULLS FIRST,
         CASE $5 WHEN '-created_at' THEN created_at WHEN '-last_seen_at' THEN last_seen_at END DESC NULLS LAST,
         CASE $5 WHEN 'sessions' THEN sessions WHEN '-sessions' THEN -sessions END,
         id DESC
LIMIT $6 OFFSET $7;

-- name: lock_account
-- An account and all active administrators, held until the transaction ends, so that the last two cannot go at once.
-- Everybody holds them in the same order: nobody waits for somebody who waits.
SELECT id, is_staff AND is_active AS is_admin
FROM users
WHERE id = $1 OR is_staff AND is_active
ORDER BY id
FOR NO KEY UPDATE;

-- name: change
-- What an account may do: to come in ($2), to administer ($3); null leaves that as it is.
UPDATE users
SET is_staff = coalesce($3, is_staff),
    activated_at = CASE WHEN $2 THEN coalesce(activated_at, now()) ELSE activated_at END,
    disabled_at = CASE $2 WHEN true THEN NULL WHEN false THEN coalesce(disabled_at, now()) ELSE disabled_at END
WHERE id = $1;

-- name: remove
-- An account with its sessions, mails and tokens.
DELETE FROM users WHERE id = $1;

-- name: remove_never_activated
-- Accounts whose owner did not follow the link for as long as $1. What an admin has disabled stays so.
DELETE FROM users WHERE activated_at IS NULL AND disabled_at IS NULL AND created_at < now() - $1::interval;
