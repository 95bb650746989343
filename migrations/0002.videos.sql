-- Videos, their encodes (one per version), and the jobs that make them.
-- depends: 0001.accounts

CREATE TABLE videos (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title       text NOT NULL,
    description text NOT NULL,
    category    text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE encodes (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    video_id        bigint NOT NULL REFERENCES videos ON DELETE CASCADE,
    version         integer NOT NULL,
    state           text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'encoding', 'ready', 'failed')),
    error           text,
    duration        double precision,
    frame_rate_num  integer,
    frame_rate_den  integer,
    has_thumbnail   boolean NOT NULL DEFAULT false,
    created_at      timestamptz NOT NULL DEFAULT now(),
    published_at    timestamptz,
    UNIQUE (video_id, version),
    CHECK ((state = 'ready') = (published_at IS NOT NULL))
);

-- A film in the making is made once; the published version is the highest that is ready.
CREATE UNIQUE INDEX encodes_one_in_the_making ON encodes (video_id) WHERE state IN ('queued', 'encoding');

CREATE TABLE renditions (
    encode_id         bigint NOT NULL REFERENCES encodes ON DELETE CASCADE,
    label             integer NOT NULL,
    width             integer NOT NULL,
    height            integer NOT NULL,
    codecs            text,
    bandwidth         bigint,
    average_bandwidth bigint,
    PRIMARY KEY (encode_id, label)
);

CREATE TABLE segments (
    encode_id bigint NOT NULL,
    label     integer NOT NULL,
    number    integer NOT NULL,
    duration  double precision NOT NULL,
    bytes     bigint NOT NULL,
    PRIMARY KEY (encode_id, label, number),
    FOREIGN KEY (encode_id, label) REFERENCES renditions ON DELETE CASCADE
);

-- The truth about work: Redis only tells workers that there is some.
CREATE TABLE jobs (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    encode_id    bigint NOT NULL REFERENCES encodes ON DELETE CASCADE,
    kind         text NOT NULL CHECK (kind IN ('ingest', 'unit', 'finish')),
    number       integer NOT NULL DEFAULT 0,
    first_frame  integer,
    frames       integer,
    state        text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'done', 'failed')),
    attempts     integer NOT NULL DEFAULT 0,
    not_before   timestamptz NOT NULL DEFAULT now(),
    claim        uuid,
    heartbeat_at timestamptz,
    progress     double precision NOT NULL DEFAULT 0,
    speed        double precision,
    error        text,
    UNIQUE (encode_id, kind, number),
    CHECK ((state = 'running') = (claim IS NOT NULL))
);

CREATE INDEX jobs_unfinished ON jobs (not_before) WHERE state IN ('queued', 'running');
