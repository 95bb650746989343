-- name: insert
-- A piece of work that waits for a worker.
INSERT INTO jobs (encode_id, kind, number, first_frame, frames)
VALUES ($1, $2, $3, $4, $5)
RETURNING id;

-- name: waiting
-- Work that nobody is at: queued and due, or claimed by a worker that has gone silent for $1. What is short
-- goes before units, however many of those wait.
SELECT id, kind, attempts
FROM jobs
WHERE state = 'queued' AND not_before <= now()
   OR state = 'running' AND heartbeat_at < now() - $1::interval
ORDER BY kind = 'unit', not_before, id
LIMIT 100;

-- name: claim
-- Take a piece of work that nobody is at; of any number of workers one gets it. $3 as in `waiting`.
UPDATE jobs j
SET state = 'running', claim = $2, attempts = attempts + 1, heartbeat_at = now(), progress = 0, speed = NULL
FROM encodes e
WHERE j.id = $1 AND e.id = j.encode_id
  AND (j.state = 'queued' AND j.not_before <= now()
       OR j.state = 'running' AND j.heartbeat_at < now() - $3::interval)
RETURNING j.id, j.kind, j.encode_id, e.video_id, e.version, j.attempts, j.claim, j.first_frame, j.frames;

-- name: beat
-- The worker lives, and this far it is. No row: the claim is lost.
UPDATE jobs SET heartbeat_at = now(), progress = $2, speed = $3 WHERE claim = $1 RETURNING id;

-- name: give_back
-- The worker stops, or has no room: the work waits again, at least for $2, and this try does not count.
UPDATE jobs
SET state = 'queued', claim = NULL, heartbeat_at = NULL, not_before = now() + $2::interval,
    attempts = attempts - 1, error = $3
WHERE claim = $1;

-- name: retry
-- A try failed, others follow after $2.
UPDATE jobs
SET state = 'queued', claim = NULL, heartbeat_at = NULL, not_before = now() + $2::interval, error = $3
WHERE claim = $1;

-- name: fail
-- No further try.
UPDATE jobs SET state = 'failed', claim = NULL, heartbeat_at = NULL, error = $2 WHERE claim = $1 RETURNING id;

-- name: complete
-- The work is done. No row: the claim is lost.
UPDATE jobs
SET state = 'done', claim = NULL, heartbeat_at = NULL, progress = 1, error = NULL
WHERE claim = $1
RETURNING id;

-- name: units_open
-- How many units of an encode are not done yet.
SELECT count(*) FROM jobs WHERE encode_id = $1 AND kind = 'unit' AND state <> 'done';

-- name: lock_encode
-- Workers that end a unit of the same encode pass here one after the other.
SELECT id FROM encodes WHERE id = $1 FOR UPDATE;
