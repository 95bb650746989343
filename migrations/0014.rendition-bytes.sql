-- The size of a rendition is stored with it, so that pages do not add up all segments.
-- depends: 0013.job-totals

-- The sum of its segments so far; written in the statements that add and remove segments.
ALTER TABLE renditions ADD COLUMN bytes bigint NOT NULL DEFAULT 0;

UPDATE renditions r
SET bytes = s.bytes
FROM (SELECT encode_id, label, sum(bytes)::bigint AS bytes FROM segments GROUP BY encode_id, label) s
WHERE s.encode_id = r.encode_id AND s.label = r.label;
