DROP TABLE job_totals;
