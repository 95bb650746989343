ALTER FUNCTION encode_progress(bigint) RENAME TO making;
ALTER TABLE videos RENAME CONSTRAINT videos_thumbnail_selector_check TO videos_thumbnail_has_its_place;
ALTER TABLE videos RENAME COLUMN thumbnail_selector TO thumbnail_place;
ALTER TABLE videos RENAME COLUMN thumbnail_revision TO thumbnail_edition;
DROP TRIGGER notify_video_change ON captions;
DROP TRIGGER notify_video_change ON encodes;
DROP TRIGGER notify_video_change ON videos;
DROP FUNCTION notify_video_change();
CREATE FUNCTION tell_of_video() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed jsonb := to_jsonb(CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END);
BEGIN
    PERFORM pg_notify('videos', changed ->> TG_ARGV[0]);
    RETURN NULL;
END
$$;
CREATE TRIGGER tell_of_video AFTER INSERT OR UPDATE OR DELETE ON videos
    FOR EACH ROW EXECUTE FUNCTION tell_of_video('id');
CREATE TRIGGER tell_of_video AFTER INSERT OR UPDATE OR DELETE ON encodes
    FOR EACH ROW EXECUTE FUNCTION tell_of_video('video_id');
CREATE TRIGGER tell_of_video AFTER INSERT OR UPDATE OR DELETE ON captions
    FOR EACH ROW EXECUTE FUNCTION tell_of_video('video_id');
