-- name: playable_duration
-- The duration of a video that can be played, 0 if it is not known yet; no row for any other video.
SELECT coalesce(duration, 0) FROM playable WHERE video_id = $1 LIMIT 1;

-- name: create_progress
-- Rows for profiles ($1), videos ($2) and durations ($3) that have none, unless profile or video was deleted meanwhile.
INSERT INTO watch_progress (profile_id, video_id, duration)
SELECT o.id, v.id, reported.duration
FROM unnest($1::bigint[], $2::bigint[], $3::double precision[]) AS reported (profile_id, video_id, duration)
JOIN profiles o ON o.id = reported.profile_id
JOIN videos v ON v.id = reported.video_id
ORDER BY o.id, v.id
ON CONFLICT DO NOTHING;

-- name: lock_progress
-- The progress of profiles ($1) in videos ($2), locked. The order prevents deadlocks.
SELECT p.profile_id, p.video_id, p.position, p.duration, p.watched_at, p.played_at, p.hidden_at, p.forgotten_at,
       p.seen, p.playbacks
FROM unnest($1::bigint[], $2::bigint[]) AS reported (profile_id, video_id)
JOIN watch_progress p USING (profile_id, video_id)
ORDER BY p.profile_id, p.video_id
FOR UPDATE OF p;

-- name: set_progress
-- The progress of many profiles at once.
UPDATE watch_progress p
SET position = new.position, duration = new.duration, resume_at = new.resume_at, watched_at = new.watched_at,
    played_at = new.played_at, hidden_at = new.hidden_at, forgotten_at = new.forgotten_at, seen = new.seen,
    playbacks = new.playbacks::jsonb
FROM unnest(
    $1::bigint[], $2::bigint[], $3::double precision[], $4::double precision[], $5::double precision[],
    $6::timestamptz[], $7::timestamptz[], $8::timestamptz[], $9::timestamptz[], $10::bytea[], $11::text[]
) AS new (
    profile_id, video_id, position, duration, resume_at, watched_at, played_at, hidden_at, forgotten_at, seen, playbacks
)
WHERE p.profile_id = new.profile_id AND p.video_id = new.video_id;

-- name: progress
-- How far a profile is in a video.
SELECT position, duration, watched_at, played_at, hidden_at, forgotten_at, seen, playbacks
FROM watch_progress
WHERE profile_id = $1 AND video_id = $2;

-- name: forget
-- Deletes what is known of a profile ($1) and a video ($2), or all videos if $2 is null. Another process may not have
-- written its last reports yet: an empty row keeps the time ($3) from which on reports count.
UPDATE watch_progress
SET position = 0, resume_at = NULL, watched_at = NULL, played_at = NULL, hidden_at = NULL, seen = '',
    playbacks = '[]', forgotten_at = $3
WHERE profile_id = $1 AND ($2::bigint IS NULL OR video_id = $2);

-- name: remove_forgotten
-- Deletes the empty rows that are older than $1.
DELETE FROM watch_progress
WHERE played_at IS NULL AND watched_at IS NULL AND forgotten_at < now() - $1::interval;

-- name: hide
-- Removes a video from the films to continue, until it is played again; with an episode its series.
UPDATE watch_progress SET hidden_at = now()
WHERE profile_id = $1 AND hidden_at IS NULL
  AND (video_id = $2 AND resume_at IS NOT NULL
       OR (resume_at IS NOT NULL OR watched_at IS NOT NULL)
          AND video_id IN (SELECT e.id FROM videos v JOIN videos e ON e.series_id = v.series_id WHERE v.id = $2));

-- name: add_to_list
-- Adds a video to the list of a profile, if it is not there yet.
INSERT INTO watch_list (profile_id, video_id)
SELECT o.id, v.id FROM profiles o, videos v WHERE o.id = $1 AND v.id = $2
ON CONFLICT DO NOTHING;

-- name: remove_from_list
-- Removes a video from the list of a profile.
DELETE FROM watch_list WHERE profile_id = $1 AND video_id = $2;

-- name: continuing
-- What a profile ($1) goes on with since $2, of what the viewer ($5) may see, latest first: $3 rows after the first $4.
SELECT c.video_id, p.position, p.duration, p.resume_at, p.watched_at, p.played_at, l.video_id IS NOT NULL AS in_list,
       count(*) OVER () AS total
FROM videos_to_continue($1, $2, $5) c
LEFT JOIN watch_progress p ON p.profile_id = $1 AND p.video_id = c.video_id
LEFT JOIN watch_list l ON l.profile_id = $1 AND l.video_id = c.video_id
WHERE c.hidden_at IS NULL
ORDER BY c.at DESC, c.video_id DESC
LIMIT $3 OFFSET $4;

