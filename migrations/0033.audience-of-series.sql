-- Episodes keep a copy of who may see their series, so that `visible_videos` reads one table and uses its indexes.
-- depends: 0032.passkeys

-- Without a series, these allow everyone.
ALTER TABLE videos
    ADD COLUMN series_group_ids    bigint[],
    ADD COLUMN series_min_age      smallint NOT NULL DEFAULT 0,
    ADD COLUMN series_is_draft     boolean NOT NULL DEFAULT false,
    ADD COLUMN series_visible_from timestamptz;

-- The lock waits for a change of the series that is not committed yet.
CREATE FUNCTION copy_audience_of_series() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT group_ids, min_age, is_draft, visible_from
    INTO NEW.series_group_ids, NEW.series_min_age, NEW.series_is_draft, NEW.series_visible_from
    FROM series WHERE id = NEW.series_id FOR SHARE;
    NEW.series_min_age := coalesce(NEW.series_min_age, 0);
    NEW.series_is_draft := coalesce(NEW.series_is_draft, false);
    RETURN NEW;
END
$$;

CREATE TRIGGER copy_audience_of_series BEFORE INSERT OR UPDATE OF series_id ON videos
    FOR EACH ROW EXECUTE FUNCTION copy_audience_of_series();

CREATE FUNCTION copy_audience_to_episodes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE videos
    SET series_group_ids = NEW.group_ids, series_min_age = NEW.min_age, series_is_draft = NEW.is_draft,
        series_visible_from = NEW.visible_from
    WHERE series_id = NEW.id;
    RETURN NULL;
END
$$;

CREATE TRIGGER copy_audience_to_episodes AFTER UPDATE ON series
    FOR EACH ROW WHEN ((OLD.group_ids, OLD.min_age, OLD.is_draft, OLD.visible_from)
                       IS DISTINCT FROM (NEW.group_ids, NEW.min_age, NEW.is_draft, NEW.visible_from))
    EXECUTE FUNCTION copy_audience_to_episodes();

UPDATE videos SET series_id = series_id WHERE series_id IS NOT NULL;

-- The videos that a viewer may see, whether they can be played or not: the only place of this rule. A video of a series
-- is visible if both it and the series are. PostgreSQL expands the function in queries, which then use all indexes.
CREATE OR REPLACE FUNCTION visible_videos(viewer) RETURNS SETOF videos LANGUAGE sql STABLE AS $$
    SELECT v.*
    FROM videos v
    WHERE ($1).is_admin
       OR NOT v.is_draft AND NOT v.series_is_draft
          AND (v.visible_from IS NULL OR v.visible_from <= now())
          AND (v.series_visible_from IS NULL OR v.series_visible_from <= now())
          AND v.min_age <= ($1).max_age AND v.series_min_age <= ($1).max_age
          AND CASE
              WHEN ($1).video_id IS NOT NULL THEN v.id = ($1).video_id
              WHEN ($1).series_id IS NOT NULL THEN v.series_id = ($1).series_id
              ELSE (v.group_ids IS NULL OR v.group_ids && ($1).group_ids)
                   AND (v.series_group_ids IS NULL OR v.series_group_ids && ($1).group_ids)
              END
$$;
