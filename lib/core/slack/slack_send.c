/* Sending what is due, one message after the other. A post cannot be repeated
 * safely: it is doubtful before it is sent, and whoever finds a doubtful one
 * looks for it by its marker. */
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "notice_issue.h"
#include "slack_scope.h"
#include "slack_work.h"
#include "tell.h"

enum {
	AT_ONCE = 100,		/* messages of one run */
	TRIES_MAX = 5,		/* where there is nobody, or nowhere */
	LOOK_BACK_S = 3600,	/* their clock and ours may differ */
	DENIED_S = 600,		/* a scope has to be added by somebody */
};

struct sending {
	struct lapse *l;
	struct arena arena;
	struct slack_message_row *m;
	struct slack_user_row to;
	const char *channel;
	const char *thread_ts;
	char marker[80];
	bool denied;		/* for want of a scope */
};

/* ---- What became of one ---- */

static int drop(struct sending *s, const char *why, struct lapse_err *err)
{
	struct lapse *l = s->l;
	int rc = core_begin(l, err);

	if (rc < 0)
		return rc;
	rc = slack_message_drop(l->ledger, s->m->id, core_now(l), why, err);
	/* Nobody may lose access unwarned because Slack is not for them: rather
	 * here and there than nowhere. */
	if (rc == 0 && strcmp(s->m->kind, "ending") == 0 &&
		s->m->until_at > core_now(l))
		rc = remind_on_issue(l, s->m->grant, 0, err);
	return core_end(l, rc, err);
}

static int done(struct sending *s, const char *channel, const char *ts,
	struct lapse_err *err)
{
	int rc = core_begin(s->l, err);

	if (rc < 0)
		return rc;
	return core_end(s->l, slack_message_done(s->l->ledger, s->m->id,
		channel, ts, core_now(s->l), err), err);
}

/* Only these say for certain that nothing was written. */
static bool surely_not_sent(int code)
{
	return code == LAPSE_EREFUSED || code == LAPSE_ENOTFOUND ||
		code == LAPSE_EAUTH || code == LAPSE_EUNAVAIL ||
		code == LAPSE_EAGAIN;
}

static int64_t wait_s(const struct sending *s, int code)
{
	int64_t backoff = notice_backoff_s(s->m->attempts + 1);

	/* Slack's own trouble, not this message's. */
	if (code == LAPSE_EAGAIN)
		return 0;
	if (s->denied)
		return DENIED_S;
	return code == LAPSE_EUNAVAIL || code == LAPSE_EAUTH ? 60 : backoff;
}

/* sent: it was the post itself that failed. */
static int failed(struct sending *s, bool sent, const struct lapse_err *why,
	struct lapse_err *err)
{
	bool doubtful = sent ? !surely_not_sent(why->code) :
			       strcmp(s->m->state, "doubtful") == 0;
	int rc;

	if (why->code <= LAPSE_EINTERNAL) {
		*err = *why;
		return why->code;
	}
	s->denied = why->code == LAPSE_EAUTH && !s->l->slack_failed;
	if (why->code == LAPSE_EREFUSED ||
		(why->code == LAPSE_ENOTFOUND &&
			s->m->attempts + 1 >= TRIES_MAX))
		return drop(s, why->text, err);
	rc = why->code == LAPSE_ENOTFOUND && s->to.user != NULL ?
		slack_person_forget(s->l, &s->to, err) : 0;
	if (rc == 0)
		rc = core_begin(s->l, err);
	if (rc < 0)
		return rc;
	return core_end(s->l, slack_message_failed(s->l->ledger, s->m->id,
		doubtful, core_now(s->l) + wait_s(s, why->code), why->text,
		err), err);
}

/* ---- Where it goes ---- */

static int open_channel(struct sending *s, struct lapse_err *why,
	struct lapse_err *err)
{
	struct op op = {
		.step = slack_open,
		.name = "conversations.open",
		.user = s->to.user,
	};
	int rc = slack_call(s->l, &op, why);

	if (rc == 0)
		s->channel = arena_copy(&s->arena, op.ret_id);
	op_clear(&op);
	if (rc < 0)
		return rc;
	rc = core_begin(s->l, err);
	if (rc == 0)
		rc = core_end(s->l, slack_user_set_channel(s->l->ledger,
			s->m->account, s->channel, err), err);
	if (rc < 0)
		*why = *err;
	return rc < 0 ? rc : arena_check(&s->arena, why);
}

/* A doubtful one stands where it was sent to, or nowhere. */
static int find_place(struct sending *s, struct lapse_err *why,
	struct lapse_err *err)
{
	const char *ts = "";
	int rc = 0;

	s->channel = s->m->channel;
	s->thread_ts = s->m->thread_ts;
	if (s->channel == NULL)
		s->channel = s->to.channel;
	if (s->channel == NULL)
		rc = open_channel(s, why, err);
	if (rc < 0 || s->thread_ts != NULL || s->m->thread == NULL ||
		s->m->attempts > 0 || strcmp(s->m->state, "doubtful") == 0)
		return rc;
	rc = slack_thread_ts(s->l->ledger, s->m->thread, s->m->account,
		s->channel, &s->arena, &ts, why);
	if (rc == 0 && *ts != '\0')
		s->thread_ts = ts;
	return rc;
}

