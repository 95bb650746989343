-- Encodes keep the geometry of their segments and packets, and `playable` names thumbnails as the code does.
-- depends: 0018.work-indexes

-- See encoding/geometry.py. The default is what all earlier versions encode with; their workers may still be running.
ALTER TABLE encodes ADD COLUMN geometry jsonb NOT NULL DEFAULT
    '{"segment_seconds": 6, "key_frame_seconds": 2, "sample_rate": 48000, "packet_samples": 1024, "time_offset": 10}';

-- The one version of a video that is served: the newest that is complete, else one that grows. `thumbnail_version`
-- names its thumbnail in addresses: what was published under a name never changes.
DROP VIEW playable;
CREATE VIEW playable AS
SELECT DISTINCT ON (video_id) *,
    version || CASE WHEN thumbnail > 1 THEN '.' || thumbnail ELSE '' END AS thumbnail_version
FROM encodes
WHERE state = 'ready' OR state = 'encoding' AND published_at IS NOT NULL
ORDER BY video_id, state = 'ready' DESC, version DESC;
