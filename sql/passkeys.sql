-- name: insert_challenge
-- A challenge for the account $2 (null: for a login), valid for $3.
INSERT INTO passkey_challenges (challenge, user_id, expires_at) VALUES ($1, $2, now() + $3::interval);

-- name: take_challenge
-- Uses up a challenge. No row if it is unknown, has expired, was used, or is for something else.
DELETE FROM passkey_challenges
WHERE challenge = $1 AND user_id IS NOT DISTINCT FROM $2 AND expires_at > now()
RETURNING challenge;

-- name: insert
-- A new passkey. No row if the account has $6 already, or another one has this passkey.
INSERT INTO passkeys (user_id, credential_id, public_key, sign_count, name)
SELECT $1, $2, $3, $4, $5
WHERE (SELECT count(*) FROM passkeys WHERE user_id = $1) < $6
ON CONFLICT DO NOTHING
RETURNING id, name, created_at, last_used_at;

-- name: of_user
-- The passkeys of an account, oldest first.
SELECT id, name, created_at, last_used_at FROM passkeys WHERE user_id = $1 ORDER BY created_at, id;

-- name: credential_ids
-- The ids under which devices know the passkeys of an account.
SELECT credential_id FROM passkeys WHERE user_id = $1;

-- name: find
-- The passkey with the id under which its device knows it.
SELECT id, user_id, public_key, sign_count FROM passkeys WHERE credential_id = $1;

-- name: use
-- A login with a passkey, whose device counts $2 uses (0: it does not count). No row if it has counted as far before.
UPDATE passkeys SET sign_count = $2, last_used_at = now()
WHERE id = $1 AND (sign_count < $2 OR sign_count = 0 AND $2 = 0)
RETURNING id;

-- name: remove
-- Removes a passkey if it belongs to this account.
DELETE FROM passkeys WHERE id = $1 AND user_id = $2 RETURNING id;

-- name: remove_old_challenges
-- Deletes challenges that were not used in time.
DELETE FROM passkey_challenges WHERE expires_at < now();
