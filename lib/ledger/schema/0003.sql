-- Who added a member is asked again: an add from before the person was last
-- seen to be out of the group is not the one that is meant, and a log may be
-- late, or closed to us for a while.
ALTER TABLE drift ADD COLUMN absent_at INTEGER;  -- last known out of the group; NULL: never
ALTER TABLE drift ADD COLUMN ask_at INTEGER;     -- the log is asked from then on; NULL: no more
UPDATE drift SET ask_at = seen_at WHERE settled_at IS NULL AND added_at IS NULL;
DROP INDEX drift_unasked;
CREATE INDEX drift_unasked ON drift (idp, ask_at) WHERE settled_at IS NULL AND ask_at IS NOT NULL;
