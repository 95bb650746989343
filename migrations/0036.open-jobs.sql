-- What is left to do of encodes, with the state that it has for people: a job whose worker has died is waiting.
-- depends: 0035.copied-renditions

-- The remaining jobs of a failed encode are not among them: nobody does them until it is resumed.
CREATE VIEW open_jobs AS
SELECT j.id, j.encode_id, j.kind, j.number, j.frames, j.attempts, j.progress, j.speed, j.error, j.not_before, j.wanted_at,
       CASE WHEN j.state = 'queued' OR j.heartbeat_at < now() - interval '15 seconds' THEN 'waiting'
            ELSE j.state END AS state
FROM jobs j
JOIN encodes e ON e.id = j.encode_id
WHERE j.state IN ('running', 'failed') OR j.state = 'queued' AND e.state <> 'failed';
