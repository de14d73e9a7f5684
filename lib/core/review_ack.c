/* Who reviewed nothing of a campaign acknowledges its result: by an approval
 * on the campaign's issue, owed by exactly that person, and counted by its id
 * and account. */
#include <string.h>

#include "json.h"
#include "log.h"
#include "review_sync.h"
#include "story.h"
#include "texts_decide.h"

static bool same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

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
	const char *account, const char *approval, struct lapse_err *err)
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
	texts_review_ask(&text, story_name(l, account, &a), c->name);
	rc = campaign_put(l->ledger, c, err);
	if (rc == 0)
		rc = review_tell(l, &said, &text, err);
	return core_end(l, rc, err);
}

int review_ask(struct lapse *l, struct campaign_row *c, const char *account,
	struct arena *a, struct lapse_err *err)
{
	const struct jira_approvals *list = NULL;
	const struct jira_approval *new = NULL;
	int rc = set_approver(l, c, account, err);

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
	return keep_asked(l, c, account, new->id, err);
}

/* ---- The answer ---- */

static enum jira_decision answer_of(const struct campaign_row *c,
	const struct jira_approvals *list)
{
	for (size_t i = 0; list != NULL && i < list->items.n; i++) {
		const struct jira_approval *ap = &list->items.items[i];

		for (size_t n = 0; n < ap->answers.n; n++)
			if (same(ap->id, c->approval) && same(
				ap->answers.items[n].who.account,
				c->acknowledger))
				return ap->answers.items[n].decision;
	}
	return JIRA_PENDING;
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
	rc = core_end(l, rc, err);
	if (rc == 0 && !approved)
		log_say(&l->env, LAPSE_WARNING, "review %s: not acknowledged "
			"by %s; settle it and run `lapse review-close %s` "
			"again", c->name, story_name(l, c->acknowledger, &a),
			c->name);
	return rc;
}

int review_answered(struct lapse *l, struct campaign_row *c,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	const struct jira_approvals *list = NULL;
	enum jira_decision said;
	int rc = read_approvals(l, c, &a, &list, err);

	if (rc < 0 || l->dry_run)
		return rc;
	said = answer_of(c, list);
	return said == JIRA_PENDING ? 0 :
		keep_answer(l, c, said == JIRA_APPROVED, err);
}
