/* The reference model and its checks. */
#include "reference.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SLACK_S = 450,		/* a host's clock may be so far off, twice */
	LATE_S = 600,		/* what design promises */
	BACKOFF_S = 2 * 3600,	/* trouble excuses what is late so long */
	WITHIN_S = 1800,	/* grant-within */
	ROWS = 256,
};

/* What is known of a request. */
struct known {
	struct asked a;
	int64_t grant;			/* its row; 0: none yet */
	char state[16];
	int64_t seen_at;		/* when the step began that made it */
	int64_t from_s;			/* earliest and */
	int64_t to_s;			/* latest end; 0: not begun */
	bool active;			/* was so once */
	bool held;			/* its holds stood at the last look */
	int64_t over_at;		/* seen ending; 0: not */
	bool may_end;
	bool may_be_removed;		/* someone took a membership away */
	bool robbed[GROUPS];		/* a verified one */
};

struct hold {
	int64_t grant;			/* 0: pre-existing */
	int group, user;
	bool verified;
};

/* What stands in the ledger, as far as it matters. */
struct ledger_view {
	struct hold holds[ROWS];
	int n_holds;
	int open[GROUPS][USERS];	/* changes */
};

static struct {
	struct known requests[REQUESTS];
	int n;
	bool there[GROUPS][USERS];	/* the truth at the last look */
	bool before[GROUPS][USERS];	/* not lapse's to remove */
	bool either[GROUPS][USERS];	/* console and lapse at once: whose it
					   is cannot be known */
	bool left[USERS];
	bool troubled_once;
	bool rebuilt;			/* the ledger was made anew */
	int64_t trouble_at;
	int64_t looked_at;		/* when the last step ended */
	struct ledger_view view;
	bool fresh;			/* no comments were read yet */
	char why[512];
} s;

static bool fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static bool fail(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(s.why, sizeof(s.why), fmt, args);
	va_end(args);
	return false;
}

const char *reference_why(void)
{
	return s.why;
}

void reference_restart(void)
{
	memset(&s, 0, sizeof(s));
	s.trouble_at = INT64_MIN / 2;
	s.looked_at = now_s();
	members(s.there);
	memcpy(s.before, s.there, sizeof(s.before));
}

static bool covers(const struct known *r, int group, int user)
{
	return r->a.user == user && roles[r->a.role].groups[group];
}

/* ---- What people did ---- */

int reference_requests(void)
{
	return s.n;
}

const struct asked *reference_request(int i)
{
	return &s.requests[i].a;
}

int reference_asked(const struct asked *a)
{
	if (s.n == REQUESTS)
		return -1;
	s.requests[s.n] = (struct known){.a = *a};
	s.requests[s.n].a.approved = roles[a->role].approver == NULL;
	return s.n++;
}

void reference_approved(int i)
{
	s.requests[i].a.approved = true;
}

void reference_may_end(int i)
{
	s.requests[i].may_end = true;
}

void reference_left(int user)
{
	s.left[user] = true;
}

void reference_rebuilt(void)
{
	s.rebuilt = true;
}

void reference_trouble(void)
{
	s.troubled_once = true;
	s.trouble_at = now_s();
}

static struct known *of_grant(int64_t grant)
{
	for (int i = 0; i < s.n; i++)
		if (grant != 0 && s.requests[i].grant == grant)
			return &s.requests[i];
	return NULL;
}

static const struct hold *live_hold(int group, int user, bool grants)
{
	for (int i = 0; i < s.view.n_holds; i++) {
		const struct hold *h = &s.view.holds[i];

		if (h->group == group && h->user == user &&
			(h->grant != 0) == grants)
			return h;
	}
	return NULL;
}

void reference_console(int g, int u, bool present)
{
	if (s.there[g][u] == present)
		return;
	s.there[g][u] = present;
	if (present && (s.view.open[g][u] > 0 ||
		live_hold(g, u, true) != NULL)) {
		s.either[g][u] = true;
		return;
	}
	s.before[g][u] = present;
	for (int i = 0; i < s.n && !present; i++)
		if (covers(&s.requests[i], g, u))
			s.requests[i].may_be_removed = true;
	for (int i = 0; i < s.view.n_holds && !present; i++) {
		const struct hold *h = &s.view.holds[i];
		struct known *r = of_grant(h->grant);

		if (r != NULL && h->group == g && h->user == u && h->verified)
			r->robbed[g] = true;
	}
}

/* ---- Reading the ledger ---- */

static int index_of(const char *const *ids, int n, const void *id)
{
	for (int i = 0; i < n; i++)
		if (id != NULL && strcmp(ids[i], id) == 0)
			return i;
	return -1;
}

