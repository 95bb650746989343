-- name: page
-- The first $3 videos after number $2, as lines of a table. $1 is the address that pictures hang under.
SELECT v.id, v.created_at, v.title, v.description, v.category,
       $1::text || '/api/video/' || v.id || '/thumbnail.jpg'
           || coalesce('?v=' || published.thumbnail_version, '') AS thumbnail_url,
       CASE WHEN published.id IS NOT NULL THEN '/api/video/' || v.id || '/master.m3u8' END AS video_file,
       coalesce(newest.state, 'queued') AS status,
       coalesce(published.duration, newest.duration) AS duration,
       ARRAY(SELECT label || 'p' FROM renditions WHERE encode_id = published.id ORDER BY label) AS resolutions,
       (SELECT coalesce(sum(bytes), 0)::bigint FROM renditions WHERE encode_id = published.id) AS bytes,
       v.original_bytes,
       ARRAY(
           SELECT DISTINCT language FROM captions
           WHERE video_id = v.id AND (encode_id IS NULL OR encode_id = published.id) ORDER BY language
       ) AS captions,
       v.group_ids, v.min_age, v.is_draft, v.visible_from
FROM videos v
LEFT JOIN LATERAL (
    SELECT state, duration FROM encodes WHERE video_id = v.id ORDER BY version DESC LIMIT 1
) newest ON true
LEFT JOIN LATERAL (SELECT * FROM playable WHERE video_id = v.id LIMIT 1) published ON true
WHERE v.id > $2
ORDER BY v.id
LIMIT $3;
