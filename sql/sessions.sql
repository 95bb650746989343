-- name: insert
-- A login: who, until when, and from where it came.
INSERT INTO sessions (id, user_id, expires_at, user_agent, address)
VALUES ($1, $2, $3, $4, $5);

-- name: find_live
-- The session if it has neither ended nor expired and its user is active.
SELECT s.id, s.user_id, u.is_staff, s.expires_at
FROM sessions s
JOIN users u ON u.id = s.user_id
WHERE s.id = $1 AND s.revoked_at IS NULL AND s.expires_at > now() AND u.is_active;

-- name: revoke
-- The end of one login.
UPDATE sessions SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL;
