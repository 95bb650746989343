-- A film's first unit goes before the others, but no host waits for another one's: they are due as soon as it runs.
-- depends: 0005.news

-- Work that somebody may take now: queued and due, or claimed by a worker that was silent for 15 seconds.
-- Somebody may be waiting for a film's first unit, so nothing of its picture is begun before that (the worker that is
-- at it takes no other unit meanwhile), and further sound and captions wait until it is there. Any unit waits until its
-- sound is cut.
CREATE OR REPLACE VIEW due_jobs AS
SELECT j.id, j.encode_id, j.kind, j.number, j.attempts, j.not_before, j.wanted_at
FROM jobs j
JOIN encodes e ON e.id = j.encode_id AND e.state <> 'failed'
WHERE (j.state = 'queued' AND j.not_before <= now()
       OR j.state = 'running' AND j.heartbeat_at < now() - interval '15 seconds')
  AND NOT EXISTS (
      SELECT FROM jobs before
      LEFT JOIN audio_tracks track
          ON before.kind = 'audio' AND track.encode_id = before.encode_id AND track.number = before.number
      WHERE before.encode_id = j.encode_id AND before.number = 0 AND before.state <> 'done'
        AND (before.kind = 'unit' AND (j.number > 0 OR j.kind = 'captions')
                 AND NOT (j.kind = 'unit' AND before.state = 'running')
             OR before.kind = 'audio' AND j.kind = 'unit' AND track.segments < j.first_segment + j.segments)
  );
