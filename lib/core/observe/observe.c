/* The observation half: the members of governed groups (observe_groups.c) and
 * the state of the people who hold something. It keeps what it saw; what that
 * means for grants is observe_judge.c's. An observation never becomes a
 * grant. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "changes.h"
#include "drift.h"
#include "ledger_people.h"
#include "observe_private.h"
#include "people.h"
#include "reconcile.h"

enum {
	WATCH_EVERY_S = 86400,	/* what settled as gone is read this often */
	ROUND_S = 86400,	/* an older one is not gone on with */
	FULL_WAIT_MS = 300000,	/* for another run: the day's only whole one,
				   or a person, asks */
};

/* ---- The people who hold something ---- */

struct reading_user {
	struct lapse *l;
	struct core_idp *idp;
	const char *user;
	int64_t uid;			/* its row; 0: none */
	struct op op;
	enum idp_status status;
	bool seen;			/* alone, or before on a list */
	int rc;
};

static int take_status(void *arg, const void *item, struct lapse_err *err)
{
	struct reading_user *u = arg;

	(void)err;
	u->status = ((const struct idp_user *)item)->status;
	u->seen = true;
	return 0;
}

static void user_landed(void *arg, struct op *op, int rc,
	const struct lapse_err *err)
{
	struct reading_user *u = arg;

	u->rc = rc;
	core_idp_told(u->l, u->idp, op, rc, err);
}

/* Deactivated or deleted; suspended only where the section says so. */
static bool has_left(const struct reading_user *u)
{
	if (u->rc < 0)
		return false;
	if (!u->seen)
		return u->op.outcome == OP_GONE;
	return u->status == IDP_INACTIVE ||
		(u->status == IDP_SUSPENDED && u->idp->section->suspended_ends);
}

/* Nobody had to know this provider's user of someone whose access is all by
 * hand, or elsewhere. Who has none here cannot leave. */
static void other_holder(struct lapse *l, const char *idp, const char *account,
	struct arena *a, struct strs *ret)
{
	struct link_row row = {0};
	struct people_link link = {.idp = idp};
	struct lapse_err why;

	if (link_get(l->ledger, account, idp, a, &row, NULL) == 0)
		link.user = row.user;
	else if (people_resolve(l, account, idp, a, &link, &why) < 0)
		return;
	strs_add(ret, a, link.user);
}

static int holders(struct lapse *l, const char *idp, struct arena *a,
	struct strs *ret, struct lapse_err *err)
{
	struct hold_rows holds = {0};
	struct grant_rows grants = {0};
	int rc = holds_live(l->ledger, idp, a, &holds, err);

	for (size_t i = 0; i < holds.list.n && rc == 0; i++)
		strs_add(ret, a, holds.list.items[i].m.user);
	if (rc == 0)
		rc = grants_live(l->ledger, NULL, a, &grants, err);
	for (size_t i = 0; i < grants.list.n && rc == 0; i++)
		if (observe_ends_with(l, idp, &grants.list.items[i]))
			other_holder(l, idp, grants.list.items[i].account, a,
				ret);
	strs_sort_once(ret);
	return rc < 0 ? rc : arena_check(a, err);
}

static int by_uid(const void *a, const void *b)
{
	const struct reading_user *x = a;
	const struct reading_user *y = b;

	return (x->uid > y->uid) - (x->uid < y->uid);
}

/* In the order of their rows, those that this round has read left out. Whom a
 * group's list has just shown as active need not be read again. */
static int holders_left(struct lapse *l, const struct observation *o,
	struct arena *a, struct reading_user **ret, size_t *ret_n,
	struct lapse_err *err)
{
	const char *idp = o->idp->section->name;
	struct strs users = {0};
	struct reading_user *r;
	size_t n = 0;
	int rc = holders(l, idp, a, &users, err);

	r = arena_alloc(a, (users.n + 1) * sizeof(*r));
	if (rc == 0 && r == NULL)
		rc = lapse_fail_nomem(err);
	for (size_t i = 0; i < users.n && rc == 0; i++) {
		int64_t uid = 0;

		rc = user_uid(l->ledger, idp, users.items[i], &uid, err);
		if (uid == 0 || uid > o->upto)
			r[n++] = (struct reading_user){.l = l, .idp = o->idp,
				.user = users.items[i], .uid = uid,
				.status = IDP_ACTIVE,
				.seen = observation_saw_active(o, uid)};
	}
	if (rc < 0)
		return rc;
	qsort(r, n, sizeof(*r), by_uid);
	*ret = r;
	*ret_n = n;
	return 0;
}

