/* What was asked in an issue, as its fields and their history have it: which
 * role, and for whom. A well sealed claim that says otherwise was made by
 * somebody who has the key. */
#include <inttypes.h>
#include <string.h>

#include "catalog.h"
#include "rebuild_private.h"

/* ---- The fields, as they were ---- */

/* NULL: it was not edited from then on. */
static const struct jira_edit *edit_since(const struct rebuild_told *t,
	const char *field, int64_t at)
{
	for (size_t i = 0; t->history != NULL && field != NULL &&
		i < t->history->edits.n; i++) {
		const struct jira_edit *e = &t->history->edits.items[i];

		if (e->at >= at && e->field != NULL &&
			strcmp(e->field, field) == 0)
			return e;
	}
	return NULL;
}

static const char *person_then(const struct rebuild_told *t,
	const char *field, const char *now, int64_t at)
{
	const struct jira_edit *e = edit_since(t, field, at);
	const char *then = e != NULL ? e->from : now;

	return then != NULL && *then != '\0' ? then : NULL;
}

/* NULL: the issue does not say. */
static const char *beneficiary_then(const struct rebuild_told *t, int64_t at)
{
	const char *whom = person_then(t, t->type->form.whom,
		t->issue->whom.account, at);

	return whom != NULL ? whom : person_then(t, "reporter",
		t->issue->reporter.account, at);
}

/* ---- The claim, held against them ---- */

static void hold_role(struct rebuild_grant *k, const struct role *asked)
{
	if (strcmp(asked->name, k->g->role) == 0)
		return;
	k->differs = "its issue asks for another role";
	k->g->role = asked->name;
	k->g->application = asked->application_name;
	k->g->elevated = asked->elevated;
}

static void hold_person(struct rebuild_grant *k, const char *asked)
{
	if (asked == NULL || strcmp(asked, k->g->account) == 0)
		return;
	k->differs = "its issue asks for another person";
	k->g->account = asked;
}

static bool gives(const struct role *role, const char *idp, const char *group)
{
	for (size_t i = 0; i < role->group_ids.n; i++)
		if (strcmp(role->group_idps.items[i], idp) == 0 &&
			strcmp(role->group_ids.items[i], group) == 0)
			return true;
	return false;
}

static void leave_out(struct rebuild_grant *k, const char *idp,
	const char *group, const char *user, struct arena *a)
{
	const char *name = arena_fmt(a, "%s %s %s", idp, group, user);

	if (name != NULL && !strs_has(&k->outside, name))
		strs_add(&k->outside, a, name);
}

/* A membership that the role never gave is not lapse's to take. */
static void hold_groups(struct rebuild_grant *k, const struct role *role,
	struct arena *a)
{
	struct projection_rows *rows = &k->issue->claim.rows;

	for (size_t i = 0; i < rows->holds.n; i++) {
		struct projection_hold *h = &rows->holds.items[i];

		if (h->grant != k->g->id || gives(role, h->idp, h->group))
			continue;
		leave_out(k, h->idp, h->group, h->user, a);
		h->grant = 0;
	}
	for (size_t i = 0; i < rows->changes.n; i++) {
		struct projection_change *c = &rows->changes.items[i];

		if (c->grant != k->g->id || gives(role, c->idp, c->group))
			continue;
		leave_out(k, c->idp, c->group, c->user, a);
		c->grant = 0;
	}
}

/* Which role it was before an edit the history says in words only. */
static int hold_to_form(struct lapse *l, struct rebuild_grant *k,
	const struct rebuild_told *t, int64_t at, struct lapse_err *err)
{
	const char *field = t->type->form.role;
	const struct role *asked = NULL;
	int rc = 0;

	if (edit_since(t, field, at) != NULL)
		k->differs = "the role on its issue was changed after that "
			     "was approved";
	else if (t->issue->roles.n == 1)
		rc = catalog_role_of_option(l, field, &t->issue->roles.items[0],
			&asked, err);
	if (rc == 0 && asked != NULL)
		hold_role(k, asked);
	if (rc == 0)
		hold_person(k, beneficiary_then(t, at));
	return rc;
}

int rebuild_asked(struct lapse *l, struct rebuild_grant *k,
	const struct rebuild_told *t, int64_t at, struct arena *a,
	struct lapse_err *err)
{
	const struct role *role;
	int rc = 0;

	if (t->issue != NULL && t->type != NULL)
		rc = hold_to_form(l, k, t, at, err);
	role = config_role(l->config, k->g->role);
	if (rc == 0 && role != NULL)
		hold_groups(k, role, a);
	return rc < 0 ? rc : arena_check(a, err);
}

void rebuild_warn(struct lapse *l, const struct rebuild_grant *k)
{
	struct lapse_err why;

	if (k->differs != NULL) {
		lapse_fail(&why, LAPSE_ELEDGER, "issue %s: grant %" PRId64
			" of its property: %s; it ends now; look at the "
			"issue's history, and at who has 'ledger-key'",
			k->issue->key, k->g->id, k->differs);
		core_note(l, LAPSE_EXIT_LEDGER, &why);
	}
	for (size_t i = 0; i < k->outside.n; i++) {
		lapse_fail(&why, LAPSE_ELEDGER, "issue %s: grant %" PRId64
			" of its property claims '%s', which its role '%s' "
			"does not give: nobody is removed there; if the role "
			"gave it then, remove that person by hand, or rebuild "
			"with the catalog of then", k->issue->key, k->g->id,
			k->outside.items[i], k->g->role);
		core_note(l, LAPSE_EXIT_LEDGER, &why);
	}
}
