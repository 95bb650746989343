-- Profiles, groups, series and guest links: who watches, and what they may see.
-- depends: 0027.pages-of-films

-- `name` is empty for the name of the account, `language` null for that of the browser. Below 18, `max_age` makes it the
-- profile of a child. The first profile of an account is the one with the lowest id.
CREATE TABLE profiles (
    id                 bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id            bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    name               text NOT NULL DEFAULT '',
    picture            text NOT NULL DEFAULT 'amber',
    language           text,
    max_age            smallint NOT NULL DEFAULT 18 CHECK (max_age IN (0, 6, 12, 16, 18)),
    pin_hash           text,
    caption_size       text NOT NULL DEFAULT 'medium' CHECK (caption_size IN ('small', 'medium', 'large')),
    caption_background text NOT NULL DEFAULT 'dark' CHECK (caption_background IN ('dark', 'none')),
    plays_on           boolean NOT NULL DEFAULT true,
    created_at         timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX profiles_user_id ON profiles (user_id, id);

CREATE FUNCTION create_first_profile() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO profiles (user_id) VALUES (NEW.id);
    RETURN NULL;
END
$$;

INSERT INTO profiles (user_id) SELECT id FROM users ORDER BY id;
CREATE TRIGGER create_first_profile AFTER INSERT ON users
    FOR EACH ROW EXECUTE FUNCTION create_first_profile();

CREATE TABLE groups (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL UNIQUE CHECK (name <> ''),
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE group_members (
    group_id bigint NOT NULL REFERENCES groups ON DELETE CASCADE,
    user_id  bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    PRIMARY KEY (group_id, user_id)
);

CREATE INDEX group_members_user_id ON group_members (user_id);

-- Who may see a video or the videos of a series: members of any of the groups, or everyone if `group_ids` is null. An
-- array without groups is for administrators alone, which a deleted group leaves behind.
CREATE TABLE series (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title            text NOT NULL,
    description      text NOT NULL DEFAULT '',
    picture_video_id bigint REFERENCES videos ON DELETE SET NULL,
    group_ids        bigint[],
    min_age          smallint NOT NULL DEFAULT 0 CHECK (min_age IN (0, 6, 12, 16, 18)),
    is_draft         boolean NOT NULL DEFAULT false,
    visible_from     timestamptz,
    created_at       timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX series_picture_video_id ON series (picture_video_id);

-- Season 0 is for specials. `episode` is the number that viewers see, `place` the order inside of the season.
ALTER TABLE videos
    ADD COLUMN group_ids    bigint[],
    ADD COLUMN min_age      smallint NOT NULL DEFAULT 0 CHECK (min_age IN (0, 6, 12, 16, 18)),
    ADD COLUMN is_draft     boolean NOT NULL DEFAULT false,
    ADD COLUMN visible_from timestamptz,
    ADD COLUMN series_id    bigint REFERENCES series ON DELETE SET NULL,
    ADD COLUMN season       integer CHECK (season >= 0),
    ADD COLUMN episode      integer CHECK (episode >= 0),
    ADD COLUMN place        integer NOT NULL DEFAULT 0,
    ADD CHECK (series_id IS NULL OR season IS NOT NULL);

CREATE INDEX videos_of_series ON videos (series_id, season, place, id) WHERE series_id IS NOT NULL;
CREATE INDEX videos_of_groups ON videos USING gin (group_ids) WHERE group_ids IS NOT NULL;

CREATE FUNCTION remove_group_from_audiences() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE videos SET group_ids = array_remove(group_ids, OLD.id) WHERE group_ids @> ARRAY[OLD.id];
    UPDATE series SET group_ids = array_remove(group_ids, OLD.id) WHERE group_ids @> ARRAY[OLD.id];
    RETURN NULL;
END
$$;

CREATE TRIGGER remove_group_from_audiences AFTER DELETE ON groups
    FOR EACH ROW EXECUTE FUNCTION remove_group_from_audiences();

-- A link for people without an account, to one video or one series. Only the hash of its token is stored.
CREATE TABLE guest_links (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hash          bytea NOT NULL UNIQUE,
    video_id      bigint REFERENCES videos ON DELETE CASCADE,
    series_id     bigint REFERENCES series ON DELETE CASCADE,
    note          text NOT NULL DEFAULT '',
    password_hash text,
    max_uses      integer NOT NULL CHECK (max_uses > 0),
    uses          integer NOT NULL DEFAULT 0 CHECK (uses BETWEEN 0 AND max_uses),
    created_by    bigint REFERENCES users ON DELETE SET NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    expires_at    timestamptz NOT NULL,
    revoked_at    timestamptz,
    CHECK ((video_id IS NULL) <> (series_id IS NULL))
);

CREATE INDEX guest_links_video_id ON guest_links (video_id);
CREATE INDEX guest_links_series_id ON guest_links (series_id);
CREATE INDEX guest_links_created_by ON guest_links (created_by);

-- A session is of an account or of a guest. Without a profile, the person still has to choose one.
ALTER TABLE sessions
    ADD COLUMN profile_id    bigint REFERENCES profiles ON DELETE SET NULL,
    ADD COLUMN guest_link_id bigint REFERENCES guest_links ON DELETE CASCADE,
    ALTER COLUMN user_id DROP NOT NULL,
    ADD CHECK ((user_id IS NULL) <> (guest_link_id IS NULL)),
    ADD CHECK (guest_link_id IS NULL OR profile_id IS NULL);

UPDATE sessions s SET profile_id = (SELECT min(id) FROM profiles WHERE user_id = s.user_id);
CREATE INDEX sessions_profile_id ON sessions (profile_id);
CREATE INDEX sessions_guest_link_id ON sessions (guest_link_id);

-- What somebody may see is decided by this: `video_id` or `series_id` is what the link of a guest leads to.
CREATE TYPE viewer AS (
    is_admin  boolean,
    max_age   smallint,
    group_ids bigint[],
    video_id  bigint,
    series_id bigint
);

-- The videos that a viewer may see, whether they can be played or not: the only place of this rule. A video of a series
-- is visible if both it and the series are. PostgreSQL expands the function in queries, which then use all indexes.
CREATE FUNCTION visible_videos(viewer) RETURNS SETOF videos LANGUAGE sql STABLE AS $$
    SELECT v.*
    FROM videos v
    LEFT JOIN series s ON s.id = v.series_id
    WHERE ($1).is_admin
       OR NOT v.is_draft
          AND (v.visible_from IS NULL OR v.visible_from <= now())
          AND v.min_age <= ($1).max_age
          AND (s.id IS NULL
               OR NOT s.is_draft
                  AND (s.visible_from IS NULL OR s.visible_from <= now())
                  AND s.min_age <= ($1).max_age)
          AND CASE
              WHEN ($1).video_id IS NOT NULL THEN v.id = ($1).video_id
              WHEN ($1).series_id IS NOT NULL THEN v.series_id = ($1).series_id
              ELSE (v.group_ids IS NULL OR v.group_ids && ($1).group_ids)
                   AND (s.group_ids IS NULL OR s.group_ids && ($1).group_ids)
              END
$$;

-- What somebody watches belongs to the profile.
ALTER TABLE watch_progress ADD COLUMN profile_id bigint REFERENCES profiles ON DELETE CASCADE;
UPDATE watch_progress w SET profile_id = (SELECT min(id) FROM profiles WHERE user_id = w.user_id);
ALTER TABLE watch_progress
    DROP COLUMN user_id,
    ALTER COLUMN profile_id SET NOT NULL,
    ADD PRIMARY KEY (profile_id, video_id);
CREATE INDEX watch_progress_played ON watch_progress (profile_id, played_at DESC) WHERE played_at IS NOT NULL;

ALTER TABLE watch_list ADD COLUMN profile_id bigint REFERENCES profiles ON DELETE CASCADE;
UPDATE watch_list w SET profile_id = (SELECT min(id) FROM profiles WHERE user_id = w.user_id);
ALTER TABLE watch_list
    DROP COLUMN user_id,
    ALTER COLUMN profile_id SET NOT NULL,
    ADD PRIMARY KEY (profile_id, video_id);

-- Web processes forget the sessions of an account (0: of all guests) and what is cached of the videos of a series.
CREATE FUNCTION notify_account_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'users' THEN
        PERFORM pg_notify('accounts', NEW.id::text);
    ELSIF TG_TABLE_NAME = 'guest_links' THEN
        PERFORM pg_notify('accounts', '0');
    ELSE
        PERFORM pg_notify('accounts', (CASE WHEN TG_OP = 'DELETE' THEN OLD.user_id ELSE NEW.user_id END)::text);
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER notify_account_change AFTER UPDATE OF is_staff, disabled_at, name ON users
    FOR EACH ROW EXECUTE FUNCTION notify_account_change();
CREATE TRIGGER notify_account_change AFTER UPDATE OR DELETE ON profiles
    FOR EACH ROW EXECUTE FUNCTION notify_account_change();
CREATE TRIGGER notify_account_change AFTER INSERT OR DELETE ON group_members
    FOR EACH ROW EXECUTE FUNCTION notify_account_change();
CREATE TRIGGER notify_account_change AFTER UPDATE OF profile_id ON sessions
    FOR EACH ROW WHEN (NEW.user_id IS NOT NULL) EXECUTE FUNCTION notify_account_change();
CREATE TRIGGER notify_account_change AFTER UPDATE OF revoked_at ON guest_links
    FOR EACH ROW EXECUTE FUNCTION notify_account_change();

CREATE FUNCTION notify_series_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('videos', id::text) FROM videos WHERE series_id = NEW.id;
    RETURN NULL;
END
$$;

CREATE TRIGGER notify_series_change AFTER UPDATE ON series
    FOR EACH ROW EXECUTE FUNCTION notify_series_change();
