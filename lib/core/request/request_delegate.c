/* The delegate answers Jira's approval for those who answered in Slack: once,
 * after the ledger says who they are, and never on its own. */
#include <string.h>

#include "notice.h"
#include "request_asking.h"
#include "slack_scope.h"
#include "slack_work.h"
#include "story.h"
#include "texts.h"

enum {
	AGAIN_S = 60,		/* an answer whose reply was lost is looked for
				   in Jira, and after this sent again */
	AGAIN_MAX_S = 3600,
	REFUSED_S = 86400,	/* what nobody told it to is spoken of */
	REACH_MS = 3000,	/* of a run, for who can be asked there: what is
				   asked later is asked in Jira */
};

static const char *word(enum jira_decision d)
{
	return d == JIRA_APPROVED ? "approved" : "declined";
}

/* ---- Does it stand there? ---- */

/* Whom Slack does not reach answers in Jira: nobody waits for it. */
static int reaches(struct lapse *l, struct request *r, bool *ret,
	struct lapse_err *err)
{
	struct lapse_err why;
	int64_t began = l->env.ticks_ms(l->env.arg);
	int rc = 0;

	*ret = false;
	if (l->slack_reached_ms >= REACH_MS)
		return 0;
	l->slack_until_ms = began + REACH_MS - l->slack_reached_ms;
	rc = slack_self(l, &why);
	for (size_t i = 0; i < r->decision.owed.n && rc == 0; i++) {
		struct slack_user_row to = {0};

		rc = slack_person_of(l, r->decision.owed.items[i].account,
			&r->arena, &to, &why);
		if (rc == 0 && (to.user == NULL || (to.channel == NULL &&
			slack_lacks(l, SLACK_IM_WRITE))))
			rc = LAPSE_ENOTFOUND;
	}
	if (rc == 0 && !slack_hears(l))
		rc = LAPSE_ENOTFOUND;
	/* Its share of the run begins when it is its turn. */
	l->slack_until_ms = 0;
	l->slack_reached_ms += l->env.ticks_ms(l->env.arg) - began;
	*ret = rc == 0;
	if (rc > LAPSE_EINTERNAL)
		return 0;
	*err = why;
	return rc;
}

int delegate_may_stand(struct lapse *l, struct request *r,
	const struct request_again *again, bool *ret, struct lapse_err *err)
{
	*ret = false;
	if (!r->role->slack_approval || delegate_account(l) == NULL ||
		l->slack_failed ||
		(again != NULL && strcmp(again->code, REQUEST_AWAY) == 0))
		return 0;
	if (core_self(l, err) < 0)
		return err->code;
	if (strcmp(l->self.account, delegate_account(l)) == 0)
		return 0;
	if (r->decision.mode == APPROVAL_ALL)
		return reaches(l, r, ret, err);
	*ret = slack_hears(l);
	return 0;
}

/* One that was approved while it did is approved. */
bool delegate_stands(const struct lapse *l, const struct role *role,
	const struct asking *k)
{
	return !k->delegated || strcmp(k->row.state, "open") != 0 ||
		(role->slack_approval && delegate_account(l) != NULL);
}

static bool same(const struct slack_answer_row *a,
	const struct slack_answer_row *b)
{
	return a->approval == b->approval && (a->approval == 0 ||
		(a->attempts == b->attempts &&
			strcmp(a->state, b->state) == 0));
}

/* Of two runs one sends, or says what was answered. */
static int begin(struct lapse *l, struct request *r, const struct asking *k,
	struct lapse_err *err)
{
	struct slack_answer_row now = {0};
	int rc = request_begin(l, r, err);

	if (rc < 0)
		return rc;
	rc = slack_answer_get(l->ledger, k->row.id, &r->arena, &now, err);
	if (rc == 0 && !same(&now, &k->answer)) {
		r->overtaken = true;
		rc = lapse_fail(err, LAPSE_EITEM, "another run is at it");
	}
	return rc < 0 ? core_end(l, rc, err) : 0;
}

/* ---- What it must not have said ---- */

