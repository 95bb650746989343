-- Whoever registers with an invitation becomes a member of its groups, of those that still exist then.
-- depends: 0033.audience-of-series

ALTER TABLE invitations ADD COLUMN group_ids bigint[] NOT NULL DEFAULT '{}';
