-- What pages of films need in a large library: indexes in their order, and one of the versions that can be played.
-- transactional: false
-- depends: 0026.thumbnail-widths

-- A build that was interrupted leaves an invalid index behind: each is dropped first, so that this can run again.
DROP INDEX CONCURRENTLY IF EXISTS videos_newest;
CREATE INDEX CONCURRENTLY videos_newest ON videos (created_at, id);
DROP INDEX CONCURRENTLY IF EXISTS videos_newest_of_category;
CREATE INDEX CONCURRENTLY videos_newest_of_category ON videos (category, created_at, id);

-- In the order of the view `playable`, which then needs no sort.
DROP INDEX CONCURRENTLY IF EXISTS encodes_playable;
CREATE INDEX CONCURRENTLY encodes_playable ON encodes (video_id, (state = 'ready') DESC, version DESC)
    WHERE state = 'ready' OR state = 'encoding' AND published_at IS NOT NULL;

-- The videos of the view `playable`, for counting: read from the index alone.
CREATE OR REPLACE VIEW playable_videos AS
SELECT DISTINCT video_id
FROM encodes
WHERE state = 'ready' OR state = 'encoding' AND published_at IS NOT NULL;
