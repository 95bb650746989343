CREATE OR REPLACE FUNCTION visible_videos(viewer) RETURNS SETOF videos LANGUAGE sql STABLE AS $$
    SELECT v.*
    FROM videos v
    LEFT JOIN series s ON s.id = v.series_id
    WHERE ($1).is_admin
       OR NOT v.is_draft
          AND (v.visible_from IS NULL OR v.visible_from <= now())
          AND v.min_age <= ($1).max_age
          AND (s.id IS NULL
               OR NOT s.is_draft
                  AND (s.visible_from IS NULL OR s.visible_from <= now())
                  AND s.min_age <= ($1).max_age)
          AND CASE
              WHEN ($1).video_id IS NOT NULL THEN v.id = ($1).video_id
              WHEN ($1).series_id IS NOT NULL THEN v.series_id = ($1).series_id
              ELSE (v.group_ids IS NULL OR v.group_ids && ($1).group_ids)
                   AND (s.group_ids IS NULL OR s.group_ids && ($1).group_ids)
              END
$$;

DROP TRIGGER copy_audience_of_series ON videos;
DROP FUNCTION copy_audience_of_series();
DROP TRIGGER copy_audience_to_episodes ON series;
DROP FUNCTION copy_audience_to_episodes();
ALTER TABLE videos
    DROP COLUMN series_group_ids,
    DROP COLUMN series_min_age,
    DROP COLUMN series_is_draft,
    DROP COLUMN series_visible_from;
