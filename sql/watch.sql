-- name: answers
-- Whether the database does.
SELECT 1;

-- name: numbers
-- What the house holds and does, as (name, labels, value): jobs that are done stand for work done, so they count too.
SELECT 'jobs' AS name, ARRAY[kind, state] AS labels, count(*)::double precision AS value
FROM jobs GROUP BY kind, state
UNION ALL
SELECT 'mails', ARRAY[kind, state], count(*) FROM mails GROUP BY kind, state
UNION ALL
SELECT 'queue_length', ARRAY['transcode'], count(*) FROM jobs WHERE state = 'queued'
UNION ALL
SELECT 'queue_length', ARRAY['mail'], count(*) FROM mails WHERE state = 'queued'
UNION ALL
SELECT 'encode_speed', '{}', coalesce(sum(speed), 0) FROM jobs WHERE kind = 'unit' AND state = 'running'
UNION ALL
SELECT 'sessions', '{}', count(*)
FROM sessions s
JOIN users u ON u.id = s.user_id
WHERE s.revoked_at IS NULL AND s.expires_at > now() AND u.is_active
UNION ALL
SELECT 'films', ARRAY[coalesce(newest.state, 'none')], count(*)
FROM videos v
LEFT JOIN LATERAL (
    SELECT state FROM encodes WHERE video_id = v.id ORDER BY version DESC LIMIT 1
) newest ON true
GROUP BY newest.state;