static bool was_told_to(const struct asking *k)
{
	const char *state = k->answer.state;

	return k->answer.approval != 0 &&
		(strcmp(state, "sent") == 0 || strcmp(state, "done") == 0) &&
		strcmp(k->answer.decision, word(k->delegate->decision)) == 0 &&
		strcmp(k->answer.account, k->delegate->who.account) == 0;
}

static int tell_refused(struct lapse *l, struct request *r, struct asking *k,
	struct lapse_err *err)
{
	int rc = begin(l, r, k, err);

	if (rc < 0)
		return rc;
	rc = slack_answer_owe(l->ledger, k->row.id, k->delegate->who.account,
		word(k->delegate->decision), core_now(l), err);
	if (rc == 0)
		rc = slack_answer_set(l->ledger, k->row.id, "refused",
			core_now(l), "nobody decided so in Slack", err);
	if (rc == 0)
		rc = request_tell(l, r, "delegate-refused",
			k->delegate->who.account, word(k->delegate->decision),
			"the account that answers for Slack answered, and "
			"nobody decided so there", NULL, err);
	return request_end(l, r, rc, err);
}

static void note_refused(struct lapse *l, const char *key,
	const char *decision)
{
	struct lapse_err line;

	lapse_fail(&line, LAPSE_EREFUSED, "%s: the account that answers for "
		"Slack has %s it, and nobody decided so there; the answer is "
		"not taken. Find out who used that account, and renew its "
		"token", key, decision);
	core_note(l, LAPSE_EXIT_REFUSED, &line);
}

/* Whoever looks at one run in ten has to see it too. */
int delegate_note_refused(struct lapse *l, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct slack_refusal_rows rows = {0};
	int rc = slack_answers_refused(l->ledger, core_now(l) - REFUSED_S, &a,
		&rows, err);

	for (size_t i = 0; i < rows.items.n && rc == 0; i++)
		note_refused(l, rows.items.items[i].key,
			rows.items.items[i].decision);
	return rc;
}

int delegate_refuse(struct lapse *l, struct request *r, struct asking *k,
	bool *ret_refused, struct lapse_err *err)
{
	*ret_refused = k->delegate != NULL &&
		k->delegate->decision != JIRA_PENDING && !was_told_to(k);
	if (!*ret_refused || l->dry_run)
		return 0;
	note_refused(l, r->issue->key, word(k->delegate->decision));
	if (k->answer.approval != 0 &&
		strcmp(k->answer.state, "refused") == 0)
		return 0;
	return tell_refused(l, r, k, err);
}

/* ---- What it says ---- */

static void put_answer(struct lapse *l, struct request *r,
	const struct slack_decision_row *d, struct buf *out)
{
	const struct texts_answer s = {
		.name = story_name(l, d->account, &r->arena),
		.form = d->form,
		.words = d->words,
		.read_at = d->read_at,
		.zone = r->issue->reporter.zone,
	};

	texts_delegate_for(out, &s);
}

/* On the issue, by lapse itself: who they are that it answered for. */
static int tell_done(struct lapse *l, struct request *r, struct asking *k,
	struct lapse_err *err)
{
	AUTO_BUF text = {0};
	int64_t seq = 0;
	enum jira_decision d = k->delegate->decision;
	int rc;

	texts_delegate(&text, word(d), votes_names(l, r, k, d),
		k->delegate->who.name);
	for (size_t i = 0; i < k->slack.items.n; i++)
		if (strcmp(k->slack.items.items[i].decision, word(d)) == 0)
			put_answer(l, r, &k->slack.items.items[i], &text);
	rc = buf_check(&text, err, "text");
	if (rc == 0)
		rc = begin(l, r, k, err);
	if (rc < 0)
		return rc;
	rc = slack_answer_set(l->ledger, k->row.id, "done", core_now(l), NULL,
		err);
	if (rc == 0)
		rc = request_tell(l, r, "delegate-answered",
			k->delegate->who.account, word(d), NULL, &seq, err);
	if (rc == 0)
		rc = notice_owe(l, r->issue->id, NOTICE_COMMENT,
			buf_text(&text), NULL, seq, err);
	return request_end(l, r, rc, err);
}

