/* Putting back what Jira says, inside one transaction: first everything that
 * lives, so that no membership is without its hold for a moment; then the ends.
 * Nothing here owes a provider an add: what is not there stays away. */
#include <stdlib.h>
#include <string.h>

#include "changes.h"
#include "failsafe.h"
#include "grant.h"
#include "notice.h"
#include "rebuild_private.h"
#include "rebuild_rows.h"
#include "reconcile.h"
#include "request.h"

static const char not_finished[] =
	"the ledger was rebuilt while this was being granted";

static struct membership membership_of(const struct projection_hold *h)
{
	return (struct membership){h->idp, h->group, h->user};
}

static bool is_add(const char *kind)
{
	return kind != NULL && strcmp(kind, "remove") != 0;
}

/* ---- Evidence ---- */

static int tell(struct lapse *l, const struct rebuild_grant *k,
	const char *what, struct lapse_err *err)
{
	AUTO_BUF data = {0};
	struct json_out w = {.out = &data};
	struct evidence e = {
		.kind = "learnt",
		.issue = k->issue->id,
		.grant = k->id,
	};

	json_put_open(&w, NULL, '{');
	json_put_text(&w, "what", what);
	json_put_text(&w, "role", k->g->role);
	json_put_text(&w, "account", k->g->account);
	json_put_text(&w, "ledger", k->issue->claim.ledger);
	json_put_int(&w, "seq", k->issue->claim.seq);
	json_put_int(&w, "grant", k->g->id);
	json_put_text(&w, "property", k->issue->digest);
	json_put_text(&w, "approval", k->g->approval);
	json_put_text(&w, "content", k->g->content);
	json_put_text(&w, "policy", k->g->policy);
	json_put_text(&w, "state", k->g->state);
	if (k->outside.n > 0) {
		json_put_open(&w, "outside", '[');
		for (size_t i = 0; i < k->outside.n; i++)
			json_put_text(&w, NULL, k->outside.items[i]);
		json_put_close(&w, ']');
	}
	json_put_time(&w, "starts_at", k->g->starts_at);
	json_put_time(&w, "ends_at", k->verdict.ends_at);
	if (k->verdict.capped || k->verdict.why != NULL)
		json_put_time(&w, "claimed_end", k->g->ends_at);
	if (k->verdict.why != NULL)
		json_put_text(&w, "refused", k->verdict.why);
	json_put_close(&w, '}');
	if (data.failed)
		return lapse_fail_nomem(err);
	e.data = buf_text(&data);
	return core_evidence(l, &e, NULL, err);
}

static int learnt(struct lapse *l, struct rebuild *r,
	const struct rebuild_grant *k, const char *what, int64_t at,
	struct lapse_err *err)
{
	char text[WHEN_TEXT];
	int rc = tell(l, k, what, err);

	r->learnt++;
	if (rc == 0)
		rc = rebuild_say(l, k->issue, k->id, what,
			k->verdict.why != NULL ? k->verdict.why :
			at == WHEN_NONE ? "" : when_time(at, text), err);
	return rc;
}

/* ---- Requests ---- */

/* The request of an issue with grants was decided; one without a property
 * that is believed is nothing that lapse acts on again by itself. */
static int put_request(struct lapse *l, const struct rebuild_issue *i,
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
	return rc < 0 ? rc : request_set_state(l->ledger, *ret,
		known ? "approved" : "stale",
		known ? NULL : REQUEST_NOT_REBUILT,
		core_now(l), err);
}

/* ---- A grant that the ledger has not ---- */

/* Nobody's removal is asked for by a second sub-task. */
static int put_steps(struct lapse *l, const struct rebuild_grant *k,
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
static bool is_unfinished(const struct rebuild_grant *k)
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
		struct membership m = membership_of(h);

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
			(is_add(c->kind) && !claim_is(k->g, "granting")))
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

static int put_grant(struct lapse *l, struct rebuild_grant *k,
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
	rc = put_request(l, k->issue, &g, &row.request, err);
	if (rc == 0)
		rc = rebuild_approval(l, k, row.request, &row.approval, err);
	if (rc == 0)
		rc = put_policy(l, k, &row.policy, err);
	if (rc == 0)
		rc = rebuild_rows_grant(l->ledger, &row, &k->id, err);
	if (rc == 0)
		rc = put_holds(l, k, err);
	if (rc == 0)
		rc = put_steps(l, k, err);
	if (rc < 0)
		return rc;
	k->added = true;
	k->end = is_unfinished(k) || (claim_is_live(k->g) &&
		k->verdict.why != NULL);
	return 0;
}