/* What was cut short and all after it is read by the next tick. */
static int note_holders(struct observation *o, const struct reading_user *r,
	size_t n, struct arena *a, struct lapse_err *err)
{
	bool cut = false;

	for (size_t i = 0; i < n; i++) {
		cut = cut || r[i].rc == LAPSE_EAGAIN;
		if (!cut && r[i].uid > o->upto)
			o->upto = r[i].uid;
		o->people += r[i].rc == 0;
		if (has_left(&r[i]))
			strs_add(&o->inactive, a, r[i].user);
	}
	o->cut = o->cut || cut;
	return arena_check(a, err);
}

static int read_holders(struct lapse *l, struct observation *o,
	struct arena *a, struct lapse_err *err)
{
	struct reading_user *r = NULL;
	size_t n = 0;
	int rc = holders_left(l, o, a, &r, &n, err);

	for (size_t i = 0; i < n && rc == 0; i++) {
		if (r[i].seen)
			continue;
		r[i].op = (struct op){
			.step = o->idp->section->driver->get_user,
			.name = "user",
			.user = r[i].user,
			.sink = take_status,
			.arg = &r[i],
		};
		rc = engine_add(l->engine, &o->idp->remote, &r[i].op, true,
			user_landed, &r[i], err);
	}
	if (rc == 0)
		rc = engine_run(l->engine, err);
	if (rc == 0)
		rc = note_holders(o, r, n, a, err);
	for (size_t i = 0; i < n; i++)
		op_clear(&r[i].op);
	return rc;
}

/* ---- One provider, all providers ---- */

static int observe_idp(struct lapse *l, struct observation *o, bool full,
	struct lapse_err *err)
{
	AUTO_ARENA a = {.max = 256 << 20};
	struct lapse_err users = {0};
	int rc = observe_groups(l, o, full, &a, &users, err);

	if (rc == 0)
		rc = read_holders(l, o, &a, err);
	if (rc == 0)
		rc = observe_judge(l, o, &a, err);
	if (rc == 0)
		rc = drift_ask_added(l, o->idp, err);
	if (rc < 0 || users.code == 0)
		return rc;
	*err = users;
	return users.code;
}

/* A round is one reading of everything. It ends in the tick that reads the
 * last of it; cursors keep when it began and which holders it has read. */
static const char *cursor_of(const struct observation *o, const char *what,
	char name[128])
{
	snprintf(name, 128, "%s:%s", what, o->idp->section->name);
	return name;
}

static int cursor(struct lapse *l, const struct observation *o,
	const char *what, int64_t *ret, struct lapse_err *err)
{
	char name[128];

	return ledger_cursor(l->ledger, cursor_of(o, what, name), ret, 0, err);
}

static int keep_cursor(struct lapse *l, const struct observation *o,
	const char *what, int64_t value, struct lapse_err *err)
{
	char name[128];
	int64_t old = 0;
	int rc = cursor(l, o, what, &old, err);

	if (rc < 0 || old == value)
		return rc;
	return ledger_set_cursor(l->ledger, cursor_of(o, what, name), value,
		err);
}

static int due(struct lapse *l, const struct observation *o, bool *ret,
	struct lapse_err *err)
{
	int64_t last = 0;
	int rc = cursor(l, o, "observed", &last, err);

	*ret = core_now(l) - last >= l->config->observe_every;
	return rc;
}

/* Goes on with the round under way, but for one of yesterday. */
static int round_begin(struct lapse *l, struct observation *o, bool anew,
	struct lapse_err *err)
{
	int64_t round = 0;
	int rc = anew ? 0 : cursor(l, o, "observing", &round, err);

	o->round_at = o->began_at;
	if (rc < 0 || round <= o->began_at - ROUND_S || round > o->began_at)
		return rc;
	o->round_at = round;
	return cursor(l, o, "observing-user", &o->upto, err);
}

static int round_note(struct lapse *l, const struct observation *o, bool over,
	struct lapse_err *err)
{
	int rc = core_begin(l, err);

	if (rc < 0)
		return rc;
	if (over)
		rc = keep_cursor(l, o, "observed", o->round_at, err);
	if (rc == 0)
		rc = keep_cursor(l, o, "observing", over ? 0 : o->round_at,
			err);
	if (rc == 0)
		rc = keep_cursor(l, o, "observing-user", over ? 0 : o->upto,
			err);
	return core_end(l, rc, err);
}

/* Cut short, it goes on at the next tick; but what nothing moves on does not
 * keep all else from its next round. */
static int observe_round(struct lapse *l, struct observation *o, bool full,
	struct lapse_err *err)
{
	struct lapse_err why;
	int rc = observe_idp(l, o, full, err);
	int noted;

	if (rc < 0 && rc != LAPSE_EAGAIN)
		return rc;
	noted = round_note(l, o, rc == 0 && (!o->cut ||
		(o->groups.n == 0 && o->people == 0)), &why);
	if (noted < 0)
		*err = why;
	return noted < 0 ? noted : rc;
}

