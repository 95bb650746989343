-- name: audio_tracks
-- The complete audio tracks of a version. The first one is muxed into the video segments, so it is always complete.
SELECT t.number, t.language, coalesce(t.name, 'Original') AS name, t.segments, t.completed_at AS changed_at
FROM audio_tracks t
JOIN encodes e ON e.id = t.encode_id
WHERE e.video_id = $1 AND e.version = $2 AND (t.number = 0 OR t.completed_at IS NOT NULL AND t.segments > 0)
ORDER BY t.number;

-- name: film
-- The current version of a video, one row per rendition, lowest first. While it is being encoded, `segments` counts
-- those that are ready without a gap.
SELECT e.version, e.published_at, e.frame_rate_num, e.frame_rate_den, e.thumbnail, e.thumbnail_width,
       e.thumbnail_version, e.geometry, e.has_storyboard, e.state = 'ready' AS is_complete,
       coalesce(e.duration, 0) AS duration,
       coalesce(
           (SELECT min(first_segment) FROM jobs
            WHERE encode_id = e.id AND kind = 'unit' AND state <> 'done' AND e.state <> 'ready'),
           (SELECT count(*) FROM segments WHERE encode_id = e.id AND label = r.label)
       ) AS segments,
       r.label, r.width, r.height, r.codecs, r.bandwidth, r.average_bandwidth
FROM playable e
JOIN renditions r ON r.encode_id = e.id
WHERE e.video_id = $1
ORDER BY r.label;

-- name: newest
-- A version that is complete, to try the delivery of segments with: that of the newest video.
SELECT e.video_id, e.version, min(r.label) AS label
FROM playable e
JOIN renditions r ON r.encode_id = e.id
WHERE e.state = 'ready'
GROUP BY e.video_id, e.version
ORDER BY e.video_id DESC
LIMIT 1;
