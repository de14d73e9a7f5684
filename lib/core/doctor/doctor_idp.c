/* Checks of the providers: the driver's own probes, and each group that the
 * catalog names. */
#include <string.h>

#include "auth.h"
#include "doctor.h"

/* ---- Probes ---- */

#define NOT_CHECKED "not checked: first mend \"%s\""

enum {
	PROBES = 16,
};

/* What was found out of one provider, so that one cause is one failure. */
struct findings {
	const struct idp_probe *refused[PROBES];
	size_t n;
	unsigned lacking;	/* rights, by enum idp_need */
	bool over;		/* it was not reached, or serves us no more */
};

/* Is it refused for the sake of something that was told already? Then what
 * that was. */
static const char *cause_of(const struct findings *f,
	const struct idp_probe *p)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->refused[i]->step == p->after)
			return f->refused[i]->what;
	return p->need != IDP_NEED_NOTHING && (f->lacking & 1u << p->need) != 0
		? "the right that the token lacks" : NULL;
}

static int told_refused(struct doctor *d, const char *what,
	const struct idp_probe *p, struct findings *f,
	const struct lapse_err *why, struct lapse_err *err)
{
	const char *cause = why->code == LAPSE_EAUTH ? cause_of(f, p) : NULL;

	if (f->n < PROBES)
		f->refused[f->n++] = p;
	if (p->for_groups)
		d->blind = cause != NULL ? cause : p->what;
	if (cause == NULL)
		return doctor_failed(d, what, why, p->hint, err);
	return doctor_unknown(d, what, arena_fmt(&d->arena,
		NOT_CHECKED, cause), err);
}

static int told_answer(struct doctor *d, const char *what,
	const struct idp_probe *p, const struct op *op, struct lapse_err *err)
{
	const char *lost = op->ret;

	if (op->outcome == OP_UNSUPPORTED)
		return doctor_unknown(d, what, lost, err);
	if (op->outcome == OP_NONE && lost != NULL)
		return doctor_warn(d, what, lost, p->hint, err);
	return doctor_good(d, what, NULL, err);
}

static int run_probe(struct doctor *d, const struct core_idp *i,
	const struct idp_probe *p, struct findings *f, struct lapse_err *err)
{
	AUTO_BUF what = {0};
	struct lapse_err why;
	struct op op = {.step = p->step, .name = "probe", .arena = &d->arena};
	int rc;

	buf_fmt(&what, "%s: %s", i->section->name, p->what);
	rc = core_idp_call(d->l, i->section->name, &op, &why);
	op_clear(&op);
	if (rc == 0)
		return told_answer(d, buf_text(&what), p, &op, err);
	rc = doctor_unserved(d, i, &why, &f->over, err);
	return rc < 0 || f->over ? rc :
		told_refused(d, buf_text(&what), p, f, &why, err);
}

static int run_probes(struct doctor *d, const struct core_idp *i,
	struct findings *f, struct lapse_err *err)
{
	const struct idp_probe *p = i->section->driver->probes;
	int rc = 0;

	for (; rc == 0 && p != NULL && p->what != NULL && !f->over; p++)
		rc = run_probe(d, i, p, f, err);
	return rc;
}

/* ---- Groups ---- */

/* One group as the provider shows it. */
struct group_seen {
	struct arena *arena;
	const char *name;
	enum idp_group_kind kind;
	const char *detail;
};

static int take_group(void *arg, const void *item, struct lapse_err *err)
{
	struct group_seen *seen = arg;
	const struct idp_group *g = item;

	seen->name = arena_copy(seen->arena, g->name);
	seen->kind = g->kind;
	seen->detail = arena_copy(seen->arena, g->detail);
	return arena_check(seen->arena, err);
}

static int judge_group(struct doctor *d, const char *what, bool changed,
	const struct group_seen *seen, struct lapse_err *err)
{
	AUTO_BUF detail = {0};

	buf_str(&detail, seen->name);
	if (!changed || seen->kind == IDP_GROUP_OK)
		return doctor_good(d, what, buf_text(&detail), err);
	buf_fmt(&detail, " %s", idp_group_kind_text(seen->kind));
	if (seen->detail != NULL)
		buf_fmt(&detail, " (%s)", seen->detail);
	return doctor_bad(d, what, buf_text(&detail),
		"lapse cannot govern it: name another group in the role", err);
}

