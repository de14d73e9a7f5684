/* What became of an asking: decisions of owed people on this one approval
 * and this one content count; status, finalDecision, comments and anyone
 * else's answer never do. */
#include <string.h>

#include "adoption.h"
#include "log.h"
#include "notice.h"
#include "request_asking.h"
#include "story.h"
#include "texts.h"

/* ---- Edits ---- */

/* What the field says, in words; NULL: no input of the request. */
static const char *input_name(const struct request *r, const char *field)
{
	const struct jira_form *f = &r->type->form;
	const struct {
		const char *field;
		const char *name;
	} inputs[] = {
		{f->role, "the role"},
		{f->whom, "the person it is for"},
		{f->how_long, "the duration"},
		{f->from_when, "the start"},
		{f->why, "the reason"},
		{"reporter", "the requester"},
	};

	for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++)
		if (inputs[i].field != NULL &&
			strcmp(inputs[i].field, field) == 0)
			return inputs[i].name;
	return NULL;
}

/* Whoever edited need not have been met before. */
static const char *name_of(struct lapse *l, struct request *r,
	const char *account)
{
	struct jira_person p = {0};
	struct lapse_err why;

	if (account == NULL ||
		people_account_fresh(l, account, &r->arena, &p, &why) < 0 ||
		p.name == NULL)
		return story_name(l, account, &r->arena);
	return p.name;
}

/* An edit and its revert leave no trace in the hash, but in the history. */
static int edited_since(struct lapse *l, struct request *r,
	const struct asking *k, struct request_again *ret,
	struct lapse_err *err)
{
	int64_t since = k->jira != NULL ? k->jira->created_at :
					  k->row.asked_at;
	int rc = request_history(l, r, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < r->history->edits.n; i++) {
		const struct jira_edit *e = &r->history->edits.items[i];
		const char *name = input_name(r, e->field);

		if (e->at <= since || name == NULL)
			continue;
		ret->code = "edited";
		ret->words = arena_fmt(&r->arena, "%s was changed by %s after "
			"approval was asked for", name,
			name_of(l, r, e->author));
	}
	return 0;
}

/* ---- Other people in the approval ---- */

static const char *part_in_it(const struct request *r, const char *account)
{
	if (strcmp(account, r->issue->reporter.account) == 0)
		return ", who made the request,";
	if (strcmp(account, r->issue->creator.account) == 0)
		return ", who filed the request,";
	if (strcmp(account, r->beneficiary) == 0)
		return ", whom it is for,";
	return "";
}

static void other_approvers(struct lapse *l, struct request *r,
	const struct asking *k, struct request_again *ret)
{
	const struct jira_person *other = NULL;

	if (votes_list_is_right(l, k))
		return;
	for (size_t i = 0; i < k->jira->answers.n; i++)
		if (&k->jira->answers.items[i] != k->delegate &&
			!strs_has(&k->accounts,
				k->jira->answers.items[i].who.account))
			other = &k->jira->answers.items[i].who;
	ret->code = "approvers-changed";
	ret->words = other == NULL ?
		"somebody who was asked was taken out of the approvers" :
		arena_fmt(&r->arena, "%s%s stood among the approvers without "
			"having been asked",
			other->name != NULL ? other->name :
			story_name(l, other->account, &r->arena),
			part_in_it(r, other->account));
}

/* ---- Does it still count? ---- */

/* Entering the status once more (a second run did, or a person who may) makes
 * another approval, and ours can be answered no more. The newest is first. */
static bool is_newest(const struct request *r, const struct asking *k)
{
	return k->jira == &r->approvals->items.items[0];
}

static bool in_approval_status(const struct request *r)
{
	return strcmp(r->issue->status, r->type->status_any) == 0 ||
		strcmp(r->issue->status, r->type->status_all) == 0;
}

/* Why what was asked does not count any more; code NULL: it does. */
/* In the very second of the asking: too close to say which came first, but
 * with another content the edit is the cause. */
static bool edited_meanwhile(const struct request *r, const struct asking *k)
{
	for (size_t i = 0; r->history != NULL && i < r->history->edits.n; i++) {
		const struct jira_edit *e = &r->history->edits.items[i];

		if (e->at == k->jira->created_at &&
			input_name(r, e->field) != NULL)
			return true;
	}
	return false;
}

static int why_void(struct lapse *l, struct request *r, const struct asking *k,
	struct request_again *ret, struct lapse_err *err)
{
	int rc = 0;

