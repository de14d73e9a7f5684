/* The outbox: owing a notice, and delivering what is due with several issues
 * side by side. What one result means stands in notice_issue.c. */
#include "notice.h"

#include <stdio.h>
#include <string.h>

#include "log.h"
#include "notice_issue.h"
#include "notices.h"

enum {
	SLOTS = 6,		/* issues at a time */
	TROUBLES_MAX = 3,	/* then Jira is left alone for this run */
	PATIENCE_S = 600,	/* a notice older than this is told of */
};

/* ---- Owing ---- */

static const char *const kinds[] = {
	[NOTICE_COMMENT] = "comment",
	[NOTICE_INTERNAL] = "internal",
	[NOTICE_TRANSITION] = "transition",
	[NOTICE_PROPERTY] = "property",
};

int notice_owe(struct lapse *l, const char *issue, enum notice_kind kind,
	const char *body, const char *detail, int64_t seq,
	struct lapse_err *err)
{
	struct notice_row n = {
		.issue = issue,
		.kind = kinds[kind],
		.body = body,
		.detail = detail,
		.seq = seq,
	};
	char hash[65];
	int rc = 0;

	if (issue == NULL || issue[0] == '\0')
		return 0;
	if (!ledger_in_transaction(l->ledger))
		return lapse_fail(err, LAPSE_EINTERNAL,
			"notice: issue %s: owed outside a transaction", issue);
	if (kind == NOTICE_PROPERTY && seq == 0)
		rc = evidence_head(l->ledger, &n.seq, hash, err);
	return rc < 0 ? rc : notices_add(l->ledger, &n, core_now(l), err);
}

/* ---- Delivering ---- */

struct delivery;

struct slot {
	struct delivery *d;
	struct notice_issue issue;
	bool busy;
};

struct delivery {
	struct lapse *l;
	struct strs issues;
	size_t next;
	int locks;
	int64_t until_ms;
	int troubles;
	bool stopped;
	int rc;			/* the ledger's failure; err says which */
	struct lapse_err err;
	struct slot slots[SLOTS];
};

static void keep_failure(struct delivery *d, int rc,
	const struct lapse_err *err)
{
	d->stopped = true;
	if (d->rc < 0)
		return;
	d->rc = rc;
	d->err = *err;
}

/* Jira down, denied or out of time: said once, and nothing more is begun. */
static void judge_trouble(struct delivery *d, int rc,
	const struct lapse_err *why)
{
	if (rc == LAPSE_EAGAIN)
		d->troubles = TROUBLES_MAX;
	else if (rc == LAPSE_EUNAVAIL || rc == LAPSE_EAUTH)
		d->troubles++;
	else
		return;
	if (d->stopped || d->troubles < TROUBLES_MAX)
		return;
	d->stopped = true;
	core_note(d->l, lapse_exit_of(rc), why);
}

static bool may_begin(const struct delivery *d)
{
	return !d->stopped && d->l->env.ticks_ms(d->l->env.arg) < d->until_ms;
}

static void leave_issue(struct slot *s)
{
	notices_unlock(s->d->locks, s->issue.issue);
	notice_issue_clear(&s->issue);
	s->busy = false;
}

/* Another process that delivers this issue is left to it. */
static bool take_issue(struct slot *s)
{
	struct delivery *d = s->d;
	struct lapse_err err;

	while (may_begin(d) && d->next < d->issues.n) {
		const char *issue = d->issues.items[d->next++];
		int rc;

		if (!notices_lock(d->locks, issue))
			continue;
		rc = notice_issue_open(&s->issue, d->l, issue, &err);
		s->busy = true;
		if (rc == 0)
			return true;
		keep_failure(d, rc, &err);
		leave_issue(s);
	}
	return false;
}

static void moved(void *arg, struct op *op, int rc,
	const struct lapse_err *err);

/* Puts the issue's next operation on its way. False: it has none now. */
static bool begin_op(struct slot *s)
{
	struct delivery *d = s->d;
	struct lapse_err err;
	struct lapse_err why;
	int rc = may_begin(d) ? notice_issue_next(&s->issue, &err) : 0;

	if (rc == 1) {
		rc = engine_add(d->l->engine, &d->l->jira, &s->issue.op,
			false, moved, s, &why);
		if (rc == 0)
			return true;
		judge_trouble(d, rc, &why);
		rc = notice_issue_took(&s->issue, rc, &why, &err);
	}
	if (rc < 0)
		keep_failure(d, rc, &err);
	return false;
}

