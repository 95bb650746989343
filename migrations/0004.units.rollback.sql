DROP VIEW playable;
DROP VIEW due_jobs;
DELETE FROM jobs WHERE kind NOT IN ('ingest', 'unit', 'finish');
ALTER TABLE jobs
    DROP COLUMN wanted_at,
    DROP COLUMN segments,
    DROP COLUMN first_segment,
    DROP CONSTRAINT jobs_kind_check,
    ADD CONSTRAINT jobs_kind_check CHECK (kind IN ('ingest', 'unit', 'finish'));
DROP TABLE captions;
DROP TABLE audio_tracks;
DELETE FROM encodes WHERE state <> 'ready';
ALTER TABLE encodes
    DROP COLUMN has_storyboard,
    DROP COLUMN notes,
    DROP COLUMN probe,
    DROP CONSTRAINT encodes_ready_is_published,
    ADD CONSTRAINT encodes_check CHECK ((state = 'ready') = (published_at IS NOT NULL));
ALTER TABLE videos DROP COLUMN original_bytes;
