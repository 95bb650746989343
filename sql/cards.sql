-- name: cards
-- The cards of these videos ($1), in this order, without those that cannot be played. Addresses begin with $2.
SELECT v.id, v.created_at, v.title, v.description, v.category, coalesce(e.duration, 0) AS duration,
       $2::text || '/api/video/' || v.id || '/thumbnail.jpg?v=' || e.thumbnail_version AS thumbnail_url
FROM unnest($1::bigint[]) WITH ORDINALITY AS asked (id, place)
JOIN videos v ON v.id = asked.id
JOIN LATERAL (SELECT duration, thumbnail_version FROM playable WHERE video_id = v.id LIMIT 1) e ON true
ORDER BY asked.place;