/* changed: lapse adds and removes members; else it only reads them. */
static int check_group(struct doctor *d, const char *idp, const char *group,
	bool changed, struct lapse_err *err)
{
	AUTO_BUF what = {0};
	struct group_seen seen = {.arena = &d->arena};
	struct lapse_err why;
	struct op op = {
		.name = "group",
		.group = group,
		.sink = take_group,
		.arg = &seen,
		.arena = &d->arena,
	};
	const struct idp_section *section = config_idp(d->l->config, idp);
	int rc;

	buf_fmt(&what, "%s: group %s %s", idp, group,
		changed ? "can be governed" : "can be read");
	if (section == NULL)
		return doctor_bad(d, buf_text(&what), "no such idp section",
			"add the section, or take the group out", err);
	op.step = section->driver->get_group;
	rc = core_idp_call(d->l, idp, &op, &why);
	op_clear(&op);
	if (rc < 0 && d->blind != NULL && strcmp(d->blind_at, idp) == 0)
		return doctor_unknown(d, buf_text(&what), arena_fmt(&d->arena,
			NOT_CHECKED, d->blind), err);
	if (rc < 0)
		return doctor_failed(d, buf_text(&what), &why,
			rc != LAPSE_EAUTH && rc != LAPSE_EREFUSED ? NULL :
			arena_fmt(&d->arena, "give the credential the right to "
				"read this group; see lapse-%s(7)",
				section->driver->name), err);
	if (op.outcome == OP_GONE)
		return doctor_bad(d, buf_text(&what), "there is no such group",
			"correct its id in the role, or make it", err);
	return judge_group(d, buf_text(&what), changed, &seen, err);
}

/* Each group once, however many roles name it. */
static int check_once(struct doctor *d, struct strs *done, const char *idp,
	const char *group, bool changed, struct lapse_err *err)
{
	const char *key = arena_fmt(&d->arena, "%s:%s", idp, group);

	if (key == NULL)
		return lapse_fail_nomem(err);
	if (strs_has(done, key))
		return 0;
	strs_add(done, &d->arena, key);
	return check_group(d, idp, group, changed, err);
}

/* requestable-by names groups of the application's provider. */
static int check_requesters(struct doctor *d, const struct role *r,
	struct strs *done, struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < r->requestable_by.n; i++) {
		const char *text = r->requestable_by.items[i];
		const char *colon = strchr(text, ':');
		const char *idp = r->application->idp;

		if (colon != NULL)
			idp = arena_copy_n(&d->arena, text,
				(size_t)(colon - text));
		if (idp != NULL)
			rc = check_once(d, done, idp,
				colon == NULL ? text : colon + 1, false, err);
	}
	return rc;
}

static int check_groups(struct doctor *d, const char *of, struct lapse_err *err)
{
	const struct config *c = d->l->config;
	struct strs governed = {0}, read = {0};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < c->roles.n; i++) {
		const struct role *r = &c->roles.items[i];

		for (size_t k = 0; rc == 0 && k < r->groups.n; k++) {
			const char *idp, *group;

			config_role_group(r, k, &idp, &group);
			if (strcmp(idp, of) == 0)
				rc = check_once(d, &governed, idp, group, true,
					err);
		}
		if (rc == 0 && r->application->idp != NULL &&
			strcmp(r->application->idp, of) == 0)
			rc = check_requesters(d, r, &read, err);
	}
	return rc;
}

/* Rights come first: what they lack explains what the probes are refused. */
static int check_idp(struct doctor *d, const struct core_idp *i,
	struct lapse_err *err)
{
	struct findings f = {.n = 0};
	bool in = false;
	int rc = doctor_sign_in(d, i, &in, err);

	f.over = !in;
	d->blind = NULL;
	d->blind_at = i->section->name;
	if (rc == 0 && in && auth_uses_tokens(i->remote.auth))
		rc = doctor_rights(d, i, &f.lacking, err);
	if (rc == 0)
		rc = run_probes(d, i, &f, err);
	/* Only an answer tells which credential is in use. */
	if (rc == 0)
		rc = doctor_next(d, i, err);
	/* A credential without tokens is proven by now. */
	if (rc == 0 && !f.over && !auth_uses_tokens(i->remote.auth))
		rc = doctor_rights(d, i, &f.lacking, err);
	if (rc == 0 && !f.over)
		rc = check_groups(d, i->section->name, err);
	return rc;
}

int doctor_idps(struct doctor *d, struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < d->l->n_idps; i++)
		rc = check_idp(d, &d->l->idps[i], err);
	return rc;
}
