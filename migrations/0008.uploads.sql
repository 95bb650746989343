-- Films on their way in over the network.
-- depends: 0007.audit

-- `received` is how many bytes are safely on the disk. A receiving upload expires when nothing has come for long,
-- the row of one that is over when it was told of for long enough. `replaces`: it takes the place of the film of
-- `video_id`, else that is the video it has become. From `placing` to `done` its file is moved over that film's original.
CREATE TABLE uploads (
    id          uuid PRIMARY KEY,
    filename    text NOT NULL,
    title       text NOT NULL,
    description text NOT NULL,
    category    text NOT NULL,
    metadata    text NOT NULL,
    length      bigint NOT NULL CHECK (length > 0),
    received    bigint NOT NULL DEFAULT 0 CHECK (received BETWEEN 0 AND length),
    state       text NOT NULL DEFAULT 'receiving'
        CHECK (state IN ('receiving', 'placing', 'done', 'refused', 'gone')),
    detail      text,
    replaces    boolean NOT NULL,
    video_id    bigint REFERENCES videos ON DELETE SET NULL,
    inspected   boolean NOT NULL DEFAULT false,
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL
);

CREATE INDEX uploads_video_id ON uploads (video_id);
