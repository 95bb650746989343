-- name: insert
-- The original of a video ($1) is in the parts ($3) of an upload ($2); what was there before is replaced.
INSERT INTO original_parts (video_id, upload_id, parts) VALUES ($1, $2, $3)
ON CONFLICT (video_id) DO UPDATE SET upload_id = excluded.upload_id, parts = excluded.parts;

-- name: find
-- The upload and the parts that the original of a video is in; no row if it is in one piece.
SELECT upload_id, parts FROM original_parts WHERE video_id = $1;

-- name: remove
-- They are joined.
DELETE FROM original_parts WHERE video_id = $1 AND upload_id = $2;

-- name: video_ids
-- The videos whose originals are in parts.
SELECT video_id FROM original_parts;
