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
             OR before.kind = 'audio' AND j.kind = 'unit' AND track.segments < j.first_segment + j.segments)
  );
