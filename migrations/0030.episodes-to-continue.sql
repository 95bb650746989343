-- The next episode follows among the films to continue, and the search finds the videos of a series by its title.
-- depends: 0029.second-factors

-- What a profile goes on with, of what the viewer may see: films that were begun, and of each series what follows its
-- last episode that was begun or watched since then: itself if it was begun, or else the next one that is not watched.
-- Specials follow only each other. The only place of this rule. `at` is when that was, `hidden_at` when it was removed.
CREATE FUNCTION videos_to_continue(profile bigint, since timestamptz, who viewer)
RETURNS TABLE (video_id bigint, series_id bigint, at timestamptz, hidden_at timestamptz) LANGUAGE sql STABLE AS $$
    SELECT coalesce(following.id, latest.id), latest.series_id, latest.at, latest.hidden_at
    FROM (
        SELECT DISTINCT ON (coalesce(-v.series_id, v.id))
               v.id, v.series_id, v.season, v.place, p.resume_at, p.hidden_at, greatest(p.played_at, p.watched_at) AS at
        FROM watch_progress p
        JOIN visible_videos($3) v ON v.id = p.video_id
        WHERE p.profile_id = $1 AND greatest(p.played_at, p.watched_at) > $2
          AND (p.resume_at IS NOT NULL OR p.watched_at IS NOT NULL AND v.series_id IS NOT NULL)
        ORDER BY coalesce(-v.series_id, v.id), at DESC, v.id DESC
    ) latest
    LEFT JOIN LATERAL (
        SELECT n.id
        FROM visible_videos($3) n
        JOIN LATERAL (SELECT FROM playable WHERE playable.video_id = n.id LIMIT 1) e ON true
        LEFT JOIN watch_progress w ON w.profile_id = $1 AND w.video_id = n.id
        WHERE latest.resume_at IS NULL AND n.series_id = latest.series_id
          AND (n.season = 0) = (latest.season = 0)
          AND (n.season, n.place, n.id) > (latest.season, latest.place, latest.id)
          AND w.watched_at IS NULL
        ORDER BY n.season, n.place, n.id
        LIMIT 1
    ) following ON true
    JOIN LATERAL (SELECT FROM playable WHERE playable.video_id = coalesce(following.id, latest.id) LIMIT 1) e ON true
    WHERE latest.resume_at IS NOT NULL OR following.id IS NOT NULL
$$;

CREATE TRIGGER make_search_document_of_episode_stale AFTER UPDATE OF series_id ON videos
    FOR EACH ROW WHEN (OLD.series_id IS DISTINCT FROM NEW.series_id) EXECUTE FUNCTION make_search_document_stale();

CREATE FUNCTION make_search_documents_of_series_stale() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE search_documents SET is_stale = true WHERE video_id IN (SELECT id FROM videos WHERE series_id = NEW.id);
    RETURN NULL;
END
$$;

CREATE TRIGGER make_search_documents_stale AFTER UPDATE OF title ON series
    FOR EACH ROW EXECUTE FUNCTION make_search_documents_of_series_stale();
