/* Rate limits: what the headers said, per kind of operation. */
#include "engine_private.h"

enum {
	SHARE_DEFAULT = 25,	/* percent, where the remote has none */
	SPARE = 20,		/* of the share, one in so many is left: kinds
				   may count together, and the first call of
				   each is made to learn the rate */
	STALE = 8,		/* replies of other kinds after it */
	WINDOW_MS = 60000,	/* where the reply does not say */
};

struct bucket *rate_bucket(struct remote_state *rs, op_step *step)
{
	struct bucket *b;

	for (size_t i = 0; i < rs->n_buckets; i++) {
		if (rs->buckets[i].step == step)
			return &rs->buckets[i];
	}
	if (rs->n_buckets == BUCKETS)
		return &rs->buckets[BUCKETS - 1];
	b = &rs->buckets[rs->n_buckets++];
	*b = (struct bucket){.step = step, .limit = -1, .remaining = -1};
	return b;
}

static bool in_window(const struct task *t)
{
	const struct bucket *b = t->bucket;

	return b->limit > 0 && engine_ticks(t->rs->e) < b->reset_ms;
}

/* A limit of 0 is not a limit but "too many at once". Replies overtake each
 * other: within one window the least counts. Source: Okta, "Rate limits best
 * practices". */
void rate_note(struct task *t, const struct http_response *res)
{
	struct bucket *b = t->bucket;
	int64_t left_ms = WINDOW_MS;

	b->silent = b->limit <= 0;
	if (res->limit <= 0 || res->remaining < 0)
		return;
	b->silent = false;
	b->said = ++t->rs->said;
	if (res->reset_at != WHEN_NONE && res->date != WHEN_NONE)
		left_ms = (res->reset_at - res->date) * 1000;
	if (!in_window(t) || res->reset_at != b->reset_at ||
		res->remaining < b->remaining)
		b->remaining = res->remaining;
	b->limit = res->limit;
	b->reset_at = res->reset_at;
	b->reset_ms = engine_ticks(t->rs->e) + left_ms;
}

/* What is in the air, of whatever kind, may not be counted yet. */
bool rate_share_used(const struct task *t)
{
	const struct bucket *b = t->bucket;
	int64_t share = t->rs->r->rate_share;

	if (share <= 0 || share > 100)
		share = SHARE_DEFAULT;
	share = b->limit * share / 100;
	return t->observe && in_window(t) && b->remaining - t->rs->in_air <=
		b->limit - share + share / SPARE;
}

bool rate_unsaid(const struct task *t)
{
	const struct bucket *b = t->bucket;

	return t->observe && b->observing > 0 && !b->silent &&
		(!in_window(t) || t->rs->said - b->said > STALE);
}
