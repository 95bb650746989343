DROP VIEW open_jobs;
