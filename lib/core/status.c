/* How all is, from the ledger alone: counts, what is late, what is stuck, how
 * old the last success and each observation are. Reads only. */
#include <stdio.h>
#include <string.h>

#include "drift_rows.h"
#include "log.h"
#include "slack_scope.h"
#include "status_find.h"
#include "when.h"

/* ---- The record ---- */

static struct lapse_field text(const char *name, const char *value)
{
	return (struct lapse_field){name, LAPSE_TEXT,
		*value == '\0' ? NULL : value, 0};
}

static struct lapse_field number(const char *name, int64_t value)
{
	return (struct lapse_field){name, LAPSE_INT, NULL, value};
}

static struct lapse_field at(const char *name, int64_t value)
{
	return (struct lapse_field){name, LAPSE_TIME, NULL, value};
}

/* From the one time to the other; none when they are not in this order. */
static struct lapse_field span(const char *name, int64_t from, int64_t to)
{
	return (struct lapse_field){name, LAPSE_SECONDS, NULL,
		from != WHEN_NONE && from < to ? to - from : WHEN_NONE};
}

/* What rests on this host alone. */
static void say_exposure(int64_t n, char *ret, size_t size)
{
	snprintf(ret, size, "if this host died now, %lld membership%s would "
		"not end by %s", (long long)n, n == 1 ? "" : "s",
		n == 1 ? "itself" : "themselves");
}

static int record(struct lapse *l, const struct status_findings *f,
	int64_t before, struct lapse_err *err)
{
	const struct status_counts *c = &f->counts;
	int64_t clock = l->env.now(l->env.arg);
	const char *lacks = slack_scopes_names(f->slack_lacks, &l->arena);
	char exposure[96];

	if (lacks == NULL)
		return lapse_fail_nomem(err);
	say_exposure(c->exposed, exposure, sizeof(exposure));
	const struct lapse_field fields[] = {
		text("ledger", f->about.id),
		at("now", f->now),
		number("granting", c->granting),
		number("active", c->active),
		number("ending", c->ending),
		number("standing", c->standing),
		number("elevated", c->elevated),
		number("unacknowledged_break_glass", c->unacknowledged),
		at("next_deadline_at", c->next_deadline_at),
		number("requests_seen", c->seen),
		number("requests_asked", c->asked),
		number("overdue", f->overdue),
		span("oldest_lateness", f->oldest_due_at, f->now),
		number("parked", c->parked),
		number("unknown", c->unknown),
		number("open_changes", c->open_changes),
		number("notices_owed", c->notices),
		at("oldest_notice_at", c->oldest_notice_at),
		number("manual_steps", c->manual),
		number("drift", c->drift),
		number("drift_from_before", before),
		number("exposed", c->exposed),
		text("exposure", exposure),
		at("sync_ok_at", f->sync_ok_at),
		at("expire_ok_at", f->expire_ok_at),
		at("enforced_at", f->about.enforced_at),
		at("stale_since", f->about.stale_since),
		text("taken_over_by", f->about.taken_over_by),
		span("clock_behind", clock, f->about.high_water),
		text("anchor_issue", f->about.anchor_issue),
		number("evidence_seq", f->head_seq),
		text("evidence_head", f->head),
		number("reviews_open", f->reviews.campaigns),
		number("review_items_undecided", f->reviews.undecided),
		number("review_items_moving", f->reviews.moving),
		at("review_due_at", f->reviews.due_at),
		number("reviews_unacknowledged", f->reviews.unacknowledged),
		number("movers_unreviewed", f->movers),
		number("reviews_overdue", (int64_t)f->due.roles.n),
		span("oldest_review_lateness", f->due.oldest_at, f->now),
		text("overdue_reviews", f->due_roles != NULL ? f->due_roles :
							       ""),
		at("slack_read_at", f->slack_read_at),
		number("slack_waiting", f->slack.waiting),
		at("oldest_slack_at", f->slack.oldest_at),
		number("slack_failing", f->slack.failing),
		text("slack_lacks", lacks),
		text("slack_error", f->slack_error != NULL ? f->slack_error :
							     ""),
	};

	return core_record(l, "lapse/status.v1", fields,
		sizeof(fields) / sizeof(*fields), err);
}

static int record_idp(void *arg, const char *schema,
	const struct lapse_field *fields, size_t n, struct lapse_err *err)
{
	return core_record(arg, schema, fields, n, err);
}

/* ---- What is said about it ---- */