static bool each(sqlite3 *db, const char *sql, bool (*row)(sqlite3_stmt *q))
{
	sqlite3_stmt *q = NULL;
	bool ok = true;
	int rc;

	if (sqlite3_prepare_v2(db, sql, -1, &q, NULL) != SQLITE_OK)
		die("%s: %s", sql, sqlite3_errmsg(db));
	while (ok && (rc = sqlite3_step(q)) != SQLITE_DONE) {
		if (rc != SQLITE_ROW)
			die("%s: %s", sql, sqlite3_errmsg(db));
		ok = row(q);
	}
	sqlite3_finalize(q);
	return ok;
}

static const char *text(sqlite3_stmt *q, int i)
{
	const void *t = sqlite3_column_text(q, i);

	return t != NULL ? t : "";
}

static bool take_open(sqlite3_stmt *q)
{
	int g = index_of(group_ids, GROUPS, sqlite3_column_text(q, 0));
	int u = index_of(user_ids, USERS, sqlite3_column_text(q, 1));

	if (g < 0 || u < 0)
		return fail("a change on a membership that nobody asked for: "
			"%s %s", text(q, 0), text(q, 1));
	if (++s.view.open[g][u] > 1)
		return fail("%s in %s: two changes are open", user_names[u],
			group_names[g]);
	return true;
}

static bool take_hold(sqlite3_stmt *q)
{
	struct hold h = {
		.grant = sqlite3_column_int64(q, 0),
		.group = index_of(group_ids, GROUPS,
			sqlite3_column_text(q, 1)),
		.user = index_of(user_ids, USERS, sqlite3_column_text(q, 2)),
		.verified = sqlite3_column_int(q, 3) != 0,
	};

	if (h.group < 0 || h.user < 0 || s.view.n_holds == ROWS)
		return fail("a hold on a membership that nobody asked for");
	for (int i = 0; i < s.view.n_holds; i++)
		if (s.view.holds[i].grant == h.grant &&
			s.view.holds[i].group == h.group &&
			s.view.holds[i].user == h.user)
			return fail("%s in %s: two holds of one grant",
				user_names[h.user], group_names[h.group]);
	s.view.holds[s.view.n_holds++] = h;
	return true;
}

/* ---- Grants ---- */

static struct known *of_key(const char *key)
{
	for (int i = 0; i < s.n; i++)
		if (strcmp(s.requests[i].a.key, key) == 0)
			return &s.requests[i];
	return NULL;
}

/* A link has two ends: of two linked requests, whichever is granted while the
 * other is active extends it. */
static bool linked(const struct known *a, const struct known *b)
{
	return a->a.extends == b - s.requests || b->a.extends == a - s.requests;
}

/* Its time counts from now, or goes on from the one that it extends; never
 * longer than both together. */
static void begin(struct known *r)
{
	if (r->from_s != 0)
		return;
	r->from_s = s.looked_at + r->a.duration_s - SLACK_S;
	r->to_s = now_s() + r->a.duration_s + LATE_S + SLACK_S;
	for (int i = 0; i < s.n; i++) {
		const struct known *old = &s.requests[i];

		if (linked(r, old) && old->to_s != 0 &&
			old->to_s + r->a.duration_s > r->to_s)
			r->to_s = old->to_s + r->a.duration_s;
	}
}

static bool extended(const struct known *r)
{
	for (int i = 0; i < s.n; i++)
		if (linked(r, &s.requests[i]) && s.requests[i].grant != 0)
			return true;
	return false;
}

static bool may_end_by(const struct known *r, const char *reason)
{
	if (strcmp(reason, "expired") == 0)
		return r->from_s != 0 && now_s() >= r->from_s;
	if (strcmp(reason, "revoked") == 0)
		return r->may_end;
	if (strcmp(reason, "left") == 0)
		return s.left[r->a.user];
	if (strcmp(reason, "removed-outside") == 0)
		return r->may_be_removed;
	if (strcmp(reason, "superseded") == 0)
		return extended(r);
	if (strcmp(reason, "withdrawn") == 0)
		return !r->active && (s.troubled_once || r->may_be_removed ||
			now_s() >= r->seen_at + WITHIN_S - SLACK_S);
	return false;
}

