/* Sessions that end with the access. */
#include "sessions.h"

#include <string.h>

#include "json.h"
#include "session_rows.h"

enum {
	AT_ONCE = 64,		/* of one commit */
	WITHIN_S = 600,		/* after that it has failed */
	RETRY_S = 30,
};

/* Not for what something else keeps. */
static int owe_one(struct lapse *l, const struct grant_row *g,
	const struct membership *m, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct hold_rows live = {0};
	int rc = holds_on(l->ledger, m, &a, &live, err);

	if (rc < 0 || live.list.n > 0)
		return rc;
	return session_add(l->ledger, g->id, m->idp, m->user, core_now(l),
		err);
}

int sessions_owe(struct lapse *l, const struct grant_row *g,
	const struct hold_rows *holds, bool *ret_open, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	const struct role *role = l->config == NULL ?
		NULL :
		config_role(l->config, g->role);
	struct session_rows rows = {0};
	int rc = 0;

	*ret_open = false;
	/* Without a first add nobody had the access. */
	if (role == NULL || !role->end_sessions ||
		g->first_add_at == WHEN_NONE)
		return 0;
	for (size_t i = 0; i < holds->list.n && rc == 0; i++)
		rc = owe_one(l, g, &holds->list.items[i].m, err);
	if (rc == 0)
		rc = sessions_of(l->ledger, g->id, &a, &rows, err);
	for (size_t i = 0; i < rows.items.n; i++)
		*ret_open |= strcmp(rows.items.items[i].state, "open") == 0;
	return rc;
}

/* ---- Ending them ---- */

struct flight {
	struct lapse *l;
	struct session_row row;
	struct core_idp *idp;
	struct op op;
	int rc;
	struct lapse_err why;
};

static void landed(void *arg, struct op *op, int rc,
	const struct lapse_err *err)
{
	struct flight *f = arg;

	f->rc = rc;
	if (rc < 0)
		f->why = *err;
	core_idp_told(f->l, f->idp, op, rc, err);
}

static int launch(struct lapse *l, struct flight *f, struct lapse_err *err)
{
	f->l = l;
	f->rc = core_idp_ready(l, f->row.idp, &f->idp, &f->why);
	if (f->rc < 0)
		return 0;
	f->op = (struct op){
		.step = f->idp->section->driver->end_sessions,
		.name = "end-sessions",
		.serial = f->row.user,
		.user = f->row.user,
	};
	f->rc = engine_add(l->engine, &f->idp->remote, &f->op, false, landed,
		f, &f->why);
	/* Past the deadline nothing is sent: the next run does. */
	if (f->rc == 0 || f->rc == LAPSE_EAGAIN)
		return 0;
	*err = f->why;
	return f->rc;
}

static int tell(struct lapse *l, const struct flight *f, const char *kind,
	const char *why, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	AUTO_BUF data = {0};
	struct json_out w = {.out = &data};
	struct grant_row g = {0};
	struct evidence e = {
		.kind = kind,
		.grant = f->row.grant,
		.idp = f->row.idp,
		.user = f->row.user,
		.actor = "lapse",
	};

	if (grant_get(l->ledger, f->row.grant, &a, &g, NULL) == 0)
		e.issue = g.issue;
	json_put_open(&w, NULL, '{');
	json_put_text(&w, "remote_ref", f->op.request_id);
	json_put_text(&w, "detail", why);
	json_put_close(&w, '}');
	if (data.failed)
		return lapse_fail_nomem(err);
	e.data = buf_text(&data);
	return core_evidence(l, &e, NULL, err);
}

static int settle(struct lapse *l, struct flight *f, const char *state,
	const char *kind, const char *why, struct lapse_err *err)
{
	int rc = session_settle(l->ledger, f->row.id, state, core_now(l), why,
		err);

	return rc < 0 ? rc : tell(l, f, kind, why, err);
}

static int record(struct lapse *l, struct flight *f, bool *ret_any,
	struct lapse_err *err)
{
	int64_t now = core_now(l);

