-- name: insert
-- A new video; its title, description and category are neutralised already.
INSERT INTO videos (title, description, category, original_bytes)
VALUES ($1, $2, $3, $4)
RETURNING id;

-- name: remove
-- A video with its encodes, renditions, segments and jobs.
DELETE FROM videos WHERE id = $1;

-- name: exists
-- Whether there is such a video, playable or not.
SELECT id FROM videos WHERE id = $1;

-- name: lock
-- Those who ask for an encode of the same video pass here one after the other.
SELECT id FROM videos WHERE id = $1 FOR NO KEY UPDATE;

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
JOIN playable e ON e.video_id = v.id;

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
    'notes', to_json(newest.notes),
    'duration', coalesce(published.duration, newest.duration),
    'original_bytes', v.original_bytes,
    'master_url', CASE WHEN published.id IS NOT NULL
        THEN $2::text || '/api/video/' || v.id || '/master.m3u8' END,
    'rungs', (
        SELECT coalesce(json_agg(json_build_object(
            'resolution', r.label || 'p', 'width', r.width, 'height', r.height,
            'bandwidth', r.bandwidth, 'average_bandwidth', r.average_bandwidth, 'codecs', r.codecs,
            'bytes', (SELECT sum(bytes) FROM segments WHERE encode_id = r.encode_id AND label = r.label),
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
LEFT JOIN playable published ON published.video_id = v.id
LEFT JOIN LATERAL (
    SELECT sum(coalesce(frames, 1) * CASE state WHEN 'done' THEN 1 ELSE jobs.progress END)
        / sum(coalesce(frames, 1)) AS progress
    FROM jobs WHERE encode_id = newest.id AND kind = 'unit'
) work ON true
WHERE v.id = $1 AND (published.id IS NOT NULL OR $3);

-- name: film
-- The version of a video that is served, a row per rung, lowest first. Of one that grows so many segments are
-- there without a gap.
SELECT e.version, e.published_at, e.frame_rate_num, e.frame_rate_den, e.has_thumbnail,
       e.state = 'ready' AS is_complete,
       coalesce(
           (SELECT min(first_segment) FROM jobs
            WHERE encode_id = e.id AND kind = 'unit' AND state <> 'done' AND e.state <> 'ready'),
           (SELECT count(*) FROM segments WHERE encode_id = e.id AND label = r.label)
       ) AS segments,
       r.label, r.width, r.height, r.codecs, r.bandwidth, r.average_bandwidth
FROM playable e
JOIN renditions r ON r.encode_id = e.id
WHERE e.video_id = $1
ORDER BY r.label;

-- name: segments
-- The first $4 segments of one rung of one version, in order.
SELECT s.number, s.duration, s.bytes
FROM segments s
JOIN encodes e ON e.id = s.encode_id
WHERE e.video_id = $1 AND e.version = $2 AND s.label = $3 AND s.number < $4
ORDER BY s.number;
