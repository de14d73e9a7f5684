/* Last use, read from the providers. What it means for somebody's access is
 * the caller's. */
#include "use.h"

#include <stdlib.h>
#include <string.h>

enum {
	DAY_S = 86400,
	/* A log that keeps just as long as the window is asked by this
	 * clock and answers by its own: so much later is still the window. */
	APART_S = 600,
	/* Fewer may well all be idle; nobody of so many is an id that is
	 * wrong, or a log that does not tell. */
	PEOPLE_MIN = 3,
};

struct flight {
	struct lapse *l;
	struct core_idp *idp;
	struct use_question *q;
	const char *app;
	struct op op;
	struct arena *arena;
};

static void unknown(struct use *u, struct arena *a, const char *why)
{
	*u = (struct use){
		.at = WHEN_NONE,
		.why = arena_copy(a, why),
		.days = -1,
	};
}

/* ---- One reading ---- */

static int take_use(void *arg, const void *item, struct lapse_err *err)
{
	struct flight *f = arg;
	const struct idp_use_seen *s = item;
	struct use *u = &f->q->use;

	*u = (struct use){
		.kind = s->use == IDP_USE_SEEN	     ? USE_SEEN
			: s->use == IDP_USE_NOT_SEEN ? USE_NOT_SEEN
						     : USE_UNKNOWN,
		.at = s->at,
		.source = arena_copy(f->arena, s->source),
		.why = arena_copy(f->arena, s->why),
		.of_application = s->of_application,
		.days = -1,
	};
	return arena_check(f->arena, err);
}

static void count_days(struct use *u, int64_t now)
{
	int64_t passed;

	if (u->kind == USE_UNKNOWN || u->at == WHEN_NONE)
		return;
	passed = now - u->at;
	if (u->kind == USE_NOT_SEEN)
		passed += APART_S;
	u->days = passed > 0 ? passed / DAY_S : 0;
}

static void landed(void *arg, struct op *op, int rc,
	const struct lapse_err *err)
{
	struct flight *f = arg;
	struct use *u = &f->q->use;

	core_idp_told(f->l, f->idp, op, rc, err);
	if (rc < 0)
		unknown(u, f->arena, err->text);
	else if (op->outcome == OP_GONE)
		unknown(u, f->arena, "the provider does not know this user");
	else
		count_days(u, core_now(f->l));
}

/* An application's id means something at its own provider only. */
static const char *app_of(const struct use_question *q)
{
	const struct application *p = q->application;

	return p == NULL || p->idp == NULL || strcmp(p->idp, q->idp) != 0
		? NULL : p->app_id;
}

static int fly(struct flight *f, struct lapse_err *err)
{
	struct use_question *q = f->q;
	struct lapse_err why;
	int rc = core_idp_ready(f->l, q->idp, &f->idp, &why);

	if (rc == 0 && f->idp->section->driver->last_use == NULL)
		rc = lapse_fail(&why, LAPSE_EITEM, "%s does not tell when "
			"somebody was last seen", q->idp);
	if (rc == 0) {
		f->op = (struct op){
			.step = f->idp->section->driver->last_use,
			.name = "last-use",
			.user = q->user,
			.key = f->app,
			.at = q->from,
			.sink = take_use,
			.arg = f,
			.arena = f->arena,
		};
		rc = engine_add(f->l->engine, &f->idp->remote, &f->op, false,
			landed, f, &why);
	}
	if (rc == 0)
		return 0;
	unknown(&q->use, f->arena, why.text);
	if (rc > LAPSE_EINTERNAL || rc == LAPSE_ECONFIG)
		return 0;
	*err = why;
	return rc;
}

/* ---- All of them ---- */

