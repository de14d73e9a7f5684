/* Counting what those who are owed have said: in Jira's own approval, and in
 * Slack as the ledger has it. The delegate's answer is nobody's vote. */
#include <string.h>

#include "request_asking.h"
#include "story.h"

/* ---- Loading ---- */

static int note_heard(struct request *r, const struct slack_decision_row *d,
	struct lapse_err *err)
{
	struct request_heard *h = VEC_ADD(&r->heard, &r->arena);

	if (h == NULL)
		return lapse_fail_nomem(err);
	*h = (struct request_heard){d->account, d->decision};
	return 0;
}

/* What was written past lapse decides nothing. */
static void note_untold(struct lapse *l, const struct request *r,
	const struct slack_decision_row *d)
{
	struct lapse_err line;

	lapse_fail(&line, LAPSE_ELEDGER, "%s: the ledger has an answer of %s "
		"in Slack that no evidence tells of; it is not counted. Find "
		"out who wrote to the ledger; 'lapse verify' lists more",
		r->issue->key, d->account);
	core_note(l, lapse_exit_of(line.code), &line);
}

static int load_slack(struct lapse *l, struct request *r, struct asking *k,
	struct lapse_err *err)
{
	struct slack_decision_rows all = {0};
	int rc = slack_decisions_of(l->ledger, k->row.id, &r->arena, &all,
		err);

	r->heard.n = 0;
	for (size_t i = 0; i < all.items.n && rc == 0; i++) {
		const struct slack_decision_row *d = &all.items.items[i];
		struct slack_decision_row *slot;

		/* What was shown is what is decided on, and by those alone who
		 * were asked. */
		if (!d->counted || d->account == NULL ||
			strcmp(d->shown_hash, k->row.content_hash) != 0 ||
			!strs_has(&k->accounts, d->account))
			continue;
		if (!d->told) {
			note_untold(l, r, d);
			continue;
		}
		slot = VEC_ADD(&k->slack.items, &r->arena);
		if (slot == NULL)
			return lapse_fail_nomem(err);
		*slot = *d;
		rc = note_heard(r, d, err);
	}
	return rc < 0 ? rc : slack_answer_get(l->ledger, k->row.id, &r->arena,
		&k->answer, err);
}

static void find_delegate(const struct lapse *l, struct asking *k)
{
	const char *account = delegate_account(l);

	for (size_t i = 0; account != NULL && k->jira != NULL &&
		i < k->jira->answers.n; i++)
		if (strcmp(k->jira->answers.items[i].who.account,
			account) == 0)
			k->delegate = &k->jira->answers.items[i];
}

int votes_load(struct lapse *l, struct request *r, struct asking *k,
	struct lapse_err *err)
{
	int rc = approval_current(l->ledger, r->row.id, &r->arena, &k->row,
		err);

	if (rc == 0)
		rc = owed_of(l->ledger, k->row.id, &r->arena, &k->owed, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < k->owed.list.n; i++)
		strs_add(&k->accounts, &r->arena,
			k->owed.list.items[i].account);
	for (size_t i = 0; i < r->approvals->items.n; i++)
		if (k->row.approval != NULL &&
			strcmp(r->approvals->items.items[i].id,
				k->row.approval) == 0)
			k->jira = &r->approvals->items.items[i];
	k->decided_at = k->jira != NULL ? k->jira->completed_at : WHEN_NONE;
	k->delegated = k->row.method != NULL &&
		strcmp(k->row.method, DELEGATE_METHOD) == 0;
	find_delegate(l, k);
	return k->delegated ? load_slack(l, r, k, err) : 0;
}

/* ---- Who stands in it ---- */

static bool is_all(const struct asking *k)
{
	return strcmp(k->row.mode, "all") == 0;
}

/* With `any` the delegate stands beside the people, with `all` alone. */
static bool with_delegate(const struct lapse *l, const struct asking *k)
{
	const char *delegate = delegate_account(l);
	size_t people = is_all(k) ? 0 : k->accounts.n;

	if (delegate == NULL || k->delegate == NULL ||
		k->jira->answers.n != people + 1)
		return false;
	for (size_t i = 0; i < k->jira->answers.n; i++) {
		const char *who = k->jira->answers.items[i].who.account;

		if (strcmp(who, delegate) != 0 &&
			!strs_has(&k->accounts, who))
			return false;
	}
	return true;
}

/* One that was decided by people in Jira is theirs, though the delegate stood
 * there too. */
bool votes_list_is_right(const struct lapse *l, const struct asking *k)
{
	if (k->delegated)
		return with_delegate(l, k);
	return request_owes_exactly(k->jira, &k->accounts) ||
		(strcmp(k->row.state, "approved") == 0 &&
			with_delegate(l, k));
}

/* ---- Collecting ---- */

static const struct policy_approver *approver_of(const struct request *r,
	const char *account)
{
	const struct policy_approver *f = &r->in.fallback;

	for (size_t i = 0; i < r->in.approvers.n; i++) {
		const struct policy_approver *p = &r->in.approvers.items[i];

		if (p->account != NULL && strcmp(p->account, account) == 0)
			return p;
	}
	return f->account != NULL && strcmp(f->account, account) == 0 ? f :
									NULL;
}

