-- What the report counts and no other table tells.

-- How a request came, and how many human moves it took after its approval.
CREATE TABLE intake (
	request_id INTEGER PRIMARY KEY REFERENCES request,
	filed_at   INTEGER NOT NULL,            -- the issue's creation
	channel    TEXT NOT NULL CHECK (channel IN ('portal', 'mail', 'agent',
		'slack', 'api', 'by-hand', 'unknown')),
	hops       INTEGER,                     -- people's moves on the issue from
						-- the approval to the verified
						-- access; NULL: not read yet
	hops_at    INTEGER                      -- when they were read
) STRICT;
CREATE INDEX intake_filed ON intake (filed_at);

-- A person's user was seen to be active no more, and again.
CREATE TABLE leaver (
	idp     TEXT NOT NULL,
	user_id TEXT NOT NULL,
	seen_at INTEGER NOT NULL,               -- first seen so
	back_at INTEGER,                        -- active again; NULL: no
	PRIMARY KEY (idp, user_id, seen_at)
) STRICT, WITHOUT ROWID;

-- The issue of a grant that no request made: its creation was sent then, and
-- what became of it is not known. NULL: not sent, or known.
ALTER TABLE "grant" ADD COLUMN record_sought_at INTEGER;

-- A group as its first complete reading showed it: what was there before lapse
-- counts from here.
CREATE TABLE baseline (
	gid      INTEGER PRIMARY KEY REFERENCES idp_group,
	at       INTEGER NOT NULL,              -- of that reading
	members  INTEGER NOT NULL,
	standing INTEGER NOT NULL               -- of these, without an end
) STRICT;
