/* A request that nobody decided yet: it is reminded of, goes to the fallback,
 * or is asked for in Jira when Slack cannot be heard. Whoever could answer in
 * Slack is heard there before: nothing is called unanswered that was not looked
 * for. */
#include <string.h>

#include "notice.h"
#include "request_asking.h"
#include "story.h"
#include "texts.h"

/* ---- When ---- */

static bool may_escalate(const struct request *r)
{
	return r->row.escalated_at == WHEN_NONE &&
		r->in.fallback.account != NULL;
}

/* What the delegate has answered was decided. */
static bool is_silent(const struct lapse *l, const struct asking *k)
{
	return k->delegated && k->answer.approval == 0 &&
		k->row.id == l->silence.approval;
}

bool waiting_is_due(struct lapse *l, const struct request *r,
	const struct role *role, const struct asking *k)
{
	int64_t waited = core_now(l) - k->row.asked_at;
	int64_t limit = role->escalate_after;

	if (is_silent(l, k))
		return true;
	return limit > 0 &&
		((waited >= limit && role->fallback_approver != NULL &&
			 r->row.escalated_at == WHEN_NONE) ||
			(waited * 2 >= limit &&
				r->row.reminded_at == WHEN_NONE));
}

/* What was answered in Slack since the last run is read at the end of this
 * one; then the request goes on. */
static bool is_unheard(const struct lapse *l, const struct asking *k)
{
	return k->delegated && delegate_account(l) != NULL && !l->dry_run &&
		!l->slack_answers;
}

static int hear_first(struct lapse *l, const struct request *r,
	struct lapse_err *err)
{
	const char **slot = VEC_ADD(&l->after_slack, &l->arena);

	if (slot == NULL)
		return lapse_fail_nomem(err);
	*slot = arena_copy(&l->arena, r->issue->id);
	return arena_check(&l->arena, err);
}

/* ---- What ---- */

static bool has_answered(const struct asking *k, const char *account)
{
	for (size_t i = 0; i < k->said.n; i++)
		if (k->said.items[i].decision != JIRA_PENDING &&
			strcmp(k->said.items[i].account, account) == 0)
			return true;
	return false;
}

static int remind(struct lapse *l, struct request *r, const struct asking *k,
	struct lapse_err *err)
{
	AUTO_BUF text = {0};
	struct texts_about about;
	struct strs names = {0};
	int64_t seq = 0;
	int rc;

	if (l->dry_run)
		return 0;
	for (size_t i = 0; i < k->accounts.n; i++)
		if (!has_answered(k, k->accounts.items[i]))
			strs_add(&names, &r->arena, story_name(l,
				k->accounts.items[i], &r->arena));
	request_about(l, r, &about);
	about.approvers = story_list(&names, &r->arena);
	about.in_slack = k->delegated;
	about.until = may_escalate(r) ?
		k->row.asked_at + r->role->escalate_after : WHEN_NONE;
	texts_reminder(&text, &about);
	rc = buf_check(&text, err, "text");
	if (rc == 0)
		rc = request_begin(l, r, err);
	if (rc < 0)
		return rc;
	rc = request_set_reminded(l->ledger, r->row.id, core_now(l), err);
	if (rc == 0)
		rc = request_tell(l, r, "reminded", NULL, NULL, NULL, &seq,
			err);
	if (rc == 0)
		rc = notice_owe(l, r->issue->id, NOTICE_COMMENT,
			buf_text(&text), NULL, seq, err);
	return request_end(l, r, rc, err);
}

/* Nobody answered: the fallback is asked instead. One who cannot be asked
 * (the requester, say) leaves the request with those who were. */
static int escalate(struct lapse *l, struct request *r, struct lapse_err *err)
{
	static const struct request_again again = {"escalated",
		"nobody decided in time", true};
	struct policy_decision d = {0};
	int rc;

	r->in.escalated = true;
	rc = policy_decide(&r->in, &r->arena, &d, err);
	r->in.escalated = false;
	if (rc < 0 || d.verdict != POLICY_ASK)
		return rc;
	r->decision = d;
	return request_ask(l, r, &again, err);
}

/* Looked at and found to be waiting: not again until something changes. */
static int note_seen(struct lapse *l, struct request *r, struct lapse_err *err)
{
	int rc;

	if (l->dry_run || r->issue->updated_at == r->row.updated_at)
		return 0;
	rc = request_begin(l, r, err);
	if (rc < 0)
		return rc;
	return request_end(l, r, request_set_updated(l->ledger, r->row.id,
		r->issue->updated_at, err), err);
}

int waiting_go_on(struct lapse *l, struct request *r, const struct asking *k,
	struct lapse_err *err)
{
	const struct request_again away = {REQUEST_AWAY, l->silence.why,
		false};
	int64_t waited = core_now(l) - k->row.asked_at;
	int64_t limit = r->role->escalate_after;
	bool late = limit > 0 && waited >= limit && may_escalate(r);
	bool half = limit > 0 && waited * 2 >= limit &&
		r->row.reminded_at == WHEN_NONE;

	if (is_silent(l, k))
		return request_ask(l, r, &away, err);
	if (!late && !half)
		return note_seen(l, r, err);
	if (is_unheard(l, k))
		return hear_first(l, r, err);
	return late ? escalate(l, r, err) : remind(l, r, k, err);
}
