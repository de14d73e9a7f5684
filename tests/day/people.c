#include "people.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "moves.h"

enum {
	EVENTS = 2000,
	ONE_IN = 20,			/* rows that the index misses */
	INDEX_S = 60,
};

enum what { FILES, PROLONGS, DECIDES, GIVES_BACK };

struct event {
	int64_t at;			/* 0: over */
	enum what what;
	int ask;			/* PROLONGS: the one before */
	char who[16];			/* DECIDES */
	bool yes;
	bool last;			/* of those who are owed */
};

struct ask asks[ASKS_MAX];
int n_asks;

static struct {
	struct dice dice;
	struct event events[EVENTS];
	int n;
	sqlite3_int64 seq;		/* evidence known */
	int missed;			/* which of twenty */
	bool mended;
} p;

static void expect(int64_t at, struct event e)
{
	if (p.n == EVENTS)
		die("too much happens");
	e.at = at;
	p.events[p.n++] = e;
}

static int64_t between(int64_t from, int64_t to)
{
	return from + roll(&p.dice, (uint32_t)(to - from + 1));
}

void people_plan(uint64_t seed, int requests, int64_t from, int64_t to)
{
	p.dice.state = seed;
	for (int i = 0; i < requests; i++)
		expect(between(from, to), (struct event){.what = FILES});
}

/* ---- The index ---- */

static void tell_index(void)
{
	char body[ASKS_MAX * (KEY_MAX + 3)];
	size_t n = 0;

	for (int i = 0; i < n_asks && !p.mended; i++)
		if (asks[i].missed)
			n += (size_t)snprintf(body + n, sizeof(body) - n,
				"%s\"%s\"", n > 0 ? "," : "", asks[i].key);
	body[n] = '\0';
	/* Longer than a body of moves_must(). */
	if (n > 800)
		die("the index misses too much");
	moves_must(NULL, "POST", "/index", "{\"lag_s\":%d,\"miss\":[%s]}",
		INDEX_S, body);
}

/* Exactly one of each twenty, so that luck decides nothing. */
static bool is_missed(void)
{
	if (n_asks % ONE_IN == 0)
		p.missed = (int)roll(&p.dice, ONE_IN);
	return !p.mended && n_asks % ONE_IN == p.missed;
}

void people_index_mended(void)
{
	p.mended = true;
	tell_index();
}

/* ---- Moves ---- */

static void file(struct ask *a)
{
	char app[ID], option[ID], login[ID], body[512];
	const char *at;

	role_names(a->role, app, option);
	staff_login(a->person, login);
	snprintf(body, sizeof(body), "{\"serviceDeskId\":\"4\","
		"\"requestTypeId\":\"25\",\"requestFieldValues\":{"
		"\"customfield_10200\":{\"value\":\"%s\",\"child\":{"
		"\"value\":\"%s\"}},\"summary\":\"Access\","
		"\"customfield_10202\":\"%lldm\",\"customfield_10204\":"
		"\"work\"}}", app, option, (long long)a->for_s / 60);
	moves_must(login, "POST", "/rest/servicedeskapi/request", "%s", body);
	at = strstr(moves_reply(), "\"issueKey\":\"");
	if (at == NULL || sscanf(at + 12, "%31[^\"]", a->key) != 1)
		die("a request has no key");
	if (a->of >= 0)
		moves_must(login, "POST", "/rest/api/3/issueLink",
			"{\"type\":{\"name\":\"Relates\"},\"inwardIssue\":"
			"{\"key\":\"%s\"},\"outwardIssue\":{\"key\":\"%s\"}}",
			asks[a->of].key, a->key);
	a->filed_at = now_s();
}

static struct ask *add_ask(int person, int role, int64_t for_s, int of)
{
	struct ask *a = &asks[n_asks];

	if (n_asks == ASKS_MAX)
		die("too many requests");
	*a = (struct ask){.person = person, .role = role, .for_s = for_s,
		.of = of, .missed = is_missed()};
	file(a);
	n_asks++;
	if (a->missed)
		tell_index();
	return a;
}

/* Nobody asks twice for one role. */
static bool was_asked(int person, int role)
{
	for (int i = 0; i < n_asks; i++)
		if (asks[i].person == person && asks[i].role == role)
			return true;
	return false;
}

static void files(void)
{
	int person, role;

	do {
		person = (int)roll(&p.dice, 120);
		role = (int)roll(&p.dice, ROLES_MADE);
	} while (was_asked(person, role));
	add_ask(person, role, between(2, 16) * 900, -1);
}

static void prolongs(int of)
{
	const struct ask *a = &asks[of];

	if (a->ended_at == 0 && a->given_back_at == 0)
		add_ask(a->person, a->role, between(2, 8) * 900, of);
}

static void decides(const struct event *e)
{
	struct ask *a = &asks[e->ask];
	char path[256], id[64] = "";

	if (a->declined_at != 0)
		return;
	snprintf(path, sizeof(path), "/jira/approval?as=text&key=%s", a->key);
	moves_must(NULL, "GET", path, "%s", "");
	sscanf(moves_reply(), "%63s", id);
	snprintf(path, sizeof(path), "/rest/servicedeskapi/request/%s"
		"/approval/%s", a->key, id);
	moves_must(e->who, "POST", path, "{\"decision\":\"%s\"}",
		e->yes ? "approve" : "decline");
	if (!e->yes)
		a->declined_at = now_s();
	else if (e->last)
		a->approved_at = now_s();
}