static bool look_at_state(struct known *r, const char *state,
	const char *reason, bool first_add)
{
	bool over = strcmp(state, "ending") == 0 || strcmp(state, "ended") == 0;

	snprintf(r->state, sizeof(r->state), "%s", state);
	if (strcmp(state, "active") == 0)
		r->active = true;
	if (first_add || r->active || over)
		begin(r);
	if (!over || r->over_at != 0)
		return true;
	r->over_at = now_s();
	if (!may_end_by(r, reason))
		return fail("%s: ended as %s, %lld s before it may",
			r->a.key, reason, (long long)(r->from_s - now_s()));
	return true;
}

/* First all that there are: what ends may be ended by a later one. */
static bool take_id(sqlite3_stmt *q)
{
	struct known *r = of_key(text(q, 1));
	int64_t id = sqlite3_column_int64(q, 0);

	if (r == NULL)
		return fail("a grant for '%s', which nobody asked for",
			text(q, 1));
	if (!r->a.approved)
		return fail("%s: granted, but not approved", r->a.key);
	if (r->grant != 0 && r->grant != id)
		return fail("%s: granted twice", r->a.key);
	if (r->grant == 0)
		r->seen_at = s.looked_at;
	r->grant = id;
	return true;
}

static bool take_state(sqlite3_stmt *q)
{
	return look_at_state(of_key(text(q, 1)), text(q, 2), text(q, 3),
		sqlite3_column_int(q, 4) != 0);
}

static bool read_ledger(sqlite3 *db)
{
	memset(&s.view, 0, sizeof(s.view));
	return each(db, "SELECT id, issue_key FROM \"grant\"", take_id) &&
		each(db, "SELECT id, issue_key, state, end_reason,"
			 " first_add_at IS NOT NULL FROM \"grant\""
			 " ORDER BY id", take_state) &&
		each(db, "SELECT grant_id, group_id, user_id,"
			 " verified_at IS NOT NULL FROM hold"
			 " WHERE released_at IS NULL", take_hold) &&
		each(db, "SELECT group_id, user_id FROM change"
			 " WHERE settled_at IS NULL", take_open);
}

/* ---- Memberships ---- */

/* Somebody approved it, nobody took it away since, and it was not over when
 * the step began. */
static bool may_appear(int g, int u)
{
	bool ret = false;

	for (int i = 0; i < s.n; i++) {
		struct known *r = &s.requests[i];

		if (!covers(r, g, u) || !r->a.approved || r->grant == 0 ||
			r->robbed[g] ||
			(r->over_at != 0 && r->over_at < s.looked_at))
			continue;
		begin(r);
		ret = true;
	}
	/* Who is in again by another approval is in for all of them. */
	for (int i = 0; i < s.n && ret; i++)
		s.requests[i].robbed[g] &= s.requests[i].a.user != u;
	return ret;
}

/* A grant that should still stand: once its holds are placed, no remove is
 * sent any more. */
static const struct known *still_due(int g, int u)
{
	for (int i = 0; i < s.n; i++) {
		const struct known *r = &s.requests[i];

		if (covers(r, g, u) && (r->active || r->held) &&
			r->over_at == 0 &&
			!r->robbed[g])
			return r;
	}
	return NULL;
}

/* Until when some approval explains it; trouble excuses what is late. */
static int64_t explained_until(int g, int u)
{
	int64_t until = INT64_MIN;

	for (int i = 0; i < s.n; i++) {
		const struct known *r = &s.requests[i];
		int64_t to = r->to_s;

		if (!covers(r, g, u) || r->grant == 0)
			continue;
		if (r->to_s == 0)
			return INT64_MAX;
		if (r->over_at != 0 && r->over_at < to)
			to = r->over_at;
		if (to > until)
			until = to;
	}
	return until;
}

static bool look_at_membership(int g, int u, bool is, bool clean)
{
	bool was = s.there[g][u];
	const struct known *r;

	s.there[g][u] = is;
	if (s.either[g][u])
		return true;
	if (is && !was && !may_appear(g, u))
		return fail("%s in %s: added without an approval that stands",
			user_names[u], group_names[g]);
	if (!is && was && s.before[g][u])
		return fail("%s in %s: was there before, and was removed",
			user_names[u], group_names[g]);
	r = !is && was ? still_due(g, u) : NULL;
	if (r != NULL)
		return fail("%s in %s: removed, but %s lasts", user_names[u],
			group_names[g], r->a.key);
	if (!is || s.before[g][u])
		return true;
	if (s.view.open[g][u] == 0 && live_hold(g, u, true) == NULL)
		return fail("%s in %s: no hold and no change explains it",
			user_names[u], group_names[g]);
	if (clean && now_s() > explained_until(g, u) &&
		now_s() > s.trouble_at + BACKOFF_S)
		return fail("%s in %s: %lld s longer than approved",
			user_names[u], group_names[g],
			(long long)(now_s() - explained_until(g, u)));
	return true;
}

