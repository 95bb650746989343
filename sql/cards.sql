-- name: cards
-- The cards of these videos ($1), in this order, without those that cannot be played or that the viewer ($3) may not see.
-- Addresses begin with $2. If $4, an episode stands for its series: with the texts and the picture of that, and the
-- number of its `episodes` that the viewer may see.
SELECT v.id, v.created_at, v.category,
       CASE WHEN whole.episodes > 0 THEN s.title ELSE v.title END AS title,
       CASE WHEN whole.episodes > 0 THEN s.description ELSE v.description END AS description,
       CASE WHEN whole.episodes > 0 THEN 0 ELSE coalesce(e.duration, 0) END AS duration,
       $2::text || '/api/video/' || e.video_id || '/thumbnail.jpg?v=' || e.thumbnail_version AS thumbnail_url,
       e.thumbnail_width, e.thumbnail_colour,
       s.id AS series_id, s.title AS series_title, v.season, v.episode AS number, coalesce(whole.episodes, 0) AS episodes
FROM unnest($1::bigint[]) WITH ORDINALITY AS asked (id, place)
JOIN visible_videos($3) v ON v.id = asked.id
LEFT JOIN series s ON s.id = v.series_id
LEFT JOIN LATERAL (
    SELECT count(*) AS episodes,
           (array_agg(n.id ORDER BY n.id IS DISTINCT FROM s.picture_video_id, n.season = 0, n.season, n.place, n.id))[1]
               AS picture_id
    FROM visible_videos($3) n
    JOIN LATERAL (SELECT FROM playable WHERE video_id = n.id LIMIT 1) e ON true
    WHERE n.series_id = s.id
) whole ON $4::boolean
JOIN LATERAL (
    SELECT video_id, duration, thumbnail_version, thumbnail_width, thumbnail_colour
    FROM playable WHERE video_id = coalesce(whole.picture_id, v.id) LIMIT 1
) e ON true
ORDER BY asked.place;

-- name: rows
-- The rows of the home page: the $1 newest films (without a category), and as many of each of the $2 largest categories,
-- all that the viewer ($3) may see. The newest episode stands for its series. `films` is how many films and series the
-- category has, or the library, with those that cannot be played yet: there are hardly any, and looking for them takes
-- long.
WITH category AS MATERIALIZED (
    SELECT category, count(*) AS films
    FROM (
        SELECT category FROM visible_videos($3) WHERE series_id IS NULL
        UNION ALL
        SELECT category FROM visible_videos($3) WHERE series_id IS NOT NULL GROUP BY series_id, category
    ) film
    GROUP BY category
), largest AS (
    SELECT category, films
    FROM category
    WHERE category <> ''
    ORDER BY films DESC, category
    LIMIT $2
)
SELECT NULL AS category, (SELECT sum(films)::bigint FROM category) AS films, ARRAY(
    SELECT v.id
    FROM visible_videos($3) v
    JOIN LATERAL (SELECT FROM playable WHERE video_id = v.id LIMIT 1) e ON true
    WHERE NOT EXISTS (
        SELECT FROM visible_videos($3) n
        JOIN LATERAL (SELECT FROM playable WHERE video_id = n.id LIMIT 1) e ON true
        WHERE n.series_id = v.series_id AND (n.created_at, n.id) > (v.created_at, v.id)
    )
    ORDER BY v.created_at DESC, v.id DESC
    LIMIT $1
) AS ids
WHERE EXISTS (SELECT FROM category)
UNION ALL
SELECT l.category, l.films, ARRAY(
    SELECT v.id
    FROM visible_videos($3) v
    JOIN LATERAL (SELECT FROM playable WHERE video_id = v.id LIMIT 1) e ON true
    WHERE v.category = l.category AND NOT EXISTS (
        SELECT FROM visible_videos($3) n
        JOIN LATERAL (SELECT FROM playable WHERE video_id = n.id LIMIT 1) e ON true
        WHERE n.series_id = v.series_id AND n.category = v.category AND (n.created_at, n.id) > (v.created_at, v.id)
    )
    ORDER BY v.created_at DESC, v.id DESC
    LIMIT $1
)
FROM largest l;

-- name: films
-- The playable videos that a viewer ($3) may see, newest first: $1 after the first $2. The newest episode stands for its
-- series.
SELECT v.id, (
           SELECT count(DISTINCT coalesce(-series_id, id))
           FROM visible_videos($3) JOIN playable_videos p ON p.video_id = id
       ) AS total
FROM visible_videos($3) v
JOIN LATERAL (SELECT FROM playable WHERE video_id = v.id LIMIT 1) e ON true
WHERE NOT EXISTS (
    SELECT FROM visible_videos($3) n
    JOIN LATERAL (SELECT FROM playable WHERE video_id = n.id LIMIT 1) e ON true
    WHERE n.series_id = v.series_id AND (n.created_at, n.id) > (v.created_at, v.id)
)
ORDER BY v.created_at DESC, v.id DESC
LIMIT $1 OFFSET $2;

-- name: films_of_category
-- The same for a category ($4).
SELECT v.id, (
           SELECT count(DISTINCT coalesce(-series_id, id))
           FROM visible_videos($3) JOIN playable_videos p ON p.video_id = id WHERE category = $4
       ) AS total
FROM visible_videos($3) v
JOIN LATERAL (SELECT FROM playable WHERE video_id = v.id LIMIT 1) e ON true
WHERE v.category = $4 AND NOT EXISTS (
    SELECT FROM visible_videos($3) n
    JOIN LATERAL (SELECT FROM playable WHERE video_id = n.id LIMIT 1) e ON true
    WHERE n.series_id = v.series_id AND n.category = v.category AND (n.created_at, n.id) > (v.created_at, v.id)
)
ORDER BY v.created_at DESC, v.id DESC
LIMIT $1 OFFSET $2;

-- name: older_of_category
-- The film that comes after a video ($1) in the list of its category, of those that a viewer ($2) may see. Episodes follow
-- in their series.
SELECT v.id
FROM videos film
JOIN visible_videos($2) v ON v.category = film.category
JOIN LATERAL (SELECT FROM playable WHERE video_id = v.id LIMIT 1) e ON true
WHERE film.id = $1 AND v.series_id IS NULL AND (v.created_at, v.id) < (film.created_at, film.id)
ORDER BY v.created_at DESC, v.id DESC
LIMIT 1;
