-- name: lock_videos
-- Who may see these videos ($1), locked until the transaction ends.
SELECT id, title, group_ids, min_age, is_draft, visible_from
FROM videos
WHERE id = ANY($1::bigint[])
ORDER BY id
FOR NO KEY UPDATE;

-- name: lock_series
-- The same for series.
SELECT id, title, group_ids, min_age, is_draft, visible_from
FROM series
WHERE id = ANY($1::bigint[])
ORDER BY id
FOR NO KEY UPDATE;

-- name: videos
-- Who may see these videos ($1), without a lock.
SELECT id, title, group_ids, min_age, is_draft, visible_from FROM videos WHERE id = ANY($1::bigint[]);

-- name: series
-- Who may see these series ($1), without a lock.
SELECT id, title, group_ids, min_age, is_draft, visible_from FROM series WHERE id = ANY($1::bigint[]);

-- name: edit_video
-- Another audience.
UPDATE videos SET group_ids = $2, min_age = $3, is_draft = $4, visible_from = $5 WHERE id = $1;

-- name: edit_series
-- Another audience for all videos of a series.
UPDATE series SET group_ids = $2, min_age = $3, is_draft = $4, visible_from = $5 WHERE id = $1;
