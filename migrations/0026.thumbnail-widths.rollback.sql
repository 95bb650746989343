DROP VIEW playable;
ALTER TABLE encodes DROP COLUMN thumbnail_width, DROP COLUMN thumbnail_colour;
CREATE VIEW playable AS
SELECT DISTINCT ON (video_id) *,
    version || CASE WHEN thumbnail > 1 THEN '.' || thumbnail ELSE '' END AS thumbnail_version
FROM encodes
WHERE state = 'ready' OR state = 'encoding' AND published_at IS NOT NULL
ORDER BY video_id, state = 'ready' DESC, version DESC;
