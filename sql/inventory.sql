-- name: last_video_id
-- The highest id that was ever assigned to a video; 0 if there never was one.
SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM videos_id_seq;

-- name: videos
-- Every video, and the size of its original (null: removed).
SELECT id, title, original_bytes FROM videos ORDER BY id;

-- name: versions
-- Every version of every film, or one ($1), with what belongs to it beside its segments. No job is left that changes
-- the segments of a settled version; a replaced version is removed automatically.
SELECT e.id AS encode_id, e.video_id, e.version, e.thumbnail, e.thumbnail_width, e.has_storyboard,
       ARRAY(SELECT label FROM renditions WHERE encode_id = e.id ORDER BY label) AS labels,
       ARRAY(SELECT number FROM audio_tracks WHERE encode_id = e.id ORDER BY number) AS tracks,
       e.state = 'ready' AND NOT EXISTS (
           SELECT FROM jobs WHERE encode_id = e.id AND kind IN ('unit', 'audio') AND state <> 'done'
       ) AS is_settled,
       EXISTS (
           SELECT FROM encodes newer
           WHERE newer.video_id = e.video_id AND newer.version > e.version AND newer.state = 'ready'
       ) AS is_replaced
FROM encodes e
WHERE $1::bigint IS NULL OR e.id = $1
ORDER BY e.video_id, e.version;

-- name: segments
-- The segments of a version that should be on the disk. Those of units that are being encoded are left out.
SELECT s.label, s.number, s.bytes
FROM segments s
WHERE s.encode_id = $1 AND NOT EXISTS (
    SELECT FROM jobs u
    WHERE u.encode_id = s.encode_id AND u.kind = 'unit' AND u.state <> 'done'
      AND s.number >= coalesce(u.first_segment, 0)
      AND (u.segments IS NULL OR s.number < u.first_segment + u.segments)
)
ORDER BY s.label, s.number;

-- name: audio_segments
-- The complete additional audio tracks of a version, and their numbers of segments.
SELECT t.number, t.segments
FROM audio_tracks t
JOIN jobs j ON j.encode_id = t.encode_id AND j.kind = 'audio' AND j.number = t.number AND j.state = 'done'
WHERE t.encode_id = $1 AND t.number > 0
ORDER BY t.number;

-- name: lock
-- Serializes changes to the jobs of a version with the completion of its units.
SELECT id FROM encodes WHERE id = $1 FOR UPDATE;

-- name: requeue_units
-- Queues the units that contain these segments ($2) again, as if they had never run.
UPDATE jobs
SET state = 'queued', attempts = 0, not_before = now(), progress = 0, error = NULL
WHERE encode_id = $1 AND kind = 'unit' AND state = 'done' AND EXISTS (
    SELECT FROM unnest($2::integer[]) AS lost
    WHERE lost >= coalesce(first_segment, 0) AND (segments IS NULL OR lost < first_segment + segments)
)
RETURNING id;

-- name: reopen
-- Sets a complete version back to `encoding`, unless it has failed or another version is queued or being encoded. If its
-- first unit is missing, the version is no longer published.
UPDATE encodes e
SET state = CASE state WHEN 'ready' THEN 'encoding' ELSE state END,
    published_at = CASE WHEN EXISTS (
        SELECT FROM jobs WHERE encode_id = e.id AND kind = 'unit' AND number = 0 AND state <> 'done'
    ) THEN NULL ELSE published_at END
WHERE e.id = $1 AND e.state <> 'failed' AND NOT EXISTS (
    SELECT FROM encodes other
    WHERE other.video_id = e.video_id AND other.id <> e.id AND other.state IN ('queued', 'encoding')
)
RETURNING id;

-- name: requeue_job
-- Queues a job other than a unit again, as if it had never run.
INSERT INTO jobs (encode_id, kind, number) VALUES ($1, $2, $3)
ON CONFLICT (encode_id, kind, number) DO UPDATE
SET state = 'queued', attempts = 0, not_before = now(), progress = 0, error = NULL
WHERE jobs.state IN ('done', 'failed');

-- name: mark_missing
-- Records that a thumbnail, a storyboard or the segments of an audio track are missing until they are made again.
WITH track AS (
    UPDATE audio_tracks SET segments = 0 WHERE encode_id = $1 AND number = $3 AND $2 = 'audio'
)
UPDATE encodes
SET thumbnail = CASE WHEN $2 = 'thumbnail' THEN 0 ELSE thumbnail END,
    thumbnail_width = CASE WHEN $2 = 'thumbnail' THEN 0 ELSE thumbnail_width END,
    thumbnail_colour = CASE WHEN $2 <> 'thumbnail' THEN thumbnail_colour END,
    has_storyboard = has_storyboard AND $2 <> 'storyboard'
WHERE id = $1;
