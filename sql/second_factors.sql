-- name: start
-- The secret of a second factor that is being set up; replaces one that was not confirmed. No row if there is a second
-- factor already.
INSERT INTO second_factors AS f (user_id, secret) VALUES ($1, $2)
ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, started_at = now() WHERE f.confirmed_at IS NULL
RETURNING user_id;

-- name: pending
-- The secret that is being set up, unless that was started longer than $2 ago. Locks it.
SELECT secret FROM second_factors
WHERE user_id = $1 AND confirmed_at IS NULL AND started_at > now() - $2::interval
FOR UPDATE;

-- name: confirm
-- From now on the second factor is needed. The code of the step $2 has been used.
UPDATE second_factors SET confirmed_at = now(), last_step = $2 WHERE user_id = $1;

-- name: find
-- The second factor of an account.
SELECT f.secret, f.confirmed_at, (SELECT count(*) FROM recovery_codes WHERE user_id = f.user_id) AS recovery_codes
FROM second_factors f
WHERE f.user_id = $1 AND f.confirmed_at IS NOT NULL;

-- name: use_step
-- Uses the code of the step $2. No row if it, or a later one, was used before.
UPDATE second_factors SET last_step = $2
WHERE user_id = $1 AND confirmed_at IS NOT NULL AND last_step < $2
RETURNING user_id;

-- name: use_recovery_code
-- Uses a recovery code. No row if there is no such code, or not any more.
DELETE FROM recovery_codes WHERE user_id = $1 AND hash = $2 RETURNING user_id;

-- name: forget_recovery_codes
-- Deletes all recovery codes of an account.
DELETE FROM recovery_codes WHERE user_id = $1;

-- name: insert_recovery_codes
-- The hashes of new recovery codes.
INSERT INTO recovery_codes (user_id, hash)
SELECT user_id, unnest($2::bytea[]) FROM second_factors WHERE user_id = $1;

-- name: remove
-- Removes a second factor with its recovery codes, also one that is being set up.
DELETE FROM second_factors WHERE user_id = $1 RETURNING confirmed_at IS NOT NULL AS was_confirmed;
