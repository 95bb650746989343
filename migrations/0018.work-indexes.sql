-- Indexes for heartbeats, for unfinished jobs and for the age of audit entries.
-- transactional: false
-- depends: 0017.validate-constraints

-- A build that was interrupted leaves an invalid index behind: each is dropped first, so that this can run again.
DROP INDEX CONCURRENTLY IF EXISTS jobs_claim_key;
CREATE UNIQUE INDEX CONCURRENTLY jobs_claim_key ON jobs (claim) WHERE claim IS NOT NULL;

-- Almost all jobs of a library are done: what is due, fails or is counted reads only the others.
DROP INDEX CONCURRENTLY IF EXISTS jobs_not_done;
CREATE INDEX CONCURRENTLY jobs_not_done ON jobs (state, not_before) WHERE state <> 'done';
DROP INDEX CONCURRENTLY IF EXISTS jobs_unfinished;

DROP INDEX CONCURRENTLY IF EXISTS audit_at;
CREATE INDEX CONCURRENTLY audit_at ON audit (at);
