-- name: chosen
-- Which picture a video is to have.
SELECT thumbnail_revision AS revision, thumbnail_source AS source, thumbnail_selector AS selector FROM videos WHERE id = $1;

-- name: choose
-- Another one was chosen: the next edition.
UPDATE videos
SET thumbnail_revision = thumbnail_revision + 1, thumbnail_source = $2, thumbnail_selector = $3
WHERE id = $1;

-- name: forget
-- What was chosen cannot be had: the best of the candidates will do.
UPDATE videos SET thumbnail_source = 'best', thumbnail_selector = NULL WHERE id = $1;

-- name: redraw
-- The picture of the version that is served is made again, and so is that of its successor, if that has one.
INSERT INTO jobs (encode_id, kind)
SELECT e.id, 'thumbnail'
FROM encodes e
WHERE e.video_id = $1 AND e.version >= coalesce((SELECT version FROM playable WHERE video_id = $1), 1)
  AND (e.published_at IS NOT NULL OR EXISTS (SELECT FROM jobs WHERE encode_id = e.id AND kind = 'thumbnail'))
ON CONFLICT (encode_id, kind, number) DO UPDATE
SET state = 'queued', attempts = 0, not_before = now(), progress = 0, error = NULL
WHERE jobs.state IN ('done', 'failed');

-- name: made
-- This revision ($2) is stored now: the width of its largest file ($3) and its dominant colour ($4).
UPDATE encodes SET thumbnail = $2, thumbnail_width = $3, thumbnail_colour = $4 WHERE id = $1;

-- name: revision
-- The revision that a version has; 0 is none.
SELECT thumbnail FROM encodes WHERE id = $1;
