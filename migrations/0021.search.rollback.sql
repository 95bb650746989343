DROP TRIGGER make_search_document_stale ON videos;
DROP FUNCTION make_search_document_stale();
DROP TABLE search_trigrams;
DROP TABLE search_documents;
