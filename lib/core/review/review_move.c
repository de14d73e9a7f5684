/* Items that go to another reviewer, and those whose person left. What was
 * decided before stays where it was. */
#include <string.h>

#include "json.h"
#include "notice.h"
#include "people.h"
#include "review_sync.h"
#include "review_work.h"
#include "story.h"
#include "texts_decide.h"

enum {
	KNOWN_S = 3600,		/* an account as read then is believed */
	TOGETHER = 50,		/* sub-tasks given on before one commit */
};

static bool same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* Who may assign is Jira's to say; customers may not, and nobody gives on
 * the decision about the own access. */
static bool may_give(const struct lapse *l, const struct sheet_row *s,
	const struct item_row *i, const struct jira_edit *e)
{
	if (e->author == NULL || (i != NULL && same(e->author, i->account)))
		return false;
	return same(e->author, s->reviewer) ||
		same(e->author, l->self.account) ||
		same(e->author_type, "atlassian");
}

const struct jira_edit *review_reassigned(const struct lapse *l,
	const struct sheet_row *s, const struct item_row *i,
	const struct review_seen *seen)
{
	const struct jira_edit *last = NULL;

	if (seen->assignee == NULL || same(seen->assignee, s->reviewer) ||
		seen->history == NULL)
		return NULL;
	for (size_t n = 0; n < seen->history->edits.n; n++) {
		const struct jira_edit *e = &seen->history->edits.items[n];

		if (same(e->field, "assignee") && same(e->to, seen->assignee))
			last = e;
	}
	return last != NULL && may_give(l, s, i, last) ? last : NULL;
}

/* ---- One item ---- */

static int is_active(struct lapse *l, const char *account, bool *ret,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct account_row row = {0};
	struct jira_person p = {0};
	int rc;

	if (account_get(l->ledger, account, &a, &row, NULL) == 0 &&
		core_now(l) - row.seen_at < KNOWN_S) {
		*ret = row.active;
		return 0;
	}
	rc = people_account_fresh(l, account, &a, &p, err);
	if (rc == LAPSE_ENOTFOUND) {
		*ret = false;
		return 0;
	}
	if (rc == 0)
		*ret = p.active;
	return rc;
}

/* Whose access it is may be known by the provider's user only: then the new
 * reviewer's user there is looked up, once. */
static int find_link(struct lapse *l, const char *account, const char *idp,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct link_row link = {0};
	struct people_link found = {0};

	if (idp == NULL || ledger_in_transaction(l->ledger) ||
		link_get(l->ledger, account, idp, &a, &link, NULL) == 0)
		return 0;
	return people_resolve(l, account, idp, &a, &found, err);
}

static bool is_own(struct lapse *l, const char *account,
	const struct item_row *i)
{
	AUTO_ARENA a = {0};
	struct link_row link = {0};

	return same(account, i->account) || (i->idp != NULL &&
		link_get(l->ledger, account, i->idp, &a, &link, NULL) == 0 &&
		same(link.user, i->user));
}

static int stay(struct lapse *l, const struct review_move *m,
	struct item_row *i, const char *why, struct arena *a,
	struct lapse_err *err)
{
	AUTO_BUF text = {0};
	const struct review_said said = {
		.kind = "review-refused",
		.campaign = m->campaign,
		.sheet = m->from,
		.item = i,
		.actor = m->actor,
		.ref = m->ref,
		.detail = "not-moved",
		.words = why,
	};
	const char *ref = arena_fmt(a, "%s not-moved", m->ref);
	bool own;
	int rc;

	if (ref == NULL)
		return lapse_fail_nomem(err);
	if (same(i->refused_ref, ref) || l->dry_run)
		return 0;
	texts_review_not_moved(&text, story_name(l, m->to, a), why);
	i->refused_ref = ref;
	rc = review_begin(l, &own, err);
	if (rc == 0)
		rc = item_put(l->ledger, i, err);
	if (rc == 0)
		rc = review_tell(l, &said, &text, err);
	return review_end(l, own, rc, err);
}

