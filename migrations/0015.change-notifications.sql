-- Change notifications read the id alone, and thumbnails and progress get the names that the code uses.
-- depends: 0014.rendition-bytes

-- Only the id is read: converting the row to JSON would serialise captions of several megabytes at every change.
CREATE FUNCTION notify_video_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    video_id bigint;
BEGIN
    IF TG_TABLE_NAME = 'videos' THEN
        video_id := CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END;
    ELSE
        video_id := CASE WHEN TG_OP = 'DELETE' THEN OLD.video_id ELSE NEW.video_id END;
    END IF;
    PERFORM pg_notify('videos', video_id::text);
    RETURN NULL;
END
$$;

DROP TRIGGER tell_of_video ON videos;
DROP TRIGGER tell_of_video ON encodes;
DROP TRIGGER tell_of_video ON captions;
DROP FUNCTION tell_of_video();

CREATE TRIGGER notify_video_change AFTER INSERT OR UPDATE OR DELETE ON videos
    FOR EACH ROW EXECUTE FUNCTION notify_video_change();
CREATE TRIGGER notify_video_change AFTER INSERT OR UPDATE OR DELETE ON encodes
    FOR EACH ROW EXECUTE FUNCTION notify_video_change();
CREATE TRIGGER notify_video_change AFTER INSERT OR UPDATE OR DELETE ON captions
    FOR EACH ROW EXECUTE FUNCTION notify_video_change();

ALTER TABLE videos RENAME COLUMN thumbnail_edition TO thumbnail_revision;
ALTER TABLE videos RENAME COLUMN thumbnail_place TO thumbnail_selector;
ALTER TABLE videos RENAME CONSTRAINT videos_thumbnail_has_its_place TO videos_thumbnail_selector_check;
ALTER FUNCTION making(bigint) RENAME TO encode_progress;
