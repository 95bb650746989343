-- What the search compares: folded titles and words, and the trigrams of titles.
-- depends: 0020.watching

-- Only Python can fold texts. A change of a video makes its document stale; `videoflix/library/search_index.py` updates
-- stale documents. `title` is folded; `title_words` are its words, `words` also those of category and description.
CREATE TABLE search_documents (
    video_id    bigint PRIMARY KEY REFERENCES videos ON DELETE CASCADE,
    is_stale    boolean NOT NULL DEFAULT true,
    title       text COLLATE "C" NOT NULL DEFAULT '',
    title_words tsvector NOT NULL DEFAULT '',
    words       tsvector NOT NULL DEFAULT ''
);

CREATE INDEX search_documents_stale ON search_documents (video_id) WHERE is_stale;
CREATE INDEX search_documents_title ON search_documents (title);
CREATE INDEX search_documents_title_words ON search_documents USING gin (title_words) WITH (fastupdate = off);
CREATE INDEX search_documents_words ON search_documents USING gin (words) WITH (fastupdate = off);

CREATE TABLE search_trigrams (
    trigram  text COLLATE "C" NOT NULL,
    video_id bigint NOT NULL REFERENCES search_documents ON DELETE CASCADE,
    PRIMARY KEY (trigram, video_id)
);

CREATE INDEX search_trigrams_video_id ON search_trigrams (video_id);

CREATE FUNCTION make_search_document_stale() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_documents (video_id) VALUES (NEW.id) ON CONFLICT (video_id) DO UPDATE SET is_stale = true;
    RETURN NULL;
END
$$;

CREATE TRIGGER make_search_document_stale AFTER INSERT OR UPDATE OF title, description, category ON videos
    FOR EACH ROW EXECUTE FUNCTION make_search_document_stale();

INSERT INTO search_documents (video_id) SELECT id FROM videos;
