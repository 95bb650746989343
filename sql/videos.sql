-- name: insert
-- A new video; its title, description and category are neutralised already. One of another backend has an id ($6) and
-- a time ($7).
INSERT INTO videos (title, description, category, original_bytes, fingerprint, id, created_at)
OVERRIDING SYSTEM VALUE
VALUES ($1, $2, $3, $4, $5, coalesce($6, nextval('videos_id_seq')), coalesce($7, now()))
RETURNING id;

-- name: reserve_id
-- An id that no other video gets.
SELECT nextval('videos_id_seq');

-- name: advance_ids
-- Assigns only ids above $1 from now on.
SELECT setval('videos_id_seq', $1::bigint) FROM videos_id_seq WHERE NOT is_called OR last_value < $1;

-- name: remove
-- A video with its encodes, renditions, segments and jobs.
DELETE FROM videos WHERE id = $1;

-- name: exists
-- Whether there is such a video, playable or not.
SELECT id FROM videos WHERE id = $1;

-- name: known
-- The first video with this fingerprint.
SELECT id, title FROM videos WHERE fingerprint = $1 ORDER BY id LIMIT 1;

-- name: without_fingerprint
-- The videos whose originals are still there, and that came in before fingerprints were taken.
SELECT id FROM videos WHERE fingerprint IS NULL AND original_bytes IS NOT NULL ORDER BY id;

-- name: set_fingerprint
-- By what a video's film is known when it is brought again.
UPDATE videos SET fingerprint = $2 WHERE id = $1;

-- name: original_is_gone
-- Whether the original was removed.
SELECT original_bytes IS NULL FROM videos WHERE id = $1;

-- name: with_original
-- The videos whose originals are still there.
SELECT id FROM videos WHERE original_bytes IS NOT NULL ORDER BY id;

-- name: lock
-- Those who decide what becomes of a video, its encodes and its original pass here one after the other.
SELECT title, description, category FROM videos WHERE id = $1 FOR NO KEY UPDATE;

-- name: lock_all
-- The same for the metadata of several videos ($1).
SELECT id, title, description, category FROM videos WHERE id = ANY($1::bigint[]) ORDER BY id FOR NO KEY UPDATE;

-- name: metadata_of
-- The metadata of several videos ($1).
SELECT id, title, description, category FROM videos WHERE id = ANY($1::bigint[]);

-- name: edit
-- Other metadata, escaped already, for several videos ($1).
UPDATE videos v
SET title = new.title, description = new.description, category = new.category
FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) AS new (id, title, description, category)
WHERE v.id = new.id;

-- name: release_original
-- The original is not needed any more: every version is complete, and no work is left, also none to be tried again.
UPDATE videos v
SET original_bytes = NULL
WHERE v.id = $1 AND v.original_bytes IS NOT NULL
  AND EXISTS (SELECT FROM encodes WHERE video_id = v.id)
  AND NOT EXISTS (SELECT FROM encodes WHERE video_id = v.id AND state <> 'ready')
  AND NOT EXISTS (
      SELECT FROM jobs j JOIN encodes e ON e.id = j.encode_id WHERE e.video_id = v.id AND j.state <> 'done'
  )
RETURNING v.id;

-- name: was_any_ever_added
-- Whether the library was ever used, also if it is empty now.
SELECT is_called FROM videos_id_seq;

-- name: is_visible
-- Whether a viewer ($1) may see a video.
SELECT EXISTS (SELECT FROM visible_videos($1) WHERE id = $2);

-- name: listing
-- The playable videos that a viewer ($2) may see as JSON text, newest first. $1 is the address that pictures hang under.
SELECT coalesce(json_agg(json_build_object(
    'id', v.id,
    'created_at', to_char(v.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'title', v.title,
    'description', v.description,
    'thumbnail_url', $1::text || '/api/video/' || v.id || '/thumbnail.jpg?v=' || e.thumbnail_version,
    'category', v.category
) ORDER BY v.created_at DESC, v.id DESC), '[]')::text
FROM visible_videos($2) v
JOIN playable e ON e.video_id = v.id;

-- name: detail
-- Everything about one video, if the viewer ($3) may see it; an administrator also sees one that cannot be played yet.
SELECT json_build_object(
    'id', v.id,
    'created_at', to_char(v.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'title', v.title,
    'description', v.description,
    'thumbnail_url', $2::text || '/api/video/' || v.id || '/thumbnail.jpg'
        || coalesce('?v=' || published.thumbnail_version, ''),
    'thumbnail_width', coalesce(published.thumbnail_width, 0),
    'thumbnail_colour', published.thumbnail_colour,
    'category', v.category,
    'series', (
        SELECT json_build_object('id', id, 'title', title, 'season', v.season, 'number', v.episode)
        FROM series WHERE id = v.series_id
    ),
    'status', newest.state,
    'error', coalesce(newest.error, work.waits_for),
    'progress', round((CASE newest.state WHEN 'ready' THEN 1 ELSE coalesce(work.done, 0) END)::numeric, 3),
    'notes', to_json(newest.notes),
    'duration', coalesce(published.duration, newest.duration),
    'original_bytes', v.original_bytes,
    'master_url', CASE WHEN published.id IS NOT NULL
        THEN $2::text || '/api/video/' || v.id || '/master.m3u8' END,
    'rungs', (
        SELECT coalesce(json_agg(json_build_object(
            'resolution', r.label || 'p', 'width', r.width, 'height', r.height,
            'bandwidth', r.bandwidth, 'average_bandwidth', r.average_bandwidth, 'codecs', r.codecs,
            'bytes', r.bytes,
            'url', $2::text || '/api/video/' || v.id || '/' || r.label || 'p/index.m3u8'
        ) ORDER BY r.label), '[]')
        FROM renditions r WHERE r.encode_id = published.id
    ),
    'captions', (
        SELECT coalesce(json_agg(json_build_object(
            'language', c.language, 'kind', c.kind, 'name', c.name,
            'url', $2::text || '/api/video/' || v.id || '/captions/' || c.id || '.vtt'
        ) ORDER BY c.encode_id IS NOT NULL, c.number, c.id), '[]')
        FROM captions c
        WHERE c.video_id = v.id AND published.id IS NOT NULL
          AND (c.encode_id IS NULL OR c.encode_id = published.id)
    ),
    'storyboard_url', CASE WHEN published.has_storyboard
        THEN $2::text || '/api/video/' || v.id || '/storyboard.vtt' END
)::text
FROM visible_videos($3) v
JOIN LATERAL (
    SELECT * FROM encodes WHERE video_id = v.id ORDER BY version DESC LIMIT 1
) newest ON true
LEFT JOIN LATERAL (SELECT * FROM playable WHERE video_id = v.id LIMIT 1) published ON true
CROSS JOIN LATERAL encode_progress(newest.id) work
WHERE v.id = $1 AND (published.id IS NOT NULL OR ($3).is_admin);
