/* A day of timer ticks for 420 people and 300 groups: lapse in this process,
 * over real HTTP, against the sandbox, on a clock that nobody waits for. Each
 * minute `expire` and `sync` run as the shipped timers have it, once a day
 * `sync --full`; people ask, decide, give back and prolong by dice; the index
 * is 60 s late and misses one row in twenty.
 *
 *   day [--seed N] [--hours N] [--requests N] [-v]
 *
 * Whatever is over at the end of the day is followed to its end. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "moves.h"
#include "people.h"
#include "watch.h"

enum {
	BEGIN_S = 6 * 3600,		/* the day begins at six */
	OFFICE_S = 8 * 3600,		/* people come at eight */
	WORK_S = 10 * 3600,
	FULL_S = 2 * 3600 + 43 * 60,	/* before its end: 03:17 */
	OBSERVE_S = 15 * 60,
	TICKS = 2,			/* what is promised */
};

struct options {
	uint64_t seed;
	int hours;
	int requests;
};

static struct {
	int runs[COMMANDS];
	int bad;			/* runs that did not end with 0 */
	int64_t stale_s;		/* the oldest reading of a group */
	char first_bad[64];
} seen;
static int tests;
static int failed;

/* ---- The ledger ---- */

static int64_t number(const char *sql, int64_t otherwise)
{
	sqlite3_stmt *q = NULL;
	int64_t n = otherwise;

	if (sqlite3_prepare_v2(ledger_read(), sql, -1, &q, NULL) != SQLITE_OK)
		die("%s: %s", sql, sqlite3_errmsg(ledger_read()));
	if (sqlite3_step(q) == SQLITE_ROW &&
		sqlite3_column_type(q, 0) != SQLITE_NULL)
		n = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	return n;
}

/* In this minute: the run looks when its request half is done. */
static bool observation_due(void)
{
	return now_s() + 59 - number("SELECT value FROM cursor"
		" WHERE name = 'observed:okta'", 0) >= OBSERVE_S;
}

/* How old the oldest reading of a group that the catalog governs is. */
static void look_at_age(void)
{
	int64_t age = now_s() - number("SELECT min(coalesce(complete_at, 0))"
		" FROM idp_group WHERE group_id LIKE '00g2a%'", now_s());

	if (age > seen.stale_s)
		seen.stale_s = age;
}

/* ---- Ticks ---- */

static void run(enum command c)
{
	bool observes = c != EXPIRE && (c == FULL || observation_due());
	int status = run_lapse(c, NULL);

	seen.runs[c]++;
	if (status != 0 && seen.bad++ == 0)
		snprintf(seen.first_bad, sizeof(seen.first_bad),
			"%s: exit %d", command_names[c], status);
	watch_run(observes);
	people_learn();
}

static void tick(bool full)
{
	moves_must(NULL, "DELETE", "/log", "%s", "");
	run(EXPIRE);
	run(full ? FULL : SYNC);
}

/* A run that lasts longer makes the timer miss a minute. */
static int64_t next_minute(void)
{
	return now_s() / 60 * 60 + 60;
}

static void live(const struct options *o)
{
	int64_t midnight = now_s() / 86400 * 86400 + 86400;
	int64_t begin = midnight + BEGIN_S;
	int64_t end = begin + (int64_t)o->hours * 3600;
	int64_t full = end - FULL_S;
	int64_t office = o->hours < 12 ? begin : midnight + OFFICE_S;
	int64_t close = o->hours < 12 ? full - 1800 : office + WORK_S;

	people_plan(o->seed, o->requests, office, close);
	people_until(begin);
	run(SYNC);
	for (int64_t at; (at = next_minute()) <= end;) {
		bool now = full != 0 && at >= full;

		people_until(at);
		if (now) {
			people_index_mended();
			full = 0;
		}
		tick(now);
		if (at > begin + 2 * OBSERVE_S)
			look_at_age();
	}
	/* Then only the minutes in which something may happen. */
	for (int i = 0; people_busy() && i < 24 * 60; i++) {
		people_until(next_minute());
		tick(false);
	}
}

/* ---- What is shown ---- */

static void shown(bool ok, const char *what)
{
	failed += !ok;
	printf("%sok %d - %s\n", ok ? "" : "not ", ++tests, what);
}

