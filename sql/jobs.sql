-- name: insert
-- A new job; it exists once per encode, kind and number.
INSERT INTO jobs (encode_id, kind, number, first_frame, frames, first_segment, segments)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (encode_id, kind, number) DO NOTHING;

-- name: waiting
-- Some jobs of each kind ($1) that are due. Short ones go before units, and units are ordered by their position in the
-- film, so that a second film can be watched while the first is still being encoded. No kind can crowd out another.
SELECT due.id, kinds.kind, due.attempts
FROM unnest($1::text[]) AS kinds (kind)
CROSS JOIN LATERAL (
    SELECT id, attempts, wanted_at, number, not_before
    FROM due_jobs
    WHERE due_jobs.kind = kinds.kind
    ORDER BY wanted_at, number, not_before, id
    LIMIT 20
) due
ORDER BY kinds.kind = 'unit', due.wanted_at, due.number, due.not_before, due.id;

-- name: any_waits
-- Whether there is a job for workers, now or later.
SELECT EXISTS (SELECT FROM open_jobs WHERE state = 'waiting');

-- name: claim
-- Claim the most urgent job of a kind ($1) under a new claim ($2); exactly one worker gets it. The worker's own claims
-- ($3) are not expired, however old their heartbeats are: the database may have been unavailable. `others_wait` says
-- whether more units are queued, which decides how many cores this one may use.
UPDATE jobs j
SET state = 'running', claim = $2, attempts = attempts + 1, heartbeat_at = now(), progress = 0, speed = NULL
FROM encodes e
WHERE e.id = j.encode_id AND j.id = (
    SELECT id FROM jobs
    WHERE id IN (
        SELECT id FROM due_jobs WHERE kind = $1
        ORDER BY wanted_at, number, not_before, id
        LIMIT 10
    )
    AND (state = 'queued' OR heartbeat_at < now() - interval '15 seconds' AND claim <> ALL ($3))
    ORDER BY wanted_at, number, not_before, id
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
RETURNING j.id, j.kind, j.encode_id, e.video_id, e.version, j.attempts, j.claim, j.number,
    j.first_frame, j.frames, j.first_segment, j.segments,
    EXISTS (
        SELECT FROM jobs w JOIN encodes we ON we.id = w.encode_id AND we.state <> 'failed'
        WHERE w.kind = 'unit' AND w.state = 'queued' AND w.id <> j.id
    ) AS others_wait;

-- name: want
-- A player waits for a segment that does not exist yet: its unit is encoded next.
UPDATE jobs
SET wanted_at = now()
WHERE kind = 'unit' AND state = 'queued' AND wanted_at IS NULL
  AND first_segment <= $3 AND $3 < first_segment + segments
  AND encode_id = (SELECT id FROM encodes WHERE video_id = $1 AND version = $2);

-- name: beat
-- The worker is alive; $2 is its progress from 0 to 1. No row: the claim is lost.
UPDATE jobs SET heartbeat_at = now(), progress = $2, speed = $3 WHERE claim = $1 RETURNING id;

-- name: is_done
-- Whether a job is done, whoever did it.
SELECT state = 'done' FROM jobs WHERE id = $1;

-- name: give_back
-- The worker stops: the job is queued again, and this attempt does not count.
UPDATE jobs
SET state = 'queued', claim = NULL, heartbeat_at = NULL, not_before = now(), attempts = attempts - 1
WHERE claim = $1;

-- name: retry
-- An attempt failed; the next is due after $2.
UPDATE jobs
SET state = 'queued', claim = NULL, heartbeat_at = NULL, not_before = now() + $2::interval, error = $3
WHERE claim = $1;

-- name: fail
-- The job has failed for good.
UPDATE jobs SET state = 'failed', claim = NULL, heartbeat_at = NULL, error = $2 WHERE claim = $1 RETURNING id;

-- name: complete
-- The job is done, and counted for metrics in the shard of this connection. No row: the claim is lost.
WITH completed AS (
    UPDATE jobs
    SET state = 'done', claim = NULL, heartbeat_at = NULL, progress = 1, error = NULL
    WHERE claim = $1
    RETURNING id, kind
), counted AS (
    INSERT INTO job_totals (kind, shard, done)
    SELECT kind, pg_backend_pid() % 64, 1 FROM completed
    ON CONFLICT (kind, shard) DO UPDATE SET done = job_totals.done + 1
)
SELECT id FROM completed;

-- name: pause
-- Delay the queued jobs of an encode by $2, and record why.
UPDATE jobs
SET not_before = now() + $2::interval, error = $3
WHERE encode_id = $1 AND state = 'queued';

-- name: resume
-- Queue the failed jobs of an encode again, with all attempts.
UPDATE jobs
SET state = 'queued', attempts = 0, not_before = now(), error = NULL
WHERE encode_id = $1 AND state = 'failed'
RETURNING id;

-- name: recut
-- Queue the main audio track of an encode again; its segments are missing.
WITH track AS (UPDATE audio_tracks SET segments = 0 WHERE encode_id = $1 AND number = 0)
UPDATE jobs
SET state = 'queued', attempts = 0, not_before = now()
WHERE encode_id = $1 AND kind = 'audio' AND number = 0 AND state = 'done';

-- name: first_unit_is_open
-- Whether the first unit of an encode is queued or running.
SELECT EXISTS (
    SELECT FROM jobs WHERE encode_id = $1 AND kind = 'unit' AND number = 0 AND state IN ('queued', 'running')
);

-- name: units_open
-- How many units of an encode are not done yet.
SELECT count(*) FROM jobs WHERE encode_id = $1 AND kind = 'unit' AND state <> 'done';

-- name: lock_encode
-- Serialises transactions that complete, fail or retry jobs of the same encode.
SELECT id FROM encodes WHERE id = $1 FOR UPDATE;

-- name: set_decoder_error
-- Record the decoder's last error in a unit ($1) that is done; null: there was none.
UPDATE jobs SET error = $2 WHERE id = $1 AND state = 'done';

-- name: spans_with_decoder_errors
-- The units of an encode for which the decoder reported errors, in order.
SELECT first_frame, frames
FROM jobs
WHERE encode_id = $1 AND kind = 'unit' AND state = 'done' AND error IS NOT NULL
ORDER BY number;
