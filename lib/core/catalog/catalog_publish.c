/* Publishing: a plan's changes are written to Jira, and the ids of the
 * options kept. Applications come before their roles, so that a role's parent
 * is there. */
#include "catalog_private.h"

#include <string.h>

#include "json.h"
#include "ledger_catalog.h"

enum { BATCH = 500 };		/* options a call; Jira takes 1000 */

struct publishing {
	struct lapse *l;
	struct catalog_plan *plan;
	int64_t changed;
	struct lapse_err *err;
};

const char *catalog_action_name(enum catalog_action a)
{
	switch (a) {
	case CATALOG_KEEP:
		return "keep";
	case CATALOG_CREATE:
		return "create";
	case CATALOG_ENABLE:
		return "enable";
	case CATALOG_DISABLE:
		return "disable";
	case CATALOG_FOREIGN:
		break;
	}
	return "foreign";
}

static struct catalog_option *find(struct catalog_plan *plan,
	const char *parent, const char *value)
{
	for (size_t i = 0; i < plan->options.n; i++) {
		struct catalog_option *o = &plan->options.items[i];
		bool top = o->parent == NULL && parent == NULL;
		if (strcmp(o->value, value) != 0)
			continue;
		if (top || (o->parent != NULL && parent != NULL &&
			strcmp(o->parent, parent) == 0))
			return o;
	}
	return NULL;
}

static const char *parent_id(struct publishing *p,
	const struct catalog_option *o)
{
	struct catalog_option *parent =
		o->parent != NULL ? find(p->plan, NULL, o->parent) : NULL;

	return parent != NULL ? parent->id : NULL;
}

/* ---- Creating ---- */

/* The reply gives the created ones with ids, in whatever order. */
static int take_created(struct publishing *p, const struct jira_options *made)
{
	for (size_t i = 0; i < made->items.n; i++) {
		const struct jira_option *m = &made->items.items[i];
		for (size_t j = 0; j < p->plan->options.n; j++) {
			struct catalog_option *o = &p->plan->options.items[j];
			const char *id = parent_id(p, o);
			if (o->id != NULL || strcmp(o->value, m->value) != 0)
				continue;
			if ((id == NULL) != (m->parent == NULL) ||
				(id != NULL && strcmp(id, m->parent) != 0))
				continue;
			o->id = m->id;
			p->changed++;
		}
	}
	return 0;
}

static int send(struct publishing *p, op_step *step, const char *name,
	const struct buf *body, bool created)
{
	struct op op = {.step = step, .name = name, .serial = p->plan->field,
		.key = p->plan->field, .id = p->plan->context,
		.body = buf_text(body), .arena = p->plan->arena};
	int rc = buf_check(body, p->err, "options");

	if (rc == 0)
		rc = core_jira(p->l, &op, p->err);
	if (rc == 0 && created)
		rc = take_created(p, op.ret);
	op_clear(&op);
	return rc;
}

static void put_new(struct json_out *w, struct publishing *p,
	const struct catalog_option *o)
{
	const char *id = parent_id(p, o);

	json_put_open(w, NULL, '{');
	if (id != NULL)
		json_put_text(w, "optionId", id);
	json_put_text(w, "value", o->value);
	json_put_bool(w, "disabled", false);
	json_put_close(w, '}');
}

static void put_change(struct json_out *w, const struct catalog_option *o)
{
	json_put_open(w, NULL, '{');
	json_put_text(w, "id", o->id);
	json_put_text(w, "value", o->value);
	json_put_bool(w, "disabled", o->action == CATALOG_DISABLE);
	json_put_close(w, '}');
}

static bool is_new(const struct catalog_option *o, bool top)
{
	return o->action == CATALOG_CREATE && o->id == NULL &&
		(o->parent == NULL) == top;
}

static bool is_change(const struct catalog_option *o)
{
	return o->action == CATALOG_ENABLE || o->action == CATALOG_DISABLE;
}

/* Sends what one kind of change needs, from *at on, at most BATCH at once;
 * returns how many. kind 0: new at the top, 1: new below, 2: changes. */
