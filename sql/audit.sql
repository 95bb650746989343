-- name: record
-- Records an action of a user ($1), or of a command on the server (null).
INSERT INTO audit (user_id, who, action, target, label, detail)
VALUES ($1, coalesce((SELECT email FROM users WHERE id = $1), 'a command'), $2, $3, $4, $5::text::jsonb);

-- name: record_all
-- Records one action ($2) on many targets ($3) with their labels ($4) and details ($5).
INSERT INTO audit (user_id, who, action, target, label, detail)
SELECT $1::bigint, coalesce((SELECT email FROM users WHERE id = $1::bigint), 'a command'), $2::text,
       entry.target, entry.label, entry.detail::jsonb
FROM unnest($3::text[], $4::text[], $5::text[]) AS entry (target, label, detail);

-- name: known_targets
-- Those of these targets ($1) that have entries.
SELECT DISTINCT target FROM audit WHERE target = ANY($1::text[]);

-- name: remove_old
-- Remove the entries that are older than $1.
DELETE FROM audit WHERE at < now() - $1::interval;

-- name: listing
-- The entries that contain $1 (null: all), newest first, $2 of them after the first $3.
SELECT a.at, a.who, nullif(u.name, '') AS name, a.action, a.target, a.label, a.detail::text AS detail,
       count(*) OVER () AS total
FROM audit a
LEFT JOIN users u ON u.id = a.user_id
WHERE $1::text IS NULL
   OR position(lower($1) IN lower(concat_ws(' ', a.who, u.name, a.action, a.target, a.label, a.detail::text))) > 0
ORDER BY a.id DESC
LIMIT $2 OFFSET $3;
