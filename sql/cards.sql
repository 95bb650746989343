-- name: cards
-- The cards of these videos ($1), in this order, without those that cannot be played. Addresses begin with $2.
SELECT v.id, v.created_at, v.title, v.description, v.category, coalesce(e.duration, 0) AS duration,
       $2::text || '/api/video/' || v.id || '/thumbnail.jpg?v=' || e.thumbnail_version AS thumbnail_url,
       e.thumbnail_width, e.thumbnail_colour
FROM unnest($1::bigint[]) WITH ORDINALITY AS asked (id, place)
JOIN videos v ON v.id = asked.id
JOIN LATERAL (
    SELECT duration, thumbnail_version, thumbnail_width, thumbnail_colour
    FROM playable WHERE video_id = v.id LIMIT 1
) e ON true
ORDER BY asked.place;

-- name: rows
-- The cards of the home page: the $2 newest films, and as many of each of the $3 largest categories. `newest` and `place`
-- are their places among all films and in their category, from 1 on; `films` and `of_category` count the films, and
-- `category_place` is that of the category. Addresses begin with $1.
WITH film AS (
    SELECT v.id, v.created_at, v.category, e.duration, e.thumbnail_version, e.thumbnail_width, e.thumbnail_colour,
           row_number() OVER (ORDER BY v.created_at DESC, v.id DESC) AS newest,
           row_number() OVER (PARTITION BY v.category ORDER BY v.created_at DESC, v.id DESC) AS place,
           count(*) OVER () AS films
    FROM videos v
    JOIN playable e ON e.video_id = v.id
), category AS (
    SELECT category, count(*) AS of_category,
           row_number() OVER (ORDER BY count(*) DESC, category) AS category_place
    FROM film
    WHERE category <> ''
    GROUP BY category
    ORDER BY category_place
    LIMIT $3
)
SELECT f.id, f.created_at, v.title, v.description, f.category, coalesce(f.duration, 0) AS duration,
       $1::text || '/api/video/' || f.id || '/thumbnail.jpg?v=' || f.thumbnail_version AS thumbnail_url,
       f.thumbnail_width, f.thumbnail_colour, f.newest, f.place, f.films, c.of_category, c.category_place
FROM film f
JOIN videos v ON v.id = f.id
LEFT JOIN category c ON c.category = f.category
WHERE f.newest <= $2 OR f.place <= $2 AND c.category IS NOT NULL
ORDER BY f.newest;

-- name: films
-- The playable videos of a category ($1, null for all), newest first: $2 after the first $3.
SELECT v.id, v.title, count(*) OVER () AS total
FROM videos v
JOIN playable e ON e.video_id = v.id
WHERE $1::text IS NULL OR v.category = $1
ORDER BY v.created_at DESC, v.id DESC
LIMIT $2 OFFSET $3;
