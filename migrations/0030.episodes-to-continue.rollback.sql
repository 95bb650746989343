DROP TRIGGER make_search_documents_stale ON series;
DROP FUNCTION make_search_documents_of_series_stale();
DROP TRIGGER make_search_document_of_episode_stale ON videos;
DROP FUNCTION videos_to_continue(bigint, timestamptz, viewer);
