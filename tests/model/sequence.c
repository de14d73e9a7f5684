/* What the dice may choose, and how it is carried out. */
#include "sequence.h"

#include <stdio.h>
#include <string.h>

#include "reference.h"

static const struct length {
	const char *text;
	int64_t s;
} lengths[] = {
	{"10m", 600}, {"30m", 1800}, {"1h", 3600}, {"2h", 7200},
	{"8h", 28800}, {"2d", 172800},
};

static const int64_t laters[] = {
	20, 61, 120, 301, 600, 901, 1200, 1800, 3600, 7200, 30000, 90000};

/* Within what is tolerated, beyond it, far off. */
static const int64_t skews[] = {
	0, -200, 200, -7200, 7200, INT64_C(315360000), 86400, -600};

#define BOT "\"agent\":\"lapse/\","
static const struct trouble {
	const char *words;
	const char *json;
} troubles[] = {
	{"okta loses the reply to an add", "{" BOT "\"kind\":\"lost-reply\","
		"\"service\":\"okta\",\"method\":\"PUT\",\"skip\":%d}"},
	{"okta loses the reply to a remove", "{" BOT "\"kind\":\"lost-reply\","
		"\"service\":\"okta\",\"method\":\"DELETE\",\"skip\":%d}"},
	{"okta drops an add", "{" BOT "\"kind\":\"drop\","
		"\"service\":\"okta\",\"method\":\"PUT\",\"skip\":%d}"},
	{"okta drops removes", "{" BOT "\"kind\":\"drop\",\"times\":2,"
		"\"service\":\"okta\",\"method\":\"DELETE\",\"skip\":%d}"},
	{"okta fails adds", "{" BOT "\"kind\":\"status\",\"status\":500,"
		"\"times\":2,\"service\":\"okta\",\"method\":\"PUT\","
		"\"skip\":%d}"},
	{"okta fails removes", "{" BOT "\"kind\":\"status\",\"status\":500,"
		"\"times\":4,\"service\":\"okta\",\"method\":\"DELETE\","
		"\"skip\":%d}"},
	{"okta is busy", "{" BOT "\"kind\":\"status-429\",\"retry_after\":"
		"\"7\",\"times\":3,\"service\":\"okta\",\"skip\":%d}"},
	{"okta is down", "{" BOT "\"kind\":\"status\",\"status\":503,"
		"\"times\":-1,\"service\":\"okta\",\"skip\":%d}"},
	{"okta does not answer", "{" BOT "\"kind\":\"drop\",\"times\":-1,"
		"\"service\":\"okta\",\"skip\":%d}"},
	{"okta cuts a reply", "{" BOT "\"kind\":\"cut-body\","
		"\"service\":\"okta\",\"method\":\"GET\",\"skip\":%d}"},
	{"okta garbles replies", "{" BOT "\"kind\":\"garbage-json\","
		"\"times\":2,\"service\":\"okta\",\"method\":\"GET\","
		"\"skip\":%d}"},
	{"okta shows a sign-in page", "{" BOT "\"kind\":\"html-200\","
		"\"times\":2,\"service\":\"okta\",\"skip\":%d}"},
	{"jira is down", "{" BOT "\"kind\":\"status\",\"status\":503,"
		"\"times\":-1,\"service\":\"jira\",\"skip\":%d}"},
	{"jira does not answer", "{" BOT "\"kind\":\"drop\",\"times\":-1,"
		"\"service\":\"jira\",\"skip\":%d}"},
	{"jira loses the reply to a comment", "{" BOT "\"kind\":"
		"\"lost-reply\",\"service\":\"jira\",\"method\":\"POST\","
		"\"path\":\"/comment\",\"skip\":%d}"},
	{"jira loses the reply to a transition", "{" BOT "\"kind\":"
		"\"lost-reply\",\"service\":\"jira\",\"method\":\"POST\","
		"\"path\":\"/transitions\",\"skip\":%d}"},
	{"jira loses the reply to a property", "{" BOT "\"kind\":"
		"\"lost-reply\",\"service\":\"jira\",\"method\":\"PUT\","
		"\"path\":\"/properties\",\"skip\":%d}"},
	{"jira fails properties", "{" BOT "\"kind\":\"status\","
		"\"status\":500,\"times\":3,\"service\":\"jira\","
		"\"method\":\"PUT\",\"path\":\"/properties\",\"skip\":%d}"},
	{"jira drops a comment", "{" BOT "\"kind\":\"drop\","
		"\"service\":\"jira\",\"method\":\"POST\","
		"\"path\":\"/comment\",\"skip\":%d}"},
	{"jira is busy", "{" BOT "\"kind\":\"status-429\",\"retry_after\":"
		"\"9\",\"times\":3,\"service\":\"jira\",\"skip\":%d}"},
};

