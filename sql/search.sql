-- name: has_stale
-- Whether the document of a video has to be updated.
SELECT EXISTS (SELECT FROM search_documents WHERE is_stale);

-- name: lock_stale
-- At most $1 videos whose documents have to be updated, without those that another process is updating.
SELECT video_id
FROM search_documents
WHERE is_stale
ORDER BY video_id
LIMIT $1
FOR UPDATE SKIP LOCKED;

-- name: of_videos
-- What the documents of these videos ($1) are made of; the title of a series is in those of its episodes. A statement of
-- its own, after the lock: what is committed before the lock is read, and what is committed later makes the document
-- stale again.
SELECT v.id, v.title, concat_ws(' ', v.description, s.title) AS description, v.category
FROM videos v
LEFT JOIN series s ON s.id = v.series_id
WHERE v.id = ANY($1::bigint[]);

-- name: set_documents
-- The documents of these videos ($1): folded titles ($2), and all different words ($3).
UPDATE search_documents d
SET title = new.title, title_words = array_to_tsvector(string_to_array(new.title, ' ')),
    words = array_to_tsvector(string_to_array(new.words, ' ')), is_stale = false
FROM unnest($1::bigint[], $2::text[], $3::text[]) AS new (video_id, title, words)
WHERE d.video_id = new.video_id;

-- name: remove_trigrams
-- Deletes the trigrams of these videos.
DELETE FROM search_trigrams WHERE video_id = ANY($1::bigint[]);

-- name: insert_trigrams
-- Adds trigrams ($1) of videos ($2).
INSERT INTO search_trigrams (trigram, video_id) SELECT * FROM unnest($1::text[], $2::bigint[]);

-- name: with_title
-- At most $3 playable videos whose folded title is between $1 and $2, both included; in this order, newest first. In this
-- query and the next ones only those that the viewer may see, here $4. With the joined limits of one row, PostgreSQL
-- looks at one video after the other, and keeps their order.
SELECT found.video_id
FROM (
    SELECT d.video_id, d.title FROM search_documents d
    WHERE d.title BETWEEN $1 AND $2
    ORDER BY d.title, d.video_id DESC OFFSET 0
) found
JOIN LATERAL (SELECT FROM visible_videos($4) WHERE id = found.video_id LIMIT 1) v ON true
JOIN LATERAL (SELECT FROM playable WHERE video_id = found.video_id LIMIT 1) e ON true
LIMIT $3;

-- name: with_title_words
-- At most $2 playable videos whose titles have these words ($1), newest first. Of words that very many titles have, the
-- first $3 titles are compared.
SELECT found.video_id
FROM (
    SELECT video_id
    FROM (SELECT video_id FROM search_documents WHERE title_words @@ $1::text::tsquery LIMIT $3) compared
    ORDER BY video_id DESC OFFSET 0
) found
JOIN LATERAL (SELECT FROM visible_videos($4) WHERE id = found.video_id LIMIT 1) v ON true
JOIN LATERAL (SELECT FROM playable WHERE video_id = found.video_id LIMIT 1) e ON true
LIMIT $2;

-- name: with_words
-- The same for the words of titles, categories and descriptions.
SELECT found.video_id
FROM (
    SELECT video_id
    FROM (SELECT video_id FROM search_documents WHERE words @@ $1::text::tsquery LIMIT $3) compared
    ORDER BY video_id DESC OFFSET 0
) found
JOIN LATERAL (SELECT FROM visible_videos($4) WHERE id = found.video_id LIMIT 1) v ON true
JOIN LATERAL (SELECT FROM playable WHERE video_id = found.video_id LIMIT 1) e ON true
LIMIT $2;

-- name: similar
-- At most $2 playable videos whose titles have the part $3 of these trigrams ($1), and at least two; the most similar
-- first, then the shortest titles. Trigrams that more than $4 titles have say little, and are not compared.
WITH rare AS MATERIALIZED (
    SELECT ids
    FROM (
        SELECT ARRAY(SELECT video_id FROM search_trigrams WHERE trigram = asked.trigram LIMIT $4 + 1) AS ids
        FROM unnest($1::text[]) AS asked (trigram) OFFSET 0
    ) titles
    WHERE cardinality(ids) BETWEEN 1 AND $4
)
SELECT found.video_id
FROM (
    SELECT d.video_id
    FROM (SELECT video_id, count(*) AS common FROM rare, unnest(ids) AS video_id GROUP BY video_id) t
    JOIN search_documents d ON d.video_id = t.video_id
    WHERE t.common >= greatest(2, $3::double precision * (SELECT count(*) FROM rare))
    ORDER BY t.common DESC, length(d.title), d.video_id DESC OFFSET 0
) found
JOIN LATERAL (SELECT FROM visible_videos($5) WHERE id = found.video_id LIMIT 1) v ON true
JOIN LATERAL (SELECT FROM playable WHERE video_id = found.video_id LIMIT 1) e ON true
LIMIT $2;

-- name: all_with_words
-- All videos with these words ($1) in title, category or description, for administrators.
SELECT video_id FROM search_documents WHERE words @@ $1::text::tsquery;

-- name: all_with_title_words
-- The same for titles.
SELECT video_id FROM search_documents WHERE title_words @@ $1::text::tsquery;

-- name: all_similar
-- All videos whose titles have the part $2 of these trigrams ($1), and at least two. As above, trigrams that more than $3
-- titles have are not compared.
WITH rare AS MATERIALIZED (
    SELECT ids
    FROM (
        SELECT ARRAY(SELECT video_id FROM search_trigrams WHERE trigram = asked.trigram LIMIT $3 + 1) AS ids
        FROM unnest($1::text[]) AS asked (trigram) OFFSET 0
    ) titles
    WHERE cardinality(ids) BETWEEN 1 AND $3
)
SELECT video_id
FROM rare, unnest(ids) AS video_id
GROUP BY video_id
HAVING count(*) >= greatest(2, $2::double precision * (SELECT count(*) FROM rare));
