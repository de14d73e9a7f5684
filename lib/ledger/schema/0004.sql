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

-- Slack: who is who there, what was said, and what was heard.

-- Whose account is which Slack user, as last looked up; user_id NULL: they are
-- told nothing there, and why.
CREATE TABLE slack_user (
	account    TEXT PRIMARY KEY,
	user_id    TEXT,
	address    TEXT,                        -- by which they were found
	method     TEXT,                        -- email
	channel    TEXT,                        -- of the direct messages; NULL: not opened yet
	why        TEXT,                        -- of no user, in words
	matched_at INTEGER NOT NULL             -- looked up again a day later
) STRICT, WITHOUT ROWID;
CREATE INDEX slack_user_id ON slack_user (user_id) WHERE user_id IS NOT NULL;

-- One message that is owed, or was sent. What is sent once has one subject:
-- "seq:42" of the evidence that it tells of, "ask:7" of what it answers.
CREATE TABLE slack_message (
	id           INTEGER PRIMARY KEY,
	kind         TEXT NOT NULL,             -- asked reminded outcome granted ending ended review reclaim ..
	subject      TEXT NOT NULL,
	account      TEXT NOT NULL,             -- to whom; '': to whoever reads the channel
	issue_id     TEXT,
	request_id   INTEGER REFERENCES request,
	approval     INTEGER REFERENCES approval, -- that it asks for
	grant_id     INTEGER REFERENCES "grant",
	sheet_id     INTEGER REFERENCES sheet,
	thread       TEXT,                      -- those with one key and one reader stand in one thread
	body         TEXT NOT NULL,             -- as it is sent
	content_hash TEXT,                      -- of the request as it is shown; NULL: asks nothing
	channel      TEXT,                      -- NULL: the direct messages, not known yet
	thread_ts    TEXT,                      -- of the parent; NULL: begins a thread
	ts           TEXT,                      -- once it stands there
	state        TEXT NOT NULL CHECK (state IN ('open', 'doubtful', 'done',
		'dropped')),
	created_at   INTEGER NOT NULL,
	until_at     INTEGER NOT NULL,          -- later it has no meaning
	attempts     INTEGER NOT NULL DEFAULT 0,
	next_at      INTEGER NOT NULL,
	sent_at      INTEGER,                   -- the first try, whatever came of it
	done_at      INTEGER,
	why          TEXT,                      -- the last error, or why it was dropped
	UNIQUE (kind, subject, account)
) STRICT;
CREATE INDEX slack_message_due ON slack_message (next_at, id) WHERE state IN ('open', 'doubtful');
CREATE INDEX slack_message_thread ON slack_message (thread, account, id) WHERE state = 'done';
CREATE INDEX slack_message_asks ON slack_message (approval, account) WHERE approval IS NOT NULL;
CREATE INDEX slack_message_at ON slack_message (channel, ts) WHERE ts IS NOT NULL;

-- What an approver said there about one message. What counts, counts once.
CREATE TABLE slack_decision (
	id         INTEGER PRIMARY KEY,
	message_id INTEGER NOT NULL REFERENCES slack_message,
	approval   INTEGER NOT NULL REFERENCES approval,
	decision   TEXT NOT NULL CHECK (decision IN ('approved', 'declined')),
	form       TEXT NOT NULL CHECK (form IN ('reaction', 'reply')),
	ref        TEXT NOT NULL,               -- the reaction's name, or the reply's ts
	shown      TEXT NOT NULL,               -- the text that was shown
	shown_hash TEXT NOT NULL,               -- content_hash of it
	channel    TEXT NOT NULL,
	ts         TEXT NOT NULL,               -- of the message shown
	slack_user TEXT NOT NULL,
	address    TEXT,                        -- as Slack had it then; NULL: none
	account    TEXT,                        -- NULL: of nobody who was asked
	words      TEXT,                        -- the approver's
	read_at    INTEGER NOT NULL,            -- first seen
	counted    INTEGER NOT NULL,
	refused    TEXT,                        -- why it does not count
	told_at    INTEGER,                     -- its writer knows
	gone_at    INTEGER,                     -- first not seen any more
	UNIQUE (message_id, slack_user, form, ref)
) STRICT;
CREATE UNIQUE INDEX slack_decision_counts ON slack_decision (approval, account) WHERE counted = 1;

-- What the delegate owes an approval in Jira once the quorum is met.
CREATE TABLE slack_answer (
	approval   INTEGER PRIMARY KEY REFERENCES approval,
	account    TEXT NOT NULL,               -- the delegate's
	decision   TEXT NOT NULL CHECK (decision IN ('approved', 'declined')),
	state      TEXT NOT NULL CHECK (state IN ('open', 'sent', 'done',
		'refused')),
	owed_at    INTEGER NOT NULL,
	next_at    INTEGER NOT NULL,
	attempts   INTEGER NOT NULL DEFAULT 0,
	done_at    INTEGER,
	why        TEXT
) STRICT;

-- A message to lapse that was read, and what became of it.
CREATE TABLE slack_ask (
	id         INTEGER PRIMARY KEY,
	channel    TEXT NOT NULL,
	ts         TEXT NOT NULL,
	thread_ts  TEXT,
	slack_user TEXT NOT NULL,
	account    TEXT,                        -- NULL: of nobody that is known
	text       TEXT NOT NULL,
	state      TEXT NOT NULL CHECK (state IN ('read', 'filing', 'filed',
		'answered', 'refused')),
	role       TEXT,
	duration_s INTEGER,
	reason     TEXT,
	read_at    INTEGER NOT NULL,
	sought_at  INTEGER,                     -- the request's creation was sent
	issue_id   TEXT,
	issue_key  TEXT,
	next_at    INTEGER NOT NULL,
	attempts   INTEGER NOT NULL DEFAULT 0,
	settled_at INTEGER,
	why        TEXT,
	UNIQUE (channel, ts)
) STRICT;
CREATE INDEX slack_ask_open ON slack_ask (next_at, id) WHERE settled_at IS NULL;
CREATE INDEX slack_ask_issue ON slack_ask (issue_id) WHERE issue_id IS NOT NULL;

-- How far a channel, or a thread in it, was read.
CREATE TABLE slack_cursor (
	channel TEXT NOT NULL,
	thread  TEXT NOT NULL,                  -- '': the channel itself
	ts      TEXT NOT NULL,                  -- of the newest that was read
	read_at INTEGER NOT NULL,
	PRIMARY KEY (channel, thread)
) STRICT, WITHOUT ROWID;

-- The end of a grant that its holder was reminded of.
CREATE TABLE reminder (
	grant_id INTEGER PRIMARY KEY REFERENCES "grant",
	ends_at  INTEGER NOT NULL,
	at       INTEGER NOT NULL
) STRICT;
