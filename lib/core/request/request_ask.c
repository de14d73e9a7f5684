/* Asking: exactly the owed people into Approvers, into the approval status,
 * and what Jira made of it read back as one row. */
#include <string.h>

#include "delegate.h"
#include "json.h"
#include "log.h"
#include "notice.h"
#include "notices.h"
#include "request.h"
#include "slack_decision_rows.h"
#include "story.h"
#include "texts.h"

#define NOT_SHOWN "approval-not-shown"

enum {
	SHOWS_S = 900,		/* an approval shows within this, or is made
				   again */
	ASKS_MAX = 1 + 3,	/* the first time, and again */
};

/* Beside the people, or where all must agree alone: the delegate cannot answer
 * for one of them while Jira waits for each. */
static void approvers(struct lapse *l, struct request *r, bool delegated,
	struct strs *ret)
{
	if (!delegated || r->decision.mode != APPROVAL_ALL)
		for (size_t i = 0; i < r->decision.owed.n; i++)
			strs_add(ret, &r->arena,
				r->decision.owed.items[i].account);
	if (delegated)
		strs_add(ret, &r->arena, delegate_account(l));
}

static int set_approvers(struct lapse *l, struct request *r,
	struct lapse_err *err)
{
	struct strs who = {0};
	AUTO_BUF body = {0};
	struct json_out w = {.out = &body};
	struct op op = {
		.step = jira_edit_issue,
		.name = "set approvers",
		.issue = r->issue->id,
		.serial = r->issue->id,
	};
	int rc;

	json_put_open(&w, NULL, '{');
	json_put_open(&w, "fields", '{');
	approvers(l, r, r->delegated, &who);
	json_put_open(&w, r->type->form.approvers, '[');
	for (size_t i = 0; i < who.n; i++) {
		json_put_open(&w, NULL, '{');
		json_put_text(&w, "accountId", who.items[i]);
		json_put_close(&w, '}');
	}
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

static int enter(struct lapse *l, struct request *r, const char *status,
	struct lapse_err *err)
{
	struct op op = {
		.step = jira_transition,
		.name = "ask",
		.issue = r->issue->id,
		.serial = r->issue->id,
		.id = status,
		.public = true,		/* also from the status to itself */
	};
	int rc = core_jira(l, &op, err);

	if (rc == 0 && op.outcome != OP_CHANGED)
		rc = lapse_fail(err, LAPSE_EITEM,
			"jira: no transition leads to status %s for lapse; "
			"see lapse-jira(7), \"ask again\"", status);
	op_clear(&op);
	l->told_jira = true;
	return rc;
}

static bool same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Did the five inputs stay as they were when they were decided on? */
static bool same_inputs(const struct jira_issue *a, const struct jira_issue *b)
{
	return a->roles.n == b->roles.n &&
		same(a->roles.items[0].id, b->roles.items[0].id) &&
		same(a->reporter.account, b->reporter.account) &&
		same(a->whom.account, b->whom.account) &&
		same(a->how_long, b->how_long) &&
		a->from_when == b->from_when && same(a->why, b->why);
}

bool request_owes_exactly(const struct jira_approval *ap,
	const struct strs *owed)
{
	if (ap->answers.n != owed->n)
		return false;
	for (size_t i = 0; i < ap->answers.n; i++)
		if (!strs_has(owed, ap->answers.items[i].who.account))
			return false;
	return true;
}

/* One that was entered by an earlier run may be asked the other way. */
static bool names_them(struct lapse *l, struct request *r,
	const struct jira_approval *ap)
{
	struct strs people = {0};
	struct strs with = {0};

	approvers(l, r, false, &people);
	if (r->role->slack_approval && delegate_account(l) != NULL)
		approvers(l, r, true, &with);
	r->delegated = with.n > 0 && request_owes_exactly(ap, &with);
	return r->delegated || request_owes_exactly(ap, &people);
}

/* The approval that our transition made: unknown until now, and owed by
 * exactly the people we named. */
static int find_new(struct lapse *l, struct request *r,
	const struct jira_approvals *approvals, const struct jira_approval **ret,
	struct lapse_err *err)
{
	for (size_t i = 0; i < approvals->items.n; i++) {
		const struct jira_approval *ap = &approvals->items.items[i];
		bool known = false;

		if (r->row.id != 0 && approval_known(l->ledger, r->row.id,
			ap->id, &known, err) < 0)
			return err->code;
		if (known || ap->final != JIRA_PENDING)
			continue;
		if (!names_them(l, r, ap))
			continue;
		*ret = ap;
		return 0;
	}
	return lapse_fail(err, LAPSE_EITEM,
		"jira: the new approval does not show yet, or not with the "
		"people that lapse named; asked again by the next run");
}

static void name_owed(struct request *r, struct texts_about *about)
{
	struct strs names = {0};

	for (size_t i = 0; i < r->decision.owed.n; i++) {
		const struct policy_approver *p = &r->decision.owed.items[i];

		strs_add(&names, &r->arena,
			p->name != NULL ? p->name : p->account);
	}
	about->approvers = story_list(&names, &r->arena);
}

static int keep_owed(struct lapse *l, struct request *r, int64_t approval,
	struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < r->decision.owed.n && rc == 0; i++)
		rc = owed_add(l->ledger, approval,
			r->decision.owed.items[i].account,
			r->decision.owed.items[i].why, err);
	return rc;
}

