-- Every change that a viewer may see is told to the web processes as it is committed: the number of the video.
-- depends: 0004.units

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
