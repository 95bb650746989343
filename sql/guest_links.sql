-- name: title
-- What a video is called. It cannot be deleted until the transaction ends.
SELECT title FROM videos WHERE id = $1 FOR KEY SHARE;

-- name: title_of_series
-- The same for a series.
SELECT title FROM series WHERE id = $1 FOR KEY SHARE;

-- name: insert
-- A link to a video ($2) or to a series ($3).
INSERT INTO guest_links (hash, video_id, series_id, note, password_hash, max_uses, created_by, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
RETURNING id;

-- name: page
-- The links in the state $2 (null: in all) to a title or with a note that contains $3, newest first: $4 after the first $5;
-- or the one with the id $1.
SELECT *, count(*) OVER () AS total
FROM (
    SELECT l.id, l.video_id, l.series_id, coalesce(v.title, s.title) AS title, l.note,
           l.password_hash IS NOT NULL AS has_password, l.max_uses, l.uses, l.created_at, l.expires_at,
           CASE WHEN l.revoked_at IS NOT NULL THEN 'revoked'
                WHEN l.expires_at <= now() THEN 'expired'
                WHEN l.uses = l.max_uses THEN 'used'
                ELSE 'open' END AS state
    FROM guest_links l
    LEFT JOIN videos v ON v.id = l.video_id
    LEFT JOIN series s ON s.id = l.series_id
) link
WHERE ($1::bigint IS NULL OR id = $1)
  AND ($2::text IS NULL OR state = $2)
  AND ($3::text IS NULL OR position(lower($3) IN lower(title)) > 0 OR position(lower($3) IN lower(note)) > 0)
ORDER BY created_at DESC, id DESC
LIMIT $4 OFFSET $5;

-- name: find
-- The link with this hash.
SELECT l.id, l.video_id, l.series_id, coalesce(v.title, s.title) AS title, l.password_hash, l.uses = l.max_uses AS is_used,
       l.revoked_at IS NOT NULL OR l.expires_at <= now() AS is_over
FROM guest_links l
LEFT JOIN videos v ON v.id = l.video_id
LEFT JOIN series s ON s.id = l.series_id
WHERE l.hash = $1;

-- name: use
-- Counts a use, unless the link was used up, has expired or was revoked meanwhile, and opens a session ($2), which ends with
-- the link or after $3.
WITH used AS (
    UPDATE guest_links SET uses = uses + 1
    WHERE id = $1 AND uses < max_uses AND revoked_at IS NULL AND expires_at > now()
    RETURNING id, expires_at
)
INSERT INTO sessions (id, guest_link_id, expires_at, user_agent, address)
SELECT $2, id, least(expires_at, now() + $3::interval), $4, $5 FROM used
RETURNING id;

-- name: is_visible
-- Whether a viewer ($1) may see a video ($2), or any of a series ($3).
SELECT EXISTS (SELECT FROM visible_videos($1) WHERE id = $2)
    OR EXISTS (SELECT FROM visible_videos($1) WHERE series_id = $3);

-- name: revoke
-- Revokes a link. The sessions that were opened with it end.
UPDATE guest_links SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL;

-- name: remove_old
-- Deletes links that expired longer than $1 ago.
DELETE FROM guest_links WHERE expires_at < now() - $1::interval;