static int send_batch(struct publishing *p, int kind, size_t *at)
{
	AUTO_BUF body = {0};
	struct json_out w = {.out = &body};
	int n = 0, rc;

	json_put_open(&w, NULL, '{');
	json_put_open(&w, "options", '[');
	for (; *at < p->plan->options.n && n < BATCH; (*at)++) {
		const struct catalog_option *o = &p->plan->options.items[*at];
		if (kind < 2 ? !is_new(o, kind == 0) : !is_change(o))
			continue;
		if (kind < 2)
			put_new(&w, p, o);
		else
			put_change(&w, o);
		n++;
	}
	json_put_close(&w, ']');
	json_put_close(&w, '}');
	if (n == 0)
		return 0;
	rc = send(p, kind < 2 ? jira_create_options : jira_update_options,
		kind < 2 ? "create options" : "update options", &body,
		kind < 2);
	if (rc == 0 && kind == 2)
		p->changed += n;
	return rc < 0 ? rc : n;
}

static int send_all(struct publishing *p)
{
	for (int kind = 0; kind < 3; kind++) {
		size_t at = 0;
		int n = 1;
		while (n > 0)
			n = send_batch(p, kind, &at);
		if (n < 0)
			return n;
	}
	for (size_t i = 0; i < p->plan->options.n; i++)
		if (p->plan->options.items[i].id == NULL)
			return lapse_fail(p->err, LAPSE_EPROTO,
				"jira: field '%s': option '%s' was not made",
				p->plan->field,
				p->plan->options.items[i].value);
	return 0;
}

/* ---- Keeping ---- */

static int put_ids(struct publishing *p)
{
	for (size_t i = 0; i < p->plan->options.n; i++) {
		const struct catalog_option *o = &p->plan->options.items[i];
		int rc = 0;
		if (o->role != NULL && o->id != NULL)
			rc = option_put(p->l->ledger, p->plan->field, o->id,
				o->role, p->err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int put_evidence(struct publishing *p)
{
	AUTO_BUF data = {0};
	struct json_out w = {.out = &data};
	struct evidence e = {.kind = "catalog-published"};

	if (p->changed == 0)
		return 0;
	json_put_open(&w, NULL, '{');
	json_put_text(&w, "field", p->plan->field);
	json_put_int(&w, "changed", p->changed);
	json_put_text(&w, "config", p->l->config->sha256);
	json_put_close(&w, '}');
	if (buf_check(&data, p->err, "evidence") < 0)
		return LAPSE_ENOMEM;
	e.data = buf_text(&data);
	return core_evidence(p->l, &e, NULL, p->err);
}

/* Nothing to keep where every id is known already. */
static int known(struct publishing *p, bool *ret)
{
	AUTO_ARENA a = {0};

	*ret = p->changed == 0;
	for (size_t i = 0; i < p->plan->options.n && *ret; i++) {
		const struct catalog_option *o = &p->plan->options.items[i];
		const char *role = NULL;
		int rc;
		if (o->role == NULL)
			continue;
		rc = option_role(p->l->ledger, p->plan->field, o->id, &a,
			&role, p->err);
		if (rc < 0)
			return rc;
		*ret = role != NULL && strcmp(role, o->role) == 0;
	}
	return 0;
}

static int keep(struct publishing *p)
{
	bool nothing = false;
	int rc = known(p, &nothing);

	if (rc < 0 || nothing)
		return rc;
	rc = core_begin(p->l, p->err);
	if (rc < 0)
		return rc;
	rc = put_ids(p);
	if (rc == 0)
		rc = put_evidence(p);
	return core_end(p->l, rc, p->err);
}

static int publish_field(struct publishing *p, bool dry_run,
	int (*done)(void *arg, const struct catalog_option *o,
		struct lapse_err *err),
	void *arg)
{
	int rc = dry_run ? 0 : send_all(p);

	if (rc == 0 && !dry_run)
		rc = keep(p);
	for (size_t i = 0; i < p->plan->options.n && rc == 0; i++)
		rc = done(arg, &p->plan->options.items[i], p->err);
	return rc;
}

int catalog_publish(struct lapse *l, bool dry_run,
	int (*done)(void *arg, const struct catalog_option *o,
		struct lapse_err *err),
	void *arg, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct strs fields = {0};
	int rc;

	catalog_fields(l->config, &a, &fields);
	rc = arena_check(&a, err);
	for (size_t i = 0; i < fields.n && rc == 0; i++) {
		struct catalog_plan plan = {0};
		struct publishing p = {.l = l, .plan = &plan, .err = err};
		rc = catalog_plan(l, fields.items[i], &a, &plan, err);
		if (rc == 0)
			rc = publish_field(&p, dry_run, done, arg);
	}
	return rc;
}
