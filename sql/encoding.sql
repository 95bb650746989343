-- name: begin
-- What ingest found out; from here on the encode is in the making.
UPDATE encodes
SET state = 'encoding', duration = $2, frame_rate_num = $3, frame_rate_den = $4, probe = $5, notes = $6,
    geometry = $7
WHERE id = $1 AND state = 'queued'
RETURNING id;

-- name: may_copy
-- Whether the video of the original may be copied: not if that has failed in the version before.
SELECT may_copy FROM encodes WHERE id = $1;

-- name: add_note
-- Something that people should know about the film, once.
UPDATE encodes SET notes = array_append(notes, $2) WHERE id = $1 AND $2 <> ALL (notes);

-- name: insert_rendition
-- A rendition that will be made.
INSERT INTO renditions (encode_id, label, width, height, is_copied, bandwidth) VALUES ($1, $2, $3, $4, $5, $6);

-- name: insert_audio_track
-- An audio track that will be encoded.
INSERT INTO audio_tracks (encode_id, number, stream, language, name) VALUES ($1, $2, $3, $4, $5);

-- name: set_audio_segments
-- How many segments of an audio track are published.
UPDATE audio_tracks SET segments = $3 WHERE encode_id = $1 AND number = $2;

-- name: complete_audio_track
-- All segments of an audio track are published.
UPDATE audio_tracks SET completed_at = now() WHERE encode_id = $1 AND number = $2;

-- name: plan
-- What ingest has found out.
SELECT probe, geometry FROM encodes WHERE id = $1 AND probe IS NOT NULL;

-- name: duration
-- The length of a film as far as it is known.
SELECT duration FROM encodes WHERE id = $1;

-- name: remove_segments
-- Remove the segments of an earlier try of a unit: $3 segments from number $2 on (null: all that follow).
WITH removed AS (
    DELETE FROM segments
    WHERE encode_id = $1 AND number >= $2 AND ($3::integer IS NULL OR number < $2 + $3)
    RETURNING label, bytes
)
UPDATE renditions r
SET bytes = r.bytes - s.bytes
FROM (SELECT label, sum(bytes)::bigint AS bytes FROM removed GROUP BY label) s
WHERE r.encode_id = $1 AND r.label = s.label;

-- name: insert_segments
-- Published segments of one rendition ($2): their numbers, durations and sizes.
WITH added AS (
    INSERT INTO segments (encode_id, label, number, duration, bytes)
    SELECT $1, $2, s.number, s.duration, s.bytes
    FROM unnest($3::integer[], $4::double precision[], $5::bigint[]) AS s (number, duration, bytes)
    RETURNING bytes
)
UPDATE renditions
SET bytes = bytes + (SELECT coalesce(sum(bytes), 0)::bigint FROM added)
WHERE encode_id = $1 AND label = $2;

-- name: set_codecs
-- What the encoder really made of a rendition.
UPDATE renditions SET codecs = $3 WHERE encode_id = $1 AND label = $2;

-- name: measure
-- The rates of every rendition, from the segments that lie there: the worst one, and the mean.
UPDATE renditions r
SET bytes = s.total, bandwidth = s.peak, average_bandwidth = s.mean
FROM (
    SELECT label,
           sum(bytes)::bigint AS total,
           ceil(max(bytes * 8 / duration))::bigint AS peak,
           ceil(sum(bytes) * 8 / sum(duration))::bigint AS mean
    FROM segments WHERE encode_id = $1 GROUP BY label
) s
WHERE r.encode_id = $1 AND r.label = s.label;

-- name: set_duration
-- The length that the lowest rendition really has, in place of what the container promised.
UPDATE encodes
SET duration = (
    SELECT sum(duration) FROM segments WHERE encode_id = $1 GROUP BY label ORDER BY label LIMIT 1
)
WHERE id = $1
RETURNING duration;

-- name: grow
-- There is more to watch than before; from the first unit on the film is listed.
UPDATE encodes
SET published_at = now()
WHERE id = $1 AND state = 'encoding'
  AND EXISTS (SELECT FROM jobs WHERE encode_id = $1 AND kind = 'unit' AND number = 0 AND state = 'done');

-- name: publish
-- The film is complete.
UPDATE encodes SET state = 'ready', published_at = now(), error = NULL WHERE id = $1 AND state = 'encoding';

-- name: set_storyboard
-- There are small pictures of the whole film now.
UPDATE encodes SET has_storyboard = true WHERE id = $1;

-- name: labels
-- The renditions that ingest has planned, lowest first.
SELECT label, width, height, is_copied FROM renditions WHERE encode_id = $1 ORDER BY label;

-- name: fail
-- The end of an encode that will not become a film, and why.
UPDATE encodes SET state = 'failed', error = $2 WHERE id = $1 AND state IN ('queued', 'encoding');

-- name: remove_superseded
-- Forget the versions whose successor was published longer ago than $1; their files may go.
DELETE FROM encodes old
WHERE EXISTS (
    SELECT FROM encodes newer
    WHERE newer.video_id = old.video_id AND newer.version > old.version AND newer.state = 'ready'
      AND newer.published_at < now() - $1::interval
)
RETURNING old.video_id, old.version;

-- name: segments
-- The first $4 segments of one rendition of one version, in order.
SELECT s.number, s.duration, s.bytes
FROM segments s
JOIN encodes e ON e.id = s.encode_id
WHERE e.video_id = $1 AND e.version = $2 AND s.label = $3 AND s.number < $4
ORDER BY s.number;
