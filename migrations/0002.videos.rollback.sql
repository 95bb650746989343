DROP TABLE jobs;
DROP TABLE segments;
DROP TABLE renditions;
DROP TABLE encodes;
DROP TABLE videos;
