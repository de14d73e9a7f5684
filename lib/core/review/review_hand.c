/* Reviewed access that people keep by hand: lapse's own grants of that kind,
 * and accounts that came from a file. Their end is a step for the
 * application's fulfiller. And the settling of all items, whatever took the
 * access away. */
#include <string.h>

#include "grant.h"
#include "notice.h"
#include "review_act.h"
#include "story.h"
#include "texts_decide.h"

static bool same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* The account of a file as a grant by hand. An orphan has nobody in Jira; the
 * login says whose it is. The grant gets an issue of its own, for a sub-task
 * cannot have the step as a sub-task. */
static int take_over(struct review_acts *k, const struct item_row *i,
	struct arena *a, struct grant_row *ret, struct lapse_err *err)
{
	struct grant_row g = {
		.account = i->account != NULL ? i->account :
			arena_fmt(a, "import:%s", i->login != NULL ?
				i->login : i->user),
		.role = i->role != NULL ? i->role :
			arena_fmt(a, "%s/account", i->application),
		.application = i->application,
		.elevated = i->elevated,
		.manual = true,
		.reason = i->decision_reason,
		.created_at = core_now(k->l),
		.projected_at = WHEN_NONE,
		.first_add_at = WHEN_NONE,
		.starts_at = WHEN_NONE,
		.ends_at = i->limit_until,
		.duration_s = i->limit_until != WHEN_NONE ?
			i->limit_until - core_now(k->l) : 0,
	};
	int64_t id = 0;
	int rc = arena_check(a, err);

	if (rc == 0)
		rc = grant_add(k->l->ledger, &g, &id, err);
	if (rc == 0)
		rc = grant_set_active(k->l->ledger, id, core_now(k->l),
			g.ends_at, err);
	return rc < 0 ? rc : grant_get(k->l->ledger, id, a, ret, err);
}

static int limit(struct review_acts *k, struct item_row *i,
	const struct grant_row *g, struct arena *a, struct lapse_err *err)
{
	char until[WHEN_TEXT];
	int rc = 0;

	if (strcmp(g->state, "active") != 0)
		return 0;	/* not given yet: its own end comes with it */
	if (g->ends_at == WHEN_NONE || g->ends_at > i->limit_until)
		rc = review_limit_grant(k, i, g, err);
	return rc < 0 ? rc : review_limited(k, i, g->id, arena_fmt(a,
		"ends at %s", when_time(i->limit_until, until)), err);
}

int review_act_by_hand(struct review_acts *k, struct item_row *i,
	struct arena *a, struct lapse_err *err)
{
	struct grant_row g = {0};
	int rc = i->grant != 0 ?
		grant_get(k->l->ledger, i->grant, a, &g, err) :
		take_over(k, i, a, &g, err);

	if (rc == 0 && strcmp(g.state, "ended") == 0)
		return review_stale(k->l, k->c, i, "the access had ended "
			"already", err);
	if (rc == 0 && same(i->decision, "limit"))
		return limit(k, i, &g, a, err);
	if (rc == 0)
		rc = grant_end(k->l, &g, "reviewed", i->decided_by,
			i->decision_reason, core_now(k->l), err);
	return rc < 0 ? rc : review_acting(k, i, g.id, err);
}

/* ---- Settling ---- */

/* How it is known to be gone. */
static const char *how(struct lapse *l, const struct item_row *i,
	const struct grant_row *g, struct arena *a)
{
	const struct membership m = {i->idp, i->group, i->user};
	struct change_row c = {.verified_at = WHEN_NONE};
	char at[WHEN_TEXT];

	if (same(g->end_reason, "abandoned"))
		return "somebody gave up its removal, and it may still be "
		       "there";
	if (i->idp == NULL)
		return "removed by hand";
	if (change_last_on(l->ledger, &m, a, &c, NULL) < 0 ||
		c.verified_at == WHEN_NONE)
		return "removed";
	return arena_fmt(a, "read back as absent at %s",
		when_time(c.verified_at, at));
}

static int settle_one(struct lapse *l, const struct campaign_row *c,
	struct item_row *i, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	AUTO_BUF text = {0};
	struct grant_row g = {0};
	const struct review_said said = {
		.kind = "review-settled",
		.campaign = c,
		.item = i,
		.grant = i->remediation,
	};
	int rc = grant_get(l->ledger, i->remediation, &a, &g, err);

	if (rc < 0 || strcmp(g.state, "ended") != 0)
		return rc;
	i->state = "done";
	i->outcome = how(l, i, &g, &a);
	i->settled_at = core_now(l);
	texts_review_done(&text, review_person(i), review_access(i),
		i->outcome);
	rc = arena_check(&a, err);
	if (rc == 0)
		rc = core_begin(l, err);
	if (rc < 0)
		return rc;
	rc = item_put(l->ledger, i, err);
	/* What ended on this very issue was told there already. */
	if (rc == 0 && i->task != NULL && !same(g.issue, i->task))
		rc = review_tell(l, &said, &text, err);
	else if (rc == 0)
		rc = review_say(l, &said, NULL, err);
	if (rc == 0)
		rc = notice_owe(l, i->task, NOTICE_PROPERTY, NULL, NULL, 0,
			err);
	return core_end(l, rc, err);
}

int review_settle(struct lapse *l, const struct campaign_row *c,
	struct lapse_err *err)
{
	AUTO_ARENA a = {.max = 256 << 20};
	struct item_rows items = {0};
	int rc = items_moving(l->ledger, c->id, &a, &items, err);

	for (size_t n = 0; n < items.list.n && rc == 0; n++)
		if (same(items.list.items[n].state, "acting"))
			rc = settle_one(l, c, &items.list.items[n], err);
	return rc;
}