static void note_overdue(struct lapse *l, const struct status_findings *f)
{
	struct lapse_err err;
	char late[WHEN_TEXT];

	if (f->overdue > 0) {
		lapse_fail(&err, LAPSE_EITEM,
			"status: %lld removal(s) overdue, the oldest by %s; "
			"see `lapse list changes`", (long long)f->overdue,
			when_duration(f->now - f->oldest_due_at, late));
		core_note(l, LAPSE_EXIT_OVERDUE, &err);
	}
	if (f->counts.parked > 0) {
		lapse_fail(&err, LAPSE_EITEM,
			"status: %lld change(s) parked; see `lapse parked "
			"list`", (long long)f->counts.parked);
		core_note(l, LAPSE_EXIT_OVERDUE, &err);
	}
}

/* Reviews are people's to hold: they are said, and change no status. */
static void say_reviews(struct lapse *l, const struct status_findings *f)
{
	char late[WHEN_TEXT];

	if (f->movers > 0)
		log_say(&l->env, LAPSE_WARNING, "status: %lld %s moved more "
			"than 30 days ago and %s not been reviewed since",
			(long long)f->movers,
			f->movers == 1 ? "person" : "people",
			f->movers == 1 ? "has" : "have");
	if (f->due.roles.n > 0)
		log_say(&l->env, LAPSE_WARNING, "status: %zu review(s) "
			"overdue, the oldest by %s; see overdue reviews, and "
			"open a campaign", f->due.roles.n,
			when_duration(f->now - f->due.oldest_at, late));
}

/* Nobody's access waits for Slack: said, and no status either. */
static int say_slack(struct lapse *l, const struct status_findings *f,
	struct lapse_err *err)
{
	const char *lacks = slack_scopes_say(f->slack_lacks, &l->arena);

	if (lacks == NULL)
		return lapse_fail_nomem(err);
	if (*lacks != '\0')
		log_say(&l->env, LAPSE_WARNING, "status: slack: the app lacks "
			"%s; add it to the app and install it again, see "
			"lapse-slack(7)", lacks);
	return 0;
}

static void note_age(struct lapse *l, const char *command, int64_t ok_at,
	int64_t max_age_s, int64_t now)
{
	struct lapse_err err;
	char age[WHEN_TEXT], limit[WHEN_TEXT];

	if (ok_at != WHEN_NONE && now - ok_at <= max_age_s)
		return;
	if (ok_at == WHEN_NONE)
		lapse_fail(&err, LAPSE_EITEM,
			"status: %s: never went well here; see its timer",
			command);
	else
		lapse_fail(&err, LAPSE_EITEM,
			"status: %s: the last success is %s old, more than "
			"%s; see its timer", command,
			when_duration(now - ok_at, age),
			when_duration(max_age_s, limit));
	core_note(l, LAPSE_EXIT_OVERDUE, &err);
}

static void note_ledger(struct lapse *l, const struct status_findings *f)
{
	struct lapse_err err;
	char since[WHEN_TEXT];

	if (*f->about.taken_over_by != '\0') {
		lapse_fail(&err, LAPSE_ELEDGER,
			"status: ledger %s took the anchor over; this one does "
			"nothing more", f->about.taken_over_by);
		core_note(l, LAPSE_EXIT_LEDGER, &err);
	}
	if (f->about.stale_since != WHEN_NONE) {
		lapse_fail(&err, LAPSE_ELEDGER,
			"status: the ledger is behind what it told Jira, or "
			"its anchor was changed, since %s; nothing is granted; "
			"`lapse sync` says which, and what to do",
			when_time(f->about.stale_since, since));
		core_note(l, LAPSE_EXIT_LEDGER, &err);
	}
}

int lapse_status(struct lapse *l, int64_t max_age_s, struct lapse_err *err)
{
	struct status_findings f = {0};
	int64_t before = 0;
	int rc = status_find(l, &f, err);

	if (rc == 0)
		rc = drift_before(l->ledger, &before, err);
	if (rc == 0)
		rc = record(l, &f, before, err);
	if (rc == 0)
		rc = status_idps(l->ledger, record_idp, l, err);
	if (rc < 0)
		return rc;
	note_ledger(l, &f);
	note_overdue(l, &f);
	say_reviews(l, &f);
	rc = say_slack(l, &f, err);
	if (rc < 0)
		return rc;
	if (max_age_s > 0) {
		note_age(l, "sync", f.sync_ok_at, max_age_s, f.now);
		note_age(l, "expire", f.expire_ok_at, max_age_s, f.now);
	}
	return 0;
}
