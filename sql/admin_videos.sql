-- name: page
-- Which videos stand on a page: $8 after the first $9 of those that have $1 in title or description or are in $12, the category $2
-- and the status $3, came in from $4 on and before $5, and have the kind of audience $10 and the group $11 (null: any); by
-- $6, backwards if $7. And how many there are. A film of which no part was begun yet is waiting (queued).
SELECT count(*) AS total,
       coalesce((array_agg(id ORDER BY
           CASE WHEN NOT $7::boolean THEN word END,
           CASE WHEN $7 THEN word END DESC,
           CASE WHEN $7 THEN -amount ELSE amount END,
           id DESC
       ))[$9::integer + 1 : $9 + $8::integer], '{}') AS ids
FROM (
    SELECT v.id,
           CASE $6::text
               WHEN 'title' THEN lower(v.title)
               WHEN 'category' THEN lower(v.category)
               WHEN 'status' THEN coalesce(newest.state, 'failed')
           END AS word,
           CASE $6
               WHEN 'created_at' THEN extract(epoch FROM v.created_at)::double precision
               WHEN 'duration' THEN coalesce((SELECT duration FROM playable WHERE video_id = v.id), newest.duration)
               WHEN 'bytes' THEN coalesce(v.original_bytes, 0) + coalesce((
                   SELECT sum(r.bytes)::bigint
                   FROM encodes e
                   JOIN renditions r ON r.encode_id = e.id
                   WHERE e.video_id = v.id
               ), 0)
           END AS amount
    FROM videos v
    LEFT JOIN LATERAL (
        SELECT duration,
               CASE WHEN e.state = 'encoding' AND NOT EXISTS (
                   SELECT FROM jobs
                   WHERE encode_id = e.id AND kind <> 'ingest' AND state IN ('running', 'done')
               ) THEN 'queued' ELSE e.state END AS state
        FROM encodes e WHERE video_id = v.id ORDER BY version DESC LIMIT 1
    ) newest ON true
    WHERE ($1::text IS NULL OR position(lower($1) IN lower(v.title)) > 0
           OR position(lower($1) IN lower(v.description)) > 0 OR v.id = ANY($12::bigint[]))
      AND ($2::text IS NULL OR v.category = $2)
      AND ($3::text IS NULL OR coalesce(newest.state, 'failed') = $3)
      AND ($4::timestamptz IS NULL OR v.created_at >= $4)
      AND ($5::timestamptz IS NULL OR v.created_at < $5)
      AND CASE $10::text
          WHEN 'everyone' THEN v.group_ids IS NULL AND v.min_age = 0 AND NOT v.is_draft
                               AND (v.visible_from IS NULL OR v.visible_from <= now())
          WHEN 'groups' THEN v.group_ids IS NOT NULL
          WHEN 'age' THEN v.min_age > 0
          WHEN 'draft' THEN v.is_draft
          WHEN 'scheduled' THEN v.visible_from > now()
          ELSE true
          END
      AND ($11::bigint IS NULL OR v.group_ids @> ARRAY[$11])
) found;

-- name: entries
-- What is told of these videos ($1), in this order; addresses hang under $2. Of a video without any encode nothing
-- will come unless somebody asks for it.
SELECT v.id, v.title, v.description, v.category, v.created_at,
       (SELECT title FROM series WHERE id = v.series_id) AS series,
       $2::text || '/api/video/' || v.id || '/thumbnail.jpg' || CASE WHEN published.thumbnail > 0 THEN '?v=' || published.thumbnail_version ELSE '' END
           AS thumbnail_url,
       CASE WHEN published.id IS NOT NULL THEN $2 || '/api/video/' || v.id || '/master.m3u8' END AS master_url,
       coalesce(newest.state, 'failed') AS status,
       published.id IS NOT NULL AS is_playable,
       coalesce(published.version, newest.version) AS version,
       coalesce(newest.error, work.waits_for) AS error,
       (
           SELECT j.error FROM jobs j
           WHERE j.encode_id = coalesce(published.id, newest.id) AND j.kind = 'thumbnail' AND j.state = 'failed'
       ) AS thumbnail_error,
       CASE newest.state WHEN 'ready' THEN 1 ELSE coalesce(work.done, 0) END AS progress,
       work.speed,
       newest.duration * (1 - work.done) / nullif(work.speed, 0) AS "left",
       coalesce(published.duration, newest.duration) AS duration,
       ARRAY(
           SELECT label || 'p' FROM renditions WHERE encode_id = coalesce(published.id, newest.id) ORDER BY label
       ) AS resolutions,
       coalesce(v.original_bytes, 0) + coalesce((
           SELECT sum(r.bytes)::bigint
           FROM encodes e
           JOIN renditions r ON r.encode_id = e.id
           WHERE e.video_id = v.id
       ), 0) AS bytes,
       v.original_bytes,
       coalesce(newest.notes, '{}') AS notes,
       v.group_ids, v.min_age, v.is_draft, v.visible_from
FROM unnest($1::bigint[]) WITH ORDINALITY AS asked (id, place)
JOIN videos v ON v.id = asked.id
LEFT JOIN LATERAL (
    SELECT id, version, error, duration, notes,
           CASE WHEN e.state = 'encoding' AND NOT EXISTS (
               SELECT FROM jobs WHERE encode_id = e.id AND kind <> 'ingest' AND state IN ('running', 'done')
           ) THEN 'queued' ELSE e.state END AS state
    FROM encodes e WHERE video_id = v.id ORDER BY version DESC LIMIT 1
) newest ON true
LEFT JOIN LATERAL (SELECT * FROM playable WHERE video_id = v.id LIMIT 1) published ON true
CROSS JOIN LATERAL encode_progress(newest.id) work
ORDER BY asked.place;

-- name: categories
-- All that there are.
SELECT DISTINCT category FROM videos WHERE category <> '' ORDER BY category;
