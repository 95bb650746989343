-- name: insert
-- A session of a user. No row if the password was changed, or the account disabled or deleted, since the password was
-- checked: the lock serialises the insert with such changes and with other logins. The first profile is chosen, unless the
-- person can choose ($8) among several.
INSERT INTO sessions (id, user_id, expires_at, user_agent, address, is_remembered, is_by_passkey, profile_id)
SELECT $1, u.id, $4, $5, $6, $7, $9, (
    SELECT CASE WHEN $8 AND count(*) > 1 THEN NULL ELSE min(id) END FROM profiles WHERE user_id = u.id
)
FROM (
    SELECT id FROM users WHERE id = $2 AND password_hash = $3 AND is_active FOR NO KEY UPDATE
) u
RETURNING id;

-- name: find_active
-- The session if it was not revoked, has not expired, and its user is active, or its guest link valid. Updates
-- last_seen_at once a minute.
WITH live AS (
    SELECT s.id, s.user_id, s.expires_at, s.is_remembered, s.last_seen_at, u.is_staff, s.guest_link_id, l.video_id,
           l.series_id, s.profile_id, coalesce(nullif(p.name, ''), nullif(u.name, ''), u.email) AS name, p.picture,
           p.language, p.max_age, p.pin_hash IS NOT NULL AS has_pin, p.caption_size, p.caption_background, p.plays_on,
           ARRAY(SELECT group_id FROM group_members WHERE user_id = s.user_id ORDER BY group_id) AS group_ids,
           s.is_by_passkey OR EXISTS (
               SELECT FROM second_factors WHERE user_id = s.user_id AND confirmed_at IS NOT NULL
           ) AS has_second_factor
    FROM sessions s
    LEFT JOIN users u ON u.id = s.user_id
    LEFT JOIN profiles p ON p.id = s.profile_id
    LEFT JOIN guest_links l ON l.id = s.guest_link_id
    WHERE s.id = $1 AND s.revoked_at IS NULL AND s.expires_at > now()
      AND (u.is_active OR l.revoked_at IS NULL AND l.expires_at > now())
), seen AS (
    UPDATE sessions SET last_seen_at = now()
    WHERE id = (SELECT id FROM live WHERE last_seen_at < now() - interval '1 minute')
)
SELECT * FROM live;

-- name: of_user
-- The active sessions of a user, newest first.
SELECT id, created_at, last_seen_at, expires_at, user_agent, address, is_remembered
FROM sessions
WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > now()
ORDER BY created_at DESC, id;

-- name: extend
-- Lets a remembered session end later: $2 from now.
UPDATE sessions SET expires_at = now() + $2::interval WHERE id = $1 AND is_remembered AND revoked_at IS NULL;

-- name: revoke
-- Ends a session.
UPDATE sessions SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL RETURNING profile_id;

-- name: revoke_own
-- Ends a session if it belongs to this user.
UPDATE sessions SET revoked_at = now() WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL RETURNING id;

-- name: revoke_surplus
-- Ends all sessions of a user except the $2 most recently used ones.
UPDATE sessions SET revoked_at = now()
WHERE id IN (
    SELECT id FROM sessions
    WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > now()
    ORDER BY last_seen_at DESC, created_at DESC, id
    OFFSET $2
)
RETURNING id;

-- name: revoke_all
-- Ends all sessions of a user except $2 (null: all).
UPDATE sessions SET revoked_at = now()
WHERE user_id = $1 AND revoked_at IS NULL AND id IS DISTINCT FROM $2
RETURNING id;

-- name: remove_ended
-- Deletes sessions that ended longer than $1 ago.
DELETE FROM sessions WHERE least(expires_at, coalesce(revoked_at, expires_at)) < now() - $1::interval;
