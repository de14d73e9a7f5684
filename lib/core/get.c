/* One read of a provider or of Jira, as records: the REST clients for people
 * and scripts. Changes nothing, and keeps nothing. */
#include <string.h>

#include "core.h"

static struct lapse_field text(const char *name, const char *value)
{
	return (struct lapse_field){name, LAPSE_TEXT, value, 0};
}

static struct lapse_field at(const char *name, int64_t value)
{
	return (struct lapse_field){name, LAPSE_TIME, NULL, value};
}

static struct lapse_field yes(const char *name, bool value)
{
	return (struct lapse_field){name, LAPSE_BOOL, NULL, value};
}

#define EMIT(l, schema, fields, err)                                           \
	core_record((l), (schema), (fields),                                   \
		sizeof(fields) / sizeof(*(fields)), (err))

/* ---- Providers ---- */

static int put_user(void *arg, const void *item, struct lapse_err *err)
{
	const struct idp_user *u = item;
	const struct lapse_field fields[] = {
		text("user", u->id),
		text("login", u->login),
		text("email", u->email),
		text("name", u->name),
		text("account", u->account),
		text("status", idp_status_name(u->status)),
		text("department", u->department),
		text("title", u->title),
		text("manager", u->manager),
		text("employee_number", u->employee_number),
		text("type", u->type),
		at("last_login_at", u->last_login_at),
		yes("last_login_known", u->last_login_known),
		at("created_at", u->created_at),
	};

	return EMIT(arg, "lapse/idp-user.v1", fields, err);
}

static int put_group(void *arg, const void *item, struct lapse_err *err)
{
	const struct idp_group *g = item;
	const struct lapse_field fields[] = {
		text("group", g->id),
		text("name", g->name),
		text("description", g->description),
		yes("governable", g->kind == IDP_GROUP_OK),
		text("kind", idp_group_kind_text(g->kind)),
		text("detail", g->detail),
		{"members", LAPSE_INT, NULL, g->members},
	};

	return EMIT(arg, "lapse/idp-group.v1", fields, err);
}

static int put_is_member(struct lapse *l, const struct op *op,
	struct lapse_err *err)
{
	const struct lapse_field fields[] = {
		text("group", op->group),
		text("user", op->user),
		yes("member", op->outcome == OP_PRESENT),
	};

	return EMIT(l, "lapse/is-member.v1", fields, err);
}

static int fill_idp(const struct idp_driver *d, const char *what,
	const char *a, const char *b, struct op *op, struct lapse_err *err)
{
	op->sink = put_user;
	if (strcmp(what, "user") == 0 && a != NULL) {
		op->step = d->find_user;
		op->key = a;
	} else if (strcmp(what, "users") == 0) {
		op->step = d->list_users;
	} else if (strcmp(what, "members") == 0 && a != NULL) {
		op->step = d->list_members;
		op->group = a;
	} else if (strcmp(what, "is-member") == 0 && a != NULL && b != NULL) {
		op->step = d->is_member;
		op->group = a;
		op->user = b;
	} else if (strcmp(what, "groups") == 0) {
		op->step = d->list_groups;
		op->sink = put_group;
	} else if (strcmp(what, "group") == 0 && a != NULL) {
		op->step = d->get_group;
		op->group = a;
		op->sink = put_group;
	} else {
		return lapse_fail(err, LAPSE_EUSAGE,
			"get: '%s': user KEY, group ID, groups, users, members "
			"GROUP and is-member GROUP USER are there", what);
	}
	return 0;
}

static int get_idp(struct lapse *l, const char *idp, const char *what,
	const char *a, const char *b, struct lapse_err *err)
{
	const struct idp_section *section = config_idp(l->config, idp);
	struct op op = {.name = what, .arg = l, .arena = &l->arena};
	int rc;

	if (section == NULL)
		return lapse_fail(err, LAPSE_ENOTFOUND,
			"get: idp '%s': not in the configuration", idp);
	rc = fill_idp(section->driver, what, a, b, &op, err);
	if (rc == 0)
		rc = core_idp_call(l, idp, &op, err);
	if (rc == 0 && op.outcome == OP_GONE)
		rc = lapse_fail(err, LAPSE_ENOTFOUND, "get: %s '%s': not there",
			what, a);
	if (rc == 0 && op.step == section->driver->is_member)
		rc = put_is_member(l, &op, err);
	op_clear(&op);
	return rc;
}

/* ---- Jira ---- */

static int put_hit(void *arg, const void *item, struct lapse_err *err)
{
	const struct jira_hit *h = item;
	const struct lapse_field fields[] = {
		text("issue", h->key),
		text("issue_id", h->id),
		at("updated_at", h->updated_at),
	};

	return EMIT(arg, "lapse/jira-hit.v1", fields, err);
}

static int put_issue(struct lapse *l, const struct op *op,
	struct lapse_err *err)
{
	const struct jira_issue *i = op->ret;
	const struct lapse_field fields[] = {
		text("issue", i->key),
		text("issue_id", i->id),
		text("project", i->project),
		text("type", i->type),
		text("request_type", i->request_type),
		text("summary", i->summary),
		text("status", i->status),
		text("status_name", i->status_name),
		text("resolution", i->resolution),
		text("reporter", i->reporter.account),
		text("creator", i->creator.account),
		text("whom", i->whom.account),
		text("role_parent", i->roles.n == 0 ? NULL :
			i->roles.items[0].parent),
		text("role", i->roles.n == 0 ? NULL :
			i->roles.items[0].value),
		text("how_long", i->how_long),
		at("from_when", i->from_when),
		text("why", i->why),
		at("created_at", i->created_at),
		at("updated_at", i->updated_at),
	};

