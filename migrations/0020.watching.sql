-- What viewers watch: playback positions, and the films on their lists.
-- depends: 0018.work-indexes

-- `resume_at` is null if playback starts at the beginning. `seen` has a bit for each 10 seconds, the lowest first.
-- `playbacks` are the latest ones, the newest last. Without `played_at`, the film was only marked as watched.
CREATE TABLE watch_progress (
    user_id    bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    video_id   bigint NOT NULL REFERENCES videos ON DELETE CASCADE,
    position   double precision NOT NULL DEFAULT 0 CHECK (position >= 0 AND position < 'Infinity'),
    duration   double precision NOT NULL CHECK (duration >= 0 AND duration < 'Infinity'),
    resume_at  double precision,
    watched_at timestamptz,
    played_at  timestamptz,
    hidden_at  timestamptz,
    seen       bytea NOT NULL DEFAULT '',
    playbacks  jsonb NOT NULL DEFAULT '[]',
    PRIMARY KEY (user_id, video_id)
);

CREATE INDEX watch_progress_played ON watch_progress (user_id, played_at DESC) WHERE played_at IS NOT NULL;
CREATE INDEX watch_progress_video_id ON watch_progress (video_id);

CREATE TABLE watch_list (
    user_id  bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    video_id bigint NOT NULL REFERENCES videos ON DELETE CASCADE,
    added_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, video_id)
);

CREATE INDEX watch_list_video_id ON watch_list (video_id);
