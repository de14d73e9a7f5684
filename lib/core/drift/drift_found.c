/* Drift that an observation shows for the first time: who joined a governed
 * group without lapse, and who added them, by the provider's own log. */
#include <string.h>

#include "drift.h"
#include "json.h"
#include "log.h"

enum {
	ASKED = 32,		/* rows asked about in one tick */
	LOG_LATE_S = 3600,	/* a log may be so late with an event */
	LOG_BACK_S = 7 * 86400,	/* an add is looked for so far back */
	AGAIN_S = 86400,	/* what it did not tell is asked again, */
	GIVE_UP_S = 7 * 86400,	/* and so long where it has nothing */
};

/* ---- Found ---- */

static int note(struct lapse *l, const struct membership *m,
	int64_t absent_at, struct lapse_err *err)
{
	const struct evidence e = {
		.kind = "drift-found",
		.idp = m->idp,
		.group = m->group,
		.user = m->user,
		.actor = "lapse",
		.data = "{\"drift\":\"shadow\"}",
	};
	bool fresh = false;
	int rc = drift_add(l->ledger, "shadow", m, core_now(l), absent_at,
		&fresh, err);

	return rc < 0 || !fresh ? rc : core_evidence(l, &e, NULL, err);
}

int drift_note_joined(struct lapse *l, const char *idp, const char *group,
	int64_t since, int64_t absent_at, struct lapse_err *err)
{
	AUTO_ARENA a = {.max = 64 << 20};
	struct drift_rows rows = {0};
	int rc = drift_joined(l->ledger, idp, group, since, &a, &rows, err);

	for (size_t i = 0; i < rows.list.n && rc == 0; i++) {
		const struct drift_row *r = &rows.list.items[i];
		const struct membership m = {r->idp, r->group, r->user};

		rc = note(l, &m, absent_at, err);
	}
	return rc;
}

/* ---- Who added them ---- */

struct asking {
	const struct drift_row *row;
	int64_t from;		/* an add from before is another one */
	struct arena *arena;
	struct op op;
	int rc;
	struct lapse_err why;
	const char *by;
	int64_t at;
	const char *source;
};

static int take_added(void *arg, const void *item, struct lapse_err *err)
{
	struct asking *k = arg;
	const struct idp_added *added = item;

	/* The log is late with the one that is meant. */
	if (added->at < k->from)
		return 0;
	k->by = added->actor[0] != '\0' || added->actor_name == NULL ?
		added->actor : added->actor_name;
	k->by = arena_copy(k->arena, k->by);
	k->at = added->at;
	k->source = arena_copy(k->arena, added->source);
	return arena_check(k->arena, err);
}

/* The log's trouble is not the provider's: it does not count against it. */
static void landed(void *arg, struct op *op, int rc,
	const struct lapse_err *err)
{
	struct asking *k = arg;

	(void)op;
	k->rc = rc;
	if (rc < 0)
		k->why = *err;
}

/* Why it is not known who; NULL: nothing is said yet. */
static const char *unknown(struct lapse *l, const struct asking *k)
{
	if (k->rc == LAPSE_EAUTH || k->rc == LAPSE_EREFUSED ||
		k->rc == LAPSE_EPROTO)
		return arena_copy(k->arena, k->why.text);
	if (k->rc < 0)
		return NULL;
	if (k->op.step == NULL)
		return "the provider has no such log";
	if (k->op.outcome == OP_UNSUPPORTED)
		return "the provider's log may not be read";
	if (k->op.outcome == OP_GONE)
		return "the provider has the person or the group no more";
	if (core_now(l) - k->row->seen_at < LOG_LATE_S)
		return NULL;
	return "the provider's log has no such event";
}

/* A right may come back, and an event may come late. */
static int64_t ask_again_at(struct lapse *l, const struct asking *k)
{
	bool has_none = k->rc == 0 && k->op.outcome != OP_UNSUPPORTED;

	if (k->source != NULL || k->op.step == NULL ||
		(has_none && core_now(l) - k->row->seen_at >= GIVE_UP_S))
		return WHEN_NONE;
	return core_now(l) + AGAIN_S;
}

