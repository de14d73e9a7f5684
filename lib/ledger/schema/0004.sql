-- What `who --at`, `show --at` and `show --why` answer from: memberships that
-- were over before the present one, and when each group was watched.

-- A stretch of membership that ended, of somebody who came back since.
CREATE TABLE membership_past (
	gid       INTEGER NOT NULL REFERENCES idp_group,
	uid       INTEGER NOT NULL REFERENCES idp_user,
	since     INTEGER NOT NULL,             -- first seen
	missed_at INTEGER NOT NULL,             -- first complete reading without it
	PRIMARY KEY (gid, uid, since)
) STRICT, WITHOUT ROWID;

-- A time through which a group's members were read again and again, never more
-- than an hour apart; its longest pause says how old an answer may be.
CREATE TABLE watched (
	gid       INTEGER NOT NULL REFERENCES idp_group,
	since     INTEGER NOT NULL,             -- its first complete reading
	until     INTEGER NOT NULL,             -- its last one so far
	longest_s INTEGER NOT NULL,             -- between two readings
	PRIMARY KEY (gid, since)
) STRICT, WITHOUT ROWID;

-- Of the readings before this table the first and the last are known: each
-- answer between may rest on the first.
INSERT INTO watched (gid, since, until, longest_s)
	SELECT g.id, min(coalesce(m.since, g.complete_at)), g.complete_at,
		g.complete_at - min(coalesce(m.since, g.complete_at))
	FROM idp_group g LEFT JOIN membership m ON m.gid = g.id
	WHERE g.complete_at IS NOT NULL GROUP BY g.id;
