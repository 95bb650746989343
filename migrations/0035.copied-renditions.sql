-- A rendition whose video is copied from the original, not encoded; and encodes in which a copy has failed, so that
-- the next version of the film is made without one.
-- depends: 0034.invitations-into-groups

ALTER TABLE renditions ADD COLUMN is_copied boolean NOT NULL DEFAULT false;
ALTER TABLE encodes ADD COLUMN may_copy boolean NOT NULL DEFAULT true;