/* The sheet of who decides from now on; made where there is none. What has
 * no sub-task is to be put onto it. */
static int target(struct lapse *l, const struct review_move *m, bool bare,
	struct arena *a, int64_t *ret, struct lapse_err *err)
{
	struct sheet_row s = {0};
	int rc = sheet_of_reviewer(l->ledger, m->campaign->id, m->to, a, &s,
		err);

	if (rc == LAPSE_ENOTFOUND) {
		s = (struct sheet_row){
			.campaign = m->campaign->id,
			.reviewer = m->to,
			.why = m->why,
		};
		return sheet_add(l->ledger, &s, ret, err);
	}
	if (rc == 0 && bare && s.told_at != WHEN_NONE) {
		s.told_at = WHEN_NONE;
		rc = sheet_put(l->ledger, &s, err);
		if (rc == 0 && s.csv)
			rc = review_file_again(l, &s, err);
	}
	if (rc == 0)
		*ret = s.id;
	return rc;
}

static int go(struct lapse *l, const struct review_move *m,
	struct item_row *i, struct arena *a, struct lapse_err *err)
{
	struct sheet_row to = {0};
	const struct review_said said = {
		.kind = "review-reassigned",
		.campaign = m->campaign,
		.sheet = m->from,
		.item = i,
		.actor = m->actor,
		.ref = m->ref,
		.detail = arena_fmt(a, "%s to %s", m->why, m->to),
	};
	bool own;
	int rc = said.detail == NULL ? lapse_fail_nomem(err) :
		review_begin(l, &own, err);

	if (rc < 0)
		return rc;
	rc = target(l, m, i->task == NULL, a, &i->sheet, err);
	if (rc == 0)
		rc = item_put(l->ledger, i, err);
	if (rc == 0)
		rc = review_say(l, &said, NULL, err);
	if (rc == 0)
		rc = sheet_get(l->ledger, i->sheet, a, &to, err);
	if (rc == 0)
		rc = notice_owe(l, m->from->issue, NOTICE_PROPERTY, NULL, NULL,
			0, err);
	if (rc == 0)
		rc = notice_owe(l, to.issue, NOTICE_PROPERTY, NULL, NULL, 0,
			err);
	/* What was decided before stands there. */
	if (rc == 0 && i->decision != NULL)
		rc = notice_owe(l, i->task, NOTICE_PROPERTY, NULL, NULL, 0,
			err);
	return review_end(l, own, rc, err);
}

int review_move_item(struct lapse *l, const struct review_move *m,
	struct item_row *i, struct arena *a, bool *ret_moved,
	struct lapse_err *err)
{
	bool active = false;
	int rc;

	if (!review_is_open(i) || l->dry_run)
		return 0;
	rc = find_link(l, m->to, i->idp, err);
	if (rc == 0 && is_own(l, m->to, i))
		return stay(l, m, i, "it is that person's own access", a, err);
	if (rc == 0)
		rc = is_active(l, m->to, &active, err);
	if (rc == 0 && !active)
		return stay(l, m, i, "that account is not active", a, err);
	if (rc == 0)
		rc = go(l, m, i, a, err);
	*ret_moved = rc == 0;
	return rc;
}

/* ---- All of a sheet ---- */

static int assign(struct lapse *l, const struct item_row *i, const char *to,
	struct lapse_err *err)
{
	AUTO_BUF body = {0};
	struct json_out w = {.out = &body};
	struct op op = {
		.step = jira_edit_issue,
		.name = "assign",
		.issue = i->task,
		.serial = i->task,
	};
	int rc;

	if (i->task == NULL)
		return 0;
	json_put_open(&w, NULL, '{');
	json_put_open(&w, "fields", '{');
	json_put_open(&w, "assignee", '{');
	json_put_text(&w, "accountId", to);
	json_put_close(&w, '}');
	json_put_close(&w, '}');
	json_put_close(&w, '}');
	rc = buf_check(&body, err, "assignee");
	op.body = buf_text(&body);
	if (rc == 0)
		rc = core_jira(l, &op, err);
	op_clear(&op);
	l->told_jira = true;
	return rc;
}