/* ---- Looking and posting ---- */

static int look(struct sending *s, bool *ret_there, struct lapse_err *why,
	struct lapse_err *err)
{
	struct op op = {
		.step = slack_find_post,
		.name = "find message",
		.group = s->channel,
		.id = s->thread_ts,
		.key = s->marker,
		.at = s->m->sent_at - LOOK_BACK_S,
	};
	int rc = slack_self(s->l, why);

	if (rc < 0)
		return rc;
	op.user = s->l->slack_self->user;
	rc = slack_call(s->l, &op, why);
	*ret_there = rc == 0 && op.outcome == OP_PRESENT;
	if (*ret_there)
		rc = done(s, s->channel, op.ret_id, err);
	if (*ret_there && rc < 0)
		*why = *err;
	op_clear(&op);
	return rc;
}

static int post(struct sending *s, struct lapse_err *err)
{
	struct op op = {
		.step = slack_post,
		.name = "chat.postMessage",
		.serial = s->channel,
		.group = s->channel,
		.id = s->thread_ts,
		.key = s->marker,
		.body = s->m->body,
		.arena = &s->arena,
	};
	struct lapse_err why;
	int rc = core_begin(s->l, err);

	if (rc == 0)
		rc = core_end(s->l, slack_message_sending(s->l->ledger,
			s->m->id, s->channel, s->thread_ts, core_now(s->l),
			err), err);
	if (rc < 0)
		return rc;
	rc = slack_call(s->l, &op, &why);
	rc = rc == 0 ? done(s, op.ret, op.ret_id, err) :
		failed(s, true, &why, err);
	op_clear(&op);
	return rc;
}

/* To whoever reads that channel, not to one person. */
static bool to_channel(const struct sending *s)
{
	return s->m->account[0] == '\0';
}

static int send_to(struct sending *s, struct lapse_err *err)
{
	struct lapse_err why;
	bool there = false;
	int rc = find_place(s, &why, err);

	if (rc == 0 && strcmp(s->m->state, "doubtful") == 0)
		rc = look(s, &there, &why, err);
	if (rc < 0)
		return failed(s, false, &why, err);
	if (there)
		return 0;
	return s->to.user == NULL && !to_channel(s) ?
		drop(s, s->to.why, err) : post(s, err);
}

/* ---- One after the other ---- */

/* Nobody is asked for what was decided while Slack was away. */
static int is_moot(struct sending *s, bool *ret, struct lapse_err *err)
{
	struct approval_row ap = {0};
	int rc;

	*ret = false;
	if (s->m->approval == 0 || strcmp(s->m->state, "open") != 0)
		return 0;
	rc = approval_get(s->l->ledger, s->m->approval, &s->arena, &ap, err);
	*ret = rc == 0 && strcmp(ap.state, "open") != 0;
	return rc;
}

static int send_one(struct sending *s, struct lapse_err *err)
{
	struct lapse_err why;
	int rc;

	if (to_channel(s))
		return send_to(s, err);
	rc = slack_person_of(s->l, s->m->account, &s->arena, &s->to, &why);
	if (rc < 0)
		return failed(s, false, &why, err);
	/* One that was sent has to be found, whoever they are by now. */
	if (s->to.user == NULL && strcmp(s->m->state, "doubtful") != 0)
		return drop(s, s->to.why, err);
	return send_to(s, err);
}

static int one(struct lapse *l, struct slack_message_row *m,
	const char *ledger, struct lapse_err *err)
{
	struct sending s = {.l = l, .m = m};
	bool moot = false;
	int rc = is_moot(&s, &moot, err);

	/* An older copy of the ledger gives the same number twice. */
	snprintf(s.marker, sizeof(s.marker), "%.32s-%lld-%lld", ledger,
		(long long)m->id, (long long)m->created_at);
	if (rc == 0 && (moot || m->until_at <= core_now(l)))
		rc = drop(&s, moot ? "decided meanwhile" :
			"too late to mean anything", err);
	else if (rc == 0 && slack_lacks(l, SLACK_CHAT_WRITE))
		s.denied = true;
	else if (rc == 0 && slack_usable(l))
		rc = send_one(&s, err);
	/* Slack is down: what cannot wait goes to the issue. */
	if (rc == 0 && (l->slack_failed || s.denied) &&
		strcmp(m->kind, "ending") == 0 && m->until_at > core_now(l))
		rc = drop(&s, "it cannot be sent in Slack; said on the issue",
			err);
	arena_clear(&s.arena);
	return rc;
}

int slack_send_due(struct lapse *l, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct slack_message_rows rows = {0};
	struct ledger_about about;
	int rc = slack_messages_due(l->ledger, core_now(l), AT_ONCE, &a, &rows,
		err);

	if (rc == 0 && rows.items.n > 0)
		rc = ledger_about(l->ledger, &about, err);
	for (size_t i = 0; i < rows.items.n && rc == 0; i++)
		rc = one(l, &rows.items.items[i], about.id, err);
	return rc;
}
