/* Users as lists show them, on their way into the ledger: what is there
 * already costs one look-up, what differs is put in batches. */
#include "observe_private.h"

#include <string.h>

#include "moved.h"
#include "people.h"

enum {
	BATCH = 1000,			/* users put with one commit */
	MARKS_MAX = 64 << 20,		/* bytes: half a billion users */
};

static bool has_mark(const struct buf *marks, int64_t uid)
{
	size_t at = (size_t)uid / 8;

	return at < marks->len &&
		((unsigned char)marks->data[at] >> (uid % 8) & 1) != 0;
}

/* Without room for the mark the user is compared, or read, once more. */
static void mark(struct buf *marks, int64_t uid)
{
	static const char zeros[4096];
	size_t at = (size_t)uid / 8;

	marks->max = MARKS_MAX;
	while (at >= marks->len && !marks->failed)
		buf_add(marks, zeros, sizeof(zeros));
	if (at < marks->len)
		marks->data[at] = (char)
			((unsigned char)marks->data[at] | 1u << uid % 8);
}

/* A later list says otherwise: that user is read after all. */
static void unmark(struct buf *marks, int64_t uid)
{
	size_t at = (size_t)uid / 8;

	if (at < marks->len)
		marks->data[at] = (char)((unsigned char)marks->data[at] &
			~(1u << uid % 8));
}

/* A list of members may show less of a user than the list of users does, so
 * that having compared what it shows settles members only. */
static int is_same(struct seen_users *s, const struct user_row *row,
	bool member, bool *ret, struct lapse_err *err)
{
	int rc = 0;

	*ret = row->id != 0 && (row->status == NULL ||
		(member && has_mark(&s->compared, row->id)));
	if (row->id != 0 && !*ret)
		rc = user_same(s->l->ledger, row, core_now(s->l), ret, err);
	if (rc == 0 && *ret)
		mark(&s->compared, row->id);
	return rc;
}

static int wait(struct seen_users *s, const struct user_row *row,
	struct members_reading *of, struct lapse_err *err)
{
	struct seen_user *u = VEC_ADD(&s->pending, &s->arena);
	int rc;

	if (u == NULL)
		return lapse_fail_nomem(err);
	user_row_copy(&s->arena, row, &u->row);
	u->of = of;
	rc = arena_check(&s->arena, err);
	if (rc < 0 || s->pending.n < BATCH)
		return rc;
	return seen_users_flush(s, err);
}

int seen_users_add(struct seen_users *s, const struct idp_user *u,
	struct members_reading *of, struct lapse_err *err)
{
	struct user_row row;
	bool same = false;
	int rc;

	people_user_row(s->idp, u, &row);
	rc = user_uid(s->l->ledger, s->idp, row.user, &row.id, err);
	if (rc == 0)
		rc = is_same(s, &row, of != NULL, &same, err);
	if (rc < 0)
		return rc;
	if (of != NULL && row.id != 0 && u->status == IDP_ACTIVE)
		mark(&s->active, row.id);
	else if (row.id != 0 && u->status != IDP_STATUS_UNKNOWN)
		unmark(&s->active, row.id);
	if (!same)
		return wait(s, &row, of, err);
	return of == NULL ? 0 : members_add(of, &row, err);
}

/* Without a view each look-up makes its own. */
void seen_users_view(struct seen_users *s, bool begins)
{
	if (s->viewing)
		ledger_abandon(s->l->ledger);
	s->viewing = begins && ledger_begin_read(s->l->ledger, NULL) == 0;
}

static int put(struct seen_users *s, struct seen_user *u,
	struct lapse_err *err)
{
	int rc = u->row.id != 0 ? moved_note(s->l, &u->row, err) : 0;

	if (rc == 0)
		rc = user_put(s->l->ledger, &u->row, core_now(s->l), err);
	if (rc == 0)
		rc = user_uid(s->l->ledger, s->idp, u->row.user, &u->row.id,
			err);
	if (rc == 0 && u->of != NULL)
		rc = members_add(u->of, &u->row, err);
	return rc;
}

static int put_all(struct seen_users *s, struct lapse_err *err)
{
	int rc;

	seen_users_view(s, false);
	rc = core_begin(s->l, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < s->pending.n && rc == 0; i++)
		rc = put(s, &s->pending.items[i], err);
	return core_end(s->l, rc, err);
}

static void forget(struct seen_users *s)
{
	arena_clear(&s->arena);
	s->pending.items = NULL;
	s->pending.n = 0;
	s->pending.cap = 0;
}

int seen_users_flush(struct seen_users *s, struct lapse_err *err)
{
	int rc = s->pending.n == 0 ? 0 : put_all(s, err);

	/* Only what was committed is known to be the same. */
	for (size_t i = 0; i < s->pending.n && rc == 0; i++)
		mark(&s->compared, s->pending.items[i].row.id);
	forget(s);
	return rc;
}

void seen_users_clear(struct seen_users *s)
{
	forget(s);
	buf_clear(&s->compared);
	buf_clear(&s->active);
}

bool observation_saw_active(const struct observation *o, int64_t uid)
{
	return has_mark(&o->active, uid);
}
