-- name: insert
-- An invitation for an address ($2, with its key $3) or for so many people ($4), from an administrator ($5), for $6, into
-- groups ($7).
INSERT INTO invitations (hash, email, email_key, people, created_by, expires_at, group_ids)
VALUES ($1, $2, $3, $4, $5, now() + $6::interval, $7)
RETURNING id;

-- name: page
-- The invitations in the state $2 (null: in all), newest first: $3 after the first $4; or the one with the id $1.
SELECT *, count(*) OVER () AS total,
       ARRAY(SELECT name FROM groups WHERE groups.id = ANY(invitation.group_ids) ORDER BY lower(name)) AS groups
FROM (
    SELECT id, email, people, registered, created_at, expires_at, group_ids,
           CASE WHEN revoked_at IS NOT NULL THEN 'revoked'
                WHEN registered = people THEN 'used'
                WHEN expires_at <= now() THEN 'expired'
                ELSE 'open' END AS state
    FROM invitations
) invitation
WHERE ($1::bigint IS NULL OR id = $1) AND ($2::text IS NULL OR state = $2)
ORDER BY created_at DESC, id DESC
LIMIT $3 OFFSET $4;

-- name: lock
-- The invitation of a link, locked: two people cannot use the last place of it.
SELECT id, email, email_key, revoked_at IS NOT NULL AS is_revoked, registered = people AS is_used,
       expires_at <= now() AS is_expired, group_ids
FROM invitations
WHERE hash = $1
FOR UPDATE;

-- name: use
-- One more person has registered.
UPDATE invitations SET registered = registered + 1 WHERE id = $1;

-- name: revoke
-- Revokes an invitation. Those who have registered with it keep their accounts.
UPDATE invitations SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL;

-- name: remove_old
-- Deletes invitations that expired longer than $1 ago.
DELETE FROM invitations WHERE expires_at < now() - $1::interval;