static const char *word_of(const struct rebuild_grant *k)
{
	if (k->verdict.why != NULL)
		return "refused";
	if (is_unfinished(k))
		return "withdrawn";
	if (k->verdict.capped)
		return "capped";
	return claim_is_live(k->g) ? "grant" : k->g->state;
}

static int add_grant(struct lapse *l, struct rebuild *r,
	struct rebuild_grant *k, struct lapse_err *err)
{
	int rc = put_grant(l, k, err);

	rebuild_warn(l, k);
	return rc < 0 ? rc : learnt(l, r, k, word_of(k),
		claim_is_live(k->g) ? k->verdict.ends_at : WHEN_NONE, err);
}

/* ---- One that it has otherwise ---- */

static int count_row(void *arg, const struct evidence_row *r,
	struct lapse_err *err)
{
	size_t *n = arg;

	(void)r;
	(void)err;
	(*n)++;
	return 0;
}

/* What the ledger learnt of a grant after the property was written is newer
 * than that. */
static int is_newer(struct lapse *l, const struct rebuild_grant *k, bool *ret,
	struct lapse_err *err)
{
	size_t later = 0;
	int rc = evidence_each(l->ledger, NULL, k->id,
		k->issue->claim.seq + 1, count_row, &later, err);

	if (rc == 0)
		*ret = later == 0;
	return rc;
}

static int finish_adds(struct lapse *l, const struct rebuild_grant *k,
	struct lapse_err *err)
{
	const struct projection_rows *rows = &k->issue->claim.rows;
	int rc = 0;

	for (size_t i = 0; i < rows->holds.n && rc == 0; i++) {
		AUTO_ARENA a = {0};
		const struct projection_hold *h = &rows->holds.items[i];
		struct membership m = membership_of(h);
		struct change_row c = {0};

		if (h->grant != k->g->id || h->verified_at == WHEN_NONE)
			continue;
		rc = change_open_on(l->ledger, &m, &a, &c, err);
		if (rc == 0 && c.id != 0 && is_add(c.kind))
			rc = change_settle(l->ledger, c.id, "done",
				core_now(l), h->verified_at, NULL, NULL, err);
		if (rc == 0)
			rc = holds_verify(l->ledger, &m, h->verified_at, err);
	}
	return rc;
}

static int learn_start(struct lapse *l, struct rebuild *r,
	struct rebuild_grant *k, struct lapse_err *err)
{
	int rc = finish_adds(l, k, err);

	if (rc == 0)
		rc = put_steps(l, k, err);
	if (rc == 0)
		rc = grant_set_active(l->ledger, k->id, k->g->starts_at,
			k->verdict.ends_at, err);
	if (rc == 0)
		rc = failsafe_look_at_grant(l, k->id, err);
	return rc < 0 ? rc : learnt(l, r, k, "granted", k->verdict.ends_at,
		err);
}

static int learn_deadline(struct lapse *l, struct rebuild *r,
	struct rebuild_grant *k, struct lapse_err *err)
{
	int rc = grant_set_deadline(l->ledger, k->id, k->verdict.ends_at,
		err);

	if (rc == 0)
		rc = failsafe_look_at_grant(l, k->id, err);
	return rc < 0 ? rc : learnt(l, r, k, "deadline", k->verdict.ends_at,
		err);
}

/* What there is to learn of one grant. */
enum lesson {
	NOTHING,
	ADD,			/* the ledger has not got it */
	START,			/* it began */
	DEADLINE,		/* it ends at another time */
	END,			/* it is over */
};

static int compare_grant(struct lapse *l, struct rebuild_grant *k,
	const struct grant_row *g, enum lesson *ret, struct lapse_err *err)
{
	bool newer = false;
	bool live = strcmp(g->state, "granting") == 0 ||
		strcmp(g->state, "active") == 0;
	int rc;

	k->id = g->id;
	*ret = NOTHING;
	rc = is_newer(l, k, &newer, err);
	/* An end that lapse told is no matter of the property's age. */
	if (rc < 0 || (!newer && !k->over) || !live)
		return rc;
	if (!claim_is_live(k->g))
		*ret = END;
	/* What Jira does not bear out is not learnt; what the ledger knew
	 * itself stays as it is. */
	else if (claim_is(k->g, "granting") || k->verdict.why != NULL)
		*ret = NOTHING;
	else if (strcmp(g->state, "granting") == 0)
		*ret = START;
	else if (g->ends_at != k->verdict.ends_at)
		*ret = DEADLINE;
	return 0;
}