enum {
	LOSES_OF = 4,			/* one in so many loses its ledger */
	CROWD_OF = 4,			/* in one in so many runs meet */
	CROWD = 8,			/* so many times as often */
};

#define N(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

static const struct row {
	uint32_t weight;
	uint32_t a, b, c;		/* sides of each die; 0: not thrown */
} rows[WHATS] = {
	[GIVE] = {22, USERS, ROLES, N(lengths)},
	[GIVE_KILLED] = {6, USERS, ROLES, 700},
	[ASK] = {3, USERS, ROLES, N(lengths)},
	[APPROVE] = {3, REQUESTS, 0, 0},
	[BY_HAND] = {3, REQUESTS, 0, 0},
	[EXTEND] = {7, REQUESTS, N(lengths), 0},
	[END_BY_HAND] = {8, REQUESTS, 0, 0},
	[END_BY_ISSUE] = {4, REQUESTS, 0, 0},
	[TICK] = {14, 0, 0, 0},
	[RUN] = {8, EXPIRE + 1, 0, 0},
	[LATER] = {15, N(laters), 0, 0},
	[HOST_CLOCK] = {4, N(skews), 0, 0},
	[NO_DATE] = {2, 0, 0, 0},
	[CONSOLE_IN] = {7, GROUPS, USERS, 0},
	[CONSOLE_OUT] = {6, GROUPS, USERS, 0},
	[LEAVE] = {2, USERS, 0, 0},
	[COME_BACK] = {1, USERS, 0, 0},
	[FAULT] = {11, N(troubles), 5, 0},
	[LAG] = {3, 50, 2, 0},
	[FINE] = {7, 0, 0, 0},
	[KILLED] = {7, EXPIRE + 1, 500, 0},
	[TWO_RUNS] = {4, ANY_TIME, ANY_TIME, REQUESTS},
	[GIVE_BY_TWO] = {3, USERS, ROLES, ANY_TIME * ANY_TIME},
};

/* What is wrong at the moment. */
static struct {
	bool faults, lag, clock, no_date;
} wrong;

static bool all_fine(void)
{
	return !wrong.faults && !wrong.lag && !wrong.clock && !wrong.no_date;
}

/* One in three dies at a write, the others anywhere. */
static int dies_at(uint32_t die)
{
	return die % 3 == 0 ? -1 - (int)(die / 3 % 2) : 1 + (int)die;
}

static const char *death_text(uint32_t die, char text[64])
{
	int n = dies_at(die);

	if (n < 0)
		snprintf(text, 64, "killed when its write %d is answered", -n);
	else
		snprintf(text, 64, "killed at its look %d at the clock", n);
	return text;
}

/* ---- Making ---- */

static uint32_t weight(int what, bool crowd)
{
	return rows[what].weight * (crowd && (what == TWO_RUNS ||
		what == GIVE_BY_TWO) ? CROWD : 1);
}

static enum what choose(struct dice *d, bool crowd)
{
	uint32_t sum = 0;
	uint32_t at;

	for (int i = 0; i < WHATS; i++)
		sum += weight(i, crowd);
	at = roll(d, sum);
	for (int i = 0; i < WHATS; i++) {
		if (at < weight(i, crowd))
			return (enum what)i;
		at -= weight(i, crowd);
	}
	return TICK;
}

void sequence_make(struct sequence *ret, struct dice *d)
{
	bool crowd = roll(d, CROWD_OF) == 0;

	ret->n = 4 + (int)roll(d, 12);
	for (int i = 0; i < ret->n; i++) {
		struct operation *o = &ret->ops[i];
		const struct row *r;

		o->what = choose(d, crowd);
		r = &rows[o->what];
		o->a = r->a > 0 ? roll(d, r->a) : 0;
		o->b = r->b > 0 ? roll(d, r->b) : 0;
		o->c = r->c > 0 ? roll(d, r->c) : 0;
	}
}

