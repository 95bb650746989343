-- name: insert
-- The next version of a film, to be made; none if one is in the making already.
INSERT INTO encodes (video_id, version)
SELECT v.id, coalesce((SELECT max(version) FROM encodes WHERE video_id = v.id), 0) + 1
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

-- name: begin
-- What ingest found out; from here on the encode is in the making.
UPDATE encodes
SET state = 'encoding', duration = $2, frame_rate_num = $3, frame_rate_den = $4
WHERE id = $1 AND state = 'queued'
RETURNING id;

-- name: insert_rendition
-- A rung that will be made.
INSERT INTO renditions (encode_id, label, width, height) VALUES ($1, $2, $3, $4);

-- name: remove_segments
-- Forget what an earlier try has left.
DELETE FROM segments WHERE encode_id = $1;

-- name: insert_segment
-- A segment that has been published.
INSERT INTO segments (encode_id, label, number, duration, bytes) VALUES ($1, $2, $3, $4, $5);

-- name: set_codecs
-- What the encoder really made of a rung.
UPDATE renditions SET codecs = $3 WHERE encode_id = $1 AND label = $2;

-- name: measure
-- The rates of every rung, from the segments that lie there: the worst one, and the mean.
UPDATE renditions r
SET bandwidth = s.peak, average_bandwidth = s.mean
FROM (
    SELECT label,
           ceil(max(bytes * 8 / duration))::bigint AS peak,
           ceil(sum(bytes) * 8 / sum(duration))::bigint AS mean
    FROM segments WHERE encode_id = $1 GROUP BY label
) s
WHERE r.encode_id = $1 AND r.label = s.label;

-- name: set_duration
-- The length that the lowest rung really has, in place of what the container promised.
UPDATE encodes
SET duration = (
    SELECT sum(duration) FROM segments WHERE encode_id = $1 GROUP BY label ORDER BY label LIMIT 1
)
WHERE id = $1
RETURNING duration;

-- name: publish
-- The film can be played from now on.
UPDATE encodes
SET state = 'ready', published_at = now(), has_thumbnail = $2, error = NULL
WHERE id = $1 AND state = 'encoding'
RETURNING id;

-- name: exists
-- Whether the encode is still wanted.
SELECT id FROM encodes WHERE id = $1;

-- name: labels
-- The rungs that ingest has planned, lowest first.
SELECT label, width, height FROM renditions WHERE encode_id = $1 ORDER BY label;

-- name: fail
-- The end of an encode that will not become a film, and why.
UPDATE encodes SET state = 'failed', error = $2 WHERE id = $1 AND state IN ('queued', 'encoding');

-- name: remove_superseded
-- Forget the versions whose successor was published longer ago than $1; their files may go.
DELETE FROM encodes old
WHERE EXISTS (
    SELECT FROM encodes newer
    WHERE newer.video_id = old.video_id AND newer.version > old.version
      AND newer.published_at < now() - $1::interval
)
RETURNING old.video_id, old.version;

-- name: progress
-- How far the newest encode of a video is.
SELECT e.state, e.error, e.duration,
       j.kind, coalesce(j.progress, 0) AS progress, j.speed,
       ARRAY(SELECT label FROM renditions WHERE encode_id = e.id ORDER BY label) AS rungs
FROM encodes e
LEFT JOIN LATERAL (
    SELECT kind, progress, speed FROM jobs
    WHERE encode_id = e.id AND state IN ('queued', 'running')
    ORDER BY id DESC LIMIT 1
) j ON true
WHERE e.video_id = $1
ORDER BY e.version DESC
LIMIT 1;
