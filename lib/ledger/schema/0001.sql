-- The ledger. Times are integer seconds UTC; NULL in a time means "no end" or
-- "not yet" as its column says, and nothing else. Ids of services are kept as
-- the service gives them. Texts of people are kept beside the evidence, never
-- inside the hashed bytes.

-- One row: this ledger.
CREATE TABLE ledger (
	one           INTEGER PRIMARY KEY CHECK (one = 1),
	id            TEXT NOT NULL,            -- random, 32 hex digits
	created_at    INTEGER NOT NULL,
	high_water    INTEGER NOT NULL,         -- latest time a Date confirmed
	enforced_at   INTEGER,                  -- first enforcing run; NULL: none yet
	anchor_issue  TEXT,                     -- Jira issue id; NULL before init
	anchor_seq    INTEGER NOT NULL,         -- evidence head last written there
	stale_since   INTEGER,                  -- found behind its anchor; NULL: no
	taken_over_by TEXT                      -- another ledger's id; NULL: nobody
) STRICT;

-- A run holds a kernel lock on its own file while it lives; a claim of a run
-- whose lock is free is no claim.
CREATE TABLE run (
	id         INTEGER PRIMARY KEY,
	command    TEXT NOT NULL,
	operator   TEXT,                        -- Jira account; NULL: a timer
	started_at INTEGER NOT NULL,
	ended_at   INTEGER,
	status     INTEGER                      -- exit status
) STRICT;

