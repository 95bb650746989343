-- name: of_video
-- Who has watched a video ($1), latest first: $2 rows after the first $3.
SELECT u.id AS user_id, u.email, coalesce(nullif(p.name, ''), u.name) AS name, w.duration, bit_count(w.seen) AS stretches,
       w.played_at, w.watched_at, count(*) OVER () AS total
FROM watch_progress w
JOIN profiles p ON p.id = w.profile_id
JOIN users u ON u.id = p.user_id
WHERE w.video_id = $1 AND (w.played_at IS NOT NULL OR w.watched_at IS NOT NULL)
ORDER BY coalesce(w.played_at, w.watched_at) DESC, w.profile_id
LIMIT $2 OFFSET $3;

-- name: of_user
-- What an account ($1) has watched, latest first: $2 rows after the first $3.
SELECT v.id AS video_id, v.title, coalesce(nullif(p.name, ''), u.name) AS name, w.duration, bit_count(w.seen) AS stretches,
       w.played_at, w.watched_at, count(*) OVER () AS total
FROM users u
JOIN profiles p ON p.user_id = u.id
JOIN watch_progress w ON w.profile_id = p.id
JOIN videos v ON v.id = w.video_id
WHERE u.id = $1 AND (w.played_at IS NOT NULL OR w.watched_at IS NOT NULL)
ORDER BY coalesce(w.played_at, w.watched_at) DESC, w.profile_id, v.id
LIMIT $2 OFFSET $3;

-- name: columns_of_series
-- The episodes of a series in order.
SELECT id AS video_id, title, season, episode AS number FROM videos WHERE series_id = $1 ORDER BY season, place, id;

-- name: columns_of_category
-- The first $2 films of a category by title.
SELECT id AS video_id, title, season, episode AS number FROM videos WHERE category = $1 ORDER BY lower(title), id LIMIT $2;

-- name: of_members
-- How far the members of a group ($1) have seen videos ($2): by address, $3 members after the first $4. Of several profiles
-- of an account, that which has seen most of a video counts.
WITH members AS (
    SELECT u.id, u.email, u.name, count(*) OVER () AS total
    FROM group_members m
    JOIN users u ON u.id = m.user_id
    WHERE m.group_id = $1
    ORDER BY lower(u.email), u.id
    LIMIT $3 OFFSET $4
)
SELECT m.id AS user_id, m.email, m.name, m.total, best.video_id, best.duration, best.stretches, best.watched_at
FROM members m
LEFT JOIN LATERAL (
    SELECT DISTINCT ON (w.video_id) w.video_id, w.duration, bit_count(w.seen) AS stretches, w.watched_at
    FROM profiles p
    JOIN watch_progress w ON w.profile_id = p.id
    WHERE p.user_id = m.id AND w.video_id = ANY($2::bigint[]) AND (w.played_at IS NOT NULL OR w.watched_at IS NOT NULL)
    ORDER BY w.video_id, bit_count(w.seen) DESC, w.profile_id
) best ON true
ORDER BY lower(m.email), m.id;

-- name: forget_seen
-- Removes which parts of films were seen. Positions stay.
UPDATE watch_progress SET seen = '' WHERE seen <> '';
