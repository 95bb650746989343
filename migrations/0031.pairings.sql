-- Televisions that are logged in by a code, which their owner confirms on a phone.
-- depends: 0030.episodes-to-continue

-- The device asks with the device code, of which the hash is stored; people see the user code. A device is confirmed by
-- a session, and only as long as that lasts.
CREATE TABLE pairings (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    device_hash      bytea NOT NULL UNIQUE,
    user_code        text NOT NULL UNIQUE,
    user_agent       text NOT NULL,
    address          text NOT NULL,
    created_at       timestamptz NOT NULL DEFAULT now(),
    expires_at       timestamptz NOT NULL,
    asked_at         timestamptz,
    interval_seconds integer NOT NULL,
    is_refused       boolean NOT NULL DEFAULT false,
    confirmed_by     uuid REFERENCES sessions ON DELETE CASCADE,
    CHECK (NOT is_refused OR confirmed_by IS NULL)
);

CREATE INDEX pairings_confirmed_by ON pairings (confirmed_by);
