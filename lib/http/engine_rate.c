/* Rate limits: what the headers said, per kind of operation. */
#include "engine_private.h"

enum {
	SHARE_DEFAULT = 25,	/* percent, where the remote has none */
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

/* A limit of 0 is not a limit but "too many at once". Source: Okta, "Rate
 * limits best practices". */
void rate_note(struct task *t, const struct http_response *res)
{
	struct bucket *b = t->bucket;
	int64_t left_ms = WINDOW_MS;

	if (res->limit <= 0 || res->remaining < 0)
		return;
	if (res->reset_at != WHEN_NONE && res->date != WHEN_NONE)
		left_ms = (res->reset_at - res->date) * 1000;
	b->limit = res->limit;
	b->remaining = res->remaining;
	b->reset_ms = engine_ticks(t->rs->e) + left_ms;
}

bool rate_share_used(const struct task *t)
{
	const struct bucket *b = t->bucket;
	int share = t->rs->r->rate_share;

	if (share <= 0 || share > 100)
		share = SHARE_DEFAULT;
	return t->observe && b->limit > 0 &&
		engine_ticks(t->rs->e) < b->reset_ms &&
		b->remaining <= b->limit * (100 - share) / 100;
}
