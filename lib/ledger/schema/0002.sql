-- Access reviews, reclaim of what nobody uses, and what was learnt about
-- memberships that lapse did not make.

-- ---- Reviews ----

-- A campaign: one population, frozen when it was opened, and who decides.
CREATE TABLE campaign (
	id              INTEGER PRIMARY KEY,
	name            TEXT NOT NULL UNIQUE,
	scope           TEXT NOT NULL,          -- JSON: what was asked for
	state           TEXT NOT NULL CHECK (state IN ('opening', 'open',
		'closed')),
	no_response     TEXT NOT NULL CHECK (no_response IN ('keep-and-flag',
		'revoke')),
	opened_by       TEXT NOT NULL,          -- account, or "lapse"
	opened_at       INTEGER NOT NULL,       -- the population is of then
	due_at          INTEGER NOT NULL,
	items           INTEGER NOT NULL,       -- rows of the population
	digest          TEXT NOT NULL,          -- SHA-256 of them, in order
	issue_id        TEXT,                   -- its own issue; NULL: still owed
	issue_key       TEXT,
	sought_at       INTEGER,                -- its creation was sent; NULL: no
	closed_at       INTEGER,
	closed_by       TEXT,
	acknowledger    TEXT,                   -- account that was asked
	approval_id     TEXT,                   -- Jira's, of that asking
	asked_at        INTEGER,
	acknowledged_by TEXT,
	acknowledged_at INTEGER,
	rejected_at     INTEGER                 -- the acknowledger said no
) STRICT;

-- A sheet: what one reviewer decides on in one campaign; one issue.
CREATE TABLE sheet (
	id           INTEGER PRIMARY KEY,
	campaign_id  INTEGER NOT NULL REFERENCES campaign,
	reviewer     TEXT NOT NULL,             -- account
	why          TEXT NOT NULL,             -- manager owner named fallback
	form         TEXT NOT NULL CHECK (form IN ('tasks', 'csv')),
	issue_id     TEXT,                      -- NULL: still owed
	issue_key    TEXT,
	sought_at    INTEGER,                   -- its creation was sent; NULL: no
	told_at      INTEGER,                   -- all its items stand on it
	reminded_at  INTEGER,
	escalated_at INTEGER,                   -- went to the fallback
	updated_at   INTEGER,                   -- the issue's, as last read
	attachment   TEXT,                      -- decision file that was read last
	UNIQUE (campaign_id, reviewer)
) STRICT;
CREATE INDEX sheet_issue ON sheet (issue_id);

-- An item: one person's one access. The columns up to digest are frozen.
CREATE TABLE item (
	id                INTEGER PRIMARY KEY,
	campaign_id       INTEGER NOT NULL REFERENCES campaign,
	n                 INTEGER NOT NULL,     -- 1, 2, .. in the population
	source            TEXT NOT NULL CHECK (source IN ('idp', 'manual',
		'import')),
	application       TEXT,                 -- NULL: of no catalog entry
	role              TEXT,                 -- likewise
	idp               TEXT,                 -- NULL: not a group's member
	group_id          TEXT,
	group_name        TEXT,
	user_id           TEXT,
	account           TEXT,                 -- the person in Jira; NULL unknown
	login             TEXT,
	name              TEXT,
	email             TEXT,
	status            TEXT,
	department        TEXT,
	title             TEXT,
	manager           TEXT,
	orphan            INTEGER NOT NULL DEFAULT 0, -- an account of nobody
	elevated          INTEGER NOT NULL DEFAULT 0,
	via               TEXT NOT NULL,        -- grant standing by-hand import
	grant_id          INTEGER REFERENCES "grant",
	granted_at        INTEGER,
	expires_at        INTEGER,
	request_key       TEXT,                 -- the original issue
	justification     TEXT,
	provisioned_by    TEXT,                 -- who gave it by hand, or approved
	last_use          TEXT NOT NULL CHECK (last_use IN ('seen', 'not-seen',
		'unknown')),
	last_use_at       INTEGER,              -- seen: then; not-seen: since then
	last_use_source   TEXT,
	last_use_why      TEXT,                 -- of unknown
	days_inactive     INTEGER,              -- NULL: unknown
	other_roles       TEXT,
	seat_cost         TEXT,
	recommendation    TEXT NOT NULL CHECK (recommendation IN ('keep',
		'revoke', 'limit')),
	recommended_why   TEXT NOT NULL,
	digest            TEXT NOT NULL,        -- SHA-256 of the above

	sheet_id          INTEGER NOT NULL REFERENCES sheet, -- who decides now
	task_id           TEXT,                 -- its sub-task
	task_key          TEXT,
	task_sought_at    INTEGER,
	task_updated_at   INTEGER,
	decision          TEXT CHECK (decision IN ('keep', 'revoke', 'limit')),
	decided_at        INTEGER,
	decided_by        TEXT,                 -- account, or "lapse": no response
	decision_ref      TEXT,                 -- changelog entry, or attachment
	decision_reason   TEXT,
	limit_until       INTEGER,
	refused_ref       TEXT,                 -- what did not count and was told
	state             TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open',
		'decided', 'held', 'acting', 'done', 'stale')),
	outcome           TEXT,                 -- in words
	remediation_grant INTEGER REFERENCES "grant", -- what the removal is of
	acted_at          INTEGER,
	settled_at        INTEGER,
	UNIQUE (campaign_id, n)
) STRICT;
CREATE INDEX item_sheet ON item (sheet_id, n);
CREATE INDEX item_task ON item (task_id);
CREATE INDEX item_moving ON item (campaign_id, n) WHERE state IN ('decided', 'held', 'acting');
CREATE INDEX item_membership ON item (idp, group_id, user_id);

