-- Mails that are to be sent, and the tokens that they carry (as hashes).
-- depends: 0001.accounts

-- A reset is a row whether there is such an account or not, so that asking takes the same time.
CREATE TABLE mails (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind       text NOT NULL CHECK (kind IN ('activation', 'reset')),
    user_id    bigint REFERENCES users ON DELETE CASCADE,
    state      text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sent', 'failed')),
    attempts   integer NOT NULL DEFAULT 0,
    not_before timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    sent_at    timestamptz,
    error      text
);

CREATE INDEX mails_queued ON mails (not_before) WHERE state = 'queued';
CREATE INDEX mails_user_id ON mails (user_id);

CREATE TABLE mail_tokens (
    hash       bytea PRIMARY KEY,
    user_id    bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    purpose    text NOT NULL CHECK (purpose IN ('activation', 'reset')),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);

CREATE INDEX mail_tokens_user_id ON mail_tokens (user_id);