	return EMIT(l, "lapse/jira-issue.v1", fields, err);
}

static const char *decision_name(enum jira_decision d)
{
	return d == JIRA_APPROVED ? "approved" :
		d == JIRA_DECLINED ? "declined" : "pending";
}

/* One row an answer; an approval without one gives a row of its own. */
static int put_answer(struct lapse *l, const struct jira_approval *ap,
	const struct jira_answer *answer, struct lapse_err *err)
{
	const struct lapse_field fields[] = {
		text("approval", ap->id),
		text("name", ap->name),
		text("final", decision_name(ap->final)),
		at("created_at", ap->created_at),
		at("completed_at", ap->completed_at),
		text("who", answer == NULL ? NULL : answer->who.account),
		text("who_name", answer == NULL ? NULL : answer->who.name),
		text("decision", answer == NULL ? NULL :
			decision_name(answer->decision)),
	};

	return EMIT(l, "lapse/jira-approval.v1", fields, err);
}

static int put_approvals(struct lapse *l, const struct op *op,
	struct lapse_err *err)
{
	const struct jira_approvals *list = op->ret;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < list->items.n; i++) {
		const struct jira_approval *ap = &list->items.items[i];

		if (ap->answers.n == 0)
			rc = put_answer(l, ap, NULL, err);
		for (size_t k = 0; rc == 0 && k < ap->answers.n; k++)
			rc = put_answer(l, ap, &ap->answers.items[k], err);
	}
	return rc;
}

static int put_history(struct lapse *l, const struct op *op,
	struct lapse_err *err)
{
	const struct jira_history *h = op->ret;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < h->edits.n; i++) {
		const struct jira_edit *e = &h->edits.items[i];
		const struct lapse_field fields[] = {
			text("entry", e->entry),
			at("at", e->at),
			text("author", e->author),
			text("author_name", e->author_name),
			text("field", e->field),
			text("from", e->from),
			text("to", e->to),
		};

		rc = EMIT(l, "lapse/jira-edit.v1", fields, err);
	}
	return rc;
}

static int put_property(struct lapse *l, const struct op *op,
	struct lapse_err *err)
{
	const struct lapse_field fields[] = {
		text("issue", op->issue),
		text("key", op->key),
		text("value", op->ret),
	};

	return EMIT(l, "lapse/jira-property.v1", fields, err);
}

static const struct jira_get {
	const char *what;
	op_step *step;
	int (*put)(struct lapse *l, const struct op *op,
		struct lapse_err *err);
	bool needs_b;
} jira_gets[] = {
	{"issue", jira_get_issue, put_issue, false},
	{"approvals", jira_get_approvals, put_approvals, false},
	{"history", jira_get_history, put_history, false},
	{"property", jira_get_property, put_property, true},
	{"search", jira_search, NULL, false},
};

static const struct jira_get *jira_find(const char *what)
{
	for (size_t i = 0; i < sizeof(jira_gets) / sizeof(*jira_gets); i++) {
		if (strcmp(jira_gets[i].what, what) == 0)
			return &jira_gets[i];
	}
	return NULL;
}

/* The fields of the first request type: one site has one form as a rule. */
static const struct jira_form *any_form(const struct config *c)
{
	static const struct jira_form none = {0};

	for (size_t i = 0; i < c->projects.n; i++) {
		if (c->projects.items[i].types.n > 0)
			return &c->projects.items[i].types.items[0].form;
	}
	return &none;
}

static int get_jira(struct lapse *l, const char *what, const char *a,
	const char *b, struct lapse_err *err)
{
	const struct jira_get *get = jira_find(what);
	struct op op = {.name = what, .arg = l, .arena = &l->arena};
	int rc;

	if (get == NULL || a == NULL || (get->needs_b && b == NULL))
		return lapse_fail(err, LAPSE_EUSAGE,
			"get: '%s': issue KEY, approvals KEY, history KEY, "
			"property KEY NAME and search JQL are there", what);
	op.step = get->step;
	op.issue = a;
	op.key = get->step == jira_search ? a : b;
	op.sink = put_hit;
	jira_op_form(&op, any_form(l->config));
	rc = core_jira(l, &op, err);
	if (rc == 0 && op.outcome == OP_GONE)
		rc = lapse_fail(err, LAPSE_ENOTFOUND,
			"get: %s '%s': not there, or not to be seen by the bot",
			what, a);
	if (rc == 0 && get->put != NULL)
		rc = get->put(l, &op, err);
	op_clear(&op);
	return rc;
}

int lapse_get(struct lapse *l, const char *idp, const char *what,
	const char *a, const char *b, struct lapse_err *err)
{
	int rc = core_online(l, err);

	if (rc < 0)
		return rc;
	if (idp != NULL)
		return get_idp(l, idp, what, a, b, err);
	return get_jira(l, what, a, b, err);
}
