/* The approval of a claimed grant, as its row: how it was given, and by whom.
 * Jira has the answers of people; of an answer given for people it shows the
 * delegate alone, and the sealed property who they were. What they wrote, and
 * where, is gone with the old ledger. */
#include <string.h>

#include "delegate.h"
#include "rebuild_private.h"
#include "rebuild_rows.h"
#include "requests.h"

static bool is(const char *a, const char *b)
{
	return a != NULL && strcmp(a, b) == 0;
}

/* "5b1 5b2" */
static bool is_named(const char *accounts, const char *account)
{
	size_t len = strlen(account);

	for (const char *p = accounts; p != NULL && *p != '\0';) {
		size_t n = strcspn(p, " ");

		if (n == len && memcmp(p, account, n) == 0)
			return true;
		p += n + (p[n] == ' ');
	}
	return false;
}

static bool is_delegate(const struct lapse *l, const struct jira_answer *a)
{
	return is(delegate_account(l), a->who.account);
}

/* A property that says nothing of it is from before there was a delegate, or
 * Jira shows its answer. */
static const char *method_of(const struct lapse *l,
	const struct rebuild_grant *k)
{
	bool delegate = false;
	bool person = false;

	for (size_t i = 0; k->approval != NULL &&
		i < k->approval->answers.n; i++) {
		const struct jira_answer *a = &k->approval->answers.items[i];

		if (a->decision == JIRA_APPROVED && is_delegate(l, a))
			delegate = true;
		else if (a->decision == JIRA_APPROVED)
			person = true;
	}
	if (is(k->g->approval_method, DELEGATE_METHOD) || (delegate &&
		!(person && is(k->g->approval_method, "jsm"))))
		return DELEGATE_METHOD;
	return is(k->g->mode, "auto") ? "auto" : "jsm";
}

static int put_answer(struct lapse *l, const struct rebuild_grant *k,
	int64_t approval, const char *account, enum jira_decision said,
	struct lapse_err *err)
{
	int rc = owed_add(l->ledger, approval, account, "named", err);

	if (rc < 0 || said == JIRA_PENDING)
		return rc;
	return owed_decide(l->ledger, approval, account,
		said == JIRA_APPROVED ? "approved" : "declined",
		k->approved_at != WHEN_NONE ? k->approved_at : core_now(l),
		err);
}

/* Whoever said yes there and is not among those whose yes it was answered for
 * others, whatever the configuration says by now. */
static bool is_for_others(const struct lapse *l, const struct rebuild_grant *k,
	const struct jira_answer *a)
{
	return is_delegate(l, a) || (k->g->approvers != NULL &&
		a->decision == JIRA_APPROVED &&
		!is_named(k->g->approvers, a->who.account));
}

static int put_named(struct lapse *l, const struct rebuild_grant *k,
	int64_t approval, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	int rc = 0;

	for (const char *p = k->g->approvers; p != NULL && *p != '\0' &&
		rc == 0;) {
		size_t n = strcspn(p, " ");
		const char *account = arena_copy_n(&a, p, n);

		rc = arena_check(&a, err);
		if (rc == 0)
			rc = put_answer(l, k, approval, account, JIRA_APPROVED,
				err);
		p += n + (p[n] == ' ');
	}
	return rc;
}

static int put_answers(struct lapse *l, const struct rebuild_grant *k,
	int64_t approval, struct lapse_err *err)
{
	int rc = put_named(l, k, approval, err);

	for (size_t i = 0; k->approval != NULL && rc == 0 &&
		i < k->approval->answers.n; i++) {
		const struct jira_answer *a = &k->approval->answers.items[i];

		if (!is_for_others(l, k, a) &&
			!is_named(k->g->approvers, a->who.account))
			rc = put_answer(l, k, approval, a->who.account,
				a->decision, err);
	}
	return rc;
}

/* An older copy has it as it was asked. */
static int learn(struct lapse *l, const struct rebuild_grant *k, int64_t id,
	struct lapse_err *err)
{
	int rc = approval_set(l->ledger, id, "used", k->approved_at, err);

	if (rc == 0)
		rc = approval_set_method(l->ledger, id, method_of(l, k), err);
	return rc < 0 ? rc : put_answers(l, k, id, err);
}

/* It was used, once. */
int rebuild_approval(struct lapse *l, const struct rebuild_grant *k,
	int64_t request, int64_t *ret, struct lapse_err *err)
{
	const struct projection_grant *g = k->g;
	struct approval_row ap = {
		.request = request,
		.approval = g->approval,
		.mode = g->mode != NULL ? g->mode : "all",
		.content_hash = g->content != NULL ? g->content : "",
		.asked_at = g->asked_at != WHEN_NONE ? g->asked_at :
			g->created_at != WHEN_NONE ? g->created_at :
						     core_now(l),
		.state = "used",
		.decided_at = k->approved_at,
		.method = method_of(l, k),
	};
	int rc;

	*ret = 0;
	if (request == 0 || g->approval == NULL)
		return 0;
	rc = rebuild_rows_approval(l->ledger, request, g->approval, ret, err);
	if (rc == 0 && *ret != 0)
		return learn(l, k, *ret, err);
	if (rc == 0)
		rc = approval_add(l->ledger, &ap, ret, err);
	return rc < 0 ? rc : put_answers(l, k, *ret, err);
}
