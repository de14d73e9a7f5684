/* Acting on an approval: everything is checked again, the memberships are
 * read as they are now, and in one transaction the grant is born with its
 * holds and the changes that they owe. Sending is the reconciler's. */
#include <string.h>

#include "adoption.h"
#include "grant.h"
#include "json.h"
#include "log.h"
#include "manual.h"
#include "notice.h"
#include "reconcile.h"
#include "request.h"

enum {
	PROVISIONAL_S = 600,	/* the clock starts at most this late */
};

/* Agreeing reads of every membership of the role, before our first change. */
int request_read_before(struct lapse *l, struct request *r,
	struct reading **ret, struct lapse_err *err)
{
	size_t n = r->role->groups.n;
	struct reading *readings = arena_alloc(&r->arena,
		(n + 1) * sizeof(*readings));
	int rc;

	if (readings == NULL)
		return lapse_fail_nomem(err);
	for (size_t i = 0; i < n; i++) {
		struct membership *m = &readings[i].m;
		const struct people_link *link;

		config_role_group(r->role, i, &m->idp, &m->group);
		link = request_link(r, m->idp);
		if (link == NULL || link->user == NULL)
			return lapse_fail(err, LAPSE_EITEM,
				"%s: no user in '%s' any more",
				r->beneficiary, m->idp);
		m->user = link->user;
	}
	rc = verify_read(l, readings, n, err);
	for (size_t i = 0; i < n && rc == 0; i++) {
		if (readings[i].seen == OP_PRESENT ||
			readings[i].seen == OP_ABSENT)
			continue;
		rc = lapse_fail(err, LAPSE_EITEM,
			"%s: group '%s': cannot be read well enough to grant: "
			"%s", readings[i].m.idp, readings[i].m.group,
			readings[i].rc < 0 ? readings[i].why.text :
					     "user or group is gone");
	}
	*ret = readings;
	return rc;
}

/* ---- In the transaction ---- */

/* Another run may have granted a conflicting role in this very minute. */
static int still_no_conflict(struct lapse *l, struct request *r,
	const char **ret, struct lapse_err *err)
{
	struct grant_rows rows = {0};
	int rc = grants_live(l->ledger, r->beneficiary, &r->arena, &rows, err);

	for (size_t i = 0; i < rows.list.n && rc == 0; i++) {
		const struct grant_row *g = &rows.list.items[i];

		if (strcmp(g->state, "ended") != 0 &&
			strs_has(&r->in.conflicting, g->role))
			*ret = g->role;
	}
	return rc;
}

static int still_approved(struct lapse *l, const struct approval_row *ap,
	bool *ret, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct approval_row now = {0};
	int rc = approval_get(l->ledger, ap->id, &a, &now, err);

	if (rc == 0)
		*ret = now.id != 0 && strcmp(now.state, "approved") == 0;
	return rc;
}

int request_still_approved(struct lapse *l, struct request *r,
	const struct approval_row *ap, const char **ret_conflict, bool *ret,
	struct lapse_err *err)
{
	int rc = still_no_conflict(l, r, ret_conflict, err);

	if (rc < 0 || *ret_conflict != NULL)
		return rc;
	return still_approved(l, ap, ret, err);
}

static int64_t deadline(struct lapse *l, const struct request *r)
{
	const struct policy_decision *d = &r->decision;

	if (d->ends_at != WHEN_NONE)
		return d->ends_at;
	if (d->duration_s == 0)
		return WHEN_NONE;
	return core_now(l) + d->duration_s + PROVISIONAL_S;
}

void request_grant_row(struct lapse *l, const struct request *r,
	const struct approval_row *ap, struct grant_row *ret)
{
	const struct policy_decision *d = &r->decision;

	*ret = (struct grant_row){
		.request = r->row.id,
		.approval = ap != NULL ? ap->id : 0,
		.issue = r->issue->id,
		.issue_key = r->issue->key,
		.account = r->beneficiary,
		.role = r->role->name,
		.application = r->role->application->name,
		.elevated = r->role->elevated,
		.manual = r->role->groups.n == 0,
		/* With a fixed end there is no duration to count. */
		.duration_s = d->ends_at != WHEN_NONE ? 0 : d->duration_s,
		.created_at = core_now(l),
		.starts_at = r->extends != 0 ? r->extends_start : WHEN_NONE,
		.ends_at = deadline(l, r),
		.extended_from = r->extends,
		.reason = r->issue->why,
		.operator = r->by_hand ? l->operator : NULL,
		.policy = r->role->sha256,
		.content_hash = r->hash,
	};
}

