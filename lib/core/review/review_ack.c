/* Who reviewed nothing of a campaign acknowledges its result: by an approval
 * on the campaign's issue, owed by exactly that person, and counted by its id
 * and account. */
#include <string.h>

#include "json.h"
#include "log.h"
#include "notice.h"
#include "review_sync.h"
#include "story.h"
#include "texts_decide.h"

static bool same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* ---- The way into the status that asks ---- */

static int offers(struct lapse *l, const struct campaign_row *c, bool *ret,
	struct lapse_err *err)
{
	struct op op = {
		.step = jira_offers,
		.name = "transitions",
		.issue = c->issue,
		.id = l->config->review.status_acknowledge,
	};
	int rc = core_jira(l, &op, err);

	if (rc == 0)
		*ret = op.outcome == OP_FOUND;
	op_clear(&op);
	return rc;
}

/* The status that it was asked from last: the issue's own history knows the
 * workflow's open one without a setting. NULL: never asked. */
static int asked_from(struct lapse *l, const struct campaign_row *c,
	struct arena *a, const char **ret, struct lapse_err *err)
{
	struct op op = {
		.step = jira_get_history,
		.name = "history",
		.issue = c->issue,
		.arena = a,
	};
	int rc = core_jira(l, &op, err);
	const struct jira_history *h = op.ret;

	*ret = NULL;
	for (size_t i = 0; rc == 0 && h != NULL && i < h->edits.n; i++) {
		const struct jira_edit *e = &h->edits.items[i];

		if (strcmp(e->field, "status") == 0 && same(e->to,
			l->config->review.status_acknowledge) &&
			!same(e->from, e->to))
			*ret = e->from;
	}
	op_clear(&op);
	return rc;
}

static int go_back(struct lapse *l, const struct campaign_row *c,
	const char *status, bool *ret, struct lapse_err *err)
{
	struct op op = {
		.step = jira_transition,
		.name = "take back",
		.issue = c->issue,
		.serial = c->issue,
		.id = status,
	};
	int rc = core_jira(l, &op, err);

	l->told_jira = true;
	if (rc == 0)
		*ret = op.outcome != OP_ABSENT;
	op_clear(&op);
	return rc;
}

/* Approvers that are set where nothing leads on leave an approval that nobody
 * can answer: so first the way, then the person. */
static int make_way(struct lapse *l, const struct campaign_row *c,
	struct arena *a, struct lapse_err *err)
{
	const char *from = NULL;
	bool open = false;
	bool moved = false;
	int rc = offers(l, c, &open, err);

	if (rc < 0 || open)
		return rc;
	rc = asked_from(l, c, a, &from, err);
	if (rc == 0 && from != NULL)
		rc = go_back(l, c, from, &moved, err);
	if (rc == 0 && moved)
		rc = offers(l, c, &open, err);
	if (rc == 0 && !open)
		return lapse_fail(err, LAPSE_EREFUSED, "%s: nobody was asked: "
			"from its status no transition leads lapse to status "
			"%s, nor back to where it was asked from; move it back "
			"yourself, or add the transitions that lapse-jira(7) "
			"names in section 7, and run `lapse review-close %s` "
			"again", c->issue_key,
			l->config->review.status_acknowledge, c->name);
	return rc;
}

/* ---- Asking ---- */

static int set_approver(struct lapse *l, const struct campaign_row *c,
	const char *account, struct lapse_err *err)
{
	AUTO_BUF body = {0};
	struct json_out w = {.out = &body};
	struct op op = {
		.step = jira_edit_issue,
		.name = "set approvers",
		.issue = c->issue,
		.serial = c->issue,
	};
	int rc;

	json_put_open(&w, NULL, '{');
	json_put_open(&w, "fields", '{');
	json_put_open(&w, l->config->review.field_approvers, '[');
	json_put_open(&w, NULL, '{');
	json_put_text(&w, "accountId", account);
	json_put_close(&w, '}');
	json_put_close(&w, ']');
	json_put_close(&w, '}');
	json_put_close(&w, '}');
	rc = buf_check(&body, err, "approvers");
	op.body = buf_text(&body);
	if (rc == 0)
		rc = core_jira(l, &op, err);
	op_clear(&op);
	return rc;
}

