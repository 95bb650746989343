DROP FUNCTION making(bigint);
DROP VIEW playable;
ALTER TABLE encodes RENAME COLUMN thumbnail TO has_thumbnail;
ALTER TABLE encodes ALTER COLUMN has_thumbnail DROP DEFAULT;
ALTER TABLE encodes ALTER COLUMN has_thumbnail TYPE boolean USING has_thumbnail = 1;
ALTER TABLE encodes ALTER COLUMN has_thumbnail SET DEFAULT false;
ALTER TABLE videos
    DROP CONSTRAINT videos_thumbnail_has_its_place,
    DROP COLUMN thumbnail_place,
    DROP COLUMN thumbnail_source,
    DROP COLUMN thumbnail_edition;
CREATE VIEW playable AS
SELECT DISTINCT ON (video_id) *
FROM encodes
WHERE state = 'ready' OR state = 'encoding' AND published_at IS NOT NULL
ORDER BY video_id, state = 'ready' DESC, version DESC;