const char *operation_text(const struct operation *o, char text[160])
{
	static const char *const plain[WHATS] = {
		[APPROVE] = "is approved",
		[BY_HAND] = "lapse grant",
		[END_BY_HAND] = "lapse revoke",
		[END_BY_ISSUE] = "its holder ends it in the portal",
		[TICK] = "tick: lapse sync, lapse expire",
		[NO_DATE] = "no service tells its time",
		[FINE] = "all faults are over, clocks are right",
	};

	char death[64];

	switch (o->what) {
	case GIVE:
	case ASK:
		snprintf(text, 160, "%s asks for %s for %s%s",
			user_names[o->a], roles[o->b].name,
			lengths[o->c].text, o->what == GIVE ?
			", sync, approved, sync" : "");
		break;
	case GIVE_KILLED:
		snprintf(text, 160, "%s asks for %s for 2h, sync, approved, "
			"sync %s", user_names[o->a], roles[o->b].name,
			death_text(o->c, death));
		break;
	case EXTEND:
		snprintf(text, 160, "request %u is extended by %s, sync, "
			"approved, sync", o->a, lengths[o->b].text);
		break;
	case RUN:
		snprintf(text, 160, "lapse %s", command_names[o->a]);
		break;
	case LATER:
		snprintf(text, 160, "%lld s pass", (long long)laters[o->a]);
		break;
	case HOST_CLOCK:
		snprintf(text, 160, "the host's clock is %lld s off",
			(long long)skews[o->a]);
		break;
	case CONSOLE_IN:
	case CONSOLE_OUT:
		snprintf(text, 160, "somebody %s %s %s %s at the provider",
			o->what == CONSOLE_IN ? "puts" : "takes",
			user_names[o->b],
			o->what == CONSOLE_IN ? "into" : "out of",
			group_names[o->a]);
		break;
	case LEAVE:
	case COME_BACK:
		snprintf(text, 160, "%s is %s", user_names[o->a],
			o->what == LEAVE ? "deactivated" : "active again");
		break;
	case FAULT:
		snprintf(text, 160, "%s (after %u calls)",
			troubles[o->a].words, o->b);
		break;
	case LAG:
		snprintf(text, 160, "membership writes show after %u s%s",
			o->a + 1, o->b > 0 ? ", replicas flap" : "");
		break;
	case KILLED:
		snprintf(text, 160, "lapse %s, %s", command_names[o->a],
			death_text(o->b, death));
		break;
	case TWO_RUNS:
		snprintf(text, 160, "lapse %s and lapse %s at once (request "
			"%u, counted round)", command_names[o->a],
			command_names[o->b], o->c);
		break;
	case GIVE_BY_TWO:
		snprintf(text, 160, "%s asks for %s for 2h, sync, approved, "
			"lapse %s and lapse %s at once", user_names[o->a],
			roles[o->b].name, command_names[o->c / ANY_TIME],
			command_names[o->c % ANY_TIME]);
		break;
	case APPROVE:
	case BY_HAND:
	case END_BY_HAND:
	case END_BY_ISSUE:
		snprintf(text, 160, "request %u (counted round): %s", o->a,
			plain[o->what]);
		break;
	default:
		snprintf(text, 160, "%s", plain[o->what]);
		break;
	}
	return text;
}

/* ---- Carrying out ---- */

static char why[512];

/* What no command may end with, whatever happens around it. */
static bool status_fine(enum command c, int status)
{
	if (status != 1 && status != 64 && status != 65 && status != 74 &&
		status != 78)
		return true;
	snprintf(why, sizeof(why), "lapse %s ended with status %d",
		command_names[c], status);
	return false;
}

static bool run(enum command c, const char *what)
{
	return status_fine(c, run_lapse(c, what));
}

static int ask(int user, int role, const struct length *l, int extends)
{
	struct asked a = {.user = user, .role = role, .duration_s = l->s,
		.extends = extends};

	if (reference_requests() == REQUESTS || !person_asks(user, role,
		l->text, extends < 0 ? NULL : reference_request(extends)->key,
		a.key))
		return -1;
	if (verbose)
		fprintf(stderr, "      %s\n", a.key);
	return reference_asked(&a);
}

static void approve(int i)
{
	if (person_approves(reference_request(i)->role,
		reference_request(i)->key))
		reference_approved(i);
}

/* A command on a request, where there is one. */
static struct run_of on(enum command c, int i)
{
	bool takes = c == GRANT || c == REVOKE;

	if (takes && i < 0)
		return (struct run_of){.c = SYNC};
	if (c == REVOKE)
		reference_may_end(i);
	return (struct run_of){.c = c,
		.what = takes ? reference_request(i)->key : NULL};
}

