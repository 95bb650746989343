-- Completed jobs are counted when they complete, so that metrics do not read them all.
-- depends: 0012.caption-kinds

-- A sharded counter: workers that complete jobs of one kind at the same time update different rows, and none waits for
-- the transaction of another. Deleting a video leaves the totals as they are.
CREATE TABLE job_totals (
    kind  text NOT NULL,
    shard smallint NOT NULL,
    done  bigint NOT NULL,
    PRIMARY KEY (kind, shard)
);

INSERT INTO job_totals (kind, shard, done)
SELECT kind, 0, count(*) FROM jobs WHERE state = 'done' GROUP BY kind;