static int owe_comment(struct lapse *l, struct request *r,
	const struct request_again *again, int64_t seq, struct lapse_err *err)
{
	AUTO_BUF text = {0};
	struct texts_about about;
	int rc;

	request_about(l, r, &about);
	about.in_slack = r->delegated;
	name_owed(r, &about);
	if (again == NULL) {
		texts_asked(&text, &about);
	} else if (again->escalated) {
		texts_escalated(&text, &about);
	} else {
		about.why_again = again->words;
		texts_asked_again(&text, &about);
	}
	rc = buf_check(&text, err, "text");
	return rc < 0 ? rc : notice_owe(l, r->issue->id, NOTICE_COMMENT,
		buf_text(&text), NULL, seq, err);
}

/* The delegate is owed nothing; those whom it answers for are. */
static int keep_slack(struct lapse *l, int64_t asked, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct slack_decision_rows said = {0};
	int rc = slack_decisions_of(l->ledger, asked, &a, &said, err);

	for (size_t i = 0; i < said.items.n && rc == 0; i++)
		if (said.items.items[i].told)
			rc = owed_decide(l->ledger, asked,
				said.items.items[i].account,
				said.items.items[i].decision,
				said.items.items[i].read_at, err);
	return rc;
}

int request_keep_answers(struct lapse *l, const struct request *r,
	struct lapse_err *err)
{
	int rc = r->asked == 0 ? 0 : keep_slack(l, r->asked, err);

	for (size_t i = 0; r->asked != 0 && r->judged != NULL && rc == 0 &&
		i < r->judged->answers.n; i++) {
		const struct jira_answer *a = &r->judged->answers.items[i];

		if (a->decision == JIRA_PENDING)
			continue;
		rc = owed_decide(l->ledger, r->asked, a->who.account,
			a->decision == JIRA_APPROVED ? "approved" : "declined",
			r->judged->completed_at, err);
	}
	return rc;
}

int request_asking_over(struct lapse *l, struct request *r, bool declined,
	struct lapse_err *err)
{
	int rc = request_keep_answers(l, r, err);

	if (rc == 0 && declined && r->asked != 0)
		rc = approval_set(l->ledger, r->asked, "declined",
			r->judged != NULL &&
				r->judged->completed_at != WHEN_NONE ?
				r->judged->completed_at : core_now(l), err);
	if (rc == 0 && declined && r->by_jira)
		rc = approval_set_method(l->ledger, r->asked, "jsm", err);
	return rc < 0 ? rc : approvals_void(l->ledger, r->row.id, err);
}

static int write_asked(struct lapse *l, struct request *r,
	const struct jira_approval *ap, const struct request_again *again,
	struct lapse_err *err)
{
	struct approval_row row = {
		.approval = ap->id,
		.mode = r->decision.mode == APPROVAL_ALL ? "all" : "any",
		.content_hash = r->hash,
		.asked_at = core_now(l),
		.state = "open",
		.decided_at = WHEN_NONE,
		.method = r->delegated ? DELEGATE_METHOD : "jsm",
	};
	int64_t seq = 0;
	int rc = request_keep(l, r, err);

	row.request = r->row.id;
	r->asks = ap->id;
	if (rc == 0)
		rc = request_asking_over(l, r, false, err);
	if (rc == 0)
		rc = approval_add(l->ledger, &row, &row.id, err);
	if (rc == 0)
		rc = keep_owed(l, r, row.id, err);
	if (rc == 0)
		rc = request_set_asked(l->ledger, r->row.id, core_now(l), err);
	if (rc == 0 && again != NULL && again->escalated)
		rc = request_set_escalated(l->ledger, r->row.id, core_now(l),
			err);
	if (rc == 0)
		rc = request_tell(l, r, "asked", NULL,
			again != NULL ? again->code : NULL,
			again != NULL ? again->words : NULL, &seq, err);
	return rc < 0 ? rc : owe_comment(l, r, again, seq, err);
}

