-- name: ping
-- Check that the database answers.
SELECT 1;

-- name: samples
-- Samples for the metrics, as (name, labels, value). Completed jobs come from their totals,
-- which do not fall when a video is deleted.
SELECT 'jobs' AS name, ARRAY[kind, state] AS labels, count(*)::double precision AS value
FROM jobs WHERE state <> 'done' GROUP BY kind, state
UNION ALL
SELECT 'jobs', ARRAY[kind, 'done'], sum(done) FROM job_totals GROUP BY kind
UNION ALL
SELECT 'mails', ARRAY[kind, state], count(*) FROM mails GROUP BY kind, state
UNION ALL
SELECT 'queue_length', ARRAY['transcode'], count(*) FROM open_jobs WHERE state = 'waiting'
UNION ALL
SELECT 'queue_length', ARRAY['mail'], count(*) FROM mails WHERE state = 'queued'
UNION ALL
SELECT 'encode_speed', '{}', coalesce(sum(speed), 0) FROM open_jobs WHERE kind = 'unit' AND state = 'running'
UNION ALL
SELECT 'sessions', '{}', count(*)
FROM sessions s
JOIN users u ON u.id = s.user_id
WHERE s.revoked_at IS NULL AND s.expires_at > now() AND u.is_active
UNION ALL
SELECT 'films', ARRAY[coalesce(newest.state, 'none')], count(*)
FROM videos v
LEFT JOIN (
    SELECT DISTINCT ON (video_id) video_id, state FROM encodes ORDER BY video_id, version DESC
) newest ON newest.video_id = v.id
GROUP BY newest.state;

-- name: queue_seconds
-- How long the waiting jobs will take at the present speed: that of the units which are being encoded, together. A unit
-- that has just begun counts with the mean of the last 20 films, and so does a single one if none is being encoded.
-- Without any history that is 1. A film that is not measured yet counts as an hour, and all that is neither its ingest
-- nor a unit, which takes seconds, as ten seconds of film.
WITH typical AS (
    SELECT coalesce(avg(of_film.speed), 1) AS speed
    FROM (SELECT id FROM encodes WHERE state IN ('ready', 'encoding') ORDER BY id DESC LIMIT 20) latest
    CROSS JOIN LATERAL (
        SELECT avg(speed) AS speed FROM jobs WHERE encode_id = latest.id AND kind = 'unit' AND state = 'done' AND speed > 0
    ) of_film
), waiting AS (
    SELECT sum(CASE WHEN j.kind = 'unit' THEN
                        coalesce(j.frames::double precision * e.frame_rate_den / e.frame_rate_num, e.duration, 3600)
                    WHEN j.kind = 'ingest' THEN coalesce(e.duration, 3600)
                    ELSE 10 END) AS seconds
    FROM open_jobs j
    JOIN encodes e ON e.id = j.encode_id
    WHERE j.state = 'waiting'
), now AS (
    SELECT sum(coalesce(nullif(j.speed, 0), typical.speed)) AS speed
    FROM open_jobs j, typical
    WHERE j.kind = 'unit' AND j.state = 'running'
)
SELECT coalesce(waiting.seconds, 0) / coalesce(now.speed, typical.speed) FROM typical, waiting, now;

-- name: work
-- Unfinished jobs and mails, of one state ($1) or of all: at most $2 after the first $3, and the number in each state.
-- Running jobs come first, then failed ones (the latest first), then waiting ones in the order in which workers claim them.
WITH work AS (
    SELECT j.id, j.kind, j.number, e.video_id, v.title, j.attempts, j.progress, j.speed, j.error, j.not_before,
           j.wanted_at, j.state
    FROM open_jobs j
    JOIN encodes e ON e.id = j.encode_id
    JOIN videos v ON v.id = e.video_id
    UNION ALL
    SELECT m.id, 'mail', 0, NULL, u.email, m.attempts, 0, NULL, m.error, m.not_before, NULL,
           CASE m.state WHEN 'queued' THEN 'waiting' ELSE m.state END
    FROM mails m
    JOIN users u ON u.id = m.user_id
    WHERE m.state <> 'sent'
), numbered AS (
    SELECT *, row_number() OVER (
        ORDER BY array_position(ARRAY['running', 'failed', 'waiting'], state),
                 CASE state WHEN 'failed' THEN not_before END DESC,
                 kind = 'unit', wanted_at, number, not_before, id
    ) AS position
    FROM work
    WHERE $1::text IS NULL OR state = $1
)
SELECT counts.running, counts.waiting, counts.failed, p.id, p.kind, p.number, p.video_id, p.title, p.state,
       p.attempts, p.progress, p.speed, p.error, p.not_before
FROM (
    SELECT count(*) FILTER (WHERE state = 'running') AS running,
           count(*) FILTER (WHERE state = 'waiting') AS waiting,
           count(*) FILTER (WHERE state = 'failed') AS failed
    FROM work
) counts
LEFT JOIN numbered p ON p.position > $3::bigint AND p.position <= $3::bigint + $2::bigint
ORDER BY p.position;

-- name: work_by_film
-- The same in one row for each encode, and one for each mail. The state of an encode is that of a job: running, else failed,
-- else waiting; `kinds`, the error and the rest are those of its jobs in this state.
WITH encode_states AS (
    SELECT encode_id, CASE WHEN bool_or(state = 'running') THEN 'running' WHEN bool_or(state = 'failed') THEN 'failed'
                           ELSE 'waiting' END AS state
    FROM open_jobs
    GROUP BY encode_id
), work AS (
    SELECT encode_id, NULL::bigint AS mail_id, state, array_agg(DISTINCT kind) AS kinds, max(attempts) AS attempts,
           max(error) AS error, min(not_before) AS not_before, min(wanted_at) AS wanted_at
    FROM encode_states
    JOIN open_jobs USING (encode_id, state)
    GROUP BY encode_id, state
    UNION ALL
    SELECT NULL, m.id, CASE m.state WHEN 'queued' THEN 'waiting' ELSE m.state END, ARRAY[m.kind], m.attempts, m.error,
           m.not_before, NULL
    FROM mails m
    WHERE m.state <> 'sent' AND m.user_id IS NOT NULL
), numbered AS (
    SELECT *, row_number() OVER (
        ORDER BY array_position(ARRAY['running', 'failed', 'waiting'], state),
                 CASE state WHEN 'failed' THEN not_before END DESC, wanted_at, not_before, encode_id, mail_id
    ) AS position
    FROM work
    WHERE $1::text IS NULL OR state = $1
)
SELECT counts.running, counts.waiting, counts.failed, p.encode_id, p.mail_id, e.video_id,
       coalesce(v.title, u.email) AS title, p.state, p.kinds, p.attempts, p.error, p.not_before,
       made.units_done, made.units_total, coalesce(made.done, 0) AS progress, made.speed,
       e.duration * (1 - made.done) / nullif(made.speed, 0) AS "left"
FROM (
    SELECT count(*) FILTER (WHERE state = 'running') AS running,
           count(*) FILTER (WHERE state = 'waiting') AS waiting,
           count(*) FILTER (WHERE state = 'failed') AS failed
    FROM work
) counts
LEFT JOIN numbered p ON p.position > $3::bigint AND p.position <= $3::bigint + $2::bigint
LEFT JOIN encodes e ON e.id = p.encode_id
LEFT JOIN videos v ON v.id = e.video_id
LEFT JOIN mails m ON m.id = p.mail_id
LEFT JOIN users u ON u.id = m.user_id
LEFT JOIN LATERAL encode_progress(p.encode_id) made ON p.encode_id IS NOT NULL
ORDER BY p.position;
