-- name: viewers
-- The films that are played now, and whose reports are late by $1 at most: how many profiles watch each, most first ($2
-- films), and how many in all. Reports that do not say how often they come do so every $3 seconds.
SELECT v.id, v.title, count(*) AS viewers, sum(count(*)) OVER ()::bigint AS total
FROM watch_progress w
JOIN videos v ON v.id = w.video_id
WHERE w.played_at > now() - $1::interval - make_interval(secs => coalesce((w.playbacks -> -1 -> 'every')::float, $3))
GROUP BY v.id
ORDER BY viewers DESC, v.id
LIMIT $2;

-- name: stored
-- The number of videos, and the bytes of their originals and of what is made of them.
SELECT count(*) AS videos, coalesce(sum(original_bytes), 0)::bigint AS originals,
       (SELECT coalesce(sum(bytes), 0)::bigint FROM renditions) AS films
FROM videos;

-- name: unsent_mails
-- The latest mails that could not be sent, finally or until now: $1 of them, and how many there are.
SELECT m.id, m.kind, u.email, m.state = 'failed' AS is_final, m.attempts, m.error, m.created_at, m.not_before,
       count(*) OVER () AS total
FROM mails m
JOIN users u ON u.id = m.user_id
WHERE m.state = 'failed' OR m.state = 'queued' AND m.error IS NOT NULL
ORDER BY m.id DESC
LIMIT $1;

-- name: active_admins
-- How many administrators can log in.
SELECT count(*) FROM users WHERE is_staff AND is_active;
