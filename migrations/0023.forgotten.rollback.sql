DELETE FROM watch_progress WHERE played_at IS NULL AND watched_at IS NULL;
ALTER TABLE watch_progress DROP COLUMN forgotten_at;