/* Without a ledger yet, everything. */
static int lesson_of(struct lapse *l, const struct rebuild *r,
	struct rebuild_grant *k, enum lesson *ret, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct grant_rows rows = {0};
	int rc = l->ledger == NULL ? 0 :
		grants_of_issue(l->ledger, k->issue->id, &a, &rows, err);

	*ret = ADD;
	for (size_t i = 0; i < rows.list.n && rc == 0; i++) {
		if (!claim_is_row(k->g, &rows.list.items[i]))
			continue;
		rc = compare_grant(l, k, &rows.list.items[i], ret, err);
		if (r->only_new)
			*ret = NOTHING;
		return rc;
	}
	return rc;
}

static int learn_one(struct lapse *l, struct rebuild *r,
	struct rebuild_grant *k, struct lapse_err *err)
{
	enum lesson lesson = NOTHING;
	int rc = lesson_of(l, r, k, &lesson, err);

	if (rc < 0)
		return rc;
	switch (lesson) {
	case ADD:
		return add_grant(l, r, k, err);
	case START:
		return learn_start(l, r, k, err);
	case DEADLINE:
		return learn_deadline(l, r, k, err);
	case END:
		k->end = true;
		rc = put_steps(l, k, err);
		return rc < 0 ? rc : learnt(l, r, k, "end", k->g->ending_at, err);
	case NOTHING:
		break;
	}
	return 0;
}

int rebuild_plan(struct lapse *l, struct rebuild *r, int64_t *ret_n,
	struct lapse_err *err)
{
	static const char *const words[] = {
		[START] = "granted",
		[DEADLINE] = "deadline",
		[END] = "end",
	};
	int rc = 0;

	for (size_t i = 0; i < r->grants.n && rc == 0; i++) {
		struct rebuild_grant *k = &r->grants.items[i];
		enum lesson lesson = NOTHING;
		char at[WHEN_TEXT];
		const char *detail = k->g->role;

		rc = lesson_of(l, r, k, &lesson, err);
		if (rc < 0 || lesson == NOTHING)
			continue;
		++*ret_n;
		if (lesson == ADD)
			rebuild_warn(l, k);
		if (claim_is_live(k->g) && k->verdict.ends_at != WHEN_NONE)
			detail = when_time(k->verdict.ends_at, at);
		if (k->verdict.why != NULL)
			detail = k->verdict.why;
		rc = core_plan(l, k->issue->key,
			lesson == ADD ? word_of(k) : words[lesson], detail,
			err);
	}
	return rc;
}

/* ---- Whose memberships they are ---- */

struct proof {
	const struct projection_hold *h;
	const struct rebuild_grant *k;
};

static int by_change(const void *a, const void *b)
{
	const struct proof *one = a;
	const struct proof *two = b;

	return (one->h->last.id > two->h->last.id) -
		(one->h->last.id < two->h->last.id);
}

/* The ledger's own last proof may be newer than the property; only one of
 * another kind is put behind it. */
static int put_proof(struct lapse *l, const struct proof *p,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct membership m = membership_of(p->h);
	struct change_row c = {0};
	int rc = change_open_on(l->ledger, &m, &a, &c, err);

	if (rc < 0 || c.id != 0)
		return rc;
	rc = change_last_on(l->ledger, &m, &a, &c, err);
	if (rc < 0 || (c.id != 0 && is_add(c.kind) == is_add(p->h->last.kind)))
		return rc;
	return rebuild_rows_last(l->ledger, p->k->id, p->h, err);
}

/* An active hold without any proof is on a membership that is ours: else it
 * would be owed an add. */
static int prove_active(struct lapse *l, const struct rebuild_grant *k,
	const struct projection_hold *h, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct membership m = membership_of(h);
	struct change_row c = {0};
	struct projection_hold made = *h;
	int rc;

	if (h->released_at != WHEN_NONE || h->pre_at != WHEN_NONE)
		return 0;
	rc = change_last_on(l->ledger, &m, &a, &c, err);
	if (rc < 0 || (c.id != 0 && is_add(c.kind)))
		return rc;
	made.last.id = 0;
	made.last.kind = "add";
	made.last.state = "done";
	made.last.sent_at = h->placed_at;
	made.last.settled_at = h->verified_at != WHEN_NONE ? h->verified_at :
							     h->placed_at;
	made.last.verified_at = made.last.settled_at;
	return rebuild_rows_last(l->ledger, k->id, &made, err);
}