static void observation_clear(struct observation *o)
{
	buf_clear(&o->active);
}
#define AUTO_OBSERVATION                                                       \
	__attribute__((cleanup(observation_clear))) struct observation

static int observe_one(struct lapse *l, struct core_idp *idp, bool full,
	struct lapse_err *err)
{
	AUTO_OBSERVATION o = {.idp = idp, .began_at = core_now(l)};
	bool is_due = full;
	int rc = 0;

	o.confirmed = l->confirmed != NULL &&
		strcmp(l->confirmed, idp->section->name) == 0;
	/* What a person confirms is looked at now, and all of it. */
	if (!full && !o.confirmed)
		rc = due(l, &o, &is_due, err);
	if (rc < 0 || (!is_due && !o.confirmed))
		return rc;
	rc = round_begin(l, &o, full || o.confirmed, err);
	return rc < 0 ? rc : observe_round(l, &o, full, err);
}

static int observe_all(struct lapse *l, bool full, struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < l->n_idps && rc == 0; i++) {
		struct lapse_err why;

		if (l->idps[i].failed)
			continue;
		rc = observe_one(l, &l->idps[i], full, &why);
		if (rc > LAPSE_EINTERNAL && rc < 0) {
			/* One provider's trouble is not another's. */
			core_note(l, rc == LAPSE_EAGAIN ? 0 :
				lapse_exit_of(rc), &why);
			rc = 0;
		} else if (rc < 0) {
			*err = why;
		}
	}
	return rc < 0 ? rc : observe_watches(l, err);
}

/* Two readings at once are not the two, one after the other, by which access
 * counts as taken away outside; and the older would be kept last. */
int observe(struct lapse *l, bool full, struct lapse_err *err)
{
	const int64_t wait = full || l->confirmed != NULL ? FULL_WAIT_MS : 0;
	struct lapse_err why;
	bool alone = false;
	int rc;

	if (l->dry_run || l->taken_over)
		return 0;
	rc = core_alone(l, LEDGER_OBSERVE, wait, &alone, err);
	if (rc == 0 && !alone && wait > 0) {
		lapse_fail(&why, LAPSE_EAGAIN, "observation: another run is "
			"at it; what was asked for is not read anew; try "
			"again when that has ended");
		core_note(l, LAPSE_EXIT_RETRY, &why);
	}
	if (rc < 0 || !alone)
		return rc;
	rc = observe_all(l, full, err);
	core_leave(l, LEDGER_OBSERVE);
	return rc;
}

int observe_look(struct lapse *l, struct core_idp *idp, struct lapse_err *err)
{
	AUTO_ARENA a = {.max = 256 << 20};
	struct lapse_err users = {0};
	AUTO_OBSERVATION o = {
		.idp = idp,
		.began_at = core_now(l),
		.round_at = core_now(l),
	};
	int rc = observe_groups(l, &o, false, &a, &users, err);

	if (rc == 0 && o.cut)
		rc = lapse_fail(err, LAPSE_EAGAIN, "%s: the rate share was "
			"used up before all groups were read; what was not is "
			"as old as it says", idp->section->name);
	return rc;
}

/* ---- What settled as gone ---- */

static int look_again(struct lapse *l, const struct change_row *c,
	const struct reading *r, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct hold_rows holds = {0};
	struct change_row open = {0};
	int64_t now = core_now(l);
	int rc = holds_on(l->ledger, &c->m, &a, &holds, err);

	if (rc == 0)
		rc = change_open_on(l->ledger, &c->m, &a, &open, err);
	if (rc == 0 && r->seen == OP_PRESENT && holds.list.n == 0 &&
		open.id == 0)
		rc = change_add(l->ledger, &c->m, "remove", c->grant, now,
			now, NULL, err);
	return rc < 0 ? rc : watch_next(l->ledger, c->id,
		r->seen == OP_PRESENT ? WHEN_NONE : now + WATCH_EVERY_S, err);
}

int observe_watches(struct lapse *l, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct change_rows rows = {0};
	struct reading *readings;
	int rc = watch_due(l->ledger, core_now(l), &a, &rows, err);

	if (rc < 0 || rows.list.n == 0)
		return rc;
	readings = arena_alloc(&a, rows.list.n * sizeof(*readings));
	if (readings == NULL)
		return lapse_fail_nomem(err);
	for (size_t i = 0; i < rows.list.n; i++)
		readings[i].m = rows.list.items[i].m;
	rc = verify_read(l, readings, rows.list.n, err);
	if (rc == 0)
		rc = core_begin(l, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < rows.list.n && rc == 0; i++)
		if (readings[i].seen != OP_NONE)
			rc = look_again(l, &rows.list.items[i], &readings[i],
				err);
	return core_end(l, rc, err);
}
