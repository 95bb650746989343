ALTER TABLE captions
    DROP CONSTRAINT captions_encode_id_fkey,
    ADD CONSTRAINT captions_encode_id_fkey FOREIGN KEY (encode_id) REFERENCES encodes ON DELETE CASCADE;
ALTER TABLE jobs
    DROP CONSTRAINT jobs_frames_check,
    DROP CONSTRAINT jobs_progress_check;
ALTER TABLE segments DROP CONSTRAINT segments_duration_check;
ALTER TABLE encodes
    DROP CONSTRAINT encodes_id_video_id_key,
    DROP CONSTRAINT encodes_frame_rate_check,
    DROP CONSTRAINT encodes_duration_check;
