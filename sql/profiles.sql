-- name: of_account
-- The profiles of an account ($1), the first one first. Profiles without a name have that of the account.
SELECT p.id, coalesce(nullif(p.name, ''), nullif(u.name, ''), u.email) AS name, p.picture, p.language, p.max_age,
       p.pin_hash IS NOT NULL AS has_pin, p.caption_size, p.caption_background, p.plays_on
FROM profiles p
JOIN users u ON u.id = p.user_id
WHERE p.user_id = $1
ORDER BY p.id;

-- name: pin_hash
-- The hash of the PIN of a profile; null without one.
SELECT pin_hash FROM profiles WHERE id = $1;

-- name: lock_account
-- Serialises changes of the profiles of an account. No row if it was deleted.
SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE;

-- name: insert
-- A new profile of an account ($1), unless it has $7 already. The account must be locked.
INSERT INTO profiles (user_id, name, picture, language, max_age, pin_hash)
SELECT $1, $2, $3, $4, $5, $6
WHERE (SELECT count(*) FROM profiles WHERE user_id = $1) < $7
RETURNING id;

-- name: change
-- Sets the values of a profile; its name if $2 is not null.
UPDATE profiles
SET name = coalesce($2, name), picture = $3, language = $4, max_age = $5, caption_size = $6, caption_background = $7, plays_on = $8
WHERE id = $1;

-- name: set_pin
-- Sets the hash of a PIN; null removes it.
UPDATE profiles SET pin_hash = $2 WHERE id = $1;

-- name: end_sessions
-- Ends the sessions of a profile except $2.
UPDATE sessions SET revoked_at = now() WHERE profile_id = $1 AND id <> $2 AND revoked_at IS NULL RETURNING id;

-- name: remove
-- Deletes a profile with everything that it has watched.
DELETE FROM profiles WHERE id = $1;

-- name: choose
-- Gives a session ($1) a profile ($2) of its account. No row if the session has ended.
UPDATE sessions s SET profile_id = p.id
FROM profiles p
WHERE s.id = $1 AND s.revoked_at IS NULL AND p.id = $2 AND p.user_id = s.user_id
RETURNING p.id;
