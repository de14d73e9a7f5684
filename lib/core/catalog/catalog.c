/* The catalog as commands show it, and the way from a chosen option back to
 * its role. Checking: catalog_check.c; publishing: catalog_publish.c. */
#include "catalog_private.h"

#include <string.h>

#include "ledger_catalog.h"

const char *catalog_value(const struct role *r, bool cascading,
	struct arena *a)
{
	if (cascading)
		return r->label;
	return arena_fmt(a, "%s / %s", r->application->name, r->label);
}

static bool is_called(const struct role *r, const struct jira_choice *choice,
	struct arena *a)
{
	bool cascading = choice->parent != NULL;
	const char *value = catalog_value(r, cascading, a);

	if (cascading && strcmp(choice->parent, r->application->name) != 0)
		return false;
	return strcmp(choice->value, r->name) == 0 ||
		(value != NULL && strcmp(choice->value, value) == 0);
}

static const struct role *by_value(const struct config *c,
	const struct jira_choice *choice, struct arena *a)
{
	for (size_t i = 0; i < c->roles.n; i++)
		if (is_called(&c->roles.items[i], choice, a))
			return &c->roles.items[i];
	return NULL;
}

int catalog_role_of_option(struct lapse *l, const char *field,
	const struct jira_choice *choice, const struct role **ret,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	const char *name = NULL;
	int rc;

	*ret = NULL;
	if (choice->id == NULL || choice->value == NULL)
		return 0;
	rc = l->ledger == NULL ? 0 :
		option_role(l->ledger, field, choice->id, &a, &name, err);
	if (rc < 0)
		return rc;
	/* An id that was published stands for its role for ever, whatever
	 * the option is called by now. */
	*ret = name != NULL ? config_role(l->config, name) :
		by_value(l->config, choice, &a);
	return arena_check(&a, err);
}

/* ---- lapse catalog list ---- */

static int show_role(struct lapse *l, const struct role *r,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct lapse_field fields[] = {
		{"role", LAPSE_TEXT, r->name, 0},
		{"application", LAPSE_TEXT, r->application->name, 0},
		{"about", LAPSE_TEXT, r->about, 0},
		{"elevated", LAPSE_BOOL, NULL, r->elevated},
		{"standing", LAPSE_BOOL, NULL, r->standing},
		{"default_duration", LAPSE_SECONDS, NULL,
			r->default_duration > 0 ? r->default_duration :
			WHEN_NONE},
		{"max_duration", LAPSE_SECONDS, NULL, r->max_duration > 0 ?
			r->max_duration : WHEN_NONE},
		{"approval", LAPSE_TEXT, r->auto_approve ? "auto" :
			r->approval == APPROVAL_ALL ? "all" : "any", 0},
		{"approvers", LAPSE_TEXT,
			strs_join(&r->approvers, &a, ", "), 0},
		{"groups", LAPSE_TEXT, strs_join(&r->groups, &a, ", "), 0},
		{"conflicts", LAPSE_TEXT,
			strs_join(&r->conflicts, &a, ", "), 0},
		{"mode", LAPSE_TEXT, config_mode(l->config, NULL, NULL, r) ==
			MODE_ENFORCE ? "enforce" : "observe", 0},
		{"policy", LAPSE_TEXT, r->sha256, 0},
	};

	if (arena_check(&a, err) < 0)
		return LAPSE_ENOMEM;
	return core_record(l, "lapse/catalog.v1", fields,
		sizeof(fields) / sizeof(*fields), err);
}

int lapse_catalog_list(struct lapse *l, struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < l->config->roles.n && rc == 0; i++)
		rc = show_role(l, &l->config->roles.items[i], err);
	return rc;
}

/* ---- lapse catalog check ---- */

static int show_fault(void *arg, const struct catalog_fault *f,
	struct lapse_err *err)
{
	struct lapse *l = arg;
	struct lapse_field fields[] = {
		{"role", LAPSE_TEXT, f->role, 0},
		{"code", LAPSE_TEXT, f->code, 0},
		{"detail", LAPSE_TEXT, f->detail, 0},
		{"hint", LAPSE_TEXT, f->hint, 0},
	};

	core_note(l, LAPSE_EXIT_PENDING, NULL);
	return core_record(l, "lapse/catalog-check.v1", fields,
		sizeof(fields) / sizeof(*fields), err);
}

int lapse_catalog_check(struct lapse *l, struct lapse_err *err)
{
	int rc = core_online(l, err);

	return rc < 0 ? rc : catalog_check(l, show_fault, l, err);
}

/* ---- lapse catalog publish ---- */

static int show_option(void *arg, const struct catalog_option *o,
	struct lapse_err *err)
{
	struct lapse *l = arg;
	struct lapse_field fields[] = {
		{"action", LAPSE_TEXT, catalog_action_name(o->action), 0},
		{"field", LAPSE_TEXT, o->field, 0},
		{"option", LAPSE_TEXT, o->id, 0},
		{"parent", LAPSE_TEXT, o->parent, 0},
		{"value", LAPSE_TEXT, o->value, 0},
		{"role", LAPSE_TEXT, o->role, 0},
	};

	if (l->dry_run && o->action != CATALOG_KEEP &&
		o->action != CATALOG_FOREIGN)
		core_note(l, LAPSE_EXIT_PENDING, NULL);
	return core_record(l, "lapse/catalog-publish.v1", fields,
		sizeof(fields) / sizeof(*fields), err);
}

int lapse_catalog_publish(struct lapse *l, struct lapse_err *err)
{
	int rc = core_online(l, err);

	/* Of what is not there yet, each of two runs would make one. */
	if (rc == 0)
		rc = core_alone_or_fail(l, LEDGER_CATALOG, "catalog", err);
	return rc < 0 ? rc :
		catalog_publish(l, l->dry_run, show_option, l, err);
}
