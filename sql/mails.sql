-- name: insert
-- A mail that is to go to a user.
INSERT INTO mails (kind, user_id) VALUES ($1, $2) RETURNING id;

-- name: insert_reset
-- A reset for whoever has this address; a row also for nobody. Nobody has shown yet that an account that was never
-- activated is theirs: its password may be a stranger's. It is dropped, with the activation links, so that the
-- account can be entered by the link of this mail alone.
WITH asked AS (
    SELECT id FROM users WHERE email_key = $1 AND disabled_at IS NULL
), unproven AS (
    UPDATE users SET password_hash = ''
    WHERE id = (SELECT id FROM asked) AND activated_at IS NULL AND disabled_at IS NULL
    RETURNING id
), voided AS (
    DELETE FROM mail_tokens WHERE user_id = (SELECT id FROM unproven) AND purpose = 'activation'
)
INSERT INTO mails (kind, user_id) VALUES ('reset', (SELECT id FROM asked)) RETURNING id;

-- name: waiting
-- Mails that are due.
SELECT id, attempts FROM mails WHERE state = 'queued' AND not_before <= now() ORDER BY not_before, id LIMIT 100;

-- name: take
-- One try at a mail: others keep away from it until $2 has passed, also if this try dies.
UPDATE mails SET attempts = attempts + 1, not_before = now() + $2::interval
WHERE id = $1 AND state = 'queued' AND not_before <= now()
RETURNING id, kind, user_id, attempts;

-- name: sent
-- It has gone out.
UPDATE mails SET state = 'sent', sent_at = now(), error = NULL WHERE id = $1;

-- name: retry
-- It has not; the next try is due after $2.
UPDATE mails SET not_before = now() + $2::interval, error = $3 WHERE id = $1;

-- name: fail
-- It will not go out any more.
UPDATE mails SET state = 'failed', error = $2 WHERE id = $1;

-- name: remove
-- A mail to nobody.
DELETE FROM mails WHERE id = $1;

-- name: insert_token
-- A token by its hash.
INSERT INTO mail_tokens (hash, user_id, purpose, expires_at) VALUES ($1, $2, $3, now() + $4::interval);

-- name: void_resets
-- Older reset links end when a new one is sent, or when the password has been set.
DELETE FROM mail_tokens WHERE user_id = $1 AND purpose = 'reset' AND used_at IS NULL;

-- name: cancel_resets
-- Reset mails that have not gone out yet need not any more.
DELETE FROM mails WHERE user_id = $1 AND kind = 'reset' AND state = 'queued';

-- name: is_outdated
-- Whether a newer reset mail is under way, or has gone out, to the same user.
SELECT EXISTS (SELECT FROM mails WHERE user_id = $1 AND kind = 'reset' AND id > $2);

-- name: use_activation
-- Follow an activation link. The same link again does no harm; an account that is disabled stays so.
UPDATE mail_tokens t SET used_at = coalesce(t.used_at, now())
FROM users u
WHERE t.hash = $1 AND t.user_id = $2 AND t.purpose = 'activation'
  AND u.id = t.user_id AND u.disabled_at IS NULL
  AND (t.used_at IS NOT NULL OR t.expires_at > now())
RETURNING t.user_id;

-- name: find_reset
-- The address behind a reset link that can still be used.
SELECT u.email
FROM mail_tokens t
JOIN users u ON u.id = t.user_id
WHERE t.hash = $1 AND t.user_id = $2 AND t.purpose = 'reset'
  AND t.used_at IS NULL AND t.expires_at > now() AND u.disabled_at IS NULL;

-- name: use_reset
-- Spend a reset link; of two who try one succeeds.
UPDATE mail_tokens t SET used_at = now()
FROM users u
WHERE t.hash = $1 AND t.user_id = $2 AND t.purpose = 'reset'
  AND t.used_at IS NULL AND t.expires_at > now() AND u.id = t.user_id AND u.disabled_at IS NULL
RETURNING t.user_id;

-- name: remove_old_tokens
-- Forget tokens that have expired as long ago as $1.
DELETE FROM mail_tokens WHERE expires_at < now() - $1::interval;

-- name: remove_old_mails
-- Forget what has been sent, or given up, as long ago as $1.
DELETE FROM mails WHERE state <> 'queued' AND created_at < now() - $1::interval;
