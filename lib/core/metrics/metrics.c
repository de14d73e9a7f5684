/* Everything that monitoring is told, from the ledger and the time stamps beside
 * it: no network, no credential. What each means is its help line, and the
 * manual's; a sample that is not known is left out. */
#include "metrics.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "metrics_rows.h"
#include "status_find.h"

/* ---- Counted by the ledger ---- */

static const struct counted {
	struct metric m;
	enum metrics_of which;
	const char *a, *b;		/* names of the labels; NULL: none */
} counted[] = {
	{{"grants", METRIC_GAUGE, "Grants by state."},
		METRICS_GRANTS, "state", NULL},
	{{"role_grants", METRIC_GAUGE, "Grants that have not ended, by role."},
		METRICS_ROLES, "role", "elevated"},
	{{"requests", METRIC_GAUGE, "Requests by state."},
		METRICS_REQUESTS, "state", NULL},
	{{"holds", METRIC_GAUGE,
		"Live holds on memberships, of grants and of access from "
		"before."},
		METRICS_HOLDS, "idp", "kind"},
	{{"open_changes", METRIC_GAUGE,
		"Adds and removes not settled; unknown is doubtful: the reply "
		"was lost."},
		METRICS_CHANGES, "idp", "state"},
	{{"parked_changes", METRIC_GAUGE,
		"Changes that the provider refuses, by their kind."},
		METRICS_PARKED, "idp", "kind"},
	{{"notices_undelivered", METRIC_GAUGE,
		"Comments, transitions and properties owed to Jira."},
		METRICS_NOTICES, "state", NULL},
	{{"manual_steps", METRIC_GAUGE, "Steps that wait for a person."},
		METRICS_MANUAL, "kind", NULL},
	{{"drift", METRIC_GAUGE,
		"Memberships that a named human settles, seen since lapse "
		"watches."},
		METRICS_DRIFT, "idp", "kind"},
	{{"stray_issues", METRIC_GAUGE,
		"Issues that say something else than the ledger."},
		METRICS_STRAYS, "kind", NULL},
	{{"reclaims", METRIC_GAUGE,
		"Unused memberships that were warned about, by what became of "
		"it."},
		METRICS_RECLAIMS, "state", NULL},
	{{"groups_read", METRIC_GAUGE, "Groups whose members are known."},
		METRICS_GROUPS, "idp", NULL},
	{{"groups_unread", METRIC_GAUGE,
		"Groups with live holds that were never read completely."},
		METRICS_UNREAD, "idp", NULL},
	{{"observation_oldest_timestamp_seconds", METRIC_GAUGE,
		"The last reading of the group that was not read for longest."},
		METRICS_OBSERVED, "idp", NULL},
	{{"credential_end_timestamp_seconds", METRIC_GAUGE,
		"When the credential ends, by its certificate."},
		METRICS_CREDENTIALS, "idp", NULL},
	{{"removal_lag_max_seconds", METRIC_GAUGE,
		"The longest of removal_lag_seconds."},
		METRICS_LAG_MAX, NULL, NULL},
	{{"conditions", METRIC_GAUGE,
		"Conditions that lasted at the last run of a timer."},
		METRICS_CONDITIONS, NULL, NULL},
	{{"clock_suspect", METRIC_GAUGE,
		"1: at the last run of a timer the clock was more than five "
		"minutes off."},
		METRICS_SUSPECT, NULL, NULL},
};

struct counting {
	struct metrics_out *o;
	const struct counted *of;
};

static int put_counted(void *arg, const char *a, const char *b, int64_t value,
	struct lapse_err *err)
{
	const struct counting *c = arg;
	const struct metric_label labels[] = {
		{c->of->a, a},
		{c->of->b, b},
		{NULL, NULL},
	};

	return metrics_sample(c->o, &c->of->m, "", labels, value, err);
}

static int put_all_counted(struct metrics_out *o, struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < ARRAY_N(counted) && rc == 0; i++) {
		struct counting c = {o, &counted[i]};

		rc = metrics_rows(o->l->ledger, counted[i].which, put_counted,
			&c, err);
	}
	return rc;
}

/* ---- How late removals are ---- */

