/* Carrying out what reviewers decided: each item is read afresh and must
 * still be true, then its access ends, or gets an end, like any other: by
 * holds and the reconciler. How much may begin is budget.c's. */
#include "review_act.h"

#include <stdio.h>
#include <string.h>

#include "failsafe.h"
#include "grant.h"
#include "log.h"
#include "notice.h"
#include "review_work.h"
#include "story.h"
#include "texts_decide.h"

enum {
	TOGETHER = 64,		/* read back side by side */
	TASK_WAIT_S = 3600,	/* a removal waits so long for its sub-task */
};

static bool same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static struct membership membership_of(const struct item_row *i)
{
	return (struct membership){i->idp, i->group, i->user};
}

/* ---- Outcomes, inside the open transaction ---- */

static int tell(struct lapse *l, const struct review_said *said,
	const struct buf *text, struct lapse_err *err)
{
	int rc;

	/* On a sheet with thousands of items one comment each is noise. */
	if (said->item->task == NULL)
		return review_say(l, said, NULL, err);
	rc = review_tell(l, said, text, err);
	return rc < 0 ? rc : notice_owe(l, said->item->task, NOTICE_PROPERTY,
		NULL, NULL, 0, err);
}

int review_stale(struct lapse *l, const struct campaign_row *c,
	struct item_row *i, const char *why, struct lapse_err *err)
{
	AUTO_BUF text = {0};
	const struct review_said said = {
		.kind = "review-settled",
		.campaign = c,
		.item = i,
		.grant = i->grant,
		.detail = "stale",
		.words = why,
	};
	int rc;

	i->state = "stale";
	i->outcome = why;
	i->settled_at = core_now(l);
	texts_review_stale(&text, review_person(i), why);
	rc = item_put(l->ledger, i, err);
	return rc < 0 ? rc : tell(l, &said, &text, err);
}

int review_acting(struct review_acts *k, struct item_row *i, int64_t grant,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	AUTO_BUF text = {0};
	struct lapse *l = k->l;
	const struct review_said said = {
		.kind = "review-acted",
		.campaign = k->c,
		.item = i,
		.grant = grant,
		.actor = i->decided_by,
		.words = i->decision_reason,
	};
	int rc;

	i->state = "acting";
	i->outcome = "being removed";
	i->remediation = grant;
	i->acted_at = core_now(l);
	texts_review_removing(&text, review_person(i), review_access(i),
		same(i->decided_by, "lapse") ? NULL :
		story_name(l, i->decided_by, &a));
	rc = item_put(l->ledger, i, err);
	return rc < 0 ? rc : tell(l, &said, &text, err);
}

/* grant 0: it ends by itself before. */
int review_limited(struct review_acts *k, struct item_row *i, int64_t grant,
	const char *outcome, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	AUTO_BUF text = {0};
	struct lapse *l = k->l;
	const struct review_said said = {
		.kind = "review-acted",
		.campaign = k->c,
		.item = i,
		.grant = grant,
		.actor = i->decided_by,
		.detail = "limited",
		.words = i->decision_reason,
	};
	int rc;

	i->state = "done";
	i->outcome = outcome;
	i->remediation = grant;
	i->acted_at = core_now(l);
	i->settled_at = core_now(l);
	texts_review_limited(&text, review_person(i), review_access(i),
		i->limit_until, story_name(l, i->decided_by, &a));
	rc = item_put(l->ledger, i, err);
	return rc < 0 ? rc : tell(l, &said, &text, err);
}

int review_limit_grant(struct review_acts *k, struct item_row *i,
	const struct grant_row *g, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	AUTO_BUF text = {0};
	struct lapse *l = k->l;
	int64_t seq = 0;
	const struct review_said said = {
		.kind = "review-acted",
		.campaign = k->c,
		.item = i,
		.grant = g->id,
		.actor = i->decided_by,
		.detail = "deadline",
	};
	int rc = grant_set_deadline(l->ledger, g->id, i->limit_until, err);

	if (rc == 0)
		rc = failsafe_look_at_grant(l, g->id, err);
	if (rc == 0)
		rc = review_say(l, &said, &seq, err);
	texts_review_limited(&text, review_person(i), g->role, i->limit_until,
		story_name(l, i->decided_by, &a));
	if (rc == 0)
		rc = buf_check(&text, err, "comment");
	if (rc == 0)
		rc = notice_owe(l, g->issue, NOTICE_COMMENT, buf_text(&text),
			NULL, seq, err);
	return rc < 0 ? rc : notice_owe(l, g->issue, NOTICE_PROPERTY, NULL,
		NULL, seq, err);
}

