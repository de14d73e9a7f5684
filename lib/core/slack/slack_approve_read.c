/* Reading what stands under a message that asks: reactions as they are now,
 * and the replies behind it. */
#include <stdlib.h>
#include <string.h>

#include "slack_approve.h"
#include "slack_scope.h"

struct reading {
	struct lapse *l;
	const struct slack_message_row *m;
	struct slack_message_rows all;	/* what asks in that thread */
	struct arena *arena;
	struct signs *signs;
	const char *from;	/* how far it was read before; "" */
	const char *newest;
	bool spoken;		/* by ourselves, since it was asked */
};

static int add(struct reading *r, const struct sign *s, struct lapse_err *err)
{
	struct sign *slot = VEC_ADD(&r->signs->items, r->arena);

	if (slot == NULL)
		return lapse_fail_nomem(err);
	*slot = *s;
	return 0;
}

/* ---- Reactions ---- */

static int take_reaction(struct reading *r, const struct slack_reaction *n,
	struct lapse_err *err)
{
	struct sign s = {
		.says = slack_verdict_of_reaction(n->name),
		.form = "reaction",
		.ref = n->name,
	};
	int rc = 0;

	if (s.says == SLACK_SAYS_NOTHING)
		return 0;
	for (size_t i = 0; i < n->users.n && rc == 0; i++) {
		s.user = n->users.items[i];
		if (strcmp(s.user, r->l->slack_self->user) != 0)
			rc = add(r, &s, err);
	}
	return rc;
}

static int reactions(struct reading *r, struct lapse_err *err)
{
	struct op op = {
		.step = slack_get_reactions,
		.name = "reactions.get",
		.group = r->m->channel,
		.id = r->m->ts,
		.arena = r->arena,
	};
	const struct slack_reactions *all;
	int rc = slack_call(r->l, &op, err);

	all = rc == 0 && op.outcome == OP_FOUND ? op.ret : NULL;
	for (size_t i = 0; all != NULL && i < all->items.n && rc == 0; i++)
		rc = take_reaction(r, &all->items.items[i], err);
	op_clear(&op);
	return rc;
}

/* ---- Replies ---- */

/* Seconds decide, then what is behind the point, of equal length. */
static bool is_newer(const char *ts, const char *than)
{
	long long a = strtoll(ts, NULL, 10);
	long long b = strtoll(than, NULL, 10);

	return a != b ? a > b : strcmp(ts, than) > 0;
}

/* A reply speaks of the last asking that stood there when it was written. */
static bool is_about(const struct reading *r, const char *ts)
{
	if (!is_newer(ts, r->m->ts))
		return false;
	for (size_t i = 0; i < r->all.items.n; i++) {
		const struct slack_message_row *o = &r->all.items.items[i];

		if (o->id != r->m->id &&
			is_newer(o->ts, r->m->ts) && is_newer(ts, o->ts))
			return false;
	}
	return true;
}

/* What somebody says with a file, or to the channel as well, they say. */
static bool is_said(const struct slack_message *m)
{
	return m->user != NULL && m->bot == NULL && m->text != NULL &&
		(m->subtype == NULL ||
			strcmp(m->subtype, "thread_broadcast") == 0 ||
			strcmp(m->subtype, "file_share") == 0);
}

static int take_reply(void *arg, const void *item, struct lapse_err *err)
{
	struct reading *r = arg;
	const struct slack_message *m = item;
	struct sign s = {.form = "reply", .edited = m->edited};
	int rc;

	if (*r->newest == '\0' || is_newer(m->ts, r->newest))
		r->newest = arena_copy(r->arena, m->ts);
	if (m->user != NULL && is_newer(m->ts, r->m->ts) &&
		strcmp(m->user, r->l->slack_self->user) == 0)
		r->spoken = true;
	if (!is_said(m) || !is_about(r, m->ts) ||
		strcmp(m->user, r->l->slack_self->user) == 0)
		return arena_check(r->arena, err);
	rc = slack_verdict_of_reply(m->text, !r->spoken, r->arena, &s.says,
		&s.words, err);
	/* What says nothing was answered when it was read first. */
	if (rc == 0 && s.says == SLACK_SAYS_NOTHING && *r->from != '\0' &&
		!is_newer(m->ts, r->from))
		return 0;
	s.user = arena_copy(r->arena, m->user);
	s.ref = arena_copy(r->arena, m->ts);
	if (rc == 0)
		rc = arena_check(r->arena, err);
	return rc < 0 ? rc : add(r, &s, err);
}

/* All of them each time: what was read before is known again, and what was
 * said before a reply tells what it is about. */
static int replies(struct reading *r, struct lapse_err *err)
{
	struct op op = {
		.step = slack_replies,
		.name = "conversations.replies",
		.group = r->m->channel,
		.id = approve_thread(r->m),
		.key = r->m->ts,
		.sink = take_reply,
		.arg = r,
	};
	int rc = slack_cursor_get(r->l->ledger, r->m->channel, r->m->ts,
		r->arena, &r->from, err);

	if (rc == 0)
		rc = slack_messages_in_thread(r->l->ledger, r->m->channel,
			approve_thread(r->m), r->arena, &r->all, err);
	if (rc == 0)
		rc = slack_call(r->l, &op, err);
	op_clear(&op);
	return rc;
}

/* Of two ways to answer the one is read that may be. */
static int left_out(struct lapse *l, int rc, unsigned scope)
{
	return rc == LAPSE_EAUTH && slack_lacks(l, scope) ? 0 : rc;
}

int approve_read(struct lapse *l, const struct slack_message_row *m,
	struct arena *a, struct signs *ret, const char **ret_newest,
	struct lapse_err *err)
{
	struct reading r = {
		.l = l,
		.m = m,
		.arena = a,
		.signs = ret,
		.from = "",
		.newest = "",
	};
	int rc = left_out(l, reactions(&r, err), SLACK_REACTIONS_READ);

	if (rc == 0 && !approve_is_reminder(m))
		rc = left_out(l, replies(&r, err), SLACK_IM_HISTORY);
	*ret_newest = r.newest;
	return rc;
}
