-- Uploads whose bytes are stored as objects, by their names in the order of the bytes; and originals that are still in
-- such objects, until a job has joined them.
-- depends: 0037.notify-logouts

ALTER TABLE uploads ADD COLUMN parts text[] NOT NULL DEFAULT '{}';

CREATE TABLE original_parts (
    video_id bigint PRIMARY KEY REFERENCES videos ON DELETE CASCADE,
    upload_id uuid NOT NULL,
    parts text[] NOT NULL
);