/* Reads issue and approvals back into a request of its own. */
static int read_back(struct lapse *l, struct request *r, struct request *now,
	const struct jira_approval **ret, struct lapse_err *err)
{
	int rc = request_read(l, r->issue->id, now, err);

	if (rc < 0)
		return rc;
	if (now->type == NULL || !same_inputs(r->issue, now->issue))
		return lapse_fail(err, LAPSE_EITEM,
			"the request was edited while lapse asked for its "
			"approval; asked again by the next run");
	return find_new(l, r, now->approvals, ret, err);
}

/* Each entry makes an approval and Jira mails it: one that does not show yet
 * is waited for before another is made. */
static bool just_entered(struct lapse *l, const struct request *r)
{
	return r->row.id != 0 && r->row.why != NULL &&
		strcmp(r->row.why, NOT_SHOWN) == 0 &&
		core_now(l) - r->row.changed_at < SHOWS_S;
}

/* Keeps that it was entered; returns why it does not count yet. */
static int note_entered(struct lapse *l, struct request *r, int rc)
{
	struct lapse_err err;
	const char *state = r->row.id != 0 ? r->row.state : "seen";

	if (request_begin(l, r, &err) < 0)
		return rc;
	if (request_end(l, r, request_keep(l, r, &err) < 0 ? err.code :
			request_set_state(l->ledger, r->row.id, state,
				NOT_SHOWN, core_now(l), &err), &err) < 0)
		log_say(&l->env, LAPSE_WARNING, "%s", err.text);
	return rc;
}

static int ask(struct lapse *l, struct request *r,
	const struct request_again *again, struct lapse_err *err)
{
	__attribute__((cleanup(request_clear))) struct request now = {0};
	const struct jira_approval *ap = NULL;
	const char *status = r->decision.mode == APPROVAL_ALL ?
		r->type->status_all :
		r->type->status_any;
	bool entered = just_entered(l, r);
	int rc = delegate_may_stand(l, r, again, &r->delegated, err);

	if (rc == 0 && !entered)
		rc = set_approvers(l, r, err);

	if (rc == 0 && !entered)
		rc = enter(l, r, status, err);
	if (rc == 0)
		rc = read_back(l, r, &now, &ap, err);
	if (rc == LAPSE_EITEM && !entered)
		return note_entered(l, r, rc);
	if (rc < 0)
		return rc;
	r->issue->updated_at = now.issue->updated_at;
	rc = request_begin(l, r, err);
	if (rc < 0)
		return rc;
	return request_end(l, r, write_asked(l, r, ap, again, err), err);
}

/* Two runs that both moved the issue would make two approvals, and the answer
 * to one of them would not count: one at a time, and the second looks again at
 * what the first did. */
static int take_turn(struct lapse *l, struct request *r, int *locks,
	struct lapse_err *err)
{
	int rc = notices_locks_open(l->ledger, locks, err);

	if (rc == 0 && !notices_lock(*locks, r->issue->id)) {
		r->overtaken = true;
		rc = lapse_fail(err, LAPSE_EITEM, "another run is at it");
	}
	if (rc == 0)
		rc = request_not_overtaken(l, r, err);
	return rc < 0 ? rc : request_of_issue(l->ledger, r->issue->id,
		&r->arena, &r->row, err);
}

int request_ask(struct lapse *l, struct request *r,
	const struct request_again *again, struct lapse_err *err)
{
	AUTO_LOCKS locks = -1;
	int rc;

	if (core_plan(l, r->issue->key, again != NULL ? "ask again" : "ask",
		again != NULL ? again->words : NULL, err) != 0)
		return err->code;
	if (l->dry_run || l->suspect || l->stale || l->taken_over ||
		l->unwitnessed)
		return 0;
	if (again != NULL && r->row.asks >= ASKS_MAX)
		return request_close(l, r, "refused", "asked-too-often",
			"This request was changed so often after it was "
			"asked for that it is closed. Please file a new "
			"request with the final content.", NULL,
			r->type->status_refused, err);
	rc = take_turn(l, r, &locks, err);
	return rc < 0 ? rc : ask(l, r, again, err);
}