static int hold_back(struct review_acts *k, struct item_row *i,
	enum budget_answer why, struct lapse_err *err)
{
	const struct review_said said = {
		.kind = "review-acted",
		.campaign = k->c,
		.item = i,
		.grant = i->grant,
		.detail = "held",
	};
	int rc;

	if (why == BUDGET_CONFIRM)
		k->confirm++;
	else
		k->later++;
	if (why == BUDGET_CONFIRM)
		review_block(k, i);
	if (strcmp(i->state, "held") == 0)
		return 0;
	i->state = "held";
	i->outcome = why == BUDGET_CONFIRM ?
		"waits: too many of this group at once" :
		"waits: as many as a run may remove were begun";
	rc = item_put(k->l->ledger, i, err);
	if (rc == 0)
		rc = review_say(k->l, &said, NULL, err);
	return rc < 0 ? rc : notice_owe(k->l, i->task, NOTICE_PROPERTY, NULL,
		NULL, 0, err);
}

/* ---- One membership ---- */

/* A grant to be made of what lapse did not give. */
static int fill_grant(const struct item_row *i, struct arena *a,
	struct grant_row *ret, struct lapse_err *err)
{
	*ret = (struct grant_row){
		.issue = i->task,
		.issue_key = i->task_key,
		.account = i->account != NULL ? i->account :
			arena_fmt(a, "%s:%s", i->idp, i->user),
		.role = i->role != NULL ? i->role :
			arena_fmt(a, "%s:%s", i->idp, i->group),
		.application = i->application != NULL ? i->application :
							i->idp,
		.elevated = i->elevated,
		.reason = i->decision_reason,
		.ends_at = i->limit_until,
		.starts_at = WHEN_NONE,
		.projected_at = WHEN_NONE,
		.first_add_at = WHEN_NONE,
	};
	return arena_check(a, err);
}

/* Granted anew since the population was frozen: nobody decided on that. */
static int newer_grant(struct review_acts *k, const struct item_row *i,
	const struct hold_rows *holds, struct arena *a, const char **ret,
	struct lapse_err *err)
{
	int rc = 0;

	for (size_t n = 0; n < holds->list.n && rc == 0; n++) {
		struct grant_row g = {0};

		if (holds->list.items[n].grant == 0 ||
			holds->list.items[n].grant == i->grant)
			continue;
		rc = grant_get(k->l->ledger, holds->list.items[n].grant, a, &g,
			err);
		if (rc == 0 && g.created_at > k->c->opened_at)
			*ret = arena_fmt(a, "grant %lld gave this access after "
				"the review was opened", (long long)g.id);
	}
	return rc;
}

static int absent(struct review_acts *k, struct item_row *i,
	const struct membership *m, struct lapse_err *err)
{
	int64_t grant = 0;
	int rc = review_remover(k->l->ledger, m, &grant, err);

	if (rc < 0)
		return rc;
	if (grant != 0)
		return review_acting(k, i, grant, err);
	return review_stale(k->l, k->c, i, "the access was gone already",
		err);
}

static int revoke(struct review_acts *k, struct item_row *i,
	const struct membership *m, bool foreign, struct arena *a,
	struct lapse_err *err)
{
	struct takeover_end end = {
		.m = *m,
		.foreign = foreign,
		.reason = "reviewed",
		.by = i->decided_by,
		.note = i->decision_reason,
	};
	enum budget_answer may = BUDGET_NEXT_RUN;
	int64_t taken = 0;
	int64_t grant = 0;
	int rc = review_taken(k->l->ledger, k->c->id, m, &taken, err);

	if (rc == 0)
		rc = budget_ask(k->l, k->budget, m, taken, &may, err);
	if (rc == 0 && may != BUDGET_YES)
		return hold_back(k, i, may, err);
	if (rc == 0)
		rc = fill_grant(i, a, &end.g, err);
	if (rc == 0)
		rc = takeover_end(k->l, &end, &grant, err);
	if (rc < 0)
		return rc;
	return grant != 0 ? review_acting(k, i, grant, err) :
		absent(k, i, m, err);
}

/* What holds it longer gets the end; what ends before is left as it is. */
static int limit_holds(struct review_acts *k, struct item_row *i,
	const struct hold_rows *holds, struct arena *a, int64_t *ret_grant,
	struct lapse_err *err)
{
	int rc = 0;