static bool two(enum command c, enum command d, int i)
{
	struct run_of a = on(c, i);
	struct run_of b = on(d, i);

	run_two(&a, &b);
	return status_fine(a.c, a.status) && status_fine(b.c, b.status);
}

/* Asked, and approved where somebody is asked; *ret -1: no room. */
static bool ask_and_approve(int user, int role, const struct length *l,
	int extends, int *ret)
{
	*ret = ask(user, role, l, extends);
	if (*ret < 0)
		return true;
	/* Roles that nobody is asked for are granted by the first. */
	if (roles[role].approver != NULL &&
		(!run(SYNC, NULL) || !reference_check(false)))
		return false;
	approve(*ret);
	return true;
}

/* dies 0: the sync that grants lives. */
static bool give(int user, int role, const struct length *l, int extends,
	int dies)
{
	int i;

	if (!ask_and_approve(user, role, l, extends, &i))
		return false;
	if (i < 0)
		return true;
	if (dies == 0)
		return run(SYNC, NULL);
	reference_trouble();
	(void)run_killed(SYNC, NULL, dies);
	return true;
}

static bool give_by_two(int user, int role, uint32_t die)
{
	int i;

	return ask_and_approve(user, role, &lengths[3], -1, &i) && (i < 0 ||
		two((enum command)(die / ANY_TIME),
			(enum command)(die % ANY_TIME), i));
}

static bool tick(void)
{
	return run(SYNC, NULL) && run(EXPIRE, NULL);
}

static bool end_by_hand(int i)
{
	reference_may_end(i);
	return run(REVOKE, reference_request(i)->key);
}

static void add_fault(const struct operation *o)
{
	char json[256];
	const char *at = strstr(troubles[o->a].json, "%d");

	snprintf(json, sizeof(json), "%.*s%u%s",
		(int)(at - troubles[o->a].json), troubles[o->a].json, o->b,
		at + 2);
	fault(json);
	wrong.faults = true;
}

static void fine(void)
{
	no_faults();
	lag(0, false);
	host_clock(0);
	date_header(true);
	memset(&wrong, 0, sizeof(wrong));
}

static void set_host_clock(int64_t off_s)
{
	host_clock(off_s);
	wrong.clock = off_s > 300 || off_s < -300;
}

/* On a request that there is. */
static bool on_request(const struct operation *o)
{
	int i = reference_requests() > 0 ?
		(int)o->a % reference_requests() : -1;
	const struct asked *r = i < 0 ? NULL : reference_request(i);

	if (r == NULL)
		return true;
	switch (o->what) {
	case APPROVE:
		approve(i);
		return true;
	case BY_HAND:
		return run(GRANT, r->key);
	case EXTEND:
		return give(r->user, r->role, &lengths[o->b], i, 0);
	case END_BY_HAND:
		return end_by_hand(i);
	default:
		if (person_ends(r->user, r->key))
			reference_may_end(i);
		return true;
	}
}

static bool around(const struct operation *o)
{
	switch (o->what) {
	case LATER:
		later(laters[o->a]);
		return true;
	case HOST_CLOCK:
		set_host_clock(skews[o->a]);
		return true;
	case NO_DATE:
		date_header(false);
		wrong.no_date = true;
		return true;
	case CONSOLE_IN:
	case CONSOLE_OUT:
		console_set((int)o->a, (int)o->b, o->what == CONSOLE_IN);
		reference_console((int)o->a, (int)o->b,
			o->what == CONSOLE_IN);
		return true;
	case LEAVE:
		console_status((int)o->a, "DEPROVISIONED");
		reference_left((int)o->a);
		return true;
	case COME_BACK:
		console_status((int)o->a, "ACTIVE");
		return true;
	case FAULT:
		add_fault(o);
		return true;
	case LAG:
		lag((int)o->a + 1, o->b > 0);
		wrong.lag = true;
		return true;
	default:
		fine();
		return true;
	}
}