static void gives_back(struct ask *a)
{
	char path[256], login[ID];

	if (a->ended_at != 0)
		return;
	staff_login(a->person, login);
	snprintf(path, sizeof(path), "/rest/servicedeskapi/request/%s"
		"/transition", a->key);
	moves_must(login, "POST", path, "{\"id\":\"51\"}");
	a->given_back_at = now_s();
}

static void happens(const struct event *e)
{
	switch (e->what) {
	case FILES:
		files();
		return;
	case PROLONGS:
		prolongs(e->ask);
		return;
	case DECIDES:
		decides(e);
		return;
	case GIVES_BACK:
	default:
		gives_back(&asks[e->ask]);
	}
}

static struct event *next_event(int64_t until)
{
	struct event *first = NULL;

	for (int i = 0; i < p.n; i++) {
		struct event *e = &p.events[i];

		if (e->at != 0 && e->at <= until &&
			(first == NULL || e->at < first->at))
			first = e;
	}
	return first;
}

void people_until(int64_t at)
{
	struct event *e;

	while ((e = next_event(at)) != NULL) {
		struct event now = *e;

		e->at = 0;
		if (now.at > now_s())
			later(now.at - now_s());
		happens(&now);
	}
	if (at > now_s())
		later(at - now_s());
}

/* ---- What became of it ---- */

static struct ask *of_key(const char *key)
{
	for (int i = 0; i < n_asks; i++)
		if (strcmp(asks[i].key, key) == 0)
			return &asks[i];
	return NULL;
}

static sqlite3_stmt *query(const char *sql)
{
	sqlite3_stmt *q = NULL;

	if (sqlite3_prepare_v2(ledger_read(), sql, -1, &q, NULL) != SQLITE_OK)
		die("%s: %s", sql, sqlite3_errmsg(ledger_read()));
	return q;
}

/* One in twenty is declined; where all are owed, all answer. */
static void was_asked_for(struct ask *a)
{
	sqlite3_stmt *q = query("SELECT o.account, a.mode"
		" FROM owed o JOIN approval a ON a.id = o.approval"
		" JOIN request r ON r.id = a.request_id"
		" WHERE r.issue_key = ?1 AND a.state = 'open'"
		" ORDER BY o.account");
	struct event e = {.what = DECIDES, .ask = (int)(a - asks),
		.yes = roll(&p.dice, 20) > 0};
	int64_t at = now_s();
	bool more = true;

	sqlite3_bind_text(q, 1, a->key, -1, SQLITE_STATIC);
	while (more && sqlite3_step(q) == SQLITE_ROW) {
		const char *who = login_of((const char *)
			sqlite3_column_text(q, 0));

		if (who == NULL)
			die("%s: a stranger was asked", a->key);
		snprintf(e.who, sizeof(e.who), "%s", who);
		at += between(60, 1200);
		expect(at, e);
		more = strcmp((const char *)sqlite3_column_text(q, 1),
			"all") == 0;
	}
	p.events[p.n - 1].last = true;
	sqlite3_finalize(q);
}

/* Some give it back early, some need it for longer. */
static void was_granted(struct ask *a)
{
	int64_t now = now_s();
	int of = (int)(a - asks);

	if (roll(&p.dice, 6) == 0)
		expect(between(now + 60, now + a->for_s - 900),
			(struct event){.what = GIVES_BACK, .ask = of});
	else if (a->of < 0 && a->for_s >= 7200 && roll(&p.dice, 5) == 0)
		expect(between(now + 60, now + 1800),
			(struct event){.what = PROLONGS, .ask = of});
}

static void learn(struct ask *a, const char *kind, int64_t at)
{
	static const char *const ends[] = {"revoked", "declined", "refused",
		"superseded", "withdrawn", "stale", "cancelled",
		"removed-outside", "released"};

	if (strcmp(kind, "asked") == 0) {
		a->asked_at = at;
		was_asked_for(a);
	} else if (strcmp(kind, "granted") == 0 ||
		strcmp(kind, "extended") == 0) {
		a->granted_at = at;
		was_granted(a);
	}
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (strcmp(kind, ends[i]) == 0) {
			a->ended_at = at;
			snprintf(a->end, sizeof(a->end), "%s", kind);
		}
}

void people_learn(void)
{
	sqlite3_stmt *q = query("SELECT e.seq, e.kind, e.at, r.issue_key"
		" FROM evidence e JOIN request r ON r.issue_id = e.issue_id"
		" WHERE e.seq > ?1 ORDER BY e.seq");

	sqlite3_bind_int64(q, 1, p.seq);
	while (sqlite3_step(q) == SQLITE_ROW) {
		struct ask *a = of_key((const char *)sqlite3_column_text(q, 3));

		p.seq = sqlite3_column_int64(q, 0);
		if (a == NULL)
			die("%s: nobody filed it", sqlite3_column_text(q, 3));
		learn(a, (const char *)sqlite3_column_text(q, 1),
			sqlite3_column_int64(q, 2));
	}
	sqlite3_finalize(q);
}

bool people_busy(void)
{
	for (int i = 0; i < p.n; i++)
		if (p.events[i].at != 0)
			return true;
	for (int i = 0; i < n_asks; i++)
		if (asks[i].ended_at == 0)
			return true;
	return false;
}
