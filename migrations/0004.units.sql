-- Films in many units that grow while they are watched, their sound tracks, captions and storyboards.
-- depends: 0003.mail

-- The size of the original in bytes; null once it has been removed, 0 where it was never recorded.
ALTER TABLE videos ADD COLUMN original_bytes bigint DEFAULT 0;

-- A film is published when its first unit is there, and ready when it is complete.
ALTER TABLE encodes
    DROP CONSTRAINT encodes_check,
    ADD CONSTRAINT encodes_ready_is_published CHECK (state <> 'ready' OR published_at IS NOT NULL),
    ADD COLUMN probe jsonb,
    ADD COLUMN notes text[] NOT NULL DEFAULT '{}',
    ADD COLUMN has_storyboard boolean NOT NULL DEFAULT false;

-- The sound tracks of an original that are taken over; number 0 goes with the picture. `segments` is how many
-- pieces have been cut so far.
CREATE TABLE audio_tracks (
    encode_id bigint NOT NULL REFERENCES encodes ON DELETE CASCADE,
    number    integer NOT NULL,
    stream    integer NOT NULL,
    language  text,
    name      text,
    segments  integer NOT NULL DEFAULT 0,
    completed_at timestamptz,
    PRIMARY KEY (encode_id, number)
);

-- Subtitles as WebVTT. Those that came inside an original go with its encode, where `number` is their place, the
-- others with their video.
CREATE TABLE captions (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    video_id  bigint NOT NULL REFERENCES videos ON DELETE CASCADE,
    encode_id bigint REFERENCES encodes ON DELETE CASCADE,
    number    integer,
    language  text NOT NULL,
    name      text NOT NULL,
    text      text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (encode_id, number)
);

CREATE INDEX captions_of_a_video ON captions (video_id);

-- What was encoded in one piece was finished by a job of its own; now whoever ends the last unit does that.
UPDATE encodes SET state = 'queued' WHERE state = 'encoding';
DELETE FROM jobs WHERE encode_id IN (SELECT id FROM encodes WHERE state = 'queued') AND kind <> 'ingest';
DELETE FROM renditions WHERE encode_id IN (SELECT id FROM encodes WHERE state = 'queued');
UPDATE jobs SET state = 'queued', claim = NULL, heartbeat_at = NULL
WHERE kind = 'ingest' AND encode_id IN (SELECT id FROM encodes WHERE state = 'queued');
DELETE FROM jobs WHERE kind = 'finish';

ALTER TABLE jobs
    DROP CONSTRAINT jobs_kind_check,
    ADD CONSTRAINT jobs_kind_check
        CHECK (kind IN ('ingest', 'audio', 'unit', 'thumbnail', 'captions', 'storyboard')),
    ADD COLUMN first_segment integer,
    ADD COLUMN segments integer,
    ADD COLUMN wanted_at timestamptz;

-- Work that somebody may take now: queued and due, or claimed by a worker that was silent for 15 seconds.
-- The first unit of a film goes alone, with all cores: somebody may be waiting to watch. Any unit waits until its
-- sound has been cut.
CREATE VIEW due_jobs AS
SELECT j.id, j.encode_id, j.kind, j.number, j.attempts, j.not_before, j.wanted_at
FROM jobs j
JOIN encodes e ON e.id = j.encode_id AND e.state <> 'failed'
WHERE (j.state = 'queued' AND j.not_before <= now()
       OR j.state = 'running' AND j.heartbeat_at < now() - interval '15 seconds')
  AND NOT EXISTS (
      SELECT FROM jobs before
      LEFT JOIN audio_tracks track
          ON before.kind = 'audio' AND track.encode_id = before.encode_id AND track.number = before.number
      WHERE before.encode_id = j.encode_id AND before.number = 0 AND before.state <> 'done'
        AND (before.kind = 'unit' AND (j.number > 0 OR j.kind = 'captions')
             OR before.kind = 'audio' AND j.kind = 'unit' AND track.segments < j.first_segment + j.segments)
  );

-- The one version of a video that is served: the newest that is complete, else one that grows.
CREATE VIEW playable AS
SELECT DISTINCT ON (video_id) *
FROM encodes
WHERE state = 'ready' OR state = 'encoding' AND published_at IS NOT NULL
ORDER BY video_id, state = 'ready' DESC, version DESC;
