-- Thumbnails are stored in several widths, and with their dominant colour.
-- depends: 0025.names

-- The width of the largest one in pixels; 0: there is only the one of before.
ALTER TABLE encodes
    ADD COLUMN thumbnail_width integer NOT NULL DEFAULT 0,
    ADD COLUMN thumbnail_colour text CHECK (thumbnail_colour ~ '^#[0-9a-f]{6}$');

DROP VIEW playable;
CREATE VIEW playable AS
SELECT DISTINCT ON (video_id) *,
    version || CASE WHEN thumbnail > 1 THEN '.' || thumbnail ELSE '' END AS thumbnail_version
FROM encodes
WHERE state = 'ready' OR state = 'encoding' AND published_at IS NOT NULL
ORDER BY video_id, state = 'ready' DESC, version DESC;

-- Thumbnails of before are made again, the newest films first; one every 5 seconds leaves room for new films.
INSERT INTO jobs (encode_id, kind, not_before)
SELECT id, 'thumbnail', now() + row_number() OVER (ORDER BY video_id DESC) * interval '5 seconds'
FROM playable
WHERE thumbnail > 0
ON CONFLICT (encode_id, kind, number) DO UPDATE
SET state = 'queued', attempts = 0, not_before = excluded.not_before, progress = 0, error = NULL
WHERE jobs.state IN ('done', 'failed');