static int add_grant(struct lapse *l, struct request *r,
	const struct approval_row *ap, int64_t *ret_id, struct lapse_err *err)
{
	struct grant_row g;

	request_grant_row(l, r, ap, &g);
	return grant_add(l->ledger, &g, ret_id, err);
}

static int place_all(struct lapse *l, struct request *r, int64_t grant,
	const struct reading *readings, struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < r->role->groups.n && rc == 0; i++) {
		const char *before = NULL;

		rc = reconcile_before(l, &readings[i], &before, err);
		if (rc == 0)
			rc = reconcile_place(l, grant, &readings[i].m, before,
				err);
	}
	return rc;
}

static int place(struct lapse *l, struct request *r,
	const struct approval_row *ap, const struct reading *readings,
	const char **ret_conflict, struct lapse_err *err)
{
	int64_t grant = 0;
	int64_t seq = 0;
	bool approved = false;
	int rc = request_still_approved(l, r, ap, ret_conflict, &approved,
		err);

	if (rc < 0 || *ret_conflict != NULL || !approved)
		return rc;
	rc = request_keep(l, r, err);
	if (rc == 0)
		rc = add_grant(l, r, ap, &grant, err);
	if (rc == 0)
		rc = place_all(l, r, grant, readings, err);
	if (rc == 0 && r->role->groups.n == 0)
		rc = manual_owe(l, grant, false, core_now(l), err);
	if (rc == 0)
		rc = approval_set(l->ledger, ap->id, "used", WHEN_NONE, err);
	if (rc == 0)
		rc = request_set_state(l->ledger, r->row.id, "approved", NULL,
			core_now(l), err);
	r->grant = grant;
	if (rc == 0)
		rc = request_tell(l, r, "granting", r->by_hand ? l->operator :
								 NULL,
			NULL, NULL, &seq, err);
	r->grant = 0;	/* it may yet be rolled back */
	if (rc == 0)
		rc = notice_owe(l, r->issue->id, NOTICE_PROPERTY, NULL, NULL,
			seq, err);
	return rc;
}

int request_refuse_conflict(struct lapse *l, struct request *r,
	const char *conflict, struct lapse_err *err)
{
	const char *words = arena_fmt(&r->arena,
		"This role may not be held together with %s, which the person "
		"holds or is being given now. End that access first, then "
		"file a new request.", conflict);

	return request_close(l, r, "refused", "conflict", words, NULL,
		r->type->status_refused, err);
}

static int refuse_pre_existing(struct lapse *l, struct request *r,
	const struct reading *readings, bool *ret, struct lapse_err *err)
{
	*ret = false;
	for (size_t i = 0; i < r->role->groups.n; i++) {
		const char *before = NULL;

		if (reconcile_before(l, &readings[i], &before, err) < 0)
			return err->code;
		if (strcmp(before, "present") != 0 || !r->role->elevated)
			continue;
		*ret = true;
		return request_close(l, r, "refused", "pre-existing",
			"The person is in a group of this role already, from "
			"before lapse. An elevated role is not put on top of "
			"that. Please ask your administrator.",
			arena_fmt(&r->arena, "`lapse adopt` makes the present "
				"membership in %s:%s time-bound.",
				readings[i].m.idp, readings[i].m.group),
			r->type->status_refused, err);
	}
	return 0;
}

int request_grant(struct lapse *l, struct request *r,
	const struct approval_row *approval, struct lapse_err *err)
{
	struct reading *readings = NULL;
	const char *conflict = NULL;
	struct lapse_err why;
	bool refused = false;
	int rc;

	if (!core_may_give(l))
		return 0;
	if (config_mode(l->config, r->project, r->type, r->role) ==
		MODE_OBSERVE)
		return 0;
	if (r->adoption.id != 0)
		return adoption_grant(l, r, approval, err);
	rc = request_read_before(l, r, &readings, err);
	if (rc == 0)
		rc = refuse_pre_existing(l, r, readings, &refused, err);
	/* All that was read may have taken long. */
	if (rc == 0 && !refused)
		rc = anchor_check_again(l, err);
	if (rc < 0 || refused || !core_may_give(l))
		return rc;
	rc = request_begin(l, r, err);
	if (rc < 0)
		return rc;
	rc = request_end(l, r, place(l, r, approval, readings, &conflict, err),
		err);
	if (rc < 0)
		return rc;
	if (conflict != NULL)
		return request_refuse_conflict(l, r, conflict, err);
	/* The intent stands in the ledger; now on the issue. A grant waits
	 * for that, so a failure is only late. */
	if (projection_write(l, r->issue->id, &why) < 0) {
		log_say(&l->env, LAPSE_WARNING, "%s: %s; the grant waits",
			r->issue->key, why.text);
		core_note(l, LAPSE_EXIT_RETRY, NULL);
	}
	return 0;
}