-- name: next_of_series
-- The episode with which a profile ($1) goes on in a series ($3), of those that the viewer ($2) may see.
SELECT video_id FROM videos_to_continue($1, '-infinity', $2) WHERE series_id = $3;

-- name: history
-- The films that a profile has played, and that the viewer ($4) may see, latest first: $2 rows after the first $3. In
-- this query and the next ones, `total` also counts films that cannot be played or seen: there are hardly any, and
-- looking for them takes long.
SELECT p.video_id, p.position, p.duration, p.resume_at, p.watched_at, p.played_at,
       l.video_id IS NOT NULL AS in_list,
       (SELECT count(*) FROM watch_progress WHERE profile_id = $1 AND played_at IS NOT NULL) AS total
FROM watch_progress p
JOIN visible_videos($4) v ON v.id = p.video_id
JOIN LATERAL (SELECT FROM playable WHERE video_id = p.video_id LIMIT 1) e ON true
LEFT JOIN watch_list l ON l.profile_id = p.profile_id AND l.video_id = p.video_id
WHERE p.profile_id = $1 AND p.played_at IS NOT NULL
ORDER BY p.played_at DESC, p.video_id DESC
LIMIT $2 OFFSET $3;

-- name: my_list
-- The films on the list of a profile that the viewer ($4) may see, added last first: $2 rows after the first $3.
SELECT l.video_id, p.position, p.duration, p.resume_at, p.watched_at, p.played_at,
       true AS in_list, (SELECT count(*) FROM watch_list WHERE profile_id = $1) AS total
FROM watch_list l
JOIN visible_videos($4) v ON v.id = l.video_id
JOIN LATERAL (SELECT FROM playable WHERE video_id = l.video_id LIMIT 1) e ON true
LEFT JOIN watch_progress p ON p.profile_id = l.profile_id AND p.video_id = l.video_id
WHERE l.profile_id = $1
ORDER BY l.added_at DESC, l.video_id DESC
LIMIT $2 OFFSET $3;

-- name: states
-- What a profile has done with these videos ($2), for those that it has played, marked or listed.
SELECT asked.video_id, p.position, p.duration, p.resume_at, p.watched_at, p.played_at,
       l.video_id IS NOT NULL AS in_list
FROM unnest($2::bigint[]) AS asked (video_id)
LEFT JOIN watch_progress p ON p.profile_id = $1 AND p.video_id = asked.video_id
LEFT JOIN watch_list l ON l.profile_id = $1 AND l.video_id = asked.video_id
WHERE p.video_id IS NOT NULL OR l.video_id IS NOT NULL;

-- name: home
-- What a profile ($1) adds to the home page: at most $4 films to continue that were played since $3, as many of the list,
-- all that the viewer ($5) may see, and for the films that the page has anyway ($2) what the profile has done with them.
WITH continuing AS (
    SELECT video_id, at, count(*) OVER () AS total
    FROM videos_to_continue($1, $3, $5)
    WHERE hidden_at IS NULL
    ORDER BY at DESC, video_id DESC
    LIMIT $4
), listed AS (
    SELECT l.video_id, l.added_at AS at, (SELECT count(*) FROM watch_list WHERE profile_id = $1) AS total
    FROM (
        SELECT video_id, added_at FROM watch_list WHERE profile_id = $1 ORDER BY added_at DESC, video_id DESC OFFSET 0
    ) l
    JOIN LATERAL (SELECT FROM visible_videos($5) WHERE id = l.video_id LIMIT 1) v ON true
    JOIN LATERAL (SELECT FROM playable WHERE video_id = l.video_id LIMIT 1) e ON true
    LIMIT $4
), asked AS (
    SELECT 'continue' AS kind, video_id, at, total FROM continuing
    UNION ALL SELECT 'list', video_id, at, total FROM listed
    UNION ALL SELECT 'other', video_id, NULL, 0 FROM unnest($2::bigint[]) AS video_id
)
SELECT a.kind, a.video_id, a.total, p.position, p.duration, p.resume_at, p.watched_at, p.played_at,
       l.video_id IS NOT NULL AS in_list
FROM asked a
LEFT JOIN watch_progress p ON p.profile_id = $1 AND p.video_id = a.video_id
LEFT JOIN watch_list l ON l.profile_id = $1 AND l.video_id = a.video_id
WHERE a.kind = 'continue' OR p.video_id IS NOT NULL OR l.video_id IS NOT NULL
ORDER BY a.kind, a.at DESC, a.video_id DESC;