static bool carry_out(const struct operation *o)
{
	switch (o->what) {
	case GIVE:
		return give((int)o->a, (int)o->b, &lengths[o->c], -1, 0);
	case GIVE_KILLED:
		return give((int)o->a, (int)o->b, &lengths[3], -1,
			dies_at(o->c));
	case ASK:
		(void)ask((int)o->a, (int)o->b, &lengths[o->c], -1);
		return true;
	case TICK:
		return tick();
	case RUN:
		return run((enum command)o->a, NULL);
	case KILLED:
		reference_trouble();
		(void)run_killed((enum command)o->a, NULL, dies_at(o->b));
		return true;
	case TWO_RUNS:
		return two((enum command)o->a, (enum command)o->b,
			reference_requests() > 0 ?
			(int)o->c % reference_requests() : -1);
	case GIVE_BY_TWO:
		return give_by_two((int)o->a, (int)o->b, o->c);
	case APPROVE:
	case BY_HAND:
	case EXTEND:
	case END_BY_HAND:
	case END_BY_ISSUE:
		return on_request(o);
	default:
		return around(o);
	}
}

/* sync does all that expire does: one of them is enough here. */
static bool quiet_tick(int64_t after_s)
{
	later(after_s);
	return run(SYNC, NULL) && reference_check(true);
}

bool sequence_loses;

static bool ends_well(enum command c, const char *what)
{
	int status = run_lapse(c, what);

	return status == 0 || (snprintf(why, sizeof(why),
		"lapse %s ended with status %d", command_names[c], status),
		false);
}

/* From Jira alone; what the reference expects stays as it was. */
static bool lose_and_rebuild(void)
{
	char anchor[KEY_MAX];

	if (!ends_well(CHECK, NULL))
		return false;
	ledger_lose(anchor);
	reference_rebuilt();
	return ends_well(REBUILD, anchor) && ends_well(CHECK, NULL) &&
		ends_well(PUBLISH, NULL) && run(VERIFY, NULL) &&
		run(EXPIRE, NULL) && ends_well(CHECK, NULL) &&
		reference_check(true) && reference_settled(false) &&
		quiet_tick(1000) && quiet_tick(4000) &&
		reference_settled(false);
}

/* Retries, observations and ends come, and nothing disturbs them. */
static bool quiet(bool loses)
{
	static const int64_t soon[] = {61, 1000, 4000};
	static const int64_t long_after[] = {40 * 86400};

	fine();
	for (uint32_t i = 0; i < N(soon); i++)
		if (!quiet_tick(soon[i]))
			return false;
	if (!reference_settled(false))
		return false;
	if (loses && !lose_and_rebuild())
		return false;
	for (uint32_t i = 0; i < N(long_after); i++)
		if (!quiet_tick(long_after[i]))
			return false;
	return run(EXPIRE, NULL) && reference_check(true) &&
		reference_settled(true) && run(VERIFY, NULL);
}

bool sequence_run(const struct sequence *s, uint64_t seed, int *ret_step)
{
	char text[160];

	world_restart(seed);
	memset(&wrong, 0, sizeof(wrong));
	reference_restart();
	why[0] = '\0';
	for (int i = 0; i < s->n; i++) {
		const struct operation *o = &s->ops[i];

		*ret_step = i;
		if (verbose)
			fprintf(stderr, "  %lld %d %s\n", (long long)now_s(),
				i, operation_text(o, text));
		if (!all_fine())
			reference_trouble();
		if (!carry_out(o))
			return false;
		if (!all_fine())
			reference_trouble();
		if (!reference_check(o->what == TICK && all_fine()))
			return false;
	}
	*ret_step = s->n;
	if (verbose)
		fprintf(stderr, "  %lld quiet ticks\n", (long long)now_s());
	return quiet(sequence_loses || seed % LOSES_OF == 0);
}

/* ---- Failing ---- */

static bool fails(const struct sequence *s, uint64_t seed)
{
	int step;

	for (int i = 0; i < 3; i++)
		if (!sequence_run(s, seed, &step))
			return true;
	return false;
}

void sequence_shrink(struct sequence *s, uint64_t seed)
{
	bool smaller = true;

	while (smaller) {
		smaller = false;
		for (int i = s->n - 1; i >= 0; i--) {
			struct sequence without = *s;

			memmove(&without.ops[i], &without.ops[i + 1],
				(size_t)(s->n - i - 1) *
					sizeof(without.ops[0]));
			without.n--;
			if (!fails(&without, seed))
				continue;
			*s = without;
			smaller = true;
		}
	}
}

void sequence_print(const struct sequence *s, int step)
{
	char text[160];

	for (int i = 0; i < s->n; i++)
		printf("#   %d. %s\n", i + 1, operation_text(&s->ops[i], text));
	if (step < s->n)
		printf("# after step %d: ", step + 1);
	else
		printf("# in the quiet ticks after it: ");
	printf("%s\n", why[0] != '\0' ? why : reference_why());
}