static int enter(struct lapse *l, const struct campaign_row *c,
	struct lapse_err *err)
{
	struct op op = {
		.step = jira_transition,
		.name = "ask",
		.issue = c->issue,
		.serial = c->issue,
		.id = l->config->review.status_acknowledge,
		.public = true,		/* also from the status to itself */
	};
	int rc = core_jira(l, &op, err);

	if (rc == 0 && op.outcome == OP_ABSENT)
		rc = lapse_fail(err, LAPSE_EREFUSED, "%s: no transition leads "
			"to status %s for lapse; see lapse-jira(7)",
			c->issue_key, l->config->review.status_acknowledge);
	op_clear(&op);
	l->told_jira = true;
	return rc;
}

static int read_approvals(struct lapse *l, const struct campaign_row *c,
	struct arena *a, const struct jira_approvals **ret,
	struct lapse_err *err)
{
	struct op op = {
		.step = jira_get_approvals,
		.name = "approvals",
		.issue = c->issue,
		.arena = a,
	};
	int rc = core_jira(l, &op, err);

	if (rc == 0)
		*ret = op.ret;
	op_clear(&op);
	return rc;
}

/* What our move made: pending, not the one before, and owed by one person. */
static const struct jira_approval *find_new(const struct campaign_row *c,
	const struct jira_approvals *list, const char *account)
{
	for (size_t i = 0; list != NULL && i < list->items.n; i++) {
		const struct jira_approval *ap = &list->items.items[i];

		if (ap->final == JIRA_PENDING && !same(ap->id, c->approval) &&
			ap->answers.n == 1 &&
			same(ap->answers.items[0].who.account, account))
			return ap;
	}
	return NULL;
}

static int keep_asked(struct lapse *l, struct campaign_row *c,
	const char *account, const char *approval, const char *summary,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	AUTO_BUF text = {0};
	const struct review_said said = {
		.kind = "review-asked",
		.campaign = c,
		.actor = l->operator,
		.ref = approval,
		.detail = account,
	};
	int rc = core_begin(l, err);

	if (rc < 0)
		return rc;
	c->acknowledger = account;
	c->approval = approval;
	c->asked_at = core_now(l);
	c->rejected_at = WHEN_NONE;
	texts_review_ask(&text, story_name(l, account, &a), c->name,
		summary);
	rc = campaign_put(l->ledger, c, err);
	if (rc == 0)
		rc = review_tell(l, &said, &text, err);
	if (rc == 0)
		rc = notice_owe(l, c->issue, NOTICE_PROPERTY, NULL, NULL, 0,
			err);
	return core_end(l, rc, err);
}

int review_ask(struct lapse *l, struct campaign_row *c, const char *account,
	const char *summary, struct arena *a, struct lapse_err *err)
{
	const struct jira_approvals *list = NULL;
	const struct jira_approval *new = NULL;
	int rc = make_way(l, c, a, err);

	if (rc == 0)
		rc = set_approver(l, c, account, err);
	if (rc == 0)
		rc = enter(l, c, err);
	if (rc == 0)
		rc = read_approvals(l, c, a, &list, err);
	if (rc < 0)
		return rc;
	new = find_new(c, list, account);
	if (new == NULL)
		return lapse_fail(err, LAPSE_EITEM, "%s: the approval does "
			"not show yet, or not with the person that lapse "
			"named; run `lapse review-close %s` again",
			c->issue_key, c->name);
	return keep_asked(l, c, account, new->id, summary, err);
}

/* ---- The answer ---- */

static const struct jira_approval *find_asked(const struct campaign_row *c,
	const struct jira_approvals *list)
{
	for (size_t i = 0; list != NULL && i < list->items.n; i++)
		if (same(list->items.items[i].id, c->approval))
			return &list->items.items[i];
	return NULL;
}

static bool is_alone(const struct campaign_row *c,
	const struct jira_approval *ap)
{
	return ap->answers.n == 1 &&
		same(ap->answers.items[0].who.account, c->acknowledger);
}