bool reference_check(bool clean)
{
	sqlite3 *db = ledger_read();
	bool is[GROUPS][USERS];
	bool ok = read_ledger(db);

	if (ok)
		members(is);
	for (int g = 0; g < GROUPS && ok; g++)
		for (int u = 0; u < USERS && ok; u++)
			ok = look_at_membership(g, u, is[g][u], clean);
	for (int i = 0; i < s.n; i++)
		s.requests[i].held = s.requests[i].grant != 0 &&
			s.requests[i].over_at == 0;
	s.looked_at = now_s();
	return ok;
}

/* ---- After quiet ticks ---- */

static bool not_told(sqlite3_stmt *q)
{
	return fail("a notice is not delivered: %s on issue %s: %s",
		text(q, 0), text(q, 1), text(q, 2));
}

static bool not_settled(sqlite3_stmt *q)
{
	return fail("a change is not settled: %s %s, %s: %s", text(q, 0),
		text(q, 1), text(q, 2), text(q, 3));
}

static bool not_ended(sqlite3_stmt *q)
{
	return fail("%s: %s, long after", text(q, 0), text(q, 1));
}

static int count_in(const char *all, const char *marker)
{
	size_t len = strlen(marker);
	int n = 0;

	for (const char *at = all; (at = strstr(at, marker)) != NULL;
		at += len)
		n += at[len] < '0' || at[len] > '9';
	return n;
}

/* Each comment that was owed stands there once; one for everybody and one for
 * agents may tell of the same event. */
static bool told_once(sqlite3_stmt *q)
{
	static char key[KEY_MAX];
	static const char *all;
	char marker[32];
	int owed = sqlite3_column_int(q, 2);
	int n;

	snprintf(marker, sizeof(marker), "lapse-%d", sqlite3_column_int(q, 1));
	/* The rows come issue by issue. */
	if (all == NULL || strcmp(key, text(q, 0)) != 0 || s.fresh) {
		snprintf(key, sizeof(key), "%s", text(q, 0));
		all = comments(key);
		s.fresh = false;
	}
	n = count_in(all, marker);
	return n == owed || fail("%s: comment %s is there %d times, not %d",
		text(q, 0), marker, n, owed);
}

static bool has_ended(const struct known *r)
{
	return r->grant == 0 || strcmp(r->state, "ended") == 0;
}

static bool exact(int g, int u)
{
	bool due = false;
	const struct hold *h = live_hold(g, u, true);

	if (s.either[g][u])
		return true;
	for (int i = 0; i < s.n; i++) {
		const struct known *r = &s.requests[i];

		due |= covers(r, g, u) && !has_ended(r);
	}
	if ((h != NULL) != due)
		return fail("%s in %s: %s", user_names[u], group_names[g],
			due ? "a grant without its hold" :
			      "a hold without its grant");
	if (s.there[g][u] != (due || s.before[g][u]))
		return fail("%s in %s: %s a member after quiet ticks",
			user_names[u], group_names[g],
			s.there[g][u] ? "still" : "not");
	return true;
}

static bool requests_settled(bool over)
{
	for (int i = 0; i < s.n; i++) {
		const struct known *r = &s.requests[i];

		if (has_ended(r))
			continue;
		if (strcmp(r->state, "active") != 0 && !s.left[r->a.user])
			return fail("%s: %s after quiet ticks", r->a.key,
				r->state);
		if (over || now_s() > r->to_s)
			return fail("%s: not ended after its end", r->a.key);
	}
	return true;
}

bool reference_settled(bool over)
{
	sqlite3 *db = ledger_read();
	bool ok;

	s.fresh = true;
	ok = requests_settled(over) &&
		each(db, "SELECT kind, group_id, state, last_error FROM change"
			 " WHERE settled_at IS NULL", not_settled) &&
		each(db, "SELECT issue_key, state FROM \"grant\""
			 " WHERE state = 'ending'", not_ended) &&
		each(db, "SELECT kind, issue_id, last_error FROM notice"
			 " WHERE state IN ('open', 'doubtful')", not_told) &&
		(!over || s.rebuilt || each(db, "SELECT r.issue_key, n.seq, count(*) FROM notice n"
			" JOIN request r ON r.issue_id = n.issue_id"
			" WHERE n.kind IN ('comment', 'internal')"
			" AND n.state = 'done' GROUP BY 1, 2", told_once));

	for (int g = 0; g < GROUPS && ok; g++)
		for (int u = 0; u < USERS && ok; u++)
			ok = exact(g, u);
	return ok;
}
