-- By what a film is known when it is brought again under another name: its size, its beginning and its end.
-- depends: 0009.thumbnails

-- Null for what came in before there were any. The same film may be here twice, if somebody wants that.
ALTER TABLE videos ADD COLUMN fingerprint bytea;

CREATE INDEX videos_fingerprint ON videos (fingerprint);
