-- name: insert
-- A new video; its title, description and category are neutralised already.
INSERT INTO videos (title, description, category)
VALUES ($1, $2, $3)
RETURNING id;

-- name: remove
-- A video with its encodes, renditions, segments and jobs.
DELETE FROM videos WHERE id = $1;

-- name: exists
-- Whether there is such a video, playable or not.
SELECT id FROM videos WHERE id = $1;

-- name: was_any_ever_added
-- Whether the library was ever used, also if it is empty now.
SELECT is_called FROM videos_id_seq;

-- name: listing
-- The list of playable videos as JSON text, newest first. $1 is the address that pictures hang under.
SELECT coalesce(json_agg(json_build_object(
    'id', v.id,
    'created_at', to_char(v.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'title', v.title,
    'description', v.description,
    'thumbnail_url', $1::text || '/api/video/' || v.id || '/thumbnail.jpg?v=' || e.version,
    'category', v.category
) ORDER BY v.created_at DESC, v.id DESC), '[]')::text
FROM videos v
JOIN LATERAL (
    SELECT max(version) AS version FROM encodes WHERE video_id = v.id AND state = 'ready'
) e ON e.version IS NOT NULL;

-- name: detail
-- Everything about one video. An admin ($3) also sees one that cannot be played yet.
SELECT json_build_object(
    'id', v.id,
    'created_at', to_char(v.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'title', v.title,
    'description', v.description,
    'thumbnail_url', $2::text || '/api/video/' || v.id || '/thumbnail.jpg'
        || coalesce('?v=' || published.version, ''),
    'category', v.category,
    'status', newest.state,
    'error', newest.error,
    'progress', round((CASE newest.state WHEN 'ready' THEN 1 ELSE coalesce(work.progress, 0) END)::numeric, 3),
    'duration', coalesce(published.duration, newest.duration),
    'master_url', CASE WHEN published.id IS NOT NULL
        THEN $2::text || '/api/video/' || v.id || '/master.m3u8' END,
    'rungs', (
        SELECT coalesce(json_agg(json_build_object(
            'resolution', r.label || 'p', 'width', r.width, 'height', r.height,
            'bandwidth', r.bandwidth, 'average_bandwidth', r.average_bandwidth, 'codecs', r.codecs,
            'url', $2::text || '/api/video/' || v.id || '/' || r.label || 'p/index.m3u8'
        ) ORDER BY r.label), '[]')
        FROM renditions r WHERE r.encode_id = published.id
    ),
    'captions', '[]'::json,
    'storyboard_url', NULL
)::text
FROM videos v
JOIN LATERAL (
    SELECT * FROM encodes WHERE video_id = v.id ORDER BY version DESC LIMIT 1
) newest ON true
LEFT JOIN LATERAL (
    SELECT * FROM encodes WHERE video_id = v.id AND state = 'ready' ORDER BY version DESC LIMIT 1
) published ON true
LEFT JOIN LATERAL (
    SELECT avg(progress) AS progress FROM jobs WHERE encode_id = newest.id AND kind = 'unit'
) work ON true
WHERE v.id = $1 AND (published.id IS NOT NULL OR $3);

-- name: film
-- The published version of a video, a row per rung, lowest first.
SELECT e.version, e.published_at, e.frame_rate_num, e.frame_rate_den, e.has_thumbnail,
       r.label, r.width, r.height, r.codecs, r.bandwidth, r.average_bandwidth
FROM encodes e
JOIN renditions r ON r.encode_id = e.id
WHERE e.id = (
    SELECT id FROM encodes WHERE video_id = $1 AND state = 'ready' ORDER BY version DESC LIMIT 1
)
ORDER BY r.label;

-- name: segments
-- The segments of one rung of one version, in order.
SELECT s.number, s.duration, s.bytes
FROM segments s
JOIN encodes e ON e.id = s.encode_id
WHERE e.video_id = $1 AND e.version = $2 AND s.label = $3
ORDER BY s.number;