static const struct metric lag = {"removal_lag_seconds", METRIC_HISTOGRAM,
	"From the deadline of a removal to the proof of absence, of all there "
	"were."};

struct lagging {
	struct metrics_out *o;
	const char *suffix;
};

static int put_lag(void *arg, const char *le, const char *none, int64_t value,
	struct lapse_err *err)
{
	const struct lagging *g = arg;
	const struct metric_label labels[] = {{"le", le}, {NULL, NULL}};

	(void)none;
	return metrics_sample(g->o, &lag, g->suffix, labels, value, err);
}

static int put_lags(struct metrics_out *o, struct lapse_err *err)
{
	static const struct {
		enum metrics_of which;
		const char *suffix;
	} parts[] = {
		{METRICS_LAG, "_bucket"},
		{METRICS_LAG_SUM, "_sum"},
		{METRICS_LAG_COUNT, "_count"},
	};
	int rc = 0;

	for (size_t i = 0; i < ARRAY_N(parts) && rc == 0; i++) {
		struct lagging g = {o, parts[i].suffix};

		rc = metrics_rows(o->l->ledger, parts[i].which, put_lag, &g,
			err);
	}
	return rc;
}

/* ---- One figure each ---- */

static int put_one(struct metrics_out *o, const char *name, const char *help,
	int64_t value, struct lapse_err *err)
{
	static const struct metric_label none[] = {{NULL, NULL}};
	const struct metric m = {name, METRIC_GAUGE, help};

	return value == WHEN_NONE ? 0 :
		metrics_sample(o, &m, "", none, value, err);
}

/* Since a time; 0: nothing is that old. */
static int64_t age(int64_t since, int64_t now)
{
	return since == WHEN_NONE || since > now ? 0 : now - since;
}

static int put_figures(struct metrics_out *o, struct lapse_err *err)
{
	struct status_findings f = {0};
	const struct status_counts *c = &f.counts;
	int rc = status_find(o->l, &f, err);

	if (rc < 0)
		return rc;
	int64_t clock = o->l->env.now(o->l->env.arg);
	const struct {
		const char *name;
		int64_t value;
		const char *help;
	} figures[] = {
		{"overdue_removals", f.overdue,
			"Grants whose access is there longer than "
			"overdue-after beyond its deadline."},
		{"overdue_removals_oldest_seconds",
			age(f.oldest_due_at, f.now),
			"How late the latest of them is."},
		{"next_deadline_timestamp_seconds", c->next_deadline_at,
			"The next deadline of a grant; none: absent."},
		{"grants_standing", c->standing,
			"Active grants without an end."},
		{"grants_elevated", c->elevated,
			"Active grants of elevated roles."},
		{"break_glass_unacknowledged", c->unacknowledged,
			"Break-glass grants that nobody else has acknowledged."},
		{"memberships_exposed", c->exposed,
			"Memberships with a deadline that only lapse ends: no "
			"second line."},
		{"notices_undelivered_oldest_seconds",
			age(c->oldest_notice_at, f.now),
			"How long Jira has been owed the oldest notice."},
		{"conditions_oldest_seconds",
			age(c->oldest_condition_at, f.now),
			"How long the oldest condition has lasted."},
		{"reviews_open", f.reviews.campaigns,
			"Campaigns not closed."},
		{"review_items_undecided", f.reviews.undecided,
			"Items that wait for a reviewer."},
		{"review_items_moving", f.reviews.moving,
			"Decisions that are being carried out."},
		{"reviews_unacknowledged", f.reviews.unacknowledged,
			"Closed campaigns that nobody has acknowledged."},
		{"reviews_overdue", (int64_t)f.due.roles.n,
			"Roles whose review-every has passed."},
		{"reviews_overdue_oldest_seconds", age(f.due.oldest_at, f.now),
			"How long the first of them is overdue."},
		{"movers_unreviewed", f.movers,
			"People who moved more than 30 days ago and were not "
			"reviewed since."},
		{"slack_read_timestamp_seconds", f.slack_read_at,
			"When all that is to be read in Slack was last read."},
		{"slack_messages_waiting", f.slack.waiting,
			"Messages in Slack that are owed and not sent."},
		{"slack_messages_waiting_oldest_seconds",
			age(f.slack.oldest_at, f.now),
			"How long the oldest of them has waited."},
		{"slack_failing", f.slack.failing,
			"Messages, requests and answers of Slack whose last "
			"try failed."},
		{"slack_scopes_missing", __builtin_popcount(f.slack_lacks),
			"Scopes that the app in Slack lacks."},
		{"clock_behind_seconds",
			f.about.high_water > clock ?
				f.about.high_water - clock : 0,
			"How far the clock is behind the latest time that a "
			"service confirmed."},
		{"ledger_stale", f.about.stale_since != WHEN_NONE,
			"1: the ledger is behind its anchor."},
		{"ledger_taken_over", *f.about.taken_over_by != '\0',
			"1: another ledger took the anchor over."},
		{"ledger_enforcing", f.about.enforced_at != WHEN_NONE,
			"1: a run has enforced."},
		{"ledger_schema_version", metrics_schema(o->l->ledger),
			"The schema of the ledger's file."},
		{"evidence_head_seq", f.head_seq,
			"The number of the last event."},
		{"evidence_anchored_seq", f.about.anchor_seq,
			"The last event that the anchor issue tells of."},
	};

	for (size_t i = 0; i < ARRAY_N(figures) && rc == 0; i++)
		rc = put_one(o, figures[i].name, figures[i].help,
			figures[i].value, err);
	return rc;
}

