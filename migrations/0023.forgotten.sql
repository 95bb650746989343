-- Reports of players that were received before a viewer forgot or marked a film do not count.
-- depends: 0022.invitations

-- Another process may write them after the deletion: the row stays, emptied, until none can come any more.
ALTER TABLE watch_progress ADD COLUMN forgotten_at timestamptz;
