/* Rows of what Jira says and the ledger has not: a request, and a grant with
 * its holds, its steps and what is under way. Its approval is elsewhere. */
#include <string.h>

#include "failsafe.h"
#include "intake_rows.h"
#include "rebuild_private.h"
#include "rebuild_rows.h"
#include "request.h"

struct membership rebuild_membership(const struct projection_hold *h)
{
	return (struct membership){h->idp, h->group, h->user};
}

bool rebuild_is_add(const char *kind)
{
	return kind != NULL && strcmp(kind, "remove") != 0;
}

/* ---- Requests ---- */

/* The request of an issue with grants was decided; one without a property
 * that is believed is nothing that lapse acts on again by itself. */
int rebuild_put_request(struct lapse *l, const struct rebuild_issue *i,
	const struct projection_grant *g, int64_t *ret, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct request_row row = {0};
	bool known = i->refused == NULL;
	int rc;

	*ret = 0;
	if (i->type == NULL || config_request_type(l->config, i->project,
		i->type) == NULL || i->requester == NULL || i->creator == NULL)
		return 0;
	rc = request_of_issue(l->ledger, i->id, &a, &row, err);
	if (rc < 0)
		return rc;
	*ret = row.id;
	if (row.id != 0 && (!known || strcmp(row.state, "approved") == 0))
		return 0;
	row = (struct request_row){
		.issue = i->id,
		.key = i->key,
		.project = i->project,
		.type = i->type,
		.requester = i->requester,
		.creator = i->creator,
		.beneficiary = g != NULL ? g->account : i->requester,
		.role = g != NULL ? g->role : NULL,
		.duration_s = g != NULL ? g->duration_s : 0,
		.starts_at = WHEN_NONE,
		.content_hash = g != NULL ? g->content : NULL,
		.updated_at = i->updated_at,
		.changed_at = core_now(l),
	};
	rc = request_put(l->ledger, &row, ret, err);
	if (rc == 0 && i->channel != NULL)
		rc = intake_put(l->ledger, *ret, i->created_at,
			request_channel(i->channel), err);
	return rc < 0 ? rc : request_set_state(l->ledger, *ret,
		known ? "approved" : "stale",
		known ? NULL : REQUEST_NOT_REBUILT,
		core_now(l), err);
}

/* ---- A grant that the ledger has not ---- */

/* Nobody's removal is asked for by a second sub-task. */
int rebuild_put_steps(struct lapse *l, const struct rebuild_grant *k,
	struct lapse_err *err)
{
	const struct projection_rows *rows = &k->issue->claim.rows;
	int rc = 0;

	for (size_t i = 0; i < rows->steps.n && rc == 0; i++)
		if (rows->steps.items[i].grant == k->g->id)
			rc = rebuild_rows_step(l->ledger, k->id,
				&rows->steps.items[i], err);
	return rc;
}

/* What people do by hand may take days, and adds nothing by itself. */
bool rebuild_is_unfinished(const struct rebuild_grant *k)
{
	return claim_is(k->g, "granting") && !k->g->manual;
}

static int put_holds(struct lapse *l, const struct rebuild_grant *k,
	struct lapse_err *err)
{
	const struct projection_rows *rows = &k->issue->claim.rows;
	int rc = 0;

	for (size_t i = 0; i < rows->holds.n && rc == 0; i++) {
		const struct projection_hold *h = &rows->holds.items[i];
		struct membership m = rebuild_membership(h);

		if (h->grant != k->g->id)
			continue;
		rc = rebuild_rows_hold(l->ledger, k->id, h, err);
		if (rc == 0 && h->pre_at != WHEN_NONE)
			rc = rebuild_rows_pre(l->ledger, &m, h->pre_at, err);
	}
	return rc;
}

/* Of an add only that of a grant which is withdrawn: so that it is answered
 * by a remove. */
static int put_changes(struct lapse *l, const struct rebuild_grant *k,
	struct lapse_err *err)
{
	const struct projection_rows *rows = &k->issue->claim.rows;
	int rc = 0;

	for (size_t i = 0; i < rows->changes.n && rc == 0; i++) {
		const struct projection_change *c = &rows->changes.items[i];

		if (c->grant != k->g->id ||
			(rebuild_is_add(c->kind) && !claim_is(k->g, "granting")))
			continue;
		rc = rebuild_rows_change(l->ledger, k->id, c, core_now(l),
			err);
	}
	return rc;
}

static int put_policy(struct lapse *l, const struct rebuild_grant *k,
	const char **ret, struct lapse_err *err)
{
	const struct role *role = config_role(l->config, k->g->role);
	char before[65];
	bool fresh;

	*ret = NULL;
	if (role == NULL || k->g->policy == NULL ||
		strcmp(role->sha256, k->g->policy) != 0)
		return 0;
	*ret = role->sha256;
	return policy_put(l->ledger, role->sha256, role->name, role->section,
		core_now(l), &fresh, before, err);
}

int rebuild_put_grant(struct lapse *l, struct rebuild_grant *k,
	struct lapse_err *err)
{
	const struct role *role = config_role(l->config, k->g->role);
	struct projection_grant g = *k->g;
	struct rebuilt_grant row = {
		.g = &g,
		.issue = k->issue->id,
		.key = k->issue->key,
		.application = g.application != NULL ? g.application :
			role != NULL ? role->application_name : "unknown",
		.elevated = g.elevated || (role != NULL && role->elevated),
		.ends_at = k->verdict.ends_at,
		.reason = k->g->approval != NULL ? k->issue->why : NULL,
		.projected_at = core_now(l),
	};
	int rc;

	/* What an older property has not. */
	if (g.created_at == WHEN_NONE)
		g.created_at = g.starts_at != WHEN_NONE ? g.starts_at :
			k->issue->created_at;
	if (claim_is(&g, "ended") && g.ended_at == WHEN_NONE)
		g.ended_at = g.ends_at != WHEN_NONE ? g.ends_at : core_now(l);
	if (!claim_is_live(&g) && g.ending_at == WHEN_NONE)
		g.ending_at = g.ended_at != WHEN_NONE ? g.ended_at :
							core_now(l);
	if (!claim_is_live(&g) && g.end_reason == NULL)
		g.end_reason = "revoked";
	rc = rebuild_put_request(l, k->issue, &g, &row.request, err);
	if (rc == 0)
		rc = rebuild_approval(l, k, row.request, &row.approval, err);
	if (rc == 0)
		rc = put_policy(l, k, &row.policy, err);
	if (rc == 0)
		rc = rebuild_rows_grant(l->ledger, &row, &k->id, err);
	if (rc == 0)
		rc = put_holds(l, k, err);
	if (rc == 0)
		rc = rebuild_put_steps(l, k, err);
	if (rc < 0)
		return rc;
	k->added = true;
	k->end = rebuild_is_unfinished(k) || (claim_is_live(k->g) &&
		k->verdict.why != NULL);
	return 0;
}

/* ---- What is under way ---- */

/* What is under way, unless the grant ended without it, for another one keeps
 * the membership; and, where the provider ends access by itself, when. */
int rebuild_put_rest(struct lapse *l, const struct rebuild_grant *k,
	struct lapse_err *err)
{
	int rc;

	if (!k->added)
		return 0;
	rc = claim_is(k->g, "ended") ? 0 : put_changes(l, k, err);
	if (rc == 0 && claim_is(k->g, "active"))
		rc = failsafe_look_at_grant(l, k->id, err);
	return rc;
}
