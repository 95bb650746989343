-- name: find_by_email
-- The account with this key of an e-mail address.
SELECT id, email, name, password_hash, is_active, is_staff, created_at
FROM users
WHERE email_key = $1;

-- name: stand_in
-- The hash of some account. The same $1, from 0 to 1, gets the same account as long as no others come.
SELECT password_hash FROM users WHERE id >= (SELECT max(id) FROM users) * $1::double precision ORDER BY id LIMIT 1;

-- name: find
-- An account by its id.
SELECT id, email, name, password_hash, is_active, is_staff, created_at FROM users WHERE id = $1;

-- name: insert
-- A new account, which is not active until its owner follows the link in the mail.
INSERT INTO users (email, email_key, password_hash)
VALUES ($1, $2, $3)
RETURNING id, email, name, password_hash, is_active, is_staff, created_at;

-- name: insert_active
-- A new account that is active at once, as an administrator creates it. $4: whether it is an administrator.
INSERT INTO users (email, email_key, password_hash, is_staff, activated_at)
VALUES ($1, $2, $3, $4, now())
RETURNING id, email, name, password_hash, is_active, is_staff, created_at;

-- name: with_key_or_id
-- The accounts that have one of these keys ($1) or ids ($2).
SELECT id, email_key FROM users WHERE email_key = ANY($1::text[]) OR id = ANY($2::bigint[]);

-- name: advance_ids
-- Assigns only ids above $1 from now on.
SELECT setval('users_id_seq', $1::bigint) FROM users_id_seq WHERE NOT is_called OR last_value < $1;

-- name: insert_imported
-- Accounts of another backend: with these ids ($1; null: the next one), addresses ($2), keys ($3), names ($4), hashes
-- ($5), whether they are administrators ($6), since when they exist ($7), and whether they are active ($8). One whose key
-- is taken meanwhile is left out.
INSERT INTO users (id, email, email_key, name, password_hash, is_staff, created_at, activated_at, disabled_at)
OVERRIDING SYSTEM VALUE
SELECT coalesce(one.id, nextval('users_id_seq')), one.email, one.email_key, one.name, one.password_hash, one.is_staff,
       coalesce(one.created_at, now()),
       CASE WHEN one.is_active THEN coalesce(one.created_at, now()) END,
       CASE WHEN NOT one.is_active THEN now() END
FROM unnest(
    $1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::timestamptz[], $8::boolean[]
) AS one (id, email, email_key, name, password_hash, is_staff, created_at, is_active)
ON CONFLICT (email_key) DO NOTHING
RETURNING id, email_key;

-- name: set_password
-- Sets the password by a link, or for an administrator. The link of a mail proves the address, and administrators vouch for
-- their users, so the account becomes active.
UPDATE users SET password_hash = $2, activated_at = coalesce(activated_at, now()) WHERE id = $1;

-- name: replace_password
-- Replaces the hash if it is still $2.
UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2 RETURNING id;

-- name: rename
-- Gives an account a name; an empty one removes it.
UPDATE users SET name = $2 WHERE id = $1
RETURNING id, email, name, password_hash, is_active, is_staff, created_at;

-- name: activate
-- Activates an account. One that an administrator has disabled stays disabled.
UPDATE users SET activated_at = coalesce(activated_at, now()) WHERE id = $1;

-- name: accounts
-- Accounts with their sessions, for administrators. Filters, each null for all: the id ($1), text in the address or the
-- name ($2), the state ($3), whether it is an administrator ($4). Sorted by $5, $6 rows after the first $7.
SELECT id, email, name, is_staff, state, created_at, last_seen_at, sessions, has_second_factor, count(*) OVER () AS total
FROM (
    SELECT u.id, u.email, u.name, u.is_staff, u.created_at, s.last_seen_at, s.sessions,
           EXISTS (SELECT FROM second_factors WHERE user_id = u.id AND confirmed_at IS NOT NULL) AS has_second_factor,
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
  AND ($2::text IS NULL OR position(lower($2) IN lower(email)) > 0 OR position(lower($2) IN lower(name)) > 0)
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
-- Locks an account and all active administrators, so that the last two cannot be removed at the same time. The order
-- prevents deadlocks.
SELECT id, is_staff AND is_active AS is_admin
FROM users
WHERE id = $1 OR is_staff AND is_active
ORDER BY id
FOR NO KEY UPDATE;

-- name: change
-- Sets whether an account is active ($2) and an administrator ($3); null leaves a value unchanged.
UPDATE users
SET is_staff = coalesce($3, is_staff),
    activated_at = CASE WHEN $2 THEN coalesce(activated_at, now()) ELSE activated_at END,
    disabled_at = CASE $2 WHEN true THEN NULL WHEN false THEN coalesce(disabled_at, now()) ELSE disabled_at END
WHERE id = $1;

-- name: remove
-- Deletes an account; its sessions, mails and tokens are deleted by cascade.
DELETE FROM users WHERE id = $1;

-- name: remove_never_activated
-- Deletes accounts that were not activated within $1. Disabled ones stay.
DELETE FROM users WHERE activated_at IS NULL AND disabled_at IS NULL AND created_at < now() - $1::interval;