/* ---- What is beside the ledger ---- */

static int put_build(struct metrics_out *o, struct lapse_err *err)
{
	static const struct metric m = {"build_info", METRIC_GAUGE,
		"Always 1; which lapse this is."};
	static const struct metric_label labels[] = {
		{"version", LAPSE_VERSION}, {NULL, NULL}};

	return metrics_sample(o, &m, "", labels, 1, err);
}

/* COMMAND.ok */
static int is_stamp(const struct dirent *entry)
{
	size_t len = strspn(entry->d_name, "abcdefghijklmnopqrstuvwxyz-");

	return len > 0 && strcmp(entry->d_name + len, ".ok") == 0;
}

struct stamps {
	struct dirent **names;
	int n;
};

static void stamps_clear(struct stamps *s)
{
	for (int i = 0; i < s->n; i++)
		free(s->names[i]);
	free(s->names);
}
#define AUTO_STAMPS __attribute__((cleanup(stamps_clear))) struct stamps

static int put_stamps(struct metrics_out *o, struct lapse_err *err)
{
	static const struct metric m = {"last_success_timestamp_seconds",
		METRIC_GAUGE, "When the command last went well."};
	AUTO_STAMPS s = {NULL, 0};
	AUTO_BUF folder = {0};
	int rc;

	status_folder(o->l, &folder);
	rc = buf_check(&folder, err, "metrics");
	if (rc == 0)
		s.n = scandir(buf_text(&folder), &s.names, is_stamp, alphasort);
	if (s.n < 0)
		s.n = 0;
	for (int i = 0; i < s.n && rc == 0; i++) {
		char *name = s.names[i]->d_name;
		const struct metric_label labels[] = {{"command", name},
			{NULL, NULL}};
		int64_t at;

		name[strlen(name) - strlen(".ok")] = '\0';
		at = status_last_ok(o->l, name);
		if (at != WHEN_NONE)
			rc = metrics_sample(o, &m, "", labels, at, err);
	}
	return rc;
}

static int put_all(struct metrics_out *o, struct lapse_err *err)
{
	int rc = put_build(o, err);

	if (rc == 0)
		rc = put_stamps(o, err);
	if (rc == 0)
		rc = put_figures(o, err);
	if (rc == 0)
		rc = put_all_counted(o, err);
	return rc < 0 ? rc : put_lags(o, err);
}

int lapse_metrics(struct lapse *l, const char *file, struct lapse_err *err)
{
	struct metrics_out o = {.l = l, .record = file == NULL};
	struct ledger *AUTO_TX tx = NULL;
	int rc = ledger_begin_read(l->ledger, err);

	/* One view: figures that belong together agree. */
	if (rc < 0)
		return rc;
	tx = l->ledger;
	rc = put_all(&o, err);
	if (rc == 0 && file != NULL)
		rc = metrics_write(file, &o.text, err);
	buf_clear(&o.text);
	return rc;
}
