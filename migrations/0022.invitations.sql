-- Invitations to register, and sessions that last as long as they are used.
-- depends: 0021.search

-- For one address or for anyone. Only the hash of the token in the link is stored.
CREATE TABLE invitations (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hash        bytea NOT NULL UNIQUE,
    email       text,
    email_key   text,
    people      integer NOT NULL CHECK (people > 0),
    registered  integer NOT NULL DEFAULT 0 CHECK (registered BETWEEN 0 AND people),
    created_by  bigint REFERENCES users ON DELETE SET NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL,
    revoked_at  timestamptz,
    CHECK (email IS NULL OR people = 1),
    CHECK ((email IS NULL) = (email_key IS NULL))
);

CREATE INDEX invitations_created_by ON invitations (created_by);

ALTER TABLE sessions ADD COLUMN is_remembered boolean NOT NULL DEFAULT false;