	if (k->row.id == 0 || k->jira == NULL) {
		ret->code = "approval-gone";
		ret->words = "the approval that was asked for is not there any "
			     "more";
		return 0;
	}
	other_approvers(l, r, k, ret);
	if (ret->code == NULL)
		rc = edited_since(l, r, k, ret, err);
	if (rc < 0 || ret->code != NULL)
		return rc;
	if (!is_newest(r, k)) {
		ret->code = "approval-replaced";
		ret->words = "it was moved to its approval status once more";
	}
	if (strcmp(k->row.content_hash, r->hash) != 0) {
		ret->code = "role-changed";
		ret->words = "what this role gives was changed after approval "
			     "was asked for";
		if (edited_meanwhile(r, k)) {
			ret->code = "edited";
			ret->words = "the request was changed while approval "
				     "was asked for";
		}
	}
	return 0;
}

/* ---- Outcomes ---- */

/* by_jira: by the answers of people there alone. */
static int approved(struct lapse *l, struct request *r, struct asking *k,
	bool by_jira, struct lapse_err *err)
{
	int64_t at = k->decided_at != WHEN_NONE ? k->decided_at : core_now(l);
	int rc;

	if (core_now(l) - at > r->role->approval_age)
		return request_close(l, r, "stale", "approval-too-old",
			"The approval of this request is too old to be used. "
			"Please file a new request.", NULL,
			r->type->status_refused, err);
	if (core_plan(l, r->issue->key, "grant", NULL, err) != 0)
		return err->code;
	if (l->dry_run)
		return 0;
	if (strcmp(k->row.state, "approved") != 0) {
		rc = request_begin(l, r, err);
		if (rc < 0)
			return rc;
		rc = request_keep_answers(l, r, err);
		if (rc == 0)
			rc = approval_set(l->ledger, k->row.id, "approved",
				at, err);
		if (rc == 0 && k->delegated && by_jira)
			rc = approval_set_method(l->ledger, k->row.id, "jsm",
				err);
		if (rc == 0)
			rc = request_tell(l, r, "approved",
				votes_first(k, JIRA_APPROVED), NULL, NULL,
				NULL, err);
		rc = request_end(l, r, rc, err);
		if (rc < 0)
			return rc;
	}
	k->row.state = "approved";
	k->row.decided_at = at;
	return request_grant(l, r, &k->row, err);
}

static int declined(struct lapse *l, struct request *r, struct asking *k,
	struct lapse_err *err)
{
	const char *words;

	r->decided_by = votes_names(l, r, k, JIRA_DECLINED);
	if (r->adoption.id != 0)
		return adoption_decline(l, r, votes_first(k, JIRA_DECLINED),
			err);
	r->decided_words = story_slack_words(l, &k->slack,
		"declined", &r->arena);
	words = arena_fmt(&r->arena, "Declined by %s.%s%s%s", r->decided_by,
		r->decided_words != NULL ? " In their words: \"" : "",
		r->decided_words != NULL ? r->decided_words : "",
		r->decided_words != NULL ? "\"" : "");
	return request_close(l, r, "declined", "declined", words, NULL,
		r->type->status_declined, err);
}

/* The issue went on, but not by answers that count. */
static int left_status(struct lapse *l, struct request *r,
	const struct asking *k, struct lapse_err *err)
{
	struct request_again again = {"not-by-approval",
		"it was moved on, but not by an approval of those who were "
		"asked", false};

	for (size_t i = 0; i < k->jira->answers.n; i++) {
		const struct jira_answer *a = &k->jira->answers.items[i];

		if (a == k->delegate || a->decision == JIRA_PENDING ||
			votes_is_active(r, &a->who))
			continue;
		again.code = "approver-inactive";
		again.words = arena_fmt(&r->arena, "the account of %s, who "
			"answered, is not active",
			story_name(l, a->who.account, &r->arena));
	}
	return request_ask(l, r, &again, err);
}

static int pending(struct lapse *l, struct request *r, const struct asking *k,
	struct lapse_err *err)
{
	return in_approval_status(r) ? waiting_go_on(l, r, k, err) :
				       left_status(l, r, k, err);
}

/* Jira shows what the delegate answered in the next reading. */
static int look_again(struct lapse *l, struct request *r,
	struct lapse_err *err)
{
	__attribute__((cleanup(request_clear))) struct request now = {0};
	int rc = request_read(l, r->issue->id, &now, err);

	if (rc == 0 && now.type != NULL)
		rc = request_asked(l, &now, err);
	r->overtaken = now.overtaken;
	return rc;
}