static int put_proofs(struct lapse *l, struct rebuild *r,
	struct lapse_err *err)
{
	VEC(struct proof) all = {0};
	int rc = 0;

	for (size_t i = 0; i < r->grants.n; i++) {
		const struct rebuild_grant *k = &r->grants.items[i];
		const struct projection_rows *rows = &k->issue->claim.rows;

		for (size_t n = 0; n < rows->holds.n && k->id != 0; n++) {
			const struct projection_hold *h = &rows->holds.items[n];
			struct proof *p = h->grant != k->g->id ||
				h->last.id == 0 ? NULL :
				VEC_ADD(&all, &r->arena);

			if (p != NULL)
				*p = (struct proof){h, k};
		}
	}
	if (arena_check(&r->arena, err) < 0)
		return err->code;
	if (all.n > 0)
		qsort(all.items, all.n, sizeof(*all.items), by_change);
	for (size_t i = 0; i < all.n && rc == 0; i++)
		rc = put_proof(l, &all.items[i], err);
	return rc;
}

static int prove_rest(struct lapse *l, struct rebuild *r,
	struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < r->grants.n && rc == 0; i++) {
		const struct rebuild_grant *k = &r->grants.items[i];
		const struct projection_rows *rows = &k->issue->claim.rows;

		for (size_t n = 0; n < rows->holds.n && rc == 0; n++)
			if (k->added && claim_is(k->g, "active") &&
				rows->holds.items[n].grant == k->g->id)
				rc = prove_active(l, k, &rows->holds.items[n],
					err);
	}
	return rc;
}

/* What is under way, unless the grant ended without it, for another one keeps
 * the membership; and, where the provider ends access by itself, when. */
static int put_rest(struct lapse *l, const struct rebuild_grant *k,
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

/* ---- Ends ---- */

static int end_one(struct lapse *l, const struct rebuild_grant *k,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct grant_row g = {0};
	const char *reason = "withdrawn";
	const char *by = "lapse";
	const char *note = not_finished;
	int rc;

	if (!k->end)
		return 0;
	rc = grant_get(l->ledger, k->id, &a, &g, err);
	if (rc < 0)
		return rc;
	if (k->verdict.why != NULL)
		note = k->verdict.why;
	if (!claim_is_live(k->g)) {
		reason = k->g->end_reason != NULL ? k->g->end_reason :
						    "revoked";
		by = k->g->end_by != NULL ? k->g->end_by : "lapse";
		note = NULL;
	}
	return grant_end(l, &g, reason, by, note, core_now(l), err);
}

static int put_others(struct lapse *l, struct rebuild *r,
	struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < r->issues.n && rc == 0; i++) {
		int64_t request = 0;

		if (r->issues.items[i].refused != NULL &&
			!r->issues.items[i].ungranted)
			rc = put_request(l, &r->issues.items[i], NULL,
				&request, err);
	}
	return rc;
}

/* Written anew under this ledger's name and with its ids. */
static int owe_properties(struct lapse *l, struct rebuild *r,
	struct lapse_err *err)
{
	char head[65];
	int64_t seq = 0;
	int rc = evidence_head(l->ledger, &seq, head, err);

	for (size_t i = 0; i < r->issues.n && rc == 0; i++)
		if (r->issues.items[i].refused == NULL)
			rc = notice_owe(l, r->issues.items[i].id,
				NOTICE_PROPERTY, NULL, NULL, seq, err);
	return rc;
}

int rebuild_learn(struct lapse *l, struct rebuild *r, struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < r->grants.n && rc == 0; i++)
		rc = learn_one(l, r, &r->grants.items[i], err);
	if (rc == 0)
		rc = put_proofs(l, r, err);
	if (rc == 0)
		rc = prove_rest(l, r, err);
	for (size_t i = 0; i < r->grants.n && rc == 0; i++)
		rc = put_rest(l, &r->grants.items[i], err);
	for (size_t i = 0; i < r->grants.n && rc == 0; i++)
		rc = end_one(l, &r->grants.items[i], err);
	if (rc == 0)
		rc = put_others(l, r, err);
	return rc < 0 ? rc : owe_properties(l, r, err);
}