static int compare(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

static int by_question(const void *a, const void *b)
{
	const struct flight *x = a;
	const struct flight *y = b;
	int order = compare(x->q->idp, y->q->idp);

	if (order == 0)
		order = strcmp(x->q->user, y->q->user);
	if (order == 0)
		order = compare(x->app, y->app);
	return order != 0 ? order
			  : (x->q->from > y->q->from) -
				(x->q->from < y->q->from);
}

static int by_app(const void *a, const void *b)
{
	const struct flight *x = a;
	const struct flight *y = b;
	int order = compare(x->app, y->app);

	return order != 0 ? order : by_question(a, b);
}

/* Those that nobody can be asked about are answered; the rest in order, so
 * that the same question stands beside itself. */
static size_t prepare(struct lapse *l, struct flight *f,
	struct use_question *q, size_t n, struct arena *a)
{
	size_t asked = 0;

	for (size_t i = 0; i < n; i++) {
		unknown(&q[i].use, a, "it was not read");
		if (q[i].idp == NULL) {
			unknown(&q[i].use, a, "no provider keeps this access, "
				"so nothing tells when it was used");
			continue;
		}
		f[asked++] = (struct flight){.l = l, .q = &q[i],
			.app = app_of(&q[i]), .arena = a};
	}
	qsort(f, asked, sizeof(*f), by_question);
	return asked;
}

static bool is_same(const struct flight *f, size_t i)
{
	return i > 0 && by_question(&f[i - 1], &f[i]) == 0;
}

static bool is_same_app(const struct flight *a, const struct flight *b)
{
	return compare(a->q->idp, b->q->idp) == 0 &&
		compare(a->app, b->app) == 0;
}

/* Did its log answer for many people, and not show one of them? */
static bool is_silent(const struct flight *f, size_t n,
	const struct flight *of)
{
	const struct flight *before = NULL;
	size_t people = 0;

	for (size_t i = 0; i < n; i++) {
		if (!is_same_app(&f[i], of) || !f[i].q->use.of_application)
			continue;
		if (f[i].q->use.kind == USE_SEEN)
			return false;
		if (f[i].q->use.kind == USE_NOT_SEEN && (before == NULL ||
			strcmp(before->q->user, f[i].q->user) != 0))
			people++;
		before = &f[i];
	}
	return people >= PEOPLE_MIN;
}

/* A wrong app-id would make everybody idle. */
static void doubt_silence(struct flight *f, size_t n, struct arena *a)
{
	struct flight *judged = NULL;
	bool silent = false;

	/* By application, so that each is counted once. */
	qsort(f, n, sizeof(*f), by_app);
	for (size_t i = 0; i < n; i++) {
		struct use *u = &f[i].q->use;

		if (f[i].app == NULL)
			continue;
		if (judged == NULL || !is_same_app(judged, &f[i]))
			silent = is_silent(f, n, &f[i]);
		judged = &f[i];
		if (silent && u->of_application && u->kind == USE_NOT_SEEN)
			unknown(u, a, arena_fmt(a, "nobody signed on to %s in "
				"the whole window: is app-id right?",
				f[i].app));
	}
}

int use_read(struct lapse *l, struct use_question *q, size_t n,
	struct arena *a, struct lapse_err *err)
{
	struct flight *f = calloc(n + 1, sizeof(*f));
	size_t asked;
	int rc = 0;

	if (f == NULL)
		return lapse_fail_nomem(err);
	asked = prepare(l, f, q, n, a);
	for (size_t i = 0; i < asked && rc == 0; i++)
		if (!is_same(f, i))
			rc = fly(&f[i], err);
	if (rc == 0)
		rc = engine_run(l->engine, err);
	for (size_t i = 0; i < asked; i++) {
		if (is_same(f, i))
			f[i].q->use = f[i - 1].q->use;
		op_clear(&f[i].op);
	}
	doubt_silence(f, asked, a);
	free(f);
	/* Cut short by the deadline: each answer says so for itself. */
	return rc < 0 && rc != LAPSE_EAGAIN ? rc : arena_check(a, err);
}

/* ---- What an answer means ---- */

bool use_is_idle(const struct use *u, int64_t window_s, int64_t since,
	int64_t now)
{
	int64_t begin = now - window_s;

	if (since == WHEN_NONE || since > begin)
		return false;
	if (u->kind == USE_NOT_SEEN)
		return u->at <= begin + APART_S;
	return u->kind == USE_SEEN && u->at <= begin;
}

const char *use_name(enum use_kind k)
{
	static const char *const names[] = {
		[USE_UNKNOWN] = "unknown",
		[USE_SEEN] = "seen",
		[USE_NOT_SEEN] = "not-seen",
	};

	return names[k];
}