static int by_number(const void *a, const void *b)
{
	int x = *(const int *)a;
	int y = *(const int *)b;

	return (x > y) - (x < y);
}

static int at_share(int *all, int n, int percent)
{
	if (n == 0)
		return 99999;
	qsort(all, (size_t)n, sizeof(*all), by_number);
	return all[(n * percent + 99) / 100 - 1];
}

/* The timer's firings after one time up to another. */
static int ticks(int64_t from, int64_t to)
{
	return (int)(to / 60 - from / 60);
}

static void show_ticks(const char *what, int *all, int n)
{
	char text[128];
	int p50 = at_share(all, n, 50);
	int p90 = at_share(all, n, 90);

	printf("# %s: %d; ticks p50 %d, p90 %d, p100 %d\n", what, n, p50,
		p90, at_share(all, n, 100));
	snprintf(text, sizeof(text), "%s within two ticks at p90", what);
	shown(n > 0 && p90 <= TICKS, text);
}

static void show_waits(void)
{
	int asked[ASKS_MAX], granted[ASKS_MAX], back[ASKS_MAX];
	int n_asked = 0, n_granted = 0, n_back = 0;

	for (int i = 0; i < n_asks; i++) {
		const struct ask *a = &asks[i];

		if (!role_asks_nobody(a->role))
			asked[n_asked++] = a->asked_at == 0 ? 99999 :
				ticks(a->filed_at, a->asked_at);
		if (a->approved_at != 0)
			granted[n_granted++] = a->granted_at == 0 ? 99999 :
				ticks(a->approved_at, a->granted_at);
		if (a->given_back_at != 0)
			back[n_back++] = a->ended_at == 0 ? 99999 :
				ticks(a->given_back_at, a->ended_at);
	}
	show_ticks("filed to asked", asked, n_asked);
	show_ticks("approved to verified", granted, n_granted);
	show_ticks("given back to removed", back, n_back);
}

static void show_ends(void)
{
	int64_t prolonged = number("SELECT count(*) FROM \"grant\""
		" WHERE end_reason = 'superseded'", 0);
	int revoked = 0, declined = 0, other = 0;

	for (int i = 0; i < n_asks; i++) {
		const char *end = asks[i].end;
		bool known = true;

		if (strcmp(end, "revoked") == 0)
			revoked++;
		else if (strcmp(end, "declined") == 0)
			declined++;
		else
			known = false;
		if (!known) {
			printf("# %s: '%s' at the end\n", asks[i].key, end);
			other++;
		}
	}
	printf("# %d requests: %d revoked, %lld of them prolonged, %d "
	       "declined\n", n_asks, revoked, (long long)prolonged, declined);
	shown(other == 0 && revoked > 0 && prolonged > 0,
		"each request came to its end");
}

static void show_calls(void)
{
	printf("# okta: %d calls, at most %d a minute, %d when the last was "
	       "observed (share %d); jira: %d calls, at most %d a minute\n",
		watched.okta_calls, watched.okta_minute_max,
		watched.observed_max, SHARE, watched.jira_calls,
		watched.jira_minute_max);
	/* The count is of all calls of such a minute; the reads after a
	 * removal that fell into it are not held back by the share. */
	shown(watched.observed_max > SHARE / 2 &&
		watched.observed_max <= SHARE + SHARE / 20,
		"observing ends within the share of each minute");
	printf("# %d list calls, in %d runs; group rules read %d times by "
	       "the request half\n", watched.lists, watched.list_ticks,
		watched.rules);
	shown(watched.lists > 0 && watched.lists_in_requests == 0,
		"the request half makes no list call");
	printf("# the oldest reading of a governed group: %lld s\n",
		(long long)seen.stale_s);
	shown(seen.stale_s <= 2 * OBSERVE_S, "each governed group is read "
					     "each time it is due");
}

static void show_removals(void)
{
	printf("# %d adds, %d removals, the latest %lld s after its end\n",
		watched.adds, watched.removes, (long long)watched.latest_s);
	if (watched.late[0] != '\0' || watched.strange[0] != '\0')
		printf("# %s %s\n", watched.late, watched.strange);
	shown(watched.adds > 0 && watched.adds == watched.removes &&
		watched.late[0] == '\0' && watched.strange[0] == '\0',
		"each access had its approval and ended in time");
	shown(watch_as_before(), "the memberships are those of the morning");
}

