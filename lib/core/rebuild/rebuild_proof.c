/* Whose memberships they are: the changes that are proven to have made them
 * what they are, put behind the holds. Without one a hold would be owed an
 * add. */
#include <stdlib.h>
#include <string.h>

#include "changes.h"
#include "rebuild_private.h"
#include "rebuild_rows.h"

struct proof {
	const struct projection_hold *h;
	const struct rebuild_grant *k;
};

static int by_change(const void *a, const void *b)
{
	const struct proof *one = a;
	const struct proof *two = b;

	return (one->h->last.id > two->h->last.id) -
		(one->h->last.id < two->h->last.id);
}

/* Whose user or group was gone is looked for again, as before. */
static int put_watch(struct lapse *l, const struct projection_hold *h,
	struct lapse_err *err)
{
	int64_t until = h->last.settled_at + CHANGE_WATCH_S;

	if (rebuild_is_add(h->last.kind) || strcmp(h->last.state, "gone") != 0 ||
		until <= core_now(l))
		return 0;
	return watch_add(l->ledger, ledger_last_id(l->ledger), core_now(l),
		until, err);
}

/* The ledger's own last proof may be newer than the property; only one of
 * another kind is put behind it. */
static int put_proof(struct lapse *l, const struct proof *p,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct membership m = rebuild_membership(p->h);
	struct change_row c = {0};
	int rc = change_open_on(l->ledger, &m, &a, &c, err);

	if (rc < 0 || c.id != 0)
		return rc;
	rc = change_last_on(l->ledger, &m, &a, &c, err);
	if (rc < 0 || (c.id != 0 && rebuild_is_add(c.kind) ==
		rebuild_is_add(p->h->last.kind)))
		return rc;
	rc = rebuild_rows_last(l->ledger, p->k->id, p->h, err);
	return rc < 0 ? rc : put_watch(l, p->h, err);
}

/* An active hold without any proof is on a membership that is ours: else it
 * would be owed an add. */
static int prove_active(struct lapse *l, const struct rebuild_grant *k,
	const struct projection_hold *h, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct membership m = rebuild_membership(h);
	struct change_row c = {0};
	struct projection_hold made = *h;
	int rc;

	if (h->released_at != WHEN_NONE || h->pre_at != WHEN_NONE)
		return 0;
	rc = change_last_on(l->ledger, &m, &a, &c, err);
	if (rc < 0 || (c.id != 0 && rebuild_is_add(c.kind)))
		return rc;
	made.last.id = 0;
	made.last.kind = "add";
	made.last.state = "done";
	made.last.sent_at = h->placed_at;
	made.last.settled_at = h->verified_at != WHEN_NONE ? h->verified_at :
							     h->placed_at;
	made.last.verified_at = made.last.settled_at;
	return rebuild_rows_last(l->ledger, k->id, &made, err);
}

static int put_last(struct lapse *l, struct rebuild *r, struct lapse_err *err)
{
	VEC(struct proof) all = {0};
	int rc = 0;

	for (size_t i = 0; i < r->grants.n; i++) {
		const struct rebuild_grant *k = &r->grants.items[i];
		const struct projection_rows *rows = &k->issue->claim.rows;

		for (size_t n = 0; n < rows->holds.n && k->id != 0; n++) {
			const struct projection_hold *h = &rows->holds.items[n];
			struct proof *p = h->grant != k->g->id ||
				h->last.id == 0 ? NULL :
				VEC_ADD(&all, &r->arena);

			if (p != NULL)
				*p = (struct proof){h, k};
		}
	}
	if (arena_check(&r->arena, err) < 0)
		return err->code;
	if (all.n > 0)
		qsort(all.items, all.n, sizeof(*all.items), by_change);
	for (size_t i = 0; i < all.n && rc == 0; i++)
		rc = put_proof(l, &all.items[i], err);
	return rc;
}

static int prove_rest(struct lapse *l, struct rebuild *r,
	struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < r->grants.n && rc == 0; i++) {
		const struct rebuild_grant *k = &r->grants.items[i];
		const struct projection_rows *rows = &k->issue->claim.rows;

		for (size_t n = 0; n < rows->holds.n && rc == 0; n++)
			if (k->added && claim_is(k->g, "active") &&
				rows->holds.items[n].grant == k->g->id)
				rc = prove_active(l, k, &rows->holds.items[n],
					err);
	}
	return rc;
}

int rebuild_put_proofs(struct lapse *l, struct rebuild *r,
	struct lapse_err *err)
{
	int rc = put_last(l, r, err);

	return rc < 0 ? rc : prove_rest(l, r, err);
}
