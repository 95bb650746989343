-- name: insert
-- A device that wants to be logged in: its code ($1, hashed), that for people ($2), its browser and address, for $5.
INSERT INTO pairings (device_hash, user_code, user_agent, address, expires_at, interval_seconds)
VALUES ($1, $2, $3, $4, now() + $5::interval, $6);

-- name: waiting
-- The device with this code for people, unless it was confirmed or refused, or the code has expired.
SELECT user_code, user_agent, address, created_at
FROM pairings
WHERE user_code = $1 AND expires_at > now() AND confirmed_by IS NULL AND NOT is_refused;

-- name: confirm
-- The account of the session $2 confirms a device. No row if it does not wait any more.
UPDATE pairings SET confirmed_by = $2
WHERE user_code = $1 AND expires_at > now() AND confirmed_by IS NULL AND NOT is_refused
RETURNING id;

-- name: refuse
-- Refuses a device. No row if it does not wait any more.
UPDATE pairings SET is_refused = true
WHERE user_code = $1 AND expires_at > now() AND confirmed_by IS NULL AND NOT is_refused
RETURNING id;

-- name: ask
-- The device asks whether it was confirmed. One that asks more than a second too early has to wait $2 longer from now on,
-- as RFC 8628 demands. The code for people and the seconds that are left are for the page of the device.
WITH before AS (
    SELECT id, interval_seconds, asked_at > now() - make_interval(secs => interval_seconds - 1) IS TRUE AS is_early
    FROM pairings WHERE device_hash = $1 FOR UPDATE
)
UPDATE pairings p
SET asked_at = now(), interval_seconds = b.interval_seconds + CASE WHEN b.is_early THEN $2 ELSE 0 END
FROM before b
WHERE p.id = b.id
RETURNING p.user_code, ceil(extract(epoch FROM p.expires_at - now()))::integer AS seconds_left, b.is_early,
          p.is_refused, p.confirmed_by IS NOT NULL AS is_confirmed;

-- name: take
-- Uses up the code of a confirmed device: the account, if the session that has confirmed it is still active.
WITH taken AS (
    DELETE FROM pairings WHERE device_hash = $1 AND confirmed_by IS NOT NULL AND expires_at > now()
    RETURNING confirmed_by
)
SELECT s.user_id
FROM taken t
JOIN sessions s ON s.id = t.confirmed_by
WHERE s.revoked_at IS NULL AND s.expires_at > now();

-- name: remove_old
-- Deletes devices whose codes have expired.
DELETE FROM pairings WHERE expires_at < now();