-- Positions that survive a run: search cursors, last full observation.
CREATE TABLE cursor (
	name  TEXT PRIMARY KEY,
	value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Conditions spoken in cron: said when they begin, after 1 h, 1 d, weekly,
-- and when they end.
CREATE TABLE condition (
	name     TEXT PRIMARY KEY,
	since    INTEGER NOT NULL,
	spoken_at INTEGER NOT NULL,
	text     TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- ---- People and groups as last observed ----

CREATE TABLE account (                          -- Jira
	account TEXT PRIMARY KEY,
	name    TEXT,
	email   TEXT,
	zone    TEXT,
	type    TEXT,
	active  INTEGER NOT NULL,
	seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE idp_user (
	id               INTEGER PRIMARY KEY,
	idp              TEXT NOT NULL,
	user_id          TEXT NOT NULL,
	login            TEXT,
	email            TEXT,
	name             TEXT,
	account          TEXT,                  -- Jira accountId by attribute
	status           TEXT NOT NULL,         -- active pending suspended inactive unknown
	department       TEXT,
	title            TEXT,
	manager          TEXT,
	last_login_at    INTEGER,
	last_login_known INTEGER NOT NULL,
	created_at       INTEGER,
	observed_at      INTEGER NOT NULL,
	UNIQUE (idp, user_id)
) STRICT;

-- Who is who: one Jira account's user in one provider.
CREATE TABLE link (
	account   TEXT NOT NULL,
	idp       TEXT NOT NULL,
	user_id   TEXT NOT NULL,
	method    TEXT NOT NULL,                -- attribute email map
	linked_at INTEGER NOT NULL,
	PRIMARY KEY (account, idp)
) STRICT, WITHOUT ROWID;
CREATE INDEX link_user ON link (idp, user_id);

CREATE TABLE idp_group (
	id          INTEGER PRIMARY KEY,
	idp         TEXT NOT NULL,
	group_id    TEXT NOT NULL,
	name        TEXT,
	kind        TEXT NOT NULL,              -- ok rule directory app built-in restricted unknown gone
	detail      TEXT,
	observed_at INTEGER NOT NULL,
	complete_at INTEGER,                    -- last complete reading of its members
	UNIQUE (idp, group_id)
) STRICT;

-- Members of governed groups by complete readings. A row that vanished is
-- kept with the time it was first missed.
CREATE TABLE membership (
	gid      INTEGER NOT NULL REFERENCES idp_group,
	uid      INTEGER NOT NULL REFERENCES idp_user,
	since    INTEGER NOT NULL,              -- first seen
	missed_at INTEGER,                      -- first complete reading without it
	PRIMARY KEY (gid, uid)
) STRICT, WITHOUT ROWID;

-- ---- Catalog ----

-- Which Jira option stands for which role; options may be renamed.
CREATE TABLE option (
	field     TEXT NOT NULL,
	option_id TEXT NOT NULL,
	role      TEXT NOT NULL,
	PRIMARY KEY (field, option_id)
) STRICT, WITHOUT ROWID;

-- Effective sections by their digest; written once each.
CREATE TABLE policy (
	sha256    TEXT PRIMARY KEY,
	role      TEXT NOT NULL,
	section   TEXT NOT NULL,                -- canonical text
	first_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- ---- Requests and approvals ----

CREATE TABLE request (
	id           INTEGER PRIMARY KEY,
	issue_id     TEXT NOT NULL UNIQUE,
	issue_key    TEXT NOT NULL,
	project      TEXT NOT NULL,
	request_type TEXT NOT NULL,
	state        TEXT NOT NULL CHECK (state IN ('seen', 'asked', 'approved',
		'declined', 'refused', 'stale', 'cancelled')),
	requester    TEXT NOT NULL,             -- accounts
	creator      TEXT NOT NULL,
	beneficiary  TEXT NOT NULL,
	role         TEXT,                      -- NULL while not understood
	duration_s   INTEGER,                   -- NULL: no end
	starts_at    INTEGER,                   -- NULL: at once
	content_hash TEXT,                      -- of what was last asked
	extends      INTEGER REFERENCES "grant",
	asks         INTEGER NOT NULL DEFAULT 0,
	reminded_at  INTEGER,
	escalated_at INTEGER,
	updated_at   INTEGER NOT NULL,          -- the issue's, as last read
	changed_at   INTEGER NOT NULL,          -- of this row's state
	policy       TEXT REFERENCES policy,
	why          TEXT                       -- of a refusal or a wait, in words
) STRICT;
CREATE INDEX request_open ON request (id) WHERE state IN ('seen', 'asked');

-- One asking: the approval object that Jira made for it, and its content.
CREATE TABLE approval (
	id           INTEGER PRIMARY KEY,
	request_id   INTEGER NOT NULL REFERENCES request,
	approval_id  TEXT NOT NULL,             -- Jira's; "auto" or "owed" too
	mode         TEXT NOT NULL CHECK (mode IN ('any', 'all', 'auto')),
	content_hash TEXT NOT NULL,
	asked_at     INTEGER NOT NULL,
	state        TEXT NOT NULL CHECK (state IN ('open', 'approved',
		'declined', 'void', 'used')),
	decided_at   INTEGER,
	method       TEXT NOT NULL,             -- jsm auto break-glass
	UNIQUE (request_id, approval_id)
) STRICT;

CREATE TABLE owed (                             -- who was asked
	approval   INTEGER NOT NULL REFERENCES approval,
	account    TEXT NOT NULL,
	why        TEXT NOT NULL,               -- manager owner named group fallback
	decision   TEXT NOT NULL DEFAULT 'pending',
	decided_at INTEGER,
	PRIMARY KEY (approval, account)
) STRICT, WITHOUT ROWID;

-- ---- Grants, holds, changes ----

CREATE TABLE "grant" (
	id            INTEGER PRIMARY KEY,
	request_id    INTEGER REFERENCES request,  -- NULL: break-glass before its issue
	approval      INTEGER REFERENCES approval,
	issue_id      TEXT,                     -- NULL: issue still owed
	issue_key     TEXT,
	account       TEXT NOT NULL,            -- the beneficiary
	role          TEXT NOT NULL,
	application   TEXT NOT NULL,
	elevated      INTEGER NOT NULL,
	method        TEXT NOT NULL CHECK (method IN ('group', 'manual')),
	state         TEXT NOT NULL CHECK (state IN ('granting', 'active',
		'ending', 'ended')),
	duration_s    INTEGER,                  -- NULL: standing
	created_at    INTEGER NOT NULL,
	projected_at  INTEGER,                  -- intent stood on the issue; NULL: not yet
	first_add_at  INTEGER,                  -- first add sent
	starts_at     INTEGER,                  -- the access clock
	ends_at       INTEGER,                  -- deadline, provisional while granting; NULL: no end
	ended_at      INTEGER,                  -- absence verified (or kept)
	end_reason    TEXT,
	end_by        TEXT,                     -- account, or "lapse"
	end_note      TEXT,                     -- the operator's words
	ending_at     INTEGER,                  -- when the holds were released
	extended_from INTEGER REFERENCES "grant",
	break_glass   INTEGER NOT NULL DEFAULT 0,
	acknowledged_by TEXT,                   -- break-glass only
	reason        TEXT,                     -- the requester's words
	operator      TEXT,                     -- of a grant by hand
	policy        TEXT REFERENCES policy,
	content_hash  TEXT,
	UNIQUE (issue_id, approval)
) STRICT;
CREATE INDEX grant_due ON "grant" (ends_at) WHERE state IN ('granting', 'active') AND ends_at IS NOT NULL;
CREATE INDEX grant_moving ON "grant" (id) WHERE state IN ('granting', 'ending');
CREATE INDEX grant_live ON "grant" (id) WHERE state <> 'ended';
CREATE INDEX grant_account ON "grant" (account);
CREATE INDEX grant_extends ON "grant" (extended_from) WHERE extended_from IS NOT NULL;
CREATE INDEX grant_key ON "grant" (issue_key);
CREATE INDEX grant_unacknowledged ON "grant" (id) WHERE break_glass = 1 AND acknowledged_by IS NULL;
CREATE INDEX grant_issue ON "grant" (issue_id);

-- A hold is one grant's claim on one membership. A membership that lapse
-- added exists exactly while a hold on it has released_at NULL.
CREATE TABLE hold (
	id          INTEGER PRIMARY KEY,
	grant_id    INTEGER REFERENCES "grant", -- NULL: pre-existing access
	idp         TEXT NOT NULL,
	group_id    TEXT NOT NULL,
	user_id     TEXT NOT NULL,
	before      TEXT NOT NULL,              -- present absent held: as read before
	placed_at   INTEGER NOT NULL,
	verified_at INTEGER,                    -- membership read back
	missed_at   INTEGER,                    -- first complete reading without it
	released_at INTEGER,
	kept_by     INTEGER REFERENCES hold     -- released, but this one kept it
) STRICT;
CREATE INDEX hold_live ON hold (idp, group_id, user_id) WHERE released_at IS NULL;
CREATE INDEX hold_grant ON hold (grant_id);

-- A change is an add or a remove that lapse owes the provider. adopt: a
-- membership that was there before and became lapse's to remove.
CREATE TABLE change (
	id              INTEGER PRIMARY KEY,
	idp             TEXT NOT NULL,
	group_id        TEXT NOT NULL,
	user_id         TEXT NOT NULL,
	kind            TEXT NOT NULL CHECK (kind IN ('add', 'remove', 'adopt')),
	state           TEXT NOT NULL CHECK (state IN ('open', 'claimed', 'sent',
		'unknown', 'parked',
		'done', 'already-so', 'gone', 'cancelled', 'abandoned')),
	grant_id        INTEGER REFERENCES "grant", -- whose hold caused it
	opened_at       INTEGER NOT NULL,
	due_at          INTEGER NOT NULL,       -- a remove's deadline; an add's opening
	run             INTEGER REFERENCES run, -- claimed by
	attempts        INTEGER NOT NULL DEFAULT 0,
	first_sent_at   INTEGER,
	last_sent_at    INTEGER,                -- reads begin after this
	next_attempt_at INTEGER NOT NULL,
	already         INTEGER NOT NULL DEFAULT 0, -- the provider said: was so before
	effect_seen     INTEGER NOT NULL DEFAULT 0, -- a read showed an add's effect
	remote_ref      TEXT,                   -- the provider's request id
	last_error      TEXT,
	settled_at      INTEGER,                -- final state reached
	verified_at     INTEGER,                -- by agreeing reads
	settled_by      TEXT,                   -- a person who abandoned it
	settled_note    TEXT
) STRICT;
-- The open change is the lock on its membership.
CREATE UNIQUE INDEX change_open ON change (idp, group_id, user_id) WHERE settled_at IS NULL;
CREATE INDEX change_last ON change (idp, group_id, user_id, id);
CREATE INDEX change_next ON change (next_attempt_at) WHERE settled_at IS NULL;

-- Removals that settled because user or group was gone: read again daily.
CREATE TABLE watch (
	change_id INTEGER PRIMARY KEY REFERENCES change,
	next_at   INTEGER NOT NULL,
	until     INTEGER NOT NULL
) STRICT;

-- Memberships that their provider ends by itself, should lapse never run
-- again.
CREATE TABLE failsafe (
	idp         TEXT NOT NULL,
	group_id    TEXT NOT NULL,
	user_id     TEXT NOT NULL,
	state       TEXT NOT NULL CHECK (state IN ('open', 'held',
		'unavailable', 'failed')),
	wanted_at   INTEGER,                    -- NULL: no end
	held_at     INTEGER,                    -- as read back; NULL: none
	maybe_at    INTEGER,                    -- sent and not read back yet
	opened_at   INTEGER NOT NULL,
	next_at     INTEGER NOT NULL,
	last_error  TEXT,
	PRIMARY KEY (idp, group_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX failsafe_next ON failsafe (next_at);

-- Sessions that end with the access, where the role says so.
CREATE TABLE session (
	id          INTEGER PRIMARY KEY,
	grant_id    INTEGER NOT NULL REFERENCES "grant",
	idp         TEXT NOT NULL,
	user_id     TEXT NOT NULL,
	state       TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open',
		'ended', 'gone', 'failed')),
	opened_at   INTEGER NOT NULL,
	next_at     INTEGER NOT NULL,
	settled_at  INTEGER,
	last_error  TEXT,
	UNIQUE (grant_id, idp, user_id)
) STRICT;
CREATE INDEX session_open ON session (next_at, id) WHERE state = 'open';

-- Applications without a group: a person does the step on a sub-task.
CREATE TABLE manual (
	id          INTEGER PRIMARY KEY,
	grant_id    INTEGER NOT NULL REFERENCES "grant",
	kind        TEXT NOT NULL CHECK (kind IN ('add', 'remove')),
	issue_id    TEXT,                       -- the sub-task; NULL: still owed
	issue_key   TEXT,
	opened_at   INTEGER NOT NULL,
	due_at      INTEGER NOT NULL,
	done_at     INTEGER,
	done_by     TEXT,                       -- account
	UNIQUE (grant_id, kind)
) STRICT;
CREATE INDEX manual_open ON manual (due_at, id) WHERE done_at IS NULL;

-- Drift that a named human settles.
CREATE TABLE drift (
	id         INTEGER PRIMARY KEY,
	kind       TEXT NOT NULL,               -- shadow reappeared missing
	idp        TEXT NOT NULL,
	group_id   TEXT NOT NULL,
	user_id    TEXT NOT NULL,
	seen_at    INTEGER NOT NULL,
	settled_at INTEGER,
	settled_by TEXT,
	note       TEXT
) STRICT;
CREATE UNIQUE INDEX drift_open ON drift (kind, idp, group_id, user_id) WHERE settled_at IS NULL;

-- ---- Evidence ----

-- Append-only and hash-chained. hash = SHA-256(prev hash || canonical bytes),
-- both as lapse-ledger(5) says. Personal text lies in evidence_text.
CREATE TABLE evidence (
	seq         INTEGER PRIMARY KEY,
	at          INTEGER NOT NULL,
	kind        TEXT NOT NULL,
	issue_id    TEXT,
	grant_id    INTEGER,
	idp         TEXT,
	group_id    TEXT,
	user_id     TEXT,
	actor       TEXT NOT NULL,              -- account, or "lapse"
	run         INTEGER NOT NULL,
	data        TEXT NOT NULL,              -- JSON: ids, times, digests
	text_digest TEXT,                       -- SHA-256(salt || text); NULL: no text
	hash        BLOB NOT NULL
) STRICT;
CREATE INDEX evidence_issue ON evidence (issue_id, seq);
CREATE INDEX evidence_grant ON evidence (grant_id, seq);

CREATE TABLE evidence_text (
	seq       INTEGER PRIMARY KEY REFERENCES evidence,
	salt      BLOB NOT NULL,
	text      TEXT                          -- NULL: purged
) STRICT;

CREATE TRIGGER evidence_no_update BEFORE UPDATE ON evidence
BEGIN SELECT raise(ABORT, 'evidence is append-only'); END;
CREATE TRIGGER evidence_no_delete BEFORE DELETE ON evidence
BEGIN SELECT raise(ABORT, 'evidence is append-only'); END;

-- ---- The outbox ----

-- What lapse owes Jira, per issue in order of id.
CREATE TABLE notice (
	id              INTEGER PRIMARY KEY,
	issue_id        TEXT NOT NULL,
	kind            TEXT NOT NULL CHECK (kind IN ('comment', 'internal',
		'transition', 'property')),
	body            TEXT,                   -- text, or the target status id
	detail          TEXT,                   -- resolution of a transition
	seq             INTEGER,                -- evidence it tells of: the marker
	state           TEXT NOT NULL CHECK (state IN ('open', 'doubtful',
		'done', 'dropped')),
	created_at      INTEGER NOT NULL,
	attempts        INTEGER NOT NULL DEFAULT 0,
	next_attempt_at INTEGER NOT NULL,
	done_at         INTEGER,
	remote_id       TEXT,                   -- comment id
	last_error      TEXT
) STRICT;
CREATE INDEX notice_open ON notice (issue_id, id) WHERE state IN ('open', 'doubtful');
CREATE UNIQUE INDEX notice_property ON notice (issue_id) WHERE kind = 'property' AND state IN ('open', 'doubtful');
