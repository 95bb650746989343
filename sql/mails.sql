-- name: insert
-- Queues a mail to a user, in the language $3.
INSERT INTO mails (kind, user_id, language) VALUES ($1, $2, $3) RETURNING id;

-- name: insert_reset
-- Queues a reset mail to an address, in the language $2; without a user if there is no account. Someone else may have
-- registered an account that was never activated, and know its password: the password and the activation links are
-- removed, so that only the link of this mail gives access.
WITH asked AS (
    SELECT id FROM users WHERE email_key = $1 AND disabled_at IS NULL
), unproven AS (
    UPDATE users SET password_hash = ''
    WHERE id = (SELECT id FROM asked) AND activated_at IS NULL AND disabled_at IS NULL
    RETURNING id
), voided AS (
    DELETE FROM mail_tokens WHERE user_id = (SELECT id FROM unproven) AND purpose = 'activation'
)
INSERT INTO mails (kind, user_id, language) VALUES ('reset', (SELECT id FROM asked), $2) RETURNING id;

-- name: waiting
-- The mails that are due.
SELECT id, attempts FROM mails WHERE state = 'queued' AND not_before <= now() ORDER BY not_before, id LIMIT 100;

-- name: any_waits
-- Whether there is a mail to send, now or later.
SELECT EXISTS (SELECT FROM mails WHERE state = 'queued');

-- name: take
-- Claims a mail for one attempt. No other worker takes it until $2 has passed, even if this one is killed.
UPDATE mails SET attempts = attempts + 1, not_before = now() + $2::interval
WHERE id = $1 AND state = 'queued' AND not_before <= now()
RETURNING id, kind, user_id, language, attempts;

-- name: sent
-- Marks a mail as sent.
UPDATE mails SET state = 'sent', sent_at = now(), error = NULL WHERE id = $1;

-- name: retry
-- Records a failed attempt; the next one is due after $2.
UPDATE mails SET not_before = now() + $2::interval, error = $3 WHERE id = $1;

-- name: fail
-- Marks a mail as failed: there are no more attempts.
UPDATE mails SET state = 'failed', error = $2 WHERE id = $1;

-- name: remove
-- Deletes a mail that is not sent: it has no user, or a newer one replaces it.
DELETE FROM mails WHERE id = $1;

-- name: insert_token
-- Stores the hash of a token.
INSERT INTO mail_tokens (hash, user_id, purpose, expires_at) VALUES ($1, $2, $3, now() + $4::interval);

-- name: void_resets
-- Invalidates the reset links of a user: a new one is sent, or the password was set.
DELETE FROM mail_tokens WHERE user_id = $1 AND purpose = 'reset' AND used_at IS NULL;

-- name: cancel_resets
-- Cancels the reset mails of a user that were not sent yet.
DELETE FROM mails WHERE user_id = $1 AND kind = 'reset' AND state = 'queued';

-- name: is_outdated
-- Whether a newer reset mail to the same user is queued or was sent.
SELECT EXISTS (SELECT FROM mails WHERE user_id = $1 AND kind = 'reset' AND id > $2);

-- name: use_activation
-- Uses an activation link, which may be used again. The links of disabled accounts are not valid. The account is locked
-- before its link, as by everybody else.
UPDATE mail_tokens t SET used_at = coalesce(t.used_at, now())
FROM (SELECT id FROM users WHERE id = $2 AND disabled_at IS NULL FOR NO KEY UPDATE) u
WHERE t.hash = $1 AND t.user_id = u.id AND t.purpose = 'activation'
  AND (t.used_at IS NOT NULL OR t.expires_at > now())
RETURNING t.user_id;

-- name: find_reset
-- The e-mail address of a valid reset link.
SELECT u.email
FROM mail_tokens t
JOIN users u ON u.id = t.user_id
WHERE t.hash = $1 AND t.user_id = $2 AND t.purpose = 'reset'
  AND t.used_at IS NULL AND t.expires_at > now() AND u.disabled_at IS NULL;

-- name: use_reset
-- Uses a reset link; of two concurrent requests one succeeds. The locks are taken as above.
UPDATE mail_tokens t SET used_at = now()
FROM (SELECT id FROM users WHERE id = $2 AND disabled_at IS NULL FOR NO KEY UPDATE) u
WHERE t.hash = $1 AND t.user_id = u.id AND t.purpose = 'reset'
  AND t.used_at IS NULL AND t.expires_at > now()
RETURNING t.user_id;

-- name: remove_old_tokens
-- Deletes tokens that expired longer than $1 ago.
DELETE FROM mail_tokens WHERE expires_at < now() - $1::interval;

-- name: remove_old_mails
-- Deletes mails that are older than $1 and were sent or failed.
DELETE FROM mails WHERE state <> 'queued' AND created_at < now() - $1::interval;