static int times_in(const char *all, const char *marker)
{
	size_t len = strlen(marker);
	int n = 0;

	for (const char *at = all; (at = strstr(at, marker)) != NULL;
		at += len)
		n += at[len] < '0' || at[len] > '9';
	return n;
}

static void show_comments(void)
{
	sqlite3_stmt *q = NULL;
	int told = 0, wrong = 0;

	sqlite3_prepare_v2(ledger_read(), "SELECT r.issue_key, n.seq, count(*),"
		" sum(n.state = 'done') FROM notice n JOIN request r"
		" ON r.issue_id = n.issue_id WHERE n.kind IN ('comment',"
		" 'internal') GROUP BY 1, 2", -1, &q, NULL);
	while (sqlite3_step(q) == SQLITE_ROW) {
		const char *key = (const char *)sqlite3_column_text(q, 0);
		int owed = sqlite3_column_int(q, 2);
		char marker[32];

		snprintf(marker, sizeof(marker), "lapse-%d",
			sqlite3_column_int(q, 1));
		told += owed;
		if (sqlite3_column_int(q, 3) == owed &&
			times_in(comments(key), marker) == owed)
			continue;
		printf("# %s: %s is there %d times, not %d\n", key, marker,
			times_in(comments(key), marker), owed);
		wrong++;
	}
	sqlite3_finalize(q);
	printf("# %d comments\n", told);
	shown(told > n_asks && wrong == 0, "each comment stands there once");
}

static void show_runs(void)
{
	printf("# %d expire, %d sync, %d sync --full\n", seen.runs[EXPIRE],
		seen.runs[SYNC], seen.runs[FULL]);
	if (seen.bad > 0)
		printf("# %d of them failed, first %s\n", seen.bad,
			seen.first_bad);
	shown(seen.bad == 0 && seen.runs[FULL] == 1, "each run ends with 0");
}

/* ---- The whole ---- */

static bool parse(int argc, char **argv, struct options *ret)
{
	static const struct option known[] = {
		{"seed", required_argument, NULL, 's'},
		{"hours", required_argument, NULL, 'h'},
		{"requests", required_argument, NULL, 'n'},
		{0},
	};

	for (int c; (c = getopt_long(argc, argv, "v", known, NULL)) != -1;) {
		if (c == 's')
			ret->seed = strtoull(optarg, NULL, 0);
		else if (c == 'h')
			ret->hours = atoi(optarg);
		else if (c == 'n')
			ret->requests = atoi(optarg);
		else if (c == 'v')
			verbose = true;
		else
			return false;
	}
	return optind == argc && ret->hours >= 4 && ret->hours <= 24 &&
		ret->requests >= 20 && ret->requests <= 200;
}

static void begin(uint64_t seed)
{
	const char *build = getenv("BUILD");
	char sandbox[512], dir[64], company[128], config[128];

	snprintf(sandbox, sizeof(sandbox), "%s/sandbox",
		build != NULL ? build : "build");
	snprintf(dir, sizeof(dir), "/tmp/lapse-day.XXXXXX");
	if (mkdtemp(dir) == NULL)
		die("'%s': cannot be made", dir);
	tenant_make(dir);
	snprintf(company, sizeof(company), "%s/company.json", dir);
	snprintf(config, sizeof(config), "%s/lapse.conf.in", dir);
	world_open(sandbox, company, config);
	world_restart(seed);
	unlink(company);
	unlink(config);
	rmdir(dir);
	watch_begin();
}

int main(int argc, char **argv)
{
	struct options o = {.seed = (uint64_t)time(NULL), .hours = 24,
		.requests = 120};

	if (!parse(argc, argv, &o)) {
		fputs("usage: day [--seed N] [--hours 4..24] "
		      "[--requests 20..200] [-v]\n", stderr);
		return 64;
	}
	signal(SIGPIPE, SIG_IGN);
	printf("1..11\n# seed %llu, %d hours, %d requests\n",
		(unsigned long long)o.seed, o.hours, o.requests);
	fflush(stdout);
	begin(o.seed);
	live(&o);
	show_waits();
	show_calls();
	show_removals();
	show_ends();
	show_comments();
	show_runs();
	world_close();
	return failed > 0;
}