-- A change of manager, department or title.
CREATE TABLE moved (
	id          INTEGER PRIMARY KEY,
	idp         TEXT NOT NULL,
	user_id     TEXT NOT NULL,
	field       TEXT NOT NULL CHECK (field IN ('manager', 'department',
		'title')),
	old         TEXT,
	new         TEXT,
	at          INTEGER NOT NULL,           -- first seen
	reviewed_at INTEGER                     -- a review decided on all of theirs
) STRICT;
CREATE INDEX moved_open ON moved (idp, user_id, at) WHERE reviewed_at IS NULL;

-- ---- Reclaim ----

-- One membership that was found unused and warned about.
CREATE TABLE reclaim (
	id                INTEGER PRIMARY KEY,
	idp               TEXT NOT NULL,
	group_id          TEXT NOT NULL,
	user_id           TEXT NOT NULL,
	role              TEXT NOT NULL,
	account           TEXT NOT NULL,
	grant_id          INTEGER REFERENCES "grant", -- NULL: from before lapse
	state             TEXT NOT NULL CHECK (state IN ('warned', 'held',
		'removing', 'reclaimed', 'cancelled')),
	warned_at         INTEGER NOT NULL,
	due_at            INTEGER NOT NULL,     -- warned_at and the grace
	last_use          TEXT NOT NULL,        -- as read when it was warned
	last_use_at       INTEGER,
	last_use_source   TEXT,
	issue_id          TEXT,                 -- where the warning stands
	issue_key         TEXT,
	seat_cost         TEXT,                 -- freed by it, a month
	remediation_grant INTEGER REFERENCES "grant",
	settled_at        INTEGER,
	why               TEXT                  -- of a cancellation, in words
) STRICT;
CREATE UNIQUE INDEX reclaim_open ON reclaim (idp, group_id, user_id) WHERE settled_at IS NULL;
CREATE INDEX reclaim_group ON reclaim (idp, group_id, role);
CREATE INDEX reclaim_due ON reclaim (due_at, id) WHERE settled_at IS NULL;

-- ---- Drift ----

-- Who added a member that lapse did not; NULL: unknown.
ALTER TABLE drift ADD COLUMN added_by TEXT;
ALTER TABLE drift ADD COLUMN added_at INTEGER;
ALTER TABLE drift ADD COLUMN added_source TEXT;  -- the log, or why it cannot tell; NULL: not asked
-- An add from before the person was last seen to be out of the group is not the
-- one that is meant, and a log may be late, or closed to us for a while.
ALTER TABLE drift ADD COLUMN absent_at INTEGER;  -- last known out of the group; NULL: never
ALTER TABLE drift ADD COLUMN ask_at INTEGER;     -- the log is asked from then on; NULL: no more
UPDATE drift SET ask_at = seen_at WHERE settled_at IS NULL;
CREATE INDEX drift_on ON drift (idp, group_id, user_id);
CREATE INDEX drift_unasked ON drift (idp, ask_at) WHERE settled_at IS NULL AND ask_at IS NOT NULL;

-- Issues that say something else than the ledger, as last read.
CREATE TABLE stray (
	issue_id   TEXT PRIMARY KEY,
	issue_key  TEXT NOT NULL,
	kind       TEXT NOT NULL CHECK (kind IN ('orphan-issue', 'unevidenced',
		'approved-not-done')),
	since      INTEGER NOT NULL,            -- first read so
	seen_at    INTEGER NOT NULL,
	settled_at INTEGER,
	settled_by TEXT,
	note       TEXT
) STRICT, WITHOUT ROWID;

-- Issues by which an approver decides on access that lapse did not give. What
-- became of one is its request's state.
CREATE TABLE adoption (
	id        INTEGER PRIMARY KEY,
	account   TEXT NOT NULL,
	role      TEXT NOT NULL,
	opened_by TEXT NOT NULL,                -- account
	opened_at INTEGER NOT NULL,             -- its creation was sent
	issue_id  TEXT UNIQUE,                  -- NULL: Jira's reply was lost
	issue_key TEXT
) STRICT;
CREATE INDEX adoption_of ON adoption (account, role);
