-- name: insert
-- The next version of a film, to be made; none if one is in the making already. $2: its video may be copied.
INSERT INTO encodes (video_id, version, may_copy)
SELECT v.id, coalesce((SELECT max(version) FROM encodes WHERE video_id = v.id), 0) + 1, $2
FROM videos v
WHERE v.id = $1
ON CONFLICT (video_id) WHERE state IN ('queued', 'encoding') DO NOTHING
RETURNING id;

-- name: without_film
-- The videos that have nothing to play and nothing in the making.
SELECT v.id
FROM videos v
WHERE NOT EXISTS (
    SELECT FROM encodes e WHERE e.video_id = v.id AND e.state IN ('queued', 'encoding', 'ready')
)
ORDER BY v.id;

-- name: all_videos
-- Every video, whatever its state.
SELECT id FROM videos ORDER BY id;

-- name: resume
-- Work on an encode begins again where it was, if it had failed, unless another version of the video is being encoded.
-- One that is ready stays so: only a thumbnail or captions had failed.
UPDATE encodes
SET state = CASE WHEN state <> 'failed' THEN state WHEN probe IS NULL THEN 'queued' ELSE 'encoding' END,
    error = CASE WHEN state = 'failed' THEN NULL ELSE error END
WHERE id = $1 AND (state <> 'failed' OR NOT EXISTS (
    SELECT FROM encodes other
    WHERE other.video_id = encodes.video_id AND other.id <> $1 AND other.state IN ('queued', 'encoding')
))
RETURNING id;

-- name: newest
-- The newest encode of a video, whatever became of it.
SELECT id FROM encodes WHERE video_id = $1 ORDER BY version DESC LIMIT 1;

-- name: exists
-- Whether the encode is still wanted.
SELECT id FROM encodes WHERE id = $1;

-- name: progress
-- How far the newest encode of a video is, and whether any version can be watched meanwhile.
SELECT e.state, e.error, e.notes, e.duration, EXISTS (SELECT FROM playable WHERE video_id = $1) AS is_playable,
       ARRAY(SELECT label FROM renditions WHERE encode_id = e.id ORDER BY label) AS renditions,
       coalesce(w.working, '{}') AS working, coalesce(w.units, '{}') AS units,
       w.units_done, w.units_total, w.done, w.speed, w.waits_for
FROM encodes e
CROSS JOIN LATERAL encode_progress(e.id) w
WHERE e.video_id = $1
ORDER BY e.version DESC
LIMIT 1;
