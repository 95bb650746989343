-- Full, forced and SDH captions of one language stand beside each other.
-- depends: 0011.email-keys

ALTER TABLE captions ADD COLUMN kind text NOT NULL DEFAULT 'full' CHECK (kind IN ('full', 'forced', 'sdh'));
