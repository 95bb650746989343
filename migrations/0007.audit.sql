-- Who did what to which video or user, and when.
-- depends: 0006.first-units

-- `who` and `label` (a title, an address) are kept as they were, also when the account or the video is gone.
-- `user_id` is null for what was done by a command on the server.
CREATE TABLE audit (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      timestamptz NOT NULL DEFAULT now(),
    user_id bigint REFERENCES users ON DELETE SET NULL,
    who     text NOT NULL,
    action  text NOT NULL,
    target  text,
    label   text NOT NULL,
    detail  jsonb NOT NULL DEFAULT '{}'
);

CREATE INDEX audit_user_id ON audit (user_id);
