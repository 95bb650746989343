-- name: insert
-- An upload of which nothing has come yet; its texts are neutralised already.
INSERT INTO uploads (id, filename, title, description, category, metadata, length, replaces, video_id, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, now() + $10::interval);

-- name: find
-- One upload; one that has expired is gone, whether it was swept already or not.
SELECT id, filename, title, description, category, metadata, length, received, parts, detail, replaces, video_id,
       CASE WHEN state = 'receiving' AND expires_at <= now() THEN 'gone' ELSE state END AS state,
       created_at, expires_at
FROM uploads
WHERE id = $1;

-- name: lock
-- The same, for somebody who changes it.
SELECT id, filename, title, description, category, metadata, length, received, parts, detail, replaces, video_id,
       CASE WHEN state = 'receiving' AND expires_at <= now() THEN 'gone' ELSE state END AS state,
       created_at, expires_at
FROM uploads
WHERE id = $1
FOR UPDATE;

-- name: listing
-- The newest first, those that are under way and those that have ended not long ago; $1 of them after the first $2.
SELECT id, filename, title, description, category, metadata, length, received, parts, detail, replaces, video_id, state,
       created_at, expires_at, count(*) OVER () AS total
FROM uploads
WHERE state <> 'gone' AND expires_at > now()
ORDER BY created_at DESC, id
LIMIT $1 OFFSET $2;

-- name: outstanding
-- How many bytes are still to come of the uploads that do not expire before $1 from now.
SELECT coalesce(sum(length - received), 0)::bigint
FROM uploads
WHERE state = 'receiving' AND expires_at > now() + $1::interval;

-- name: advance
-- So many bytes ($2) are safe, in these parts ($4); no row if it does not receive any more, or if its parts are not those
-- that were known ($5), because another host has appended to it.
UPDATE uploads
SET received = $2, parts = $4, expires_at = now() + $3::interval
WHERE id = $1 AND state = 'receiving' AND parts = $5
RETURNING expires_at;

-- name: finish
-- It has become a new video ($2), with the metadata that the upload has by now.
UPDATE uploads
SET state = 'done', received = length, video_id = $2, expires_at = now() + $3::interval
WHERE id = $1 AND state = 'receiving'
RETURNING title, description, category;

-- name: video_title
-- What a video is called.
SELECT title FROM videos WHERE id = $1;

-- name: is_in_the_making
-- Whether anything is still to be made of a video's original, or being made.
SELECT EXISTS (
    SELECT FROM encodes e
    WHERE e.video_id = $1
      AND (e.state IN ('queued', 'encoding')
           OR e.state = 'ready'
              AND EXISTS (SELECT FROM jobs WHERE encode_id = e.id AND state IN ('queued', 'running')))
);

-- name: set_original
-- The original of a video is another one from now on: its bytes, and what it is known by.
UPDATE videos SET original_bytes = $2, fingerprint = $3 WHERE id = $1;

-- name: begin_placing
-- The bytes are all there, and become the original of the video that it replaces.
UPDATE uploads
SET state = 'placing', received = length, expires_at = now() + $2::interval
WHERE id = $1 AND state = 'receiving'
RETURNING id;

-- name: hold_encode
-- The newest encode of a video waits until its original has its place.
UPDATE jobs
SET not_before = 'infinity'
WHERE kind = 'ingest' AND state = 'queued'
  AND encode_id = (SELECT id FROM encodes WHERE video_id = $1 ORDER BY version DESC LIMIT 1);

-- name: end_placing
-- The original has its place: the encode may begin.
WITH placed AS (
    UPDATE uploads SET state = 'done' WHERE id = $1 AND state = 'placing' RETURNING video_id
)
UPDATE jobs
SET not_before = now()
FROM placed
WHERE kind = 'ingest' AND not_before = 'infinity'
  AND encode_id IN (SELECT id FROM encodes WHERE video_id = placed.video_id);

-- name: refuse
-- It cannot become a film ($2 says why).
UPDATE uploads
SET state = 'refused', detail = $2, expires_at = now() + $3::interval
WHERE id = $1 AND state = 'receiving';

-- name: cancel
-- It is not wanted any more, or not to be told of any more; what it was.
UPDATE uploads u
SET state = 'gone', expires_at = now() + $2::interval
FROM (SELECT id, state FROM uploads WHERE id = $1 FOR UPDATE) before
WHERE u.id = before.id AND before.state IN ('receiving', 'done', 'refused')
RETURNING before.state, u.title;

-- name: edit
-- Other metadata, escaped already.
UPDATE uploads SET title = $2, description = $3, category = $4 WHERE id = $1;

-- name: to_inspect
-- One of which so many bytes ($1) are there that a look at them is worthwhile; nobody else gets it.
UPDATE uploads
SET inspected = true
WHERE id = (
    SELECT id FROM uploads
    WHERE state = 'receiving' AND received >= $1 AND NOT inspected
    ORDER BY created_at
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
RETURNING id, parts;

-- name: expire
-- Those of which nothing has come for too long.
UPDATE uploads
SET state = 'gone', expires_at = now() + $1::interval
WHERE state = 'receiving' AND expires_at <= now()
RETURNING id;

-- name: forget
-- Those that are over and were told of long enough.
DELETE FROM uploads WHERE state IN ('done', 'refused', 'gone') AND expires_at <= now();

-- name: being_placed
-- Those whose files are about to become originals.
SELECT id FROM uploads WHERE state = 'placing';

-- name: with_file
-- Those whose files are needed.
SELECT id FROM uploads WHERE state IN ('receiving', 'placing')
UNION
SELECT upload_id FROM original_parts;