static int set(struct lapse *l, const struct asking *k, const char *state,
	int64_t at, const char *why, struct lapse_err *err)
{
	int rc = core_begin(l, err);

	if (rc < 0)
		return rc;
	return core_end(l, slack_answer_set(l->ledger, k->row.id, state, at,
		why, err), err);
}


/* Before it is sent it may have arrived. */
static int prepare(struct lapse *l, struct request *r, const struct asking *k,
	const char *decision, struct lapse_err *err)
{
	int rc = begin(l, r, k, err);

	if (rc < 0)
		return rc;
	rc = slack_answer_owe(l->ledger, k->row.id, delegate_account(l),
		decision, core_now(l), err);
	if (rc == 0)
		rc = slack_answer_set(l->ledger, k->row.id, "sent",
			core_now(l) + AGAIN_S, NULL, err);
	return request_end(l, r, rc, err);
}

static bool surely_not_taken(int code)
{
	return code == LAPSE_EREFUSED || code == LAPSE_EAUTH ||
		code == LAPSE_EUNAVAIL || code == LAPSE_EAGAIN;
}

static int failed(struct lapse *l, struct request *r, const struct asking *k,
	struct lapse_err *why, struct lapse_err *err)
{
	int64_t wait_s = AGAIN_S << (k->answer.attempts < 6 ?
		k->answer.attempts : 6);

	if (why->code <= LAPSE_EINTERNAL) {
		*err = *why;
		return why->code;
	}
	if (wait_s > AGAIN_MAX_S)
		wait_s = AGAIN_MAX_S;
	lapse_prefix(why, "%s: decided in Slack, and the account that answers "
		"in Jira could not; access waits, it is tried again",
		r->issue->key);
	core_note(l, why->code == LAPSE_EUNKNOWN ? LAPSE_EXIT_RETRY :
		lapse_exit_of(why->code), why);
	return set(l, k, surely_not_taken(why->code) ? "open" : "sent",
		core_now(l) + wait_s, why->text, err);
}

static int send(struct lapse *l, struct request *r, struct asking *k,
	enum policy_quorum q, bool *ret_sent, struct lapse_err *err)
{
	bool yes = q == QUORUM_APPROVED;
	struct op op = {
		.step = jira_answer_approval,
		.name = "answer approval",
		.issue = r->issue->id,
		.id = k->row.approval,
		.key = yes ? "approve" : "decline",
		.serial = r->issue->id,
	};
	struct lapse_err why;
	int rc;

	if (core_plan(l, r->issue->key, "answer", op.key, err) != 0)
		return err->code;
	if (l->dry_run || l->suspect || l->stale || l->taken_over)
		return 0;
	rc = prepare(l, r, k, yes ? "approved" : "declined", err);
	if (rc < 0)
		return rc;
	rc = delegate_call(l, &op, &why);
	op_clear(&op);
	*ret_sent = rc == 0;
	l->told_jira = true;
	return rc == 0 ? 0 : failed(l, r, k, &why, err);
}

int delegate_answer(struct lapse *l, struct request *r, struct asking *k,
	enum policy_quorum q, bool *ret_done, bool *ret_sent,
	struct lapse_err *err)
{
	enum jira_decision due = q == QUORUM_APPROVED ? JIRA_APPROVED :
							JIRA_DECLINED;

	*ret_done = k->delegate != NULL && k->delegate->decision == due;
	*ret_sent = false;
	if (*ret_done)
		return strcmp(k->answer.state, "done") == 0 || l->dry_run ?
			0 : tell_done(l, r, k, err);
	/* Another decision was sent, and people changed what counts since. */
	if (k->answer.approval != 0 &&
		(k->answer.next_at > core_now(l) ||
			strcmp(k->answer.decision, word(due)) != 0))
		return 0;
	return send(l, r, k, q, ret_sent, err);
}
