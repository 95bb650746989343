-- Constraints on lengths, frame rates, progress, units and captions; rows that break them are corrected first.
-- depends: 0015.change-notifications

-- An unknown length is null, not 0.
UPDATE encodes SET duration = NULL WHERE duration <= 0;
UPDATE encodes SET frame_rate_num = NULL, frame_rate_den = NULL WHERE frame_rate_num <= 0 OR frame_rate_den <= 0;

-- A segment has at least one frame.
UPDATE segments s
SET duration = coalesce(e.frame_rate_den::double precision / e.frame_rate_num, 0.04)
FROM encodes e
WHERE e.id = s.encode_id AND s.duration <= 0;

-- What ffmpeg reported could exceed what was planned.
UPDATE jobs SET progress = least(greatest(progress, 0), 1) WHERE progress NOT BETWEEN 0 AND 1;

-- No release has written such units; this keeps rows that were edited by hand from stopping the migration.
UPDATE jobs
SET frames = CASE WHEN number > 0 THEN 1 END
WHERE kind = 'unit' AND (frames <= 0 OR frames IS NULL AND number > 0);

UPDATE captions c SET video_id = e.video_id FROM encodes e WHERE e.id = c.encode_id AND e.video_id <> c.video_id;

-- NOT VALID: new rows are checked from now on, and the lock is short. The next migration checks the existing rows.
ALTER TABLE encodes
    ADD CONSTRAINT encodes_duration_check CHECK (duration > 0) NOT VALID,
    ADD CONSTRAINT encodes_frame_rate_check CHECK (frame_rate_num > 0 AND frame_rate_den > 0) NOT VALID,
    ADD CONSTRAINT encodes_id_video_id_key UNIQUE (id, video_id);

ALTER TABLE segments ADD CONSTRAINT segments_duration_check CHECK (duration > 0) NOT VALID;

-- A unit without a number of frames is the whole of a film of unknown length.
ALTER TABLE jobs
    ADD CONSTRAINT jobs_progress_check CHECK (progress BETWEEN 0 AND 1) NOT VALID,
    ADD CONSTRAINT jobs_frames_check CHECK (
        kind <> 'unit' OR frames IS NULL AND number = 0 OR frames IS NOT NULL AND frames > 0
    ) NOT VALID;

-- Captions of an encode belong to the video of that encode.
ALTER TABLE captions
    DROP CONSTRAINT captions_encode_id_fkey,
    ADD CONSTRAINT captions_encode_id_fkey
        FOREIGN KEY (encode_id, video_id) REFERENCES encodes (id, video_id) ON DELETE CASCADE NOT VALID;
