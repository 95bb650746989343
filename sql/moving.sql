-- name: busy
-- The videos ($1: one, null: all) whose files may change: they are being encoded, or get another original.
SELECT e.video_id
FROM open_jobs j
JOIN encodes e ON e.id = j.encode_id
WHERE j.state <> 'failed' AND ($1::bigint IS NULL OR e.video_id = $1)
UNION
SELECT video_id FROM original_parts WHERE $1::bigint IS NULL OR video_id = $1
UNION
SELECT video_id FROM uploads WHERE state = 'placing' AND ($1::bigint IS NULL OR video_id = $1);

-- name: lock_video
-- Those who decide what becomes of a video pass here one after the other. No row: it was deleted.
SELECT id FROM videos WHERE id = $1 FOR NO KEY UPDATE;

-- name: try_lock_files
-- The files of a video are moved by this session alone, until it says otherwise or ends. False: another one moves them.
SELECT pg_try_advisory_lock(hashtextextended('files of video', $1::bigint));

-- name: unlock_files
-- They are moved.
SELECT pg_advisory_unlock(hashtextextended('files of video', $1::bigint));

-- name: are_files_free
-- Whether nobody moves the files of a video. The lock that this takes ends with the statement.
SELECT pg_try_advisory_xact_lock_shared(hashtextextended('files of video', $1::bigint));

-- name: notify
-- The files of a video are elsewhere: web processes close those that they have open.
SELECT pg_notify('videos', $1::bigint::text);
