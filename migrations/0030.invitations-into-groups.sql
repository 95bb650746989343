-- Whoever registers with an invitation becomes a member of its groups, of those that still exist then.
-- depends: 0029.second-factors

ALTER TABLE invitations ADD COLUMN group_ids bigint[] NOT NULL DEFAULT '{}';