	for (size_t n = 0; n < holds->list.n && rc == 0; n++) {
		struct grant_row g = {0};

		if (holds->list.items[n].grant == 0)
			continue;
		rc = grant_get(k->l->ledger, holds->list.items[n].grant, a, &g,
			err);
		if (rc < 0)
			return rc;
		*ret_grant = g.id;
		if (strcmp(g.state, "active") == 0 &&
			(g.ends_at == WHEN_NONE || g.ends_at > i->limit_until))
			rc = review_limit_grant(k, i, &g, err);
	}
	return rc;
}

static int limit(struct review_acts *k, struct item_row *i,
	const struct membership *m, bool foreign,
	const struct hold_rows *holds, struct arena *a, struct lapse_err *err)
{
	struct takeover t = {.m = m, .n = 1};
	int64_t grant = 0;
	char until[WHEN_TEXT];
	int rc = limit_holds(k, i, holds, a, &grant, err);

	if (rc == 0 && foreign) {
		rc = fill_grant(i, a, &t.g, err);
		t.g.duration_s = i->limit_until - core_now(k->l);
		if (rc == 0)
			rc = takeover_grant(k->l, &t, &grant, err);
	}
	if (rc < 0)
		return rc;
	return review_limited(k, i, grant, arena_fmt(a, "ends at %s",
		when_time(i->limit_until, until)), err);
}

static int act(struct review_acts *k, struct item_row *i,
	const struct reading *r, struct arena *a, struct lapse_err *err)
{
	struct hold_rows holds = {0};
	const char *newer = NULL;
	const char *fixed = NULL;
	bool foreign = false;
	int rc;

	if (r->seen == OP_GONE)
		return review_stale(k->l, k->c, i, "the person or the group "
			"does not exist any more", err);
	rc = takeover_is_foreign(k->l, r, &foreign, err);
	if (rc < 0)
		return rc;
	if (r->seen == OP_ABSENT)
		return absent(k, i, &r->m, err);
	/* Silence decided so, or the group changed since. */
	rc = takeover_why_not(k->l, &r->m, a, &fixed, err);
	if (rc == 0 && fixed != NULL)
		return review_stale(k->l, k->c, i, arena_fmt(a, "lapse cannot "
			"take this away: %s", fixed), err);
	if (rc == 0)
		rc = holds_on(k->l->ledger, &r->m, a, &holds, err);
	if (rc == 0)
		rc = newer_grant(k, i, &holds, a, &newer, err);
	if (rc == 0 && newer != NULL)
		return review_stale(k->l, k->c, i, newer, err);
	if (rc < 0)
		return rc;
	return same(i->decision, "limit") ?
		limit(k, i, &r->m, foreign, &holds, a, err) :
		revoke(k, i, &r->m, foreign, a, err);
}

static int act_in_transaction(struct review_acts *k, struct item_row *i,
	const struct reading *r, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct item_row now = {0};
	int rc = core_begin(k->l, err);

	if (rc < 0)
		return rc;
	/* Another run may have been at it. */
	rc = item_get(k->l->ledger, i->id, &a, &now, err);
	if (rc == 0 && (same(now.state, "decided") || same(now.state, "held")))
		rc = r == NULL ? review_act_by_hand(k, &now, &a, err) :
			act(k, &now, r, &a, err);
	return core_end(k->l, rc, err);
}

/* One that cannot be read is tried again; the others go on. */
static int act_on_reading(struct review_acts *k, struct item_row *i,
	const struct reading *r, struct lapse_err *err)
{
	struct lapse_err why;
	int rc = act_in_transaction(k, i, r, &why);

	if (rc == 0)
		return 0;
	if (rc <= LAPSE_EINTERNAL) {
		*err = why;
		return rc;
	}
	lapse_prefix(&why, "review %s: item %lld", k->c->name,
		(long long)i->n);
	core_note(k->l, LAPSE_EXIT_RETRY, &why);
	return 0;
}

/* ---- All of a campaign ---- */

void review_block(struct review_acts *k, const struct item_row *i)
{
	const char *group = arena_fmt(&k->arena, "%s:%s", i->idp, i->group);

	if (group != NULL && !strs_has(&k->blocked, group))
		strs_add(&k->blocked, &k->arena, group);
}

/* Asked without counting: what would be held anyway is not read. */
static int is_held(struct review_acts *k, struct item_row *i, bool *ret,
	struct lapse_err *err)
{
	const struct membership m = membership_of(i);
	struct budget probe = *k->budget;
	enum budget_answer may = BUDGET_YES;
	int64_t taken = 0;
	int rc = 0;

