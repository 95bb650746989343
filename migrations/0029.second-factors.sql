-- A second factor: the codes of an authenticator app, and recovery codes for those who have lost it.
-- depends: 0028.people-and-series

-- Codes are calculated from the secret, so it cannot be hashed. Without `confirmed_at` it is being set up. `last_step`
-- is the time step (of 30 s) of the last code that was used: no code works twice.
CREATE TABLE second_factors (
    user_id      bigint PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    secret       text NOT NULL,
    started_at   timestamptz NOT NULL DEFAULT now(),
    confirmed_at timestamptz,
    last_step    bigint NOT NULL DEFAULT 0
);

-- Those that were not used yet.
CREATE TABLE recovery_codes (
    user_id bigint NOT NULL REFERENCES second_factors ON DELETE CASCADE,
    hash    bytea NOT NULL,
    PRIMARY KEY (user_id, hash)
);