static bool goes(struct lapse *l, const struct review_move *m,
	const struct item_row *i, bool undecided_only)
{
	return review_is_open(i) && !is_own(l, m->to, i) &&
		(!undecided_only || i->decision == NULL);
}

/* Jira first: a run that dies in between finds the sub-task given on by
 * ourselves, and moves the item then. */
static int move_some(struct lapse *l, const struct review_move *m,
	struct item_row **some, size_t n, struct arena *a,
	struct lapse_err *err)
{
	bool moved = false;
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++)
		rc = assign(l, some[i], m->to, err);
	if (rc == 0)
		rc = core_begin(l, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = review_move_item(l, m, some[i], a, &moved, err);
	return core_end(l, rc, err);
}

static int tell_moved(struct lapse *l, const struct review_move *m,
	int64_t n, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	AUTO_BUF text = {0};
	bool late = strcmp(m->why, "fallback") == 0;
	const struct review_said said = {
		.kind = late ? "review-escalated" : "review-reassigned",
		.campaign = m->campaign,
		.sheet = m->from,
		.actor = m->actor,
		.ref = m->ref,
		.detail = arena_fmt(&a, "%lld to %s", (long long)n, m->to),
	};
	int rc;

	texts_review_moved(&text, story_name(l, m->from->reviewer, &a),
		story_name(l, m->to, &a), n, late);
	rc = arena_check(&a, err);
	if (rc == 0)
		rc = core_begin(l, err);
	return rc < 0 ? rc : core_end(l, review_tell(l, &said, &text, err),
		err);
}

int review_move_all(struct lapse *l, const struct review_move *m,
	bool undecided_only, bool *ret_all, struct lapse_err *err)
{
	AUTO_ARENA a = {.max = 256 << 20};
	struct item_rows items = {0};
	struct item_row *some[TOGETHER];
	size_t n = 0;
	int64_t moved = 0;
	bool active = false;
	int rc = is_active(l, m->to, &active, err);

	*ret_all = false;
	if (rc < 0 || !active || l->dry_run)
		return rc;
	rc = items_of_sheet(l->ledger, m->from->id, &a, &items, err);
	for (size_t i = 0; i < items.list.n && rc == 0; i++) {
		if (core_stopped(l))
			return 0;
		rc = find_link(l, m->to, items.list.items[i].idp, err);
		if (rc == 0 && goes(l, m, &items.list.items[i], undecided_only))
			some[n++] = &items.list.items[i];
		if (rc == 0 && (n == TOGETHER || (n > 0 && i + 1 == items.list.n))) {
			rc = move_some(l, m, some, n, &a, err);
			moved += (int64_t)n;
			n = 0;
		}
	}
	if (rc == 0 && moved > 0)
		rc = tell_moved(l, m, moved, err);
	*ret_all = rc == 0;
	return rc;
}

/* ---- Leavers ---- */

static const char *words_of(const char *why)
{
	return strcmp(why, "inactive") == 0 ?
		"the person's account is not active any more" :
		strcmp(why, "missing") == 0 ?
		"the access was gone before anybody decided" :
		"the access had ended before anybody decided";
}

int review_leavers(struct lapse *l, const struct campaign_row *c,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct review_lefts left = {0};
	int rc = review_left(l->ledger, c->id, &a, &left, err);

	if (rc < 0 || left.list.n == 0 || l->dry_run)
		return rc;
	rc = core_begin(l, err);
	if (rc < 0)
		return rc;
	for (size_t n = 0; n < left.list.n && rc == 0; n++) {
		struct item_row i = {0};

		rc = item_get(l->ledger, left.list.items[n].item, &a, &i, err);
		if (rc == 0)
			rc = review_stale(l, c, &i,
				words_of(left.list.items[n].why), err);
	}
	return core_end(l, rc, err);
}
