/* How all is, in one line for a monitoring plugin: worst first, and figures to
 * draw. The exit status that goes with it is the plugin's own. Reads only. */
#include <inttypes.h>
#include <string.h>

#include "log.h"
#include "status_find.h"
#include "when.h"

enum {
	OWED_S = 3600,		/* a notice may wait that long for Jira */
	BEHIND_S = 300,		/* clocks differ */
};

/* <Shape> said: what is wrong, joined. */
struct health {
	int state;
	struct buf said;
};

static void say(struct health *h, int state, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static void say(struct health *h, int state, const char *format, ...)
{
	va_list args;

	if (state > h->state)
		h->state = state;
	if (h->said.len > 0)
		buf_str(&h->said, ", ");
	va_start(args, format);
	buf_vfmt(&h->said, format, args);
	va_end(args);
}

static const char *s(int64_t n)
{
	return n == 1 ? "" : "s";
}

static void judge_ledger(struct health *h, const struct status_findings *f)
{
	if (*f->about.taken_over_by != '\0')
		say(h, 2, "another ledger took over");
	if (f->about.stale_since != WHEN_NONE)
		say(h, 2, "the ledger is behind its anchor");
}

static void judge_removals(struct health *h, const struct status_findings *f)
{
	char late[WHEN_TEXT];

	if (f->overdue > 0)
		say(h, 2, "%" PRId64 " removal%s overdue, the oldest by %s",
			f->overdue, s(f->overdue),
			when_duration(f->now - f->oldest_due_at, late));
	if (f->counts.parked > 0)
		say(h, 2, "%" PRId64 " change%s parked", f->counts.parked,
			s(f->counts.parked));
}

static void judge_age(struct health *h, const char *command, int64_t ok_at,
	int64_t max_age_s, int64_t now)
{
	char age[WHEN_TEXT];

	if (max_age_s == 0 || (ok_at != WHEN_NONE && now - ok_at <= max_age_s))
		return;
	if (ok_at == WHEN_NONE)
		say(h, 2, "%s never went well here", command);
	else
		say(h, 2, "%s went well %s ago", command,
			when_duration(now - ok_at, age));
}

static int64_t behind(struct lapse *l, const struct status_findings *f)
{
	int64_t clock = l->env.now(l->env.arg);

	return f->about.high_water > clock ? f->about.high_water - clock : 0;
}

/* What waits for people, while access ends as it should. */
static void judge_people(struct lapse *l, struct health *h,
	const struct status_findings *f)
{
	const struct status_counts *c = &f->counts;

	if (c->unacknowledged > 0)
		say(h, 1, "%" PRId64 " break-glass unacknowledged",
			c->unacknowledged);
	if (c->oldest_notice_at != WHEN_NONE &&
		f->now - c->oldest_notice_at > OWED_S)
		say(h, 1, "%" PRId64 " notice%s undelivered", c->notices,
			s(c->notices));
	if (f->slack.oldest_at != WHEN_NONE &&
		f->now - f->slack.oldest_at > OWED_S)
		say(h, 1, "%" PRId64 " message%s not sent in Slack",
			f->slack.waiting, s(f->slack.waiting));
	if (f->slack_lacks != 0)
		say(h, 1, "the app in Slack lacks a scope");
	if (f->due.roles.n > 0)
		say(h, 1, "%zu review%s overdue", f->due.roles.n,
			s((int64_t)f->due.roles.n));
	if (behind(l, f) > BEHIND_S)
		say(h, 1, "the clock is %" PRId64 " s behind", behind(l, f));
}

/* 'name'=value[unit];warning;critical */
static void put_age(struct buf *out, const char *name, int64_t at, int64_t now,
	int64_t limit_s)
{
	if (at == WHEN_NONE || at > now)
		return;
	buf_fmt(out, " %s=%" PRId64 "s;;", name, now - at);
	if (limit_s > 0)
		buf_fmt(out, "%" PRId64, limit_s);
}

static void put_figures(struct buf *out, const struct status_findings *f,
	int64_t max_age_s)
{
	const struct status_counts *c = &f->counts;

	buf_fmt(out, "overdue=%" PRId64 ";;0 parked=%" PRId64 ";;0",
		f->overdue, c->parked);
	buf_fmt(out, " oldest_late=%" PRId64 "s", f->overdue > 0 ?
		f->now - f->oldest_due_at : 0);
	buf_fmt(out, " active=%" PRId64 " elevated=%" PRId64
		" standing=%" PRId64, c->active, c->elevated, c->standing);
	buf_fmt(out, " unknown=%" PRId64 " notices=%" PRId64 " drift=%" PRId64
		" break_glass=%" PRId64 ";0 reviews_overdue=%zu;0",
		c->unknown, c->notices, c->drift, c->unacknowledged,
		f->due.roles.n);
	buf_fmt(out, " slack_waiting=%" PRId64 " slack_failing=%" PRId64,
		f->slack.waiting, f->slack.failing);
	put_age(out, "slack_read_age", f->slack_read_at, f->now, 0);
	put_age(out, "sync_age", f->sync_ok_at, f->now, max_age_s);
	put_age(out, "expire_age", f->expire_ok_at, f->now, max_age_s);
}

static int record(struct lapse *l, const struct health *h,
	const struct buf *figures, struct lapse_err *err)
{
	static const char *const words[] = {"OK", "WARNING", "CRITICAL"};
	const struct lapse_field fields[] = {
		{"state", LAPSE_INT, NULL, h->state},
		{"word", LAPSE_TEXT, words[h->state], 0},
		{"said", LAPSE_TEXT, buf_text(&h->said), 0},
		{"figures", LAPSE_TEXT, buf_text(figures), 0},
	};

	return core_record(l, "lapse/health.v1", fields,
		sizeof(fields) / sizeof(*fields), err);
}

static int judge(struct lapse *l, const struct status_findings *f,
	int64_t max_age_s, struct health *h, struct lapse_err *err)
{
	AUTO_BUF figures = {0};
	int rc;

	judge_ledger(h, f);
	judge_removals(h, f);
	judge_age(h, "sync", f->sync_ok_at, max_age_s, f->now);
	judge_age(h, "expire", f->expire_ok_at, max_age_s, f->now);
	judge_people(l, h, f);
	if (h->said.len == 0)
		buf_fmt(&h->said, "%" PRId64 " active grant%s, none late",
			f->counts.active, s(f->counts.active));
	put_figures(&figures, f, max_age_s);
	rc = buf_check(&h->said, err, "health");
	if (rc == 0)
		rc = buf_check(&figures, err, "health");
	return rc < 0 ? rc : record(l, h, &figures, err);
}

int lapse_health(struct lapse *l, int64_t max_age_s, struct lapse_err *err)
{
	struct status_findings f = {0};
	struct health h = {0};
	int rc = status_find(l, &f, err);

	if (rc == 0)
		rc = judge(l, &f, max_age_s, &h, err);
	buf_clear(&h.said);
	if (rc == 0 && h.state > 0)
		core_note(l, h.state > 1 ? LAPSE_EXIT_OVERDUE :
			LAPSE_EXIT_PENDING, NULL);
	return rc;
}
