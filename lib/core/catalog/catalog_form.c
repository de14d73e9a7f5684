/* Finding the form of a role. */
#include "catalog_form.h"

#include <string.h>

static int read_options(struct lapse *l, const char *field, struct arena *a,
	struct jira_options **ret, struct lapse_err *err)
{
	struct op op = {
		.step = jira_get_options,
		.name = "options",
		.key = field,
		.arena = a,
	};
	int rc = core_jira(l, &op, err);

	if (rc == 0)
		*ret = op.ret;
	op_clear(&op);
	return rc;
}

static const char *value_of(const struct jira_options *o, const char *id)
{
	for (size_t i = 0; id != NULL && i < o->items.n; i++)
		if (o->items.items[i].id != NULL &&
			strcmp(o->items.items[i].id, id) == 0)
			return o->items.items[i].value;
	return NULL;
}

static int find_option(struct lapse *l, const struct role *wanted,
	struct catalog_form *f, struct arena *a, struct lapse_err *err)
{
	struct jira_options *all = NULL;
	int rc = read_options(l, f->type->form.role, a, &all, err);

	for (size_t i = 0; rc == 0 && i < all->items.n; i++) {
		const struct jira_option *o = &all->items.items[i];
		const struct jira_choice choice = {o->parent,
			value_of(all, o->parent), o->id, o->value};
		const struct role *role = NULL;

		if (o->disabled)
			continue;
		rc = catalog_role_of_option(l, f->type->form.role, &choice,
			&role, err);
		if (rc == 0 && role == wanted) {
			f->option = o->id;
			f->parent = o->parent;
			return 0;
		}
	}
	return rc;
}

static bool offers(const struct lapse *l, const struct project *p,
	const struct request_type *t, const struct role *role,
	bool (*fits)(const struct request_type *t))
{
	return p->service_desk != NULL && t->form.role != NULL &&
		config_mode(l->config, p, t, role) != MODE_OBSERVE &&
		config_offers(t, role->name) && (fits == NULL || fits(t));
}

bool catalog_form_offered(const struct lapse *l, const struct role *role,
	bool (*fits)(const struct request_type *t))
{
	for (size_t i = 0; i < l->config->projects.n; i++) {
		const struct project *p = &l->config->projects.items[i];

		for (size_t n = 0; n < p->types.n; n++)
			if (offers(l, p, &p->types.items[n], role, fits))
				return true;
	}
	return false;
}

int catalog_form_find(struct lapse *l, const struct role *role,
	bool (*fits)(const struct request_type *t), struct arena *a,
	struct catalog_form *ret, struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < l->config->projects.n && rc == 0; i++) {
		const struct project *p = &l->config->projects.items[i];

		for (size_t n = 0; n < p->types.n && rc == 0; n++) {
			struct catalog_form f = {.project = p,
				.type = &p->types.items[n]};

			if (!offers(l, p, f.type, role, fits))
				continue;
			rc = find_option(l, role, &f, a, err);
			if (rc == 0 && f.option != NULL) {
				*ret = f;
				return 0;
			}
		}
	}
	return rc;
}

void catalog_form_put(struct json_out *w, const struct catalog_form *f)
{
	if (f->parent == NULL) {
		json_put_open(w, f->type->form.role, '[');
		json_put_open(w, NULL, '{');
		json_put_text(w, "id", f->option);
		json_put_close(w, '}');
		json_put_close(w, ']');
		return;
	}
	json_put_open(w, f->type->form.role, '{');
	json_put_text(w, "id", f->parent);
	json_put_open(w, "child", '{');
	json_put_text(w, "id", f->option);
	json_put_close(w, '}');
	json_put_close(w, '}');
}
