/* Whose sign it is, whether it counts, and keeping it. A decision is of one
 * person who was asked, on the content that was shown to them, while it is
 * still waited for; everything else is kept as what it is, or not at all. */
#include <stdlib.h>
#include <string.h>

#include "delegate.h"
#include "event_rows.h"
#include "json.h"
#include "people.h"
#include "slack_approve.h"
#include "tell.h"

enum {
	HASTY_S = 60,		/* what was asked anew is not read so soon */
};

struct recording {
	struct lapse *l;
	const struct slack_message_row *m;
	const struct sign *sign;
	struct arena arena;
	struct approval_row ap;
	struct request_row request;
	struct slack_decision_row row;
	bool known;			/* it is certain who they are */
	bool reader;			/* the user whom the message went to */
	bool silent;			/* they need not be told */
};

/* ---- Who ---- */

/* Slack says the address, and Jira whose it is: of exactly one account, which
 * the ledger knows by it too. */
static int who(struct recording *k, const char **ret_why,
	struct lapse_err *err)
{
	struct policy_approver found = {0};
	const char *account = NULL;
	int rc = slack_account_of(k->l, k->sign->user, &k->arena, &account,
		&k->row.address, ret_why, err);

	if (rc < 0 || account == NULL)
		return rc;
	rc = people_named(k->l, k->row.address, &k->arena, &found, err);
	if (rc < 0)
		return rc;
	if (found.account == NULL || strcmp(found.account, account) != 0)
		*ret_why = "not exactly one Jira account has the address";
	else if (!found.active)
		*ret_why = "the Jira account is not active";
	else
		k->row.account = account;
	return 0;
}

/* A sign of theirs is no stranger's, whoever they are in Jira. */
static int is_reader(struct recording *k, struct lapse_err *err)
{
	struct slack_user_row to = {0};
	int rc = slack_user_get(k->l->ledger, k->m->account, &k->arena, &to,
		err);

	k->reader = rc == 0 && to.user != NULL &&
		strcmp(to.user, k->sign->user) == 0;
	return rc == LAPSE_ENOTFOUND ? 0 : rc;
}

static int is_owed(struct recording *k, int64_t approval, bool *ret,
	struct lapse_err *err)
{
	struct owed_rows owed = {0};
	int rc = owed_of(k->l->ledger, approval, &k->arena, &owed, err);

	*ret = false;
	for (size_t i = 0; i < owed.list.n && k->row.account != NULL; i++)
		if (strcmp(owed.list.items[i].account, k->row.account) == 0)
			*ret = true;
	return rc;
}

/* ---- Does it count? ---- */

static int said_before(struct recording *k, const char **ret_why,
	struct lapse_err *err)
{
	struct slack_decision_rows all = {0};
	int rc = slack_decisions_of(k->l->ledger, k->ap.id, &k->arena, &all,
		err);

	for (size_t i = 0; i < all.items.n && rc == 0; i++) {
		const struct slack_decision_row *d = &all.items.items[i];

		if (!d->counted || d->account == NULL ||
			strcmp(d->account, k->row.account) != 0)
			continue;
		*ret_why = "you have answered already, and the first answer "
			   "stands";
		k->silent = strcmp(d->decision, k->row.decision) == 0;
	}
	return rc;
}

/* The reason as the asking itself tells it, for after "because". */
static int why_anew(struct recording *k, const char **ret,
	struct lapse_err *err)
{
	AUTO_JSON *text = NULL;
	struct event_row e = {0};
	const char *words = NULL;
	int rc = event_last(k->l->ledger, k->request.issue, "asked", &k->arena,
		&e, err);

	if (rc == 0 && e.text != NULL)
		rc = json_open(&text, e.text, strlen(e.text), err);
	if (rc == 0 && text != NULL)
		words = json_text(json_root(text), "words", JSON_MAY);
	*ret = words != NULL ? arena_copy(&k->arena, words) :
			       "something changed";
	return rc;
}

/* What was shown is not what is asked any more: what is, where, and of whom. */
static int asked_anew(struct recording *k, const char **ret_why,
	struct lapse_err *err)
{
	struct approval_row now = {0};
	const char *because = NULL;
	bool owed = false;
	int rc = approval_current(k->l->ledger, k->request.id, &k->arena, &now,
		err);

	*ret_why = "it is not asked for any more";
	if (rc < 0 || now.id == 0)
		return rc;
	rc = why_anew(k, &because, err);
	if (rc == 0)
		rc = is_owed(k, now.id, &owed, err);
	if (rc < 0)
		return rc;
	if (!owed)
		*ret_why = arena_fmt(&k->arena, "somebody else is asked now, "
			"because %s", because);
	else if (strcmp(now.method, DELEGATE_METHOD) == 0)
		*ret_why = arena_fmt(&k->arena, "it was asked for again, "
			"because %s; please answer the newer message", because);
	else
		*ret_why = arena_fmt(&k->arena, "it was asked for again, "
			"because %s; please answer on %s", because,
			k->request.key);
	return arena_check(&k->arena, err);
}

