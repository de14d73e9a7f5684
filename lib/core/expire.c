/* `lapse expire`: taking back every access whose time is up. With nothing due
 * it makes no call and writes nothing, but for a clock that is known to be
 * behind: then the services are asked for the time. */
#include <string.h>

#include "grant.h"
#include "log.h"
#include "manual.h"
#include "notice.h"
#include "reconcile.h"
#include "sync.h"
#include "witness.h"

enum {
	BATCH = 64,		/* grants ended with one commit */
	NOTICE_SHARE = 4,	/* of the run's deadline goes to notices */
};

/* A stale ledger may have forgotten an extension: the issue's own property
 * may name a later deadline. Without an answer the removal goes on. */
static bool prolonged(struct lapse *l, const struct grant_row *g)
{
	struct lapse_err err;
	int64_t until = WHEN_NONE;

	if (!l->stale || g->issue == NULL)
		return false;
	if (projection_deadline(l, g->issue, g->id, &until, &err) < 0) {
		log_say(&l->env, LAPSE_WARNING, "%s: %s; removed without "
			"a witness", g->issue_key, err.text);
		return false;
	}
	return until != WHEN_NONE && until > core_now(l);
}

/* As it is now: another run may have moved it since it was found due. */
static int end_one(struct lapse *l, int64_t id, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct grant_row g = {0};
	int rc = grant_get(l->ledger, id, &a, &g, err);

	if (rc < 0)
		return rc;
	if (strcmp(g.state, "granting") == 0)
		return grant_end(l, &g, "withdrawn", "lapse", "its time was "
			"up before every membership was verified", g.ends_at,
			err);
	return grant_end(l, &g, "expired", "lapse", NULL, g.ends_at, err);
}

/* Which due grants a witness prolongs is asked before any transaction: of a
 * stale ledger only. */
static int find_prolonged(struct lapse *l, const struct grant_rows *due,
	struct lapse_err *err)
{
	for (size_t i = 0; l->stale && i < due->list.n; i++) {
		int64_t *slot;

		if (!prolonged(l, &due->list.items[i]))
			continue;
		slot = VEC_ADD(&l->prolonged, &l->arena);
		if (slot == NULL)
			return lapse_fail_nomem(err);
		*slot = due->list.items[i].id;
	}
	return 0;
}

static bool is_prolonged(const struct lapse *l, int64_t grant)
{
	for (size_t i = 0; i < l->prolonged.n; i++)
		if (l->prolonged.items[i] == grant)
			return true;
	return false;
}

static int plan(struct lapse *l, const struct grant_rows *due,
	struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < due->list.n && rc == 0; i++)
		rc = core_plan(l, due->list.items[i].issue_key, "remove",
			due->list.items[i].role, err);
	return rc;
}

static void say_due(struct lapse *l, const struct grant_rows *due)
{
	const struct grant_row *g = &due->list.items[0];
	struct lapse_err why;

	lapse_fail(&why, LAPSE_EUNAVAIL, "time: no service told it; '%s'%s "
		"due and ended when one does",
		g->issue_key != NULL ? g->issue_key : g->role,
		due->list.n > 1 ? " and others seem" : " seems");
	core_note(l, LAPSE_EXIT_UNAVAILABLE, &why);
}

/* A clock that nothing confirms may be years ahead: it ends nothing, and
 * what seems due is said. By one that is behind, nothing may seem so. */
static int wait_for_time(struct lapse *l, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct grant_rows due = {0};
	struct lapse_err why;
	int64_t behind = core_behind(l);
	int rc = grants_due(l->ledger, core_now(l), 2, &a, &due, err);

	if (rc < 0)
		return rc;
	if (due.list.n > 0)
		say_due(l, &due);
	if (behind == 0)
		return 0;
	lapse_fail(&why, LAPSE_EUNAVAIL, "clock: %lld s behind what services "
		"told before, and none tells the time now; what is due since "
		"then waits; set this host's clock", (long long)behind);
	core_note(l, LAPSE_EXIT_UNAVAILABLE, &why);
	return 0;
}

int expire_due(struct lapse *l, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct grant_rows due = {0};
	int rc;

	if (l->taken_over)
		return 0;
	if (!l->time_known)
		return wait_for_time(l, err);
	if (l->dry_run || l->stale) {
		rc = grants_due(l->ledger, core_now(l), INT32_MAX, &a, &due,
			err);
		if (rc == 0)
			rc = find_prolonged(l, &due, err);
		if (rc == 0 && l->dry_run)
			rc = plan(l, &due, err);
		if (rc < 0)
			return rc;
	}
	l->ends_due = !l->dry_run;
	return 0;
}

/* Ends the next grants whose time is up, inside the reconciler's own
 * transaction. */
static int end_due(struct lapse *l, bool act, bool *ret_any,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct grant_rows due = {0};
	int rc = 0;

	*ret_any = false;
	if (!l->ends_due)
		return 0;
	rc = grants_due(l->ledger, core_now(l),
		BATCH + (int64_t)l->prolonged.n, &a, &due, err);
	for (size_t i = 0; i < due.list.n && rc == 0; i++) {
		if (is_prolonged(l, due.list.items[i].id))
			continue;
		*ret_any = true;
		if (act)
			rc = end_one(l, due.list.items[i].id, err);
	}
	return rc;
}

int settle(struct lapse *l, struct lapse_err *err)
{
	struct lapse_err why;
	bool shown = false;
	int rc;

	if (l->dry_run)
		return grants_overdue(l, err);
	/* Due removals first: a property that Jira does not take is a grant's
	 * affair. */
	rc = reconcile_run(l, 0, end_due, err);
	if (rc == 0)
		rc = grants_project(l, &shown, err);
	if (rc == 0 && shown)
		rc = reconcile_run(l, 0, end_due, err);
	if (rc < 0)
		return rc;
	/* Jira's troubles are noted and never undo what was done. */
	if (grants_manual(l, &why) < 0 || record_issues(l, &why) < 0 ||
		notice_deliver(l, NULL, l->config->run_deadline * 1000 /
			NOTICE_SHARE, &why) < 0)
		core_note(l, lapse_exit_of(why.code), &why);
	return grants_overdue(l, err);
}

static int anything(struct lapse *l, bool *ret, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct grant_rows grants = {0};
	struct change_rows changes = {0};
	int64_t now = core_now(l);
	int rc = grants_due(l->ledger, now, 1, &a, &grants, err);

	if (rc == 0 && grants.list.n == 0)
		rc = grants_ending(l->ledger, &a, &grants, err);
	if (rc == 0 && grants.list.n == 0)
		rc = changes_next(l->ledger, now, 0, 1, &a, &changes, err);
	*ret = grants.list.n > 0 || changes.list.n > 0;
	return rc;
}

int lapse_expire(struct lapse *l, struct lapse_err *err)
{
	bool due = false;
	int rc = anything(l, &due, err);

	if (rc < 0)
		return rc;
	l->idle = !due && core_behind(l) == 0;
	if (l->idle) {
		rc = grants_overdue(l, err);
		return rc < 0 ? rc : manual_overdue(l, err);
	}
	rc = core_online(l, err);
	if (rc == 0)
		rc = anchor_check(l, err);
	if (rc == 0)
		rc = expire_due(l, err);
	if (rc == 0)
		rc = settle(l, err);
	return rc < 0 ? rc : witness_tell(l, err);
}
