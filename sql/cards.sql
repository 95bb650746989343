-- name: cards
-- The cards of these videos ($1), in this order, without those that cannot be played or that the viewer ($3) may not see.
-- Addresses begin with $2.
SELECT v.id, v.created_at, v.title, v.description, v.category, coalesce(e.duration, 0) AS duration,
       $2::text || '/api/video/' || v.id || '/thumbnail.jpg?v=' || e.thumbnail_version AS thumbnail_url,
       e.thumbnail_width, e.thumbnail_colour
FROM unnest($1::bigint[]) WITH ORDINALITY AS asked (id, place)
JOIN visible_videos($3) v ON v.id = asked.id
JOIN LATERAL (
    SELECT duration, thumbnail_version, thumbnail_width, thumbnail_colour
    FROM playable WHERE video_id = v.id LIMIT 1
) e ON true
ORDER BY asked.place;

-- name: rows
-- The cards of the home page: the $2 newest films (`place` 0), and as many of each of the $3 largest categories (`place`
-- from 1 on), all that the viewer ($4) may see. `films` is how many films the category has, or the library. Addresses
-- begin with $1.
WITH category AS MATERIALIZED (
    SELECT v.category, count(*) AS films
    FROM visible_videos($4) v
    JOIN playable_videos p ON p.video_id = v.id
    GROUP BY v.category
), largest AS (
    SELECT row_number() OVER (ORDER BY films DESC, category) AS place, category, films
    FROM category
    WHERE category <> ''
    ORDER BY place
    LIMIT $3
), film AS (
    SELECT 0 AS place, (SELECT sum(films)::bigint FROM category) AS films, newest.id
    FROM (
        SELECT v.id
        FROM visible_videos($4) v
        JOIN LATERAL (SELECT FROM playable WHERE video_id = v.id LIMIT 1) e ON true
        ORDER BY v.created_at DESC, v.id DESC
        LIMIT $2
    ) newest
    UNION ALL
    SELECT l.place, l.films, newest.id
    FROM largest l
    CROSS JOIN LATERAL (
        SELECT v.id
        FROM visible_videos($4) v
        JOIN LATERAL (SELECT FROM playable WHERE video_id = v.id LIMIT 1) e ON true
        WHERE v.category = l.category
        ORDER BY v.created_at DESC, v.id DESC
        LIMIT $2
    ) newest
)
SELECT f.place, f.films, v.id, v.created_at, v.title, v.description, v.category, coalesce(e.duration, 0) AS duration,
       $1::text || '/api/video/' || v.id || '/thumbnail.jpg?v=' || e.thumbnail_version AS thumbnail_url,
       e.thumbnail_width, e.thumbnail_colour
FROM film f
JOIN videos v ON v.id = f.id
JOIN LATERAL (
    SELECT duration, thumbnail_version, thumbnail_width, thumbnail_colour
    FROM playable WHERE video_id = v.id LIMIT 1
) e ON true
ORDER BY f.place, v.created_at DESC, v.id DESC;

-- name: films
-- The playable videos that a viewer ($3) may see, newest first: $1 after the first $2.
SELECT v.id, (SELECT count(*) FROM visible_videos($3) JOIN playable_videos p ON p.video_id = id) AS total
FROM visible_videos($3) v
JOIN LATERAL (SELECT FROM playable WHERE video_id = v.id LIMIT 1) e ON true
ORDER BY v.created_at DESC, v.id DESC
LIMIT $1 OFFSET $2;

-- name: films_of_category
-- The same for a category ($4).
SELECT v.id, v.title, (
           SELECT count(*) FROM visible_videos($3) JOIN playable_videos p ON p.video_id = id WHERE category = $4
       ) AS total
FROM visible_videos($3) v
JOIN LATERAL (SELECT FROM playable WHERE video_id = v.id LIMIT 1) e ON true
WHERE v.category = $4
ORDER BY v.created_at DESC, v.id DESC
LIMIT $1 OFFSET $2;