static void advance(struct slot *s)
{
	while (s->busy || take_issue(s)) {
		if (begin_op(s))
			return;
		leave_issue(s);
	}
}

static void moved(void *arg, struct op *op, int rc,
	const struct lapse_err *why)
{
	struct slot *s = arg;
	struct lapse_err err;

	(void)op;
	if (rc < 0)
		judge_trouble(s->d, rc, why);
	rc = notice_issue_took(&s->issue, rc, why, &err);
	if (rc < 0) {
		keep_failure(s->d, rc, &err);
		leave_issue(s);
	}
	advance(s);
}

static int run(struct delivery *d, struct lapse_err *err)
{
	struct lapse_err why;
	int rc;

	for (size_t i = 0; i < SLOTS; i++) {
		d->slots[i].d = d;
		advance(&d->slots[i]);
	}
	rc = engine_run(d->l->engine, &why);
	if (rc < 0)
		judge_trouble(d, rc, &why);
	if (rc == LAPSE_EINTERNAL)
		keep_failure(d, rc, &why);
	if (d->rc < 0 && err != NULL)
		*err = d->err;
	return d->rc;
}

/* Jira that failed before in this run was told of then. */
static int deliver_due(struct lapse *l, struct delivery *d, int64_t share_ms,
	struct lapse_err *err)
{
	struct lapse_err why;
	int rc = core_online(l, err);

	if (rc < 0 || l->jira_failed)
		return rc;
	if (core_self(l, &why) < 0)
		log_say(&l->env, LAPSE_INFO, "notices: %s", why.text);
	if (l->jira_failed)
		return 0;
	rc = notices_locks_open(l->ledger, &d->locks, err);
	if (rc < 0)
		return rc;
	d->until_ms = l->env.ticks_ms(l->env.arg) + share_ms;
	rc = run(d, err);
	notices_locks_close(&d->locks);
	return rc;
}

static int deliver(struct lapse *l, const char *issue, int64_t share_ms,
	struct lapse_err *err)
{
	struct strs due = {0};
	struct delivery *d;
	int rc = notices_issues(
		l->ledger, issue, core_now(l), &l->arena, &due, err);

	if (rc < 0 || due.n == 0)
		return rc;
	/* All in the run's arena: an operation that the engine could not end
	 * still points here. */
	d = arena_alloc(&l->arena, sizeof(*d));
	if (d == NULL)
		return lapse_fail_nomem(err);
	d->l = l;
	d->issues = due;
	d->locks = -1;
	return deliver_due(l, d, share_ms, err);
}

static int note_backlog(struct lapse *l, const char *issue,
	struct lapse_err *err)
{
	struct notice_backlog b = {0};
	struct lapse_err line;
	char since[WHEN_TEXT];
	int rc = notices_backlog(
		l->ledger, issue, core_now(l) - PATIENCE_S, &b, err);

	if (rc < 0 || b.n == 0)
		return rc;
	lapse_fail(&line, LAPSE_EITEM,
		"jira: %lld notice%s not delivered, the oldest since %s%s%s",
		(long long)b.n, b.n == 1 ? " is" : "s are",
		when_time(b.oldest_at, since),
		b.last_error[0] != '\0' ? ": " : "", b.last_error);
	core_note(l, LAPSE_EXIT_RETRY, &line);
	return 0;
}

static void write_anchor(struct lapse *l)
{
	struct lapse_err why;

	if (!l->told_jira || l->jira_failed || anchor_write(l, &why) == 0)
		return;
	core_note(l, LAPSE_EXIT_RETRY, &why);
}

int notice_deliver(struct lapse *l, const char *issue, int64_t share_ms,
	struct lapse_err *err)
{
	int rc;

	/* A stale ledger would write over what its successor said. */
	if (l->dry_run || l->stale || l->taken_over ||
		(l->unwitnessed && !l->jira_failed))
		return 0;
	rc = deliver(l, issue, share_ms, err);
	if (rc < 0)
		return rc;
	write_anchor(l);
	return note_backlog(l, issue, err);
}
