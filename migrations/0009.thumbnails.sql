-- The picture of a film can be chosen: what was chosen, and which edition of the picture a version has.
-- depends: 0008.uploads

-- Each choice is an edition; the first is the best of the candidates. `thumbnail_place` is the number of a candidate,
-- or a time in seconds.
ALTER TABLE videos
    ADD COLUMN thumbnail_edition integer NOT NULL DEFAULT 1,
    ADD COLUMN thumbnail_source text NOT NULL DEFAULT 'best'
        CHECK (thumbnail_source IN ('best', 'candidate', 'frame', 'upload')),
    ADD COLUMN thumbnail_place double precision,
    ADD CONSTRAINT videos_thumbnail_has_its_place
        CHECK ((thumbnail_source IN ('candidate', 'frame')) = (thumbnail_place IS NOT NULL));

-- The edition that lies there; 0 is none.
DROP VIEW playable;
ALTER TABLE encodes ALTER COLUMN has_thumbnail DROP DEFAULT;
ALTER TABLE encodes ALTER COLUMN has_thumbnail TYPE integer USING has_thumbnail::integer;
ALTER TABLE encodes ALTER COLUMN has_thumbnail SET DEFAULT 0;
ALTER TABLE encodes RENAME COLUMN has_thumbnail TO thumbnail;

-- The one version of a video that is served: the newest that is complete, else one that grows. `picture` names its
-- thumbnail in addresses: what was published under a name never changes.
CREATE VIEW playable AS
SELECT DISTINCT ON (video_id) *,
    version || CASE WHEN thumbnail > 1 THEN '.' || thumbnail ELSE '' END AS picture
FROM encodes
WHERE state = 'ready' OR state = 'encoding' AND published_at IS NOT NULL
ORDER BY video_id, state = 'ready' DESC, version DESC;

-- How far an encode is. Work is counted in frames; a unit that is done counts whole.
CREATE FUNCTION making(encode bigint)
RETURNS TABLE (
    working text[], units integer[], units_done bigint, units_total bigint,
    done double precision, speed double precision, waits_for text
)
LANGUAGE sql STABLE AS $$
    SELECT array_agg(DISTINCT kind) FILTER (WHERE state = 'running'),
           array_agg(number ORDER BY number) FILTER (WHERE kind = 'unit' AND state = 'running'),
           count(*) FILTER (WHERE kind = 'unit' AND state = 'done'),
           count(*) FILTER (WHERE kind = 'unit'),
           sum(coalesce(frames, 1) * CASE state WHEN 'done' THEN 1 ELSE progress END) FILTER (WHERE kind = 'unit')
               / sum(coalesce(frames, 1)) FILTER (WHERE kind = 'unit'),
           sum(jobs.speed) FILTER (WHERE kind = 'unit' AND state = 'running'),
           max(error) FILTER (WHERE state = 'queued' AND not_before > now())
    FROM jobs WHERE encode_id = encode
$$;