bool votes_is_active(const struct request *r, const struct jira_person *who)
{
	const struct policy_approver *f = &r->in.fallback;

	for (size_t i = 0; i < r->in.approvers.n; i++) {
		const struct policy_approver *p = &r->in.approvers.items[i];

		if (p->account != NULL &&
			strcmp(p->account, who->account) == 0 && !p->active)
			return false;
	}
	if (f->account != NULL && strcmp(f->account, who->account) == 0 &&
		!f->active)
		return false;
	return who->active;
}

/* Whoever does not stand in Jira's approval is asked about there. */
static int is_active_now(struct lapse *l, struct request *r,
	const char *account, bool *ret, struct lapse_err *err)
{
	const struct policy_approver *p = approver_of(r, account);
	struct jira_person is = {0};
	int rc;

	*ret = p != NULL && p->active;
	if (p != NULL)
		return 0;
	rc = people_account_fresh(l, account, &r->arena, &is, err);
	if (rc == LAPSE_ENOTFOUND)
		return 0;
	*ret = rc == 0 && is.active;
	return rc;
}

static int add(struct request *r, struct asking *k, const struct said *s,
	struct lapse_err *err)
{
	struct said *slot = VEC_ADD(&k->said, &r->arena);

	if (slot == NULL)
		return lapse_fail_nomem(err);
	*slot = *s;
	return 0;
}

static const struct said *said_by(const struct asking *k, const char *account,
	bool in_slack)
{
	for (size_t i = 0; i < k->said.n; i++)
		if (k->said.items[i].in_slack == in_slack &&
			strcmp(k->said.items[i].account, account) == 0)
			return &k->said.items[i];
	return NULL;
}

static int collect_slack(struct lapse *l, struct request *r, struct asking *k,
	struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < k->slack.items.n && rc == 0; i++) {
		const struct slack_decision_row *d = &k->slack.items.items[i];
		const struct said *jira = said_by(k, d->account, false);
		struct said s = {
			.account = d->account,
			.decision = strcmp(d->decision, "approved") == 0 ?
				JIRA_APPROVED : JIRA_DECLINED,
			.in_slack = true,
			.active = jira != NULL && jira->active,
		};

		if (jira == NULL)
			rc = is_active_now(l, r, d->account, &s.active, err);
		if (rc == 0)
			rc = add(r, k, &s, err);
	}
	return rc;
}

int votes_collect(struct lapse *l, struct request *r, struct asking *k,
	struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < k->jira->answers.n && rc == 0; i++) {
		const struct jira_answer *a = &k->jira->answers.items[i];
		const struct said s = {
			.account = a->who.account,
			.decision = a->decision,
			.active = votes_is_active(r, &a->who),
		};

		if (a != k->delegate)
			rc = add(r, k, &s, err);
	}
	return rc < 0 ? rc : collect_slack(l, r, k, err);
}

/* ---- Counting ---- */

static void put(struct policy_vote *v, const struct said *s)
{
	if (s == NULL)
		return;
	v->approved = v->approved || s->decision == JIRA_APPROVED;
	v->declined = v->declined || s->decision == JIRA_DECLINED;
	v->active = s->active;
}

enum policy_quorum votes_count(struct request *r, const struct asking *k,
	bool in_slack)
{
	struct policy_vote *votes = arena_alloc(&r->arena,
		(k->accounts.n + 1) * sizeof(*votes));

	if (votes == NULL)
		return QUORUM_OPEN;
	for (size_t i = 0; i < k->accounts.n; i++) {
		put(&votes[i], said_by(k, k->accounts.items[i], false));
		if (in_slack)
			put(&votes[i],
				said_by(k, k->accounts.items[i], true));
	}
	return policy_count(is_all(k) ? APPROVAL_ALL : APPROVAL_ANY, votes,
		k->accounts.n);
}

bool votes_may_do(struct request *r, const struct asking *k)
{
	struct asking heard = {.row = k->row, .accounts = k->accounts};
	struct lapse_err none;

	for (size_t i = 0; i < k->slack.items.n; i++) {
		const struct slack_decision_row *d = &k->slack.items.items[i];
		const struct said s = {
			.account = d->account,
			.decision = strcmp(d->decision, "approved") == 0 ?
				JIRA_APPROVED : JIRA_DECLINED,
			.in_slack = true,
			.active = true,
		};

		/* Out of memory: the long way will say so. */
		if (add(r, &heard, &s, &none) < 0)
			return true;
	}
	return votes_count(r, &heard, true) != QUORUM_OPEN;
}

/* ---- Telling ---- */

const char *votes_names(struct lapse *l, struct request *r,
	const struct asking *k, enum jira_decision what)
{
	struct strs names = {0};

	for (size_t i = 0; i < k->said.n; i++) {
		const struct said *s = &k->said.items[i];

		if (s->decision != what ||
			(s->in_slack && said_by(k, s->account, false) != NULL &&
				said_by(k, s->account, false)->decision ==
				what))
			continue;
		strs_add(&names, &r->arena,
			story_name(l, s->account, &r->arena));
	}
	return story_list(&names, &r->arena);
}

const char *votes_first(const struct asking *k, enum jira_decision what)
{
	for (size_t i = 0; i < k->said.n; i++)
		if (k->said.items[i].decision == what)
			return k->said.items[i].account;
	return NULL;
}
