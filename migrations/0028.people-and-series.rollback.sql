-- What only profiles after the first one know is lost.
DROP TRIGGER notify_account_change ON users;
DROP TRIGGER notify_account_change ON sessions;

ALTER TABLE watch_progress ADD COLUMN user_id bigint REFERENCES users ON DELETE CASCADE;
DELETE FROM watch_progress WHERE profile_id NOT IN (SELECT min(id) FROM profiles GROUP BY user_id);
UPDATE watch_progress w SET user_id = (SELECT user_id FROM profiles WHERE id = w.profile_id);
ALTER TABLE watch_progress
    DROP COLUMN profile_id,
    ALTER COLUMN user_id SET NOT NULL,
    ADD PRIMARY KEY (user_id, video_id);
CREATE INDEX watch_progress_played ON watch_progress (user_id, played_at DESC) WHERE played_at IS NOT NULL;

ALTER TABLE watch_list ADD COLUMN user_id bigint REFERENCES users ON DELETE CASCADE;
DELETE FROM watch_list WHERE profile_id NOT IN (SELECT min(id) FROM profiles GROUP BY user_id);
UPDATE watch_list w SET user_id = (SELECT user_id FROM profiles WHERE id = w.profile_id);
ALTER TABLE watch_list
    DROP COLUMN profile_id,
    ALTER COLUMN user_id SET NOT NULL,
    ADD PRIMARY KEY (user_id, video_id);

DROP FUNCTION visible_videos(viewer);
DROP TYPE viewer;

DELETE FROM sessions WHERE user_id IS NULL;
ALTER TABLE sessions
    DROP COLUMN profile_id,
    DROP COLUMN guest_link_id,
    ALTER COLUMN user_id SET NOT NULL;
DROP TABLE guest_links;

ALTER TABLE videos
    DROP COLUMN group_ids,
    DROP COLUMN min_age,
    DROP COLUMN is_draft,
    DROP COLUMN visible_from,
    DROP COLUMN series_id,
    DROP COLUMN season,
    DROP COLUMN episode,
    DROP COLUMN place;
DROP TABLE series;
DROP TABLE group_members;
DROP TABLE groups;
DROP FUNCTION remove_group_from_audiences();
DROP TRIGGER create_first_profile ON users;
DROP FUNCTION create_first_profile();
DROP TABLE profiles;
DROP FUNCTION notify_account_change();
DROP FUNCTION notify_series_change();
