-- name: insert
-- Subtitles of a video, or of one of its encodes ($2, $3 is their place in it); those of a place come once.
INSERT INTO captions (video_id, encode_id, number, language, kind, name, text)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (encode_id, number) DO NOTHING
RETURNING id;

-- name: of_film
-- What can be chosen with a version of a video; what people have brought stands before what was in the original.
SELECT c.id AS number, c.language, c.kind, c.name, c.created_at AS changed_at
FROM captions c
LEFT JOIN encodes e ON e.id = c.encode_id
WHERE c.video_id = $1 AND (c.encode_id IS NULL OR e.version = $2)
ORDER BY c.encode_id IS NOT NULL, c.number, c.id;

-- name: text
-- One of them as WebVTT.
SELECT text FROM captions WHERE video_id = $1 AND id = $2;

-- name: of_video
-- What people have brought to a video, and what came with the version that is served.
SELECT id AS number, language, kind, name, created_at AS changed_at
FROM captions
WHERE video_id = $1 AND (encode_id IS NULL OR encode_id = (SELECT id FROM playable WHERE video_id = $1))
ORDER BY encode_id IS NOT NULL, number, id;

-- name: relabel
-- Language ($3), kind ($4) and name ($5) of captions.
UPDATE captions SET language = $3, kind = $4, name = $5 WHERE video_id = $1 AND id = $2 RETURNING id;

-- name: remove
-- Some of a video's; what came inside an original comes again with its next version.
DELETE FROM captions WHERE video_id = $1 AND id = $2 RETURNING language;
