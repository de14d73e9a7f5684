/* What the options of a role field are, against what the catalog offers
 * there. Cascading select: application, then role; multi-select: role. */
#include "catalog_private.h"

#include <string.h>

#include "ledger_catalog.h"

struct planning {
	struct lapse *l;
	const char *field;
	struct arena *a;
	struct catalog_plan *plan;
	const struct jira_options *there;
	VEC(struct option_row) kept;	/* what was published before */
	struct strs used;		/* option ids with a place */
	struct lapse_err *err;
};

void catalog_fields(const struct config *c, struct arena *a, struct strs *ret)
{
	for (size_t i = 0; i < c->projects.n; i++) {
		const struct project *p = &c->projects.items[i];
		for (size_t j = 0; j < p->types.n; j++) {
			const char *field = p->types.items[j].form.role;
			if (!strs_has(ret, field))
				strs_add(ret, a, field);
		}
	}
}

/* Does any request type with this field offer the role? */
static bool offered(const struct config *c, const char *field,
	const struct role *r)
{
	for (size_t i = 0; i < c->projects.n; i++) {
		const struct project *p = &c->projects.items[i];
		for (size_t j = 0; j < p->types.n; j++) {
			const struct request_type *t = &p->types.items[j];
			if (strcmp(t->form.role, field) == 0 &&
				config_offers(t, r->name))
				return true;
		}
	}
	return false;
}

static bool same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static const struct jira_option *by_id(const struct planning *p,
	const char *id)
{
	for (size_t i = 0; id != NULL && i < p->there->items.n; i++)
		if (strcmp(p->there->items.items[i].id, id) == 0)
			return &p->there->items.items[i];
	return NULL;
}

static const struct jira_option *by_value(const struct planning *p,
	const char *parent, const char *value)
{
	for (size_t i = 0; i < p->there->items.n; i++) {
		const struct jira_option *o = &p->there->items.items[i];
		if (same(o->parent, parent) && strcmp(o->value, value) == 0)
			return o;
	}
	return NULL;
}

/* The option that was published for a role and is still under the parent. */
static const struct jira_option *published(const struct planning *p,
	const char *role, const char *parent)
{
	for (size_t i = 0; i < p->kept.n; i++) {
		const struct jira_option *o;
		if (strcmp(p->kept.items[i].role, role) != 0)
			continue;
		o = by_id(p, p->kept.items[i].option);
		if (o != NULL && same(o->parent, parent))
			return o;
	}
	return NULL;
}

static int add(struct planning *p, const struct catalog_option *o)
{
	struct catalog_option *slot = VEC_ADD(&p->plan->options, p->a);

	if (slot == NULL)
		return lapse_fail_nomem(p->err);
	*slot = *o;
	slot->field = p->plan->field;
	if (o->id != NULL)
		strs_add(&p->used, p->a, o->id);
	return 0;
}

static int want(struct planning *p, const struct jira_option *there,
	const char *parent, const char *value, const char *role)
{
	struct catalog_option o = {.parent = parent, .value = value,
		.role = role, .action = CATALOG_CREATE};

	if (there != NULL) {
		o.id = there->id;
		o.value = there->value;
		o.action = there->disabled ? CATALOG_ENABLE : CATALOG_KEEP;
	}
	return add(p, &o);
}

static int want_application(struct planning *p, const char *name)
{
	const struct jira_option *there = by_value(p, NULL, name);

	for (size_t i = 0; i < p->plan->options.n; i++)
		if (p->plan->options.items[i].role == NULL &&
			strcmp(p->plan->options.items[i].value, name) == 0)
			return 0;
	return want(p, there, NULL, name, NULL);
}

static int want_role(struct planning *p, const struct role *r)
{
	const char *application =
		p->plan->cascading ? r->application->name : NULL;
	const char *value = catalog_value(r, p->plan->cascading, p->a);
	const struct jira_option *parent = NULL;
	const struct jira_option *there;
	const char *parent_id;

	if (value == NULL)
		return lapse_fail_nomem(p->err);
	if (application != NULL) {
		if (want_application(p, application) < 0)
			return LAPSE_ENOMEM;
		parent = by_value(p, NULL, application);
		if (parent == NULL)	/* a new one has no children */
			return want(p, NULL, application, value, r->name);
	}
	parent_id = parent != NULL ? parent->id : NULL;
	there = published(p, r->name, parent_id);
	if (there == NULL)
		there = by_value(p, parent_id, value);
	if (there == NULL)
		there = by_value(p, parent_id, r->name);
	return want(p, there, application, value, r->name);
}