static int outcome(struct lapse *l, struct request *r, struct asking *k,
	enum policy_quorum q, bool by_jira, struct lapse_err *err)
{
	r->by_jira = k->delegated && by_jira;
	return q == QUORUM_APPROVED ? approved(l, r, k, by_jira, err) :
				      declined(l, r, k, err);
}

static int act(struct lapse *l, struct request *r, struct asking *k,
	struct lapse_err *err)
{
	enum policy_quorum there = votes_count(r, k, false);
	enum policy_quorum q = k->delegated ? votes_count(r, k, true) : there;
	static const struct request_again off = {"slack-off",
		"this role is not approved in Slack any more", false};
	bool done = false;
	bool sent = false;
	int rc;

	if (there == QUORUM_OPEN && !delegate_stands(l, r->role, k))
		return request_ask(l, r, &off, err);
	if (q == QUORUM_OPEN)
		return pending(l, r, k, err);
	if (q == there)
		return outcome(l, r, k, q, true, err);
	if (k->jira->final == JIRA_PENDING && !in_approval_status(r))
		return left_status(l, r, k, err);
	rc = delegate_answer(l, r, k, q, &done, &sent, err);
	if (rc < 0)
		return rc;
	if (done)
		return outcome(l, r, k, q, false, err);
	if (sent)
		return look_again(l, r, err);
	return in_approval_status(r) ? 0 : left_status(l, r, k, err);
}

static int judge(struct lapse *l, struct request *r, struct asking *k,
	struct lapse_err *err)
{
	static const struct request_again alone = {"delegate-answered",
		"the account that answers for Slack did so on its own", false};
	struct request_again again = {0};
	bool refused = false;
	int rc;

	rc = delegate_refuse(l, r, k, &refused, err);
	if (rc == 0)
		rc = refused ? 0 : why_void(l, r, k, &again, err);
	if (rc < 0)
		return rc;
	if (refused)
		again = alone;
	/* What was asked counts no more, and today's catalog asks nobody. */
	if (again.code != NULL && r->decision.verdict == POLICY_AUTO)
		return request_auto(l, r, err);
	if (again.code != NULL)
		return request_ask(l, r, &again, err);
	rc = votes_collect(l, r, k, err);
	return rc < 0 ? rc : act(l, r, k, err);
}

/* Closed by a person, not by the approval: the request is over. */
static bool cancelled(const struct request *r)
{
	if (r->type->status_cancelled != NULL &&
		strcmp(r->issue->status, r->type->status_cancelled) == 0)
		return true;
	return strcmp(r->issue->status_category, "done") == 0 &&
		strcmp(r->issue->status, r->type->status_declined) != 0;
}

/* Nobody answered and nothing was touched since the last look: then people
 * and groups need no reading either. They are read again before a grant. */
static bool nothing_new(struct lapse *l, struct request *r,
	const struct asking *k)
{
	const struct role *role = r->row.role == NULL ?
		NULL :
		config_role(l->config, r->row.role);

	if (role == NULL || k->row.id == 0 || k->jira == NULL ||
		k->jira->final != JIRA_PENDING || !in_approval_status(r) ||
		r->issue->updated_at != r->row.updated_at ||
		!is_newest(r, k) ||
		!delegate_stands(l, role, k) ||
		!votes_list_is_right(l, k) || waiting_is_due(l, r, role, k))
		return false;
	if (votes_may_do(r, k) && k->answer.next_at <= core_now(l))
		return false;
	for (size_t i = 0; i < k->jira->answers.n; i++)
		if (k->jira->answers.items[i].decision != JIRA_PENDING)
			return false;
	return true;
}

int request_asked(struct lapse *l, struct request *r, struct lapse_err *err)
{
	struct asking k = {0};
	const struct policy_decision *d = &r->decision;
	int rc = votes_load(l, r, &k, err);

	if (rc < 0 || nothing_new(l, r, &k))
		return rc;
	r->asked = k.row.id;
	r->judged = k.jira;
	rc = request_resolve(l, r, err);
	if (rc < 0)
		return rc;
	if (cancelled(r))
		return request_close(l, r, "cancelled", "cancelled",
			"This request was closed before it was approved. "
			"Nothing was granted.", NULL, NULL, err);
	if (d->verdict == POLICY_REFUSE)
		return request_close(l, r, "refused", d->code, d->words,
			d->admin, r->type->status_refused, err);
	if (d->verdict == POLICY_WAIT)
		return 0;
	/* The catalog may have turned to approve it by itself; people were
	 * asked, so people decide. */
	return judge(l, r, &k, err);
}
