/* What comes with time: a reminder at half of it, the fallback at three
 * quarters, and at the end what the campaign's policy says of those that
 * nobody decided. */
#include <string.h>

#include "notice.h"
#include "people.h"
#include "review_sync.h"
#include "review_work.h"
#include "story.h"
#include "texts_decide.h"

/* One campaign's clock. */
struct times {
	struct lapse *l;
	const struct campaign_row *c;
	struct arena *arena;
	int64_t remind_at;
	int64_t fallback_at;
	int64_t part_s;		/* what the fallback has at least */
	bool asked;		/* who the fallback is */
	struct policy_approver fallback;	/* account NULL: nobody */
};

static int find_fallback(struct times *t, struct lapse_err *err)
{
	const char *who = t->l->config->review.fallback;
	int rc = 0;

	if (!t->asked && who != NULL)
		rc = people_named(t->l, who, t->arena, &t->fallback, err);
	if (rc == 0 && !t->fallback.active)
		t->fallback.account = NULL;
	t->asked = rc == 0;
	return rc;
}

static bool is_fallbacks(const struct times *t, const struct sheet_row *s)
{
	return t->fallback.account == NULL ||
		strcmp(t->fallback.account, s->reviewer) == 0;
}

static int remind(struct times *t, const struct sheet_row *s,
	struct lapse_err *err)
{
	AUTO_BUF text = {0};
	struct sheet_row now = *s;
	const struct review_said said = {
		.kind = "review-reminded",
		.campaign = t->c,
		.sheet = s,
	};
	int rc = find_fallback(t, err);

	if (rc < 0)
		return rc;
	texts_review_reminder(&text, story_name(t->l, s->reviewer, t->arena),
		s->open, t->c->due_at, t->fallback_at, is_fallbacks(t, s) ?
		NULL : story_name(t->l, t->fallback.account, t->arena));
	now.reminded_at = core_now(t->l);
	rc = core_begin(t->l, err);
	if (rc < 0)
		return rc;
	rc = sheet_put(t->l->ledger, &now, err);
	if (rc == 0)
		rc = review_tell(t->l, &said, &text, err);
	if (rc == 0)
		rc = notice_owe(t->l, s->issue, NOTICE_PROPERTY, NULL, NULL, 0,
			err);
	return core_end(t->l, rc, err);
}

static int escalate(struct times *t, const struct sheet_row *s,
	struct lapse_err *err)
{
	const struct review_move m = {
		.campaign = t->c,
		.from = s,
		.to = t->fallback.account,
		.why = "fallback",
		.ref = "fallback",
	};
	struct sheet_row now = *s;
	bool all = false;
	int rc = review_move_all(t->l, &m, true, &all, err);

	if (rc < 0 || !all)
		return rc;
	now.escalated_at = core_now(t->l);
	rc = core_begin(t->l, err);
	if (rc < 0)
		return rc;
	rc = sheet_put(t->l->ledger, &now, err);
	if (rc == 0)
		rc = notice_owe(t->l, s->issue, NOTICE_PROPERTY, NULL, NULL, 0,
			err);
	return core_end(t->l, rc, err);
}

/* ---- The end ---- */

static void decide(struct times *t, struct item_row *i, const char *why)
{
	bool revoke = strcmp(t->c->no_response, "revoke") == 0;

	i->decision = revoke ? "revoke" : "keep";
	i->decided_at = core_now(t->l);
	i->decided_by = "lapse";
	i->decision_reason = why;
	i->state = revoke ? "decided" : "done";
	i->outcome = revoke ? NULL : "kept; nobody reviewed it";
	i->settled_at = revoke ? WHEN_NONE : core_now(t->l);
}

static int decide_some(struct times *t, struct item_rows *items,
	size_t first, const char *why, struct lapse_err *err)
{
	int rc = core_begin(t->l, err);

	if (rc < 0)
		return rc;
	for (size_t n = first; n < items->list.n && n < first + REVIEW_BATCH &&
		rc == 0; n++) {
		struct item_row *i = &items->list.items[n];
		const struct review_said said = {
			.kind = "review-decided",
			.campaign = t->c,
			.item = i,
			.grant = i->grant,
			.detail = "no-response",
		};

		decide(t, i, why);
		rc = item_put(t->l->ledger, i, err);
		if (rc == 0)
			rc = review_say(t->l, &said, NULL, err);
	}
	return core_end(t->l, rc, err);
}

static int no_response(struct times *t, struct lapse_err *err)
{
	AUTO_ARENA a = {.max = 256 << 20};
	struct item_rows items = {0};
	char due[WHEN_TEXT];
	const char *why = arena_fmt(&a, "nobody decided until %s",
		when_time(t->c->due_at, due));
	int rc = review_items_in(t->l->ledger, t->c->id, "open", &a, &items,
		err);

	if (rc == 0 && why == NULL)
		return lapse_fail_nomem(err);
	for (size_t n = 0; n < items.list.n && rc == 0; n += REVIEW_BATCH)
		rc = decide_some(t, &items, n, why, err);
	return rc;
}

/* Where silence takes away, the fallback must have had its time first, also
 * when nothing ran between three quarters and the end. */
static bool had_its_time(const struct times *t, const struct sheet_rows *rows)
{
	if (strcmp(t->c->no_response, "revoke") != 0)
		return true;
	for (size_t i = 0; i < rows->list.n; i++) {
		const struct sheet_row *s = &rows->list.items[i];

		if (s->open > 0 && s->escalated_at == WHEN_NONE &&
			!is_fallbacks(t, s))
			return false;
		if (s->escalated_at != WHEN_NONE &&
			core_now(t->l) < s->escalated_at + t->part_s)
			return false;
	}
	return true;
}

static int look(struct times *t, const struct sheet_row *s,
	struct lapse_err *err)
{
	int64_t now = core_now(t->l);
	int rc;

	if (s->open == 0)
		return 0;
	if (now >= t->fallback_at && s->escalated_at == WHEN_NONE) {
		rc = find_fallback(t, err);
		if (rc < 0 || !is_fallbacks(t, s))
			return rc < 0 ? rc : escalate(t, s, err);
	}
	if (now >= t->remind_at && now < t->c->due_at &&
		s->reminded_at == WHEN_NONE)
		return remind(t, s, err);
	return 0;
}

int review_time(struct lapse *l, const struct campaign_row *c,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct sheet_rows rows = {0};
	int64_t span = c->due_at - c->opened_at;
	struct times t = {
		.l = l,
		.c = c,
		.arena = &a,
		.remind_at = c->opened_at + span / 2,
		.fallback_at = c->opened_at + span / 4 * 3,
		.part_s = span / 4,
	};
	int64_t now = core_now(l);
	int rc;

	if (l->dry_run || now < t.remind_at)
		return 0;
	rc = sheets(l->ledger, c->id, &a, &rows, err);
	for (size_t i = 0; i < rows.list.n && rc == 0; i++)
		rc = look(&t, &rows.list.items[i], err);
	if (rc < 0 || now < c->due_at)
		return rc;
	rc = find_fallback(&t, err);
	if (rc == 0)
		rc = sheets(l->ledger, c->id, &a, &rows, err);
	return rc < 0 || !had_its_time(&t, &rows) ? rc : no_response(&t, err);
}