	*ret = false;
	if (!same(i->decision, "revoke"))
		return 0;
	rc = review_taken(k->l->ledger, k->c->id, &m, &taken, err);
	if (rc == 0)
		rc = budget_ask(k->l, &probe, &m, taken, &may, err);
	if (rc < 0 || may == BUDGET_YES)
		return rc;
	*ret = true;
	rc = core_begin(k->l, err);
	return rc < 0 ? rc : core_end(k->l, hold_back(k, i, may, err), err);
}

/* The sub-task is the removal's own issue. Where Jira does not make it for
 * long, the removal goes on without. */
static bool waits_for_task(const struct review_acts *k,
	const struct item_row *i)
{
	return i->task == NULL &&
		core_now(k->l) - i->decided_at < TASK_WAIT_S;
}

static int act_on_some(struct review_acts *k, struct item_row **some,
	size_t n, struct lapse_err *err)
{
	struct reading readings[TOGETHER] = {0};
	int rc;

	for (size_t i = 0; i < n; i++)
		readings[i].m = membership_of(some[i]);
	rc = n > 0 ? verify_read(k->l, readings, n, err) : 0;
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = act_on_reading(k, some[i], &readings[i], err);
	return rc;
}

static int plan(struct review_acts *k, const struct item_row *i,
	struct lapse_err *err)
{
	return core_plan(k->l, i->task_key != NULL ? i->task_key : k->c->name,
		same(i->decision, "limit") ? "limit" : "end",
		review_access(i), err);
}

static bool is_moving(const struct item_row *i)
{
	return same(i->state, "decided") || same(i->state, "held");
}

static int act_on_all(struct review_acts *k, struct item_rows *items,
	struct lapse_err *err)
{
	struct item_row *some[TOGETHER];
	size_t n = 0;
	int rc = 0;

	for (size_t x = 0; x < items->list.n && rc == 0; x++) {
		struct item_row *i = &items->list.items[x];
		bool held = false;

		if (!is_moving(i) || waits_for_task(k, i))
			continue;
		if (k->l->dry_run || i->idp == NULL) {
			rc = k->l->dry_run ? plan(k, i, err) :
				act_in_transaction(k, i, NULL, err);
			continue;
		}
		rc = is_held(k, i, &held, err);
		if (rc == 0 && !held)
			some[n++] = i;
		if (rc == 0 && n == TOGETHER) {
			rc = act_on_some(k, some, n, err);
			n = 0;
		}
		if (core_stopped(k->l))
			return rc;
	}
	return rc < 0 ? rc : act_on_some(k, some, n, err);
}

static void say_held(struct review_acts *k)
{
	struct lapse_err why;

	if (k->later > 0) {
		lapse_fail(&why, LAPSE_EITEM, "review %s: %lld removal%s "
			"wait%s for the next run: removals-per-run is %d",
			k->c->name, (long long)k->later, k->later == 1 ? "" :
			"s", k->later == 1 ? "s" : "",
			k->l->config->removals_per_run);
		core_note(k->l, LAPSE_EXIT_RETRY, &why);
	}
	if (k->confirm == 0)
		return;
	lapse_fail(&why, LAPSE_EREFUSED, "review %s: %lld removal%s wait%s: "
		"too many of %s%s; if they are right, a person goes on with "
		"`lapse sync --confirm-removals %s`", k->c->name,
		(long long)k->confirm, k->confirm == 1 ? "" : "s",
		k->confirm == 1 ? "s" : "", k->blocked.n > 0 ?
		k->blocked.items[0] : "a group",
		k->blocked.n > 1 ? " and other groups" : "",
		k->blocked.n > 0 ? k->blocked.items[0] : "IDP:GROUP");
	core_note(k->l, LAPSE_EXIT_REFUSED, &why);
}

int review_act(struct lapse *l, const struct campaign_row *c,
	struct budget *budget, struct lapse_err *err)
{
	AUTO_ARENA a = {.max = 256 << 20};
	struct review_acts k = {.l = l, .c = c, .budget = budget};
	struct item_rows items = {0};
	int rc = items_moving(l->ledger, c->id, &a, &items, err);

	k.arena.max = 0;
	if (rc == 0)
		rc = act_on_all(&k, &items, err);
	if (rc == 0)
		say_held(&k);
	arena_clear(&k.arena);
	return rc;
}
