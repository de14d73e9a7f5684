/* Sessions that end with the access. */
#include "sessions.h"

#include <string.h>

#include "batch.h"
#include "json.h"
#include "session_rows.h"

enum {
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
	/* Nobody had what was neither added for it nor there already, as for
	 * an extension, which adds nothing. */
	if (role == NULL || !role->end_sessions ||
		(g->first_add_at == WHEN_NONE && g->starts_at == WHEN_NONE))
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

static bool plan_end(struct flight *f, struct op *op)
{
	const struct session_row *row = f->row;

	*op = (struct op){
		.step = f->driver->end_sessions,
		.name = "end-sessions",
		.serial = row->user,
		.user = row->user,
	};
	return true;
}

static int tell(const struct flight *f, const char *kind, const char *why,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	AUTO_BUF data = {0};
	struct json_out w = {.out = &data};
	struct grant_row g = {0};
	const struct session_row *row = f->row;
	struct evidence e = {
		.kind = kind,
		.grant = row->grant,
		.idp = row->idp,
		.user = row->user,
		.actor = "lapse",
	};

	if (grant_get(f->l->ledger, row->grant, &a, &g, NULL) == 0)
		e.issue = g.issue;
	json_put_open(&w, NULL, '{');
	json_put_text(&w, "remote_ref", f->op.request_id);
	json_put_text(&w, "detail", why);
	json_put_close(&w, '}');
	if (data.failed)
		return lapse_fail_nomem(err);
	e.data = buf_text(&data);
	return core_evidence(f->l, &e, NULL, err);
}

static int settle(struct flight *f, const char *state, const char *kind,
	const char *why, struct lapse_err *err)
{
	const struct session_row *row = f->row;
	bool now = false;
	int rc = session_settle(f->l->ledger, row->id, state, core_now(f->l),
		why, &now, err);

	return rc < 0 || !now ? rc : tell(f, kind, why, err);
}

static int record(struct flight *f, bool *ret_any, struct lapse_err *err)
{
	const struct session_row *row = f->row;
	struct lapse *l = f->l;
	int64_t now = core_now(l);

	if (f->rc == 0) {
		bool gone = f->op.outcome == OP_GONE;

		*ret_any = true;
		return settle(f, gone ? "gone" : "ended",
			gone ? "sessions-gone" : "sessions-ended", NULL, err);
	}
	core_note(l, LAPSE_EXIT_RETRY, &f->why);
	if (f->rc != LAPSE_EREFUSED && now < row->opened_at + WITHIN_S)
		return session_again(l->ledger, row->id, now + RETRY_S,
			f->why.text, err);
	*ret_any = true;
	return settle(f, "failed", "sessions-failed", f->why.text, err);
}

static int end_some(struct lapse *l, const struct session_rows *rows,
	bool *ret_any, struct lapse_err *err)
{
	struct batch b AUTO_BATCH = {.n = 0};
	int rc;

	for (size_t i = 0; i < rows->items.n; i++) {
		struct session_row *row = &rows->items.items[i];

		batch_add(&b, l, row, row->idp);
	}
	rc = batch_fly(&b, plan_end, err);
	return rc < 0 ? rc : batch_record(&b, record, ret_any, err);
}

int sessions_run(struct lapse *l, bool *ret_any, struct lapse_err *err)
{
	size_t n = BATCH_MAX;
	int rc = 0;

	*ret_any = false;
	while (rc == 0 && n == BATCH_MAX) {
		AUTO_ARENA a = {0};
		struct session_rows rows = {0};

		rc = sessions_due(l->ledger, core_now(l), BATCH_MAX, &a,
			&rows, err);
		n = rows.items.n;
		if (rc == 0 && n > 0)
			rc = end_some(l, &rows, ret_any, err);
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