	if (f->rc == 0) {
		bool gone = f->op.outcome == OP_GONE;

		*ret_any = true;
		return settle(l, f, gone ? "gone" : "ended",
			gone ? "sessions-gone" : "sessions-ended", NULL, err);
	}
	core_note(l, LAPSE_EXIT_RETRY, &f->why);
	if (f->rc != LAPSE_EREFUSED && now < f->row.opened_at + WITHIN_S)
		return session_again(l->ledger, f->row.id, now + RETRY_S,
			f->why.text, err);
	*ret_any = true;
	return settle(l, f, "failed", "sessions-failed", f->why.text, err);
}

static int record_all(struct lapse *l, struct flight *flights, size_t n,
	bool *ret_any, struct lapse_err *err)
{
	int rc = core_begin(l, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = record(l, &flights[i], ret_any, err);
	return core_end(l, rc, err);
}

static int end_some(struct lapse *l, const struct session_rows *rows,
	struct arena *a, bool *ret_any, struct lapse_err *err)
{
	size_t n = rows->items.n;
	struct flight *flights = arena_alloc(a, n * sizeof(*flights));
	int rc = 0;

	if (flights == NULL)
		return lapse_fail_nomem(err);
	for (size_t i = 0; i < n && rc == 0; i++) {
		flights[i].row = rows->items.items[i];
		rc = launch(l, &flights[i], err);
	}
	if (rc == 0)
		rc = engine_run(l->engine, err);
	/* The deadline cuts short; what is known of each is recorded. */
	if (rc == 0 || rc == LAPSE_EAGAIN)
		rc = record_all(l, flights, n, ret_any, err);
	for (size_t i = 0; i < n; i++)
		op_clear(&flights[i].op);
	return rc;
}

int sessions_run(struct lapse *l, bool *ret_any, struct lapse_err *err)
{
	size_t n = AT_ONCE;
	int rc = 0;

	*ret_any = false;
	while (rc == 0 && n == AT_ONCE) {
		AUTO_ARENA a = {0};
		struct session_rows rows = {0};

		rc = sessions_due(l->ledger, core_now(l), AT_ONCE, &a, &rows,
			err);
		n = rows.items.n;
		if (rc == 0 && n > 0)
			rc = end_some(l, &rows, &a, ret_any, err);
	}
	return rc;
}

/* ---- Telling ---- */

static const char *one(struct lapse *l, const struct session_row *s,
	struct arena *a)
{
	struct core_idp *i = core_idp_find(l, s->idp);
	const char *covers = i == NULL ? "" : i->section->driver->sessions_say;

	if (strcmp(s->state, "ended") == 0)
		return arena_fmt(a, "signed out at %s. %s", s->idp, covers);
	if (strcmp(s->state, "gone") == 0)
		return arena_fmt(a, "%s has no such user any more.", s->idp);
	return arena_fmt(a, "%s did not end them (%s); open ones last until "
		"they run out.", s->idp,
		s->last_error != NULL ? s->last_error : "no answer");
}

const char *sessions_say(struct lapse *l, int64_t grant, struct arena *a)
{
	struct session_rows rows = {0};
	struct strs parts = {0};

	if (sessions_of(l->ledger, grant, a, &rows, NULL) < 0)
		a->failed = true;	/* not known is not "none" */
	for (size_t i = 0; i < rows.items.n; i++)
		strs_add(&parts, a, one(l, &rows.items.items[i], a));
	return parts.n > 0 ? strs_join(&parts, a, " ") : NULL;
}

const char *sessions_outcome(struct lapse *l, int64_t grant, struct arena *a)
{
	struct session_rows rows = {0};
	const char *worst = NULL;

	if (sessions_of(l->ledger, grant, a, &rows, NULL) < 0)
		a->failed = true;
	for (size_t i = 0; i < rows.items.n; i++)
		if (worst == NULL || strcmp(worst, "ended") == 0 ||
			strcmp(rows.items.items[i].state, "failed") == 0)
			worst = rows.items.items[i].state;
	return worst;
}
