DROP TRIGGER tell_of_video ON captions;
DROP TRIGGER tell_of_video ON encodes;
DROP TRIGGER tell_of_video ON videos;
DROP FUNCTION tell_of_video();