/* Whose it was. */
static const char *old_role(const struct planning *p, const char *id)
{
	for (size_t i = 0; i < p->kept.n; i++)
		if (strcmp(p->kept.items[i].option, id) == 0)
			return p->kept.items[i].role;
	return NULL;
}

static bool is_ours(const struct planning *p, const struct jira_option *o)
{
	if (old_role(p, o->id) != NULL)
		return true;
	for (size_t i = 0; i < p->kept.n; i++) {
		const struct jira_option *mine =
			by_id(p, p->kept.items[i].option);
		/* An application's option is ours as its roles' are. */
		if (mine != NULL && same(mine->parent, o->id))
			return true;
	}
	return false;
}

/* What no role uses any more: ours is disabled, others' left alone. */
static int retire(struct planning *p)
{
	for (size_t i = 0; i < p->there->items.n; i++) {
		const struct jira_option *o = &p->there->items.items[i];
		const struct jira_option *parent = by_id(p, o->parent);
		struct catalog_option out = {.id = o->id, .value = o->value,
			.parent = parent != NULL ? parent->value : NULL,
			.role = old_role(p, o->id)};
		if (strs_has(&p->used, o->id) || o->disabled)
			continue;
		out.action = is_ours(p, o) ? CATALOG_DISABLE : CATALOG_FOREIGN;
		if (add(p, &out) < 0)
			return LAPSE_ENOMEM;
	}
	return 0;
}

/* ---- Reading ---- */

static int keep(void *arg, const struct option_row *r, struct lapse_err *err)
{
	struct planning *p = arg;
	struct option_row *slot = VEC_ADD(&p->kept, p->a);

	if (slot == NULL)
		return lapse_fail_nomem(err);
	slot->option = arena_copy(p->a, r->option);
	slot->role = arena_copy(p->a, r->role);
	return arena_check(p->a, err);
}

static int read_kind(struct planning *p)
{
	struct op op = {.step = jira_get_field, .name = "field",
		.key = p->plan->field, .arena = p->a};
	int rc = core_jira(p->l, &op, p->err);
	const char *kind = rc == 0 ? op.ret : NULL;
	bool gone = rc == 0 && op.outcome == OP_GONE;

	op_clear(&op);
	if (rc < 0)
		return rc;
	if (gone)
		return lapse_fail(p->err, LAPSE_ECONFIG,
			"jira: field '%s': does not exist; correct field-role",
			p->plan->field);
	p->plan->cascading = kind != NULL &&
		strstr(kind, "cascadingselect") != NULL;
	if (p->plan->cascading || (kind != NULL &&
		strstr(kind, "select") != NULL))
		return 0;
	return lapse_fail(p->err, LAPSE_ECONFIG,
		"jira: field '%s': is neither a cascading select nor a "
		"multi-select; correct field-role", p->plan->field);
}

static int read_options(struct planning *p)
{
	struct op op = {.step = jira_get_options, .name = "options",
		.key = p->plan->field, .arena = p->a};
	int rc = core_jira(p->l, &op, p->err);

	if (rc == 0) {
		p->there = op.ret;
		p->plan->context = p->there->context;
	}
	op_clear(&op);
	return rc;
}

int catalog_plan(struct lapse *l, const char *field, struct arena *a,
	struct catalog_plan *ret, struct lapse_err *err)
{
	struct catalog_plan plan = {.arena = a, .field = field};
	struct planning p = {.l = l, .field = field, .a = a, .plan = &plan,
		.err = err};
	int rc = read_kind(&p);

	if (rc == 0)
		rc = read_options(&p);
	if (rc == 0)
		rc = options_each(l->ledger, field, keep, &p, err);
	for (size_t i = 0; i < l->config->roles.n && rc == 0; i++) {
		const struct role *r = &l->config->roles.items[i];
		if (offered(l->config, field, r))
			rc = want_role(&p, r);
	}
	if (rc == 0)
		rc = retire(&p);
	if (rc == 0)
		rc = arena_check(a, err);
	if (rc == 0)
		*ret = plan;
	return rc;
}
