-- Checks the existing rows against the new constraints. Reading and writing go on meanwhile.
-- depends: 0016.constraints

ALTER TABLE encodes VALIDATE CONSTRAINT encodes_duration_check;
ALTER TABLE encodes VALIDATE CONSTRAINT encodes_frame_rate_check;
ALTER TABLE segments VALIDATE CONSTRAINT segments_duration_check;
ALTER TABLE jobs VALIDATE CONSTRAINT jobs_progress_check;
ALTER TABLE jobs VALIDATE CONSTRAINT jobs_frames_check;
ALTER TABLE captions VALIDATE CONSTRAINT captions_encode_id_fkey;
