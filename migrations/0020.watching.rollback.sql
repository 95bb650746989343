DROP TABLE watch_list;
DROP TABLE watch_progress;