static int is_pending(struct recording *k, const char **ret_why,
	struct lapse_err *err)
{
	enum texts_over what = OVER_ELSE;
	struct slack_answer_row answer = {0};
	int rc = slack_answer_get(k->l->ledger, k->ap.id, &k->arena, &answer,
		err);

	if (rc < 0)
		return rc;
	if (strcmp(k->ap.state, "open") != 0 ||
		strcmp(k->request.state, "asked") != 0) {
		rc = over_of(k->l, &k->ap, &k->request, k->m->account,
			&k->arena, &what, err);
		if (rc == 0 && (what == OVER_AGAIN || what == OVER_OTHERS))
			return asked_anew(k, ret_why, err);
		*ret_why = texts_over_why(what);
	} else if (strcmp(k->ap.content_hash, k->m->content_hash) != 0) {
		*ret_why = texts_over_why(OVER_AGAIN);
	} else if (answer.approval != 0) {
		*ret_why = texts_over_why(OVER_APPROVED);
	}
	return rc;
}

/* In a thread where it was asked before: whoever wrote this may have had the
 * older text before them. */
static bool is_hasty(const struct recording *k)
{
	return strcmp(k->sign->form, "reply") == 0 &&
		strcmp(approve_thread(k->m), k->m->ts) != 0 &&
		strtoll(k->sign->ref, NULL, 10) -
				strtoll(k->m->ts, NULL, 10) < HASTY_S;
}

/* Who it is, and of what; *ret_why NULL: it may count. */
static int judge(struct recording *k, const char **ret_why,
	struct lapse_err *err)
{
	bool owed = false;
	int rc = is_reader(k, err);

	if (rc == 0)
		rc = who(k, ret_why, err);
	if (rc < 0 || *ret_why != NULL)
		return rc;
	rc = is_owed(k, k->ap.id, &owed, err);
	if (rc < 0)
		return rc;
	/* In a direct message nobody else reads what was shown. */
	k->known = owed && strcmp(k->row.account, k->m->account) == 0;
	if (!k->known) {
		*ret_why = "this was not asked of you";
		return 0;
	}
	if (k->sign->edited)
		*ret_why = "an edited message is not taken for an answer; "
			   "please write it anew";
	else if (is_hasty(k))
		*ret_why = "it was asked for again less than a minute before; "
			   "please read that, and answer once more";
	return 0;
}

static int load(struct recording *k, struct lapse_err *err)
{
	int rc = approval_get(k->l->ledger, k->m->approval, &k->arena, &k->ap,
		err);

	return rc < 0 ? rc : request_get(k->l->ledger, k->ap.request,
		&k->arena, &k->request, err);
}

/* Inside the transaction: another run may have gone on meanwhile. */
static int judge_now(struct recording *k, struct lapse_err *err)
{
	int rc = k->row.refused != NULL ? 0 : load(k, err);

	if (rc == 0 && k->row.refused == NULL)
		rc = said_before(k, &k->row.refused, err);
	if (rc == 0 && k->row.refused == NULL)
		rc = is_pending(k, &k->row.refused, err);
	k->row.counted = k->row.refused == NULL;
	return rc;
}

/* ---- Keeping ---- */

static int tell_evidence(struct recording *k, struct lapse_err *err)
{
	const struct slack_decision_row *d = &k->row;
	AUTO_BUF data = {0};
	AUTO_BUF text = {0};
	struct json_out w = {.out = &data};
	struct json_out t = {.out = &text};
	struct evidence e = {
		.kind = "slack-decision",
		.issue = k->request.issue,
		.actor = d->account,
	};

	json_put_open(&w, NULL, '{');
	json_put_text(&w, "request", k->request.key);
	json_put_text(&w, "approval", k->ap.approval);
	json_put_text(&w, "account", d->account);
	json_put_text(&w, "decision", d->decision);
	json_put_text(&w, "form", d->form);
	json_put_text(&w, "ref", d->ref);
	json_put_text(&w, "content", d->shown_hash);
	json_put_text(&w, "channel", d->channel);
	json_put_text(&w, "ts", d->ts);
	json_put_text(&w, "slack_user", d->slack_user);
	json_put_time(&w, "read_at", d->read_at);
	json_put_close(&w, '}');
	json_put_open(&t, NULL, '{');
	json_put_text(&t, "address", d->address);
	json_put_text(&t, "shown", d->shown);
	json_put_text(&t, "words", d->words);
	json_put_close(&t, '}');
	if (data.failed || text.failed)
		return lapse_fail_nomem(err);
	e.data = buf_text(&data);
	e.text = buf_text(&text);
	return core_evidence(k->l, &e, NULL, err);
}