static int keep_one(struct lapse *l, struct asking *k, struct lapse_err *err)
{
	const char *source = k->source;

	if (source == NULL)
		source = unknown(l, k);
	if (source == NULL)
		return 0;
	/* "" is an actor that the log does not name. */
	if (k->by != NULL && k->by[0] == '\0')
		k->by = NULL;
	return drift_set_added(l->ledger, k->row->id, k->by,
		k->source != NULL ? k->at : WHEN_NONE, source,
		ask_again_at(l, k), err);
}

static bool has_answers(struct lapse *l, const struct asking *k, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (k[i].source != NULL || unknown(l, &k[i]) != NULL)
			return true;
	return false;
}

static int keep(struct lapse *l, struct asking *k, size_t n,
	struct lapse_err *err)
{
	int rc;

	if (!has_answers(l, k, n))
		return 0;
	rc = core_begin(l, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = keep_one(l, &k[i], err);
	return core_end(l, rc, err);
}

static int ask(struct lapse *l, struct core_idp *idp, struct asking *k,
	size_t n, struct lapse_err *err)
{
	int rc = 0;
	int ran;

	for (size_t i = 0; i < n && rc == 0; i++) {
		k[i].op = (struct op){
			.step = idp->section->driver->added_by,
			.name = "who added",
			.group = k[i].row->group,
			.user = k[i].row->user,
			.at = k[i].from,
			.sink = take_added,
			.arg = &k[i],
			.arena = k[i].arena,
		};
		rc = engine_add(l->engine, &idp->remote, &k[i].op, true,
			landed, &k[i], err);
	}
	ran = engine_run(l->engine, rc < 0 ? NULL : err);
	return rc < 0 ? rc : ran;
}

/* What did not come to be asked, or was cut short, is asked by a later
 * tick. */
static int ask_all(struct lapse *l, struct core_idp *idp, struct asking *k,
	size_t n, struct lapse_err *err)
{
	struct lapse_err why;
	int rc = ask(l, idp, k, n, &why);

	if (rc < 0 && rc <= LAPSE_EINTERNAL) {
		*err = why;
		return rc;
	}
	if (rc < 0)
		log_say(&l->env, LAPSE_INFO, "%s", why.text);
	return keep(l, k, n, err);
}

static int64_t ask_from(const struct drift_row *r)
{
	int64_t back = r->seen_at - LOG_BACK_S;

	return r->verified_at != WHEN_NONE && r->verified_at > back ?
		r->verified_at : back;
}

int drift_ask_added(struct lapse *l, struct core_idp *idp,
	struct lapse_err *err)
{
	AUTO_ARENA a = {.max = 64 << 20};
	struct drift_rows rows = {0};
	struct asking *k;
	bool may_ask = idp->section->driver->added_by != NULL;
	int rc;

	if (idp->failed)
		return 0;
	rc = drift_unasked(l->ledger, idp->section->name, core_now(l), ASKED,
		&a, &rows, err);
	if (rc < 0 || rows.list.n == 0)
		return rc;
	k = arena_alloc(&a, rows.list.n * sizeof(*k));
	if (k == NULL)
		return lapse_fail_nomem(err);
	for (size_t i = 0; i < rows.list.n; i++)
		k[i] = (struct asking){.row = &rows.list.items[i],
			.from = ask_from(&rows.list.items[i]), .arena = &a,
			.rc = may_ask ? LAPSE_EAGAIN : 0, .at = WHEN_NONE};
	if (!may_ask)
		return keep(l, k, rows.list.n, err);
	rc = ask_all(l, idp, k, rows.list.n, err);
	for (size_t i = 0; i < rows.list.n; i++)
		op_clear(&k[i].op);
	return rc;
}