int review_awaits(struct lapse *l, const struct campaign_row *c, bool *ret,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	const struct jira_approvals *list = NULL;
	const struct jira_approval *ap;
	int rc;

	*ret = false;
	if (c->approval == NULL || c->rejected_at != WHEN_NONE)
		return 0;
	rc = read_approvals(l, c, &a, &list, err);
	if (rc < 0)
		return rc;
	ap = find_asked(c, list);
	*ret = ap != NULL && ap->final == JIRA_PENDING && is_alone(c, ap);
	return 0;
}

static int keep_answer(struct lapse *l, struct campaign_row *c, bool approved,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	AUTO_BUF text = {0};
	const struct review_said said = {
		.kind = approved ? "review-acknowledged" : "review-rejected",
		.campaign = c,
		.actor = c->acknowledger,
		.ref = c->approval,
		.detail = c->digest,
	};
	int rc = core_begin(l, err);

	if (rc < 0)
		return rc;
	if (approved) {
		c->acknowledged_by = c->acknowledger;
		c->acknowledged_at = core_now(l);
	} else {
		c->rejected_at = core_now(l);
	}
	texts_review_answer(&text, story_name(l, c->acknowledger, &a),
		approved);
	rc = campaign_put(l->ledger, c, err);
	if (rc == 0)
		rc = review_tell(l, &said, &text, err);
	if (rc == 0)
		rc = notice_owe(l, c->issue, NOTICE_PROPERTY, NULL, NULL, 0,
			err);
	rc = core_end(l, rc, err);
	if (rc == 0 && !approved)
		log_say(&l->env, LAPSE_WARNING, "review %s: not acknowledged "
			"by %s; settle it and run `lapse review-close %s` "
			"again", c->name, story_name(l, c->acknowledger, &a),
			c->name);
	return rc;
}

/* Somebody else's answer, or none at all: the asking is over, and the one
 * who was asked has said nothing. */
static int keep_void(struct lapse *l, struct campaign_row *c,
	const struct jira_approval *ap, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	AUTO_BUF text = {0};
	const struct jira_person *by = NULL;
	struct review_said said = {
		.kind = "review-void",
		.campaign = c,
		.ref = c->approval,
		.detail = c->acknowledger,
	};
	int rc;

	for (size_t i = 0; ap != NULL && i < ap->answers.n; i++)
		if (ap->answers.items[i].decision != JIRA_PENDING &&
			!same(ap->answers.items[i].who.account,
				c->acknowledger))
			by = &ap->answers.items[i].who;
	said.actor = by != NULL ? by->account : NULL;
	texts_review_void(&text, story_name(l, c->acknowledger, &a),
		by == NULL ? NULL :
		by->name != NULL ? by->name : by->account);
	rc = core_begin(l, err);
	if (rc < 0)
		return rc;
	c->approval = NULL;
	rc = campaign_put(l->ledger, c, err);
	if (rc == 0)
		rc = review_tell(l, &said, &text, err);
	if (rc == 0)
		rc = notice_owe(l, c->issue, NOTICE_PROPERTY, NULL, NULL, 0,
			err);
	rc = core_end(l, rc, err);
	if (rc == 0)
		log_say(&l->env, LAPSE_WARNING, "review %s: what was answered "
			"on %s does not count: it is not the word of %s alone; "
			"run `lapse review-close %s` to ask again", c->name,
			c->issue_key, story_name(l, c->acknowledger, &a),
			c->name);
	return rc;
}

int review_answered(struct lapse *l, struct campaign_row *c,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	const struct jira_approvals *list = NULL;
	const struct jira_approval *ap;
	int rc;

	if (c->approval == NULL || l->dry_run)
		return 0;
	rc = read_approvals(l, c, &a, &list, err);
	if (rc < 0)
		return rc;
	ap = find_asked(c, list);
	if (ap != NULL && is_alone(c, ap) &&
		ap->answers.items[0].decision != JIRA_PENDING)
		return keep_answer(l, c, ap->answers.items[0].decision ==
			JIRA_APPROVED, err);
	return ap != NULL && ap->final == JIRA_PENDING ? 0 :
		keep_void(l, c, ap, err);
}