/* In the thread, by a subject that makes it once. */
static int say(struct recording *k, const char *subject,
	const struct buf *text, struct lapse_err *err)
{
	struct slack_message_row m = {
		.kind = "decision",
		.subject = subject,
		.account = "",
		.issue = k->m->issue,
		.request = k->m->request,
		.body = buf_text(text),
		.channel = k->m->channel,
		.thread_ts = approve_thread(k->m),
	};
	int rc = buf_check(text, err, "answer");

	if (rc == 0)
		rc = arena_check(&k->arena, err);
	return rc < 0 ? rc : slack_owe(k->l, &m, err);
}

/* A stranger's reaction is nobody's; whoever writes gets an answer. */
static bool is_told(const struct recording *k)
{
	const char *why = k->row.refused;

	if (why == NULL)
		return true;
	if (k->silent || strcmp(why, SLACK_DEACTIVATED) == 0 ||
		strcmp(why, SLACK_BOT) == 0 || strcmp(why, SLACK_NOBODY) == 0)
		return false;
	return k->known || k->reader || strcmp(k->row.form, "reply") == 0;
}

static int keep(struct recording *k, struct lapse_err *err)
{
	AUTO_BUF text = {0};
	int64_t id = 0;
	int rc = judge_now(k, err);

	if (rc == 0)
		rc = slack_decision_add(k->l->ledger, &k->row, &id, err);
	if (rc < 0 || id == 0)
		return rc;
	if (k->row.counted)
		rc = owed_decide(k->l->ledger, k->ap.id, k->row.account,
			k->row.decision, k->row.read_at, err);
	if (rc == 0 && k->row.counted)
		rc = tell_evidence(k, err);
	if (rc < 0 || !is_told(k))
		return rc;
	texts_approve_said(&text, k->request.key, k->row.decision,
		k->row.refused);
	return say(k, arena_fmt(&k->arena, "decision:%lld", (long long)id),
		&text, err);
}

static void fill(struct recording *k)
{
	k->row = (struct slack_decision_row){
		.message = k->m->id,
		.approval = k->m->approval,
		.decision = k->sign->says == SLACK_APPROVES ? "approved" :
							      "declined",
		.form = k->sign->form,
		.ref = k->sign->ref,
		.shown = k->m->body,
		.shown_hash = k->m->content_hash,
		.channel = k->m->channel,
		.ts = k->m->ts,
		.slack_user = k->sign->user,
		.words = k->sign->words,
		.read_at = core_now(k->l),
	};
}

static int record(struct recording *k, struct lapse_err *err)
{
	int rc = load(k, err);

	fill(k);
	if (rc == 0)
		rc = judge(k, &k->row.refused, err);
	if (rc < 0)
		return rc;
	rc = arena_check(&k->arena, err);
	if (rc == 0)
		rc = core_begin(k->l, err);
	return rc < 0 ? rc : core_end(k->l, keep(k, err), err);
}

int approve_record(struct lapse *l, const struct slack_message_row *m,
	const struct sign *s, bool *ret_counts, struct lapse_err *err)
{
	struct recording k = {.l = l, .m = m, .sign = s};
	int rc = record(&k, err);

	*ret_counts = rc == 0 && k.row.counted;
	arena_clear(&k.arena);
	return rc;
}

/* Once for what somebody wrote; whatever signs they put under a message. */
static const char *hint_subject(struct recording *k)
{
	const struct sign *s = k->sign;

	return strcmp(s->form, "reply") == 0 ?
		arena_fmt(&k->arena, "reply:%s:%s", k->m->channel, s->ref) :
		arena_fmt(&k->arena, "sign:%lld:%s", (long long)k->m->id,
			s->user);
}

static int hint(struct recording *k, struct lapse_err *err)
{
	AUTO_BUF text = {0};
	int rc = core_begin(k->l, err);

	if (rc < 0)
		return rc;
	(approve_is_reminder(k->m) ? texts_approve_where :
				     texts_approve_hint)(&text);
	return core_end(k->l, say(k, hint_subject(k), &text, err), err);
}

int approve_hint(struct lapse *l, const struct slack_message_row *m,
	const struct sign *s, struct lapse_err *err)
{
	struct recording k = {.l = l, .m = m, .sign = s};
	int rc = hint(&k, err);

	arena_clear(&k.arena);
	return rc;
}
