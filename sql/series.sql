-- name: insert
-- A new series; its texts are escaped already.
INSERT INTO series (title, description) VALUES ($1, $2) RETURNING id;

-- name: lock_titles
-- Those who look for a series by its title, and create it if there is none, do so one after the other.
SELECT pg_advisory_xact_lock(2820001);

-- name: titles
-- All series, the oldest first.
SELECT id, title FROM series ORDER BY id;

-- name: text
-- What a series is called, and what it shows.
SELECT title, description, picture_video_id FROM series WHERE id = $1;

-- name: lock
-- Those who change a series or which videos it has pass here one after the other, before they lock videos.
SELECT title, description, picture_video_id FROM series WHERE id = $1 FOR NO KEY UPDATE;

-- name: lock_of_videos
-- The same for the series of these videos ($1), and for those that show one of them as their picture.
SELECT id
FROM series
WHERE id IN (SELECT series_id FROM videos WHERE id = ANY($1::bigint[])) OR picture_video_id = ANY($1::bigint[])
ORDER BY id
FOR NO KEY UPDATE;

-- name: edit
-- Other texts, escaped already, and the episode ($4) whose thumbnail is shown, null for the first one.
UPDATE series SET title = $2, description = $3, picture_video_id = $4 WHERE id = $1;

-- name: remove
-- Deletes a series. Its guest links end.
DELETE FROM series WHERE id = $1;

-- name: episodes
-- The videos of a series in order, playable or not.
SELECT id, title, season, episode AS number FROM videos WHERE series_id = $1 ORDER BY season, place, id;

-- name: set_episodes
-- These videos ($1) are episodes of a series ($2): their seasons, numbers and places in the season.
UPDATE videos v
SET series_id = $2, season = new.season, episode = new.number, place = new.place
FROM unnest($1::bigint[], $3::integer[], $4::integer[], $5::integer[]) AS new (id, season, number, place)
WHERE v.id = new.id
  AND (v.series_id, v.season, v.episode, v.place) IS DISTINCT FROM ($2, new.season, new.number, new.place);

-- name: take_out
-- Takes these videos ($1) out of their series. So that nobody sees more than before, they take over its audience.
UPDATE videos v
SET series_id = NULL, season = NULL, episode = NULL, place = 0,
    min_age = greatest(v.min_age, s.min_age),
    is_draft = v.is_draft OR s.is_draft,
    visible_from = greatest(v.visible_from, s.visible_from),
    group_ids = CASE
        WHEN v.group_ids IS NULL THEN s.group_ids
        WHEN s.group_ids IS NULL THEN v.group_ids
        ELSE ARRAY(SELECT unnest(v.group_ids) INTERSECT SELECT unnest(s.group_ids) ORDER BY 1)
        END
FROM series s
WHERE s.id = v.series_id AND v.id = ANY($1::bigint[])
RETURNING v.id;

-- name: page
-- The series whose titles contain $1 (null: all), by title or by number of episodes or age ($2), backwards if $3: $4
-- after the first $5. Addresses begin with $6.
SELECT s.id, s.title, s.description, s.created_at, s.group_ids, s.min_age, s.is_draft, s.visible_from, count(v.id) AS episodes,
       count(DISTINCT v.season) FILTER (WHERE v.season > 0) AS seasons,
       $6::text || '/api/video/' || CASE
           WHEN bool_or(v.id = s.picture_video_id) THEN s.picture_video_id
           ELSE (array_agg(v.id ORDER BY v.season = 0, v.season, v.place, v.id))[1]
           END || '/thumbnail.jpg' AS thumbnail_url,
       count(*) OVER () AS total
FROM series s
LEFT JOIN videos v ON v.series_id = s.id
WHERE $1::text IS NULL OR position(lower($1) IN lower(s.title)) > 0
GROUP BY s.id
ORDER BY CASE WHEN $2::text = 'title' AND NOT $3::boolean THEN lower(s.title) END,
         CASE WHEN $2 = 'title' AND $3 THEN lower(s.title) END DESC,
         CASE $2 WHEN 'episodes' THEN count(v.id) WHEN 'created_at' THEN extract(epoch FROM s.created_at) END
             * CASE WHEN $3 THEN -1 ELSE 1 END,
         s.id
LIMIT $4 OFFSET $5;

-- name: visible_page
-- The series of which the viewer ($3) may see an episode, by title: $1 after the first $2. The first episode stands for
-- each.
SELECT first.id, count(*) OVER () AS total
FROM series s
JOIN LATERAL (
    SELECT v.id
    FROM visible_videos($3) v
    JOIN LATERAL (SELECT FROM playable WHERE video_id = v.id LIMIT 1) e ON true
    WHERE v.series_id = s.id
    ORDER BY v.season, v.place, v.id
    LIMIT 1
) first ON true
ORDER BY lower(s.title), s.id
LIMIT $1 OFFSET $2;

-- name: visible_episodes
-- The playable episodes of a series ($1) that a viewer ($2) may see, in order.
SELECT v.id
FROM visible_videos($2) v
JOIN LATERAL (SELECT FROM playable WHERE video_id = v.id LIMIT 1) e ON true
WHERE v.series_id = $1
ORDER BY v.season, v.place, v.id;

-- name: neighbours
-- The playable episodes before and after a video ($1) that a viewer ($2) may see, across seasons. Specials follow only
-- each other.
SELECT previous, next
FROM (
    SELECT e.id, lag(e.id) OVER ordered AS previous, lead(e.id) OVER ordered AS next
    FROM videos v
    JOIN visible_videos($2) e ON e.series_id = v.series_id AND (e.season = 0) = (v.season = 0)
    JOIN LATERAL (SELECT FROM playable WHERE video_id = e.id LIMIT 1) p ON true
    WHERE v.id = $1
    WINDOW ordered AS (ORDER BY e.season, e.place, e.id)
) each
WHERE id = $1;
