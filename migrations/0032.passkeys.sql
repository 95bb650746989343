-- Passkeys: keys of devices that log in without a password.
-- depends: 0031.pairings

CREATE TABLE passkeys (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id       bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    credential_id bytea NOT NULL UNIQUE,
    public_key    bytea NOT NULL,
    sign_count    bigint NOT NULL,
    name          text NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    last_used_at  timestamptz
);

CREATE INDEX passkeys_user_id ON passkeys (user_id);

-- What the next answer of a device has to sign, once. `user_id` is the account that adds a passkey; null for a login.
CREATE TABLE passkey_challenges (
    challenge  bytea PRIMARY KEY,
    user_id    bigint REFERENCES users ON DELETE CASCADE,
    expires_at timestamptz NOT NULL
);

CREATE INDEX passkey_challenges_user_id ON passkey_challenges (user_id);

-- A login with a passkey counts as both factors.
ALTER TABLE sessions ADD COLUMN is_by_passkey boolean NOT NULL DEFAULT false;
