-- name: insert
-- A login: who, until when, and from where it came. No row: since the password was checked it has been
-- changed, or the account was disabled or deleted; the lock makes such a change, and another login, wait or be seen.
INSERT INTO sessions (id, user_id, expires_at, user_agent, address)
SELECT $1, u.id, $4, $5, $6
FROM (
    SELECT id FROM users WHERE id = $2 AND password_hash = $3 AND is_active FOR NO KEY UPDATE
) u
RETURNING id;

-- name: find_live
-- The session if it has neither ended nor expired and its user is active; seen now, to the minute.
WITH live AS (
    SELECT s.id, s.user_id, u.is_staff, s.expires_at, s.last_seen_at
    FROM sessions s
    JOIN users u ON u.id = s.user_id
    WHERE s.id = $1 AND s.revoked_at IS NULL AND s.expires_at > now() AND u.is_active
), seen AS (
    UPDATE sessions SET last_seen_at = now()
    WHERE id = (SELECT id FROM live WHERE last_seen_at < now() - interval '1 minute')
)
SELECT id, user_id, is_staff, expires_at FROM live;

-- name: of_user
-- Where somebody is logged in, the latest first.
SELECT id, created_at, last_seen_at, expires_at, user_agent, address
FROM sessions
WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > now()
ORDER BY created_at DESC, id;

-- name: revoke
-- The end of one login.
UPDATE sessions SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL;

-- name: revoke_own
-- The end of one login, if it is this user's.
UPDATE sessions SET revoked_at = now() WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL RETURNING id;

-- name: revoke_surplus
-- The end of all logins of a user but the $2 that were used last.
UPDATE sessions SET revoked_at = now()
WHERE id IN (
    SELECT id FROM sessions
    WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > now()
    ORDER BY last_seen_at DESC, created_at DESC, id
    OFFSET $2
)
RETURNING id;

-- name: revoke_all
-- The end of all logins of a user, but for one ($2) that may go on.
UPDATE sessions SET revoked_at = now()
WHERE user_id = $1 AND revoked_at IS NULL AND id IS DISTINCT FROM $2
RETURNING id;

-- name: remove_ended
-- Forget logins that are over for as long as $1.
DELETE FROM sessions WHERE least(expires_at, coalesce(revoked_at, expires_at)) < now() - $1::interval;
