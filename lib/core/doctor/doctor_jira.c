/* Checks of Jira: who the bot is and what it may do, and that each field,
 * status and option that the configuration names is there. */
#include <string.h>

#include "doctor.h"

#define PERMISSIONS                                                            \
	"BROWSE_PROJECTS,CREATE_ISSUES,EDIT_ISSUES,TRANSITION_ISSUES,"         \
	"ADD_COMMENTS,LINK_ISSUES,SERVICEDESK_AGENT"

int doctor_ask(struct doctor *d, struct op *op, struct lapse_err *why)
{
	int rc;

	op->arena = &d->arena;
	rc = core_jira(d->l, op, why);
	op_clear(op);
	return rc;
}

/* ---- The bot ---- */

static int check_self(struct doctor *d, struct lapse_err *err)
{
	static const char what[] = "jira: the bot can sign in";
	const struct jira_person *p = &d->l->self;
	const struct config *c = d->l->config;
	AUTO_BUF detail = {0};
	struct lapse_err why;

	if (core_self(d->l, &why) < 0 && doctor_is_elsewhere(why.code))
		return doctor_failed(d, "jira: it can be reached", &why,
			"see url, proxy and ca-file of the jira section, and "
			"the network; where Jira is busy or down, try again "
			"later", err);
	if (d->l->self.account == NULL)
		return doctor_failed(d, what, &why,
			"see url, email and token in the jira section", err);
	buf_fmt(&detail, "%s (%s), %s token",
		p->name != NULL ? p->name : "no name", p->account,
		c->jira.cloud_id != NULL ? "scoped" :
		c->jira.email != NULL ? "API" : "bearer");
	if (!p->active)
		return doctor_bad(d, what, buf_text(&detail),
			"activate the bot's account", err);
	return doctor_good(d, what, buf_text(&detail), err);
}

/* Properties are how lapse finds its grants again on another host. */
static int check_property(struct doctor *d, struct lapse_err *err)
{
	static const char what[] = "jira: issue properties can be read";
	struct ledger_about about = {0};
	struct lapse_err why;
	struct op op = {
		.step = jira_get_property,
		.name = "property",
		.issue = about.anchor_issue,
		.key = "lapse.anchor",
	};

	if (d->l->ledger == NULL ||
		ledger_about(d->l->ledger, &about, &why) < 0 ||
		*about.anchor_issue == '\0')
		return 0;
	if (doctor_ask(d, &op, &why) < 0)
		return doctor_failed(d, what, &why,
			"let the bot see the anchor issue", err);
	if (op.outcome == OP_GONE)
		return doctor_bad(d, what,
			"the anchor issue has no lapse.anchor, or is not seen",
			"let the bot see it; the next sync writes it", err);
	return doctor_good(d, what, about.anchor_issue, err);
}

/* ---- A project ---- */

static int check_permissions(struct doctor *d, const struct project *p,
	struct lapse_err *err)
{
	AUTO_BUF what = {0};
	struct lapse_err why;
	struct op op = {
		.step = jira_permissions,
		.name = "permissions",
		.key = p->id,
		.body = PERMISSIONS,
	};
	const struct strs *lacking;

	buf_fmt(&what, "jira: project %s: the bot has its permissions", p->id);
	if (doctor_ask(d, &op, &why) < 0)
		return doctor_failed(d, buf_text(&what), &why,
			"see the project's id, and let the bot browse it", err);
	lacking = op.ret;
	if (lacking->n == 0)
		return doctor_good(d, buf_text(&what), NULL, err);
	return doctor_bad(d, buf_text(&what),
		arena_fmt(&d->arena, "lacks %s",
			strs_join(lacking, &d->arena, ", ")),
		"give them to the bot's role in the permission scheme; an "
		"agent's licence gives SERVICEDESK_AGENT", err);
}

static int check_statuses(struct doctor *d, const struct request_type *t,
	const struct strs *there, struct lapse_err *err)
{
	const struct {
		const char *key;
		const char *id;
	} wanted[] = {
		{"status-any", t->status_any},
		{"status-all", t->status_all},
		{"status-approved", t->status_approved},
		{"status-active", t->status_active},
		{"status-revoke", t->status_revoke},
		{"status-ended", t->status_ended},
		{"status-declined", t->status_declined},
		{"status-refused", t->status_refused},
		{"status-cancelled", t->status_cancelled},
		{"subtask-done", t->subtask_done},
	};
	AUTO_BUF what = {0};
	struct strs missing = {0};

	buf_fmt(&what, "jira: request type %s: its statuses are there", t->id);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
		if (wanted[i].id != NULL && !strs_has(there, wanted[i].id))
			strs_add(&missing, &d->arena, arena_fmt(&d->arena,
				"%s %s", wanted[i].key, wanted[i].id));
	}
	if (missing.n == 0)
		return doctor_good(d, buf_text(&what), NULL, err);
	return doctor_bad(d, buf_text(&what),
		arena_fmt(&d->arena, "not there: %s",
			strs_join(&missing, &d->arena, ", ")),
		"correct the ids, or import the workflow of lapse-jira(7)",
		err);
}

/* ---- A request type ---- */

/* Which kinds of field can hold which input. Source: Jira Cloud, the custom
 * types of a field's schema, by their last part. */
struct wanted_field {
	const char *key;
	const char *id;
	const char *kinds;	/* comma-separated */
	bool on_form;		/* the requester fills it in */
};

static bool kind_fits(const char *kind, const char *kinds)
{
	const char *last = strrchr(kind, ':');
	size_t len;

	last = last == NULL ? kind : last + 1;
	for (; *kinds != '\0'; kinds += len + (kinds[len] == ',')) {
		len = strcspn(kinds, ",");
		if (strlen(last) == len && strncmp(last, kinds, len) == 0)
			return true;
	}
	return false;
}

static int check_field(struct doctor *d, const struct request_type *t,
	const struct wanted_field *f, const struct strs *form,
	struct lapse_err *err)
{
	AUTO_BUF what = {0};
	struct lapse_err why;
	struct op op = {
		.step = jira_get_field,
		.name = "field",
		.key = f->id,
	};
	const char *kind;

	buf_fmt(&what, "jira: request type %s: %s %s", t->id, f->key, f->id);
	if (doctor_ask(d, &op, &why) < 0)
		return doctor_failed(d, buf_text(&what), &why, NULL, err);
	kind = op.ret != NULL ? op.ret : "no type";
	if (op.outcome == OP_GONE)
		return doctor_bad(d, buf_text(&what), "there is no such field",
			"correct the id, or make the field", err);
	if (!kind_fits(kind, f->kinds))
		return doctor_bad(d, buf_text(&what), kind,
			arena_fmt(&d->arena, "it must be one of: %s", f->kinds),
			err);
	if (f->on_form && form != NULL && !strs_has(form, f->id))
		return doctor_bad(d, buf_text(&what),
			"it is not on the form of the request type",
			"add it in the request type's fields", err);
	return doctor_good(d, buf_text(&what), kind, err);
}

static int check_options(struct doctor *d, const struct request_type *t,
	struct lapse_err *err)
{
	AUTO_BUF what = {0};
	struct lapse_err why;
	const struct jira_options *options;
	struct op op = {
		.step = jira_get_options,
		.name = "options",
		.key = t->form.role,
	};

	buf_fmt(&what, "jira: request type %s: the role field has options",
		t->id);
	if (doctor_ask(d, &op, &why) < 0)
		return doctor_failed(d, buf_text(&what), &why,
			"the bot needs 'Administer Jira' for this, which only "
			"`lapse catalog publish` uses", err);
	options = op.ret;
	if (options != NULL && options->items.n > 0)
		return doctor_good(d, buf_text(&what),
			arena_fmt(&d->arena, "%zu", options->items.n), err);
	return doctor_bad(d, buf_text(&what), "none",
		"run `lapse catalog publish`", err);
}

/* NULL: it could not be read, and that was told. */
static int read_form(struct doctor *d, const struct project *p,
	const struct request_type *t, const struct strs **ret,
	struct lapse_err *err)
{
	AUTO_BUF what = {0};
	struct lapse_err why;
	struct op op = {
		.step = jira_get_request_type,
		.name = "request type",
		.id = p->service_desk != NULL ? p->service_desk : p->id,
		.key = t->id,
	};

	buf_fmt(&what, "jira: project %s: request type %s is there", p->id,
		t->id);
	*ret = NULL;
	if (doctor_ask(d, &op, &why) < 0)
		return doctor_failed(d, buf_text(&what), &why,
			"see the ids of project and request type; set "
			"service-desk where it is another one", err);
	*ret = op.ret;
	return doctor_good(d, buf_text(&what), NULL, err);
}

/* ---- Its workflow ---- */

/* Why a status does not ask as lapse needs it; NULL: it does. */
static const char *wrong_step(const struct jira_steps *steps,
	const struct request_type *t, const char *status, const char *condition,
	const char *value)
{
	const char *why = "no approval is configured on it";

	for (size_t i = 0; i < steps->items.n; i++) {
		const struct jira_step *s = &steps->items.items[i];

		if (s->status == NULL || strcmp(s->status, status) != 0)
			continue;
		why = NULL;
		if (!s->active)
			return "its approval is switched off";
		if (strcmp(s->field, t->form.approvers) != 0)
			return "its approvers come from another field";
		if (strcmp(s->condition, condition) != 0 ||
			strcmp(s->value, value) != 0)
			return "it asks for another number of approvals";
	}
	return why;
}

static int check_step(struct doctor *d, const struct jira_steps *steps,
	const struct request_type *t, const char *key, const char *status,
	const char *condition, const char *value, struct lapse_err *err)
{
	AUTO_BUF what = {0};
	const char *wrong = wrong_step(steps, t, status, condition, value);

	buf_fmt(&what, "jira: request type %s: %s %s asks as it must", t->id,
		key, status);
	if (wrong == NULL)
		return doctor_good(d, buf_text(&what), arena_fmt(&d->arena,
			"%s %s", condition, value), err);
	return doctor_bad(d, buf_text(&what), wrong,
		"set the approval of the status as lapse-jira(7) says", err);
}

/* Reading workflows takes rights that the bot need not have otherwise. */
static int check_workflow(struct doctor *d, const struct request_type *t,
	struct lapse_err *err)
{
	AUTO_BUF what = {0};
	struct lapse_err why;
	struct op op = {
		.step = jira_get_approval_steps,
		.name = "workflows",
	};
	int rc;

	buf_fmt(&what, "jira: request type %s: its approval steps", t->id);
	if (doctor_ask(d, &op, &why) < 0)
		return doctor_unknown(d, buf_text(&what),
			"not checked: the bot may not read workflows; compare "
			"them with lapse-jira(7) by eye", err);
	rc = check_step(d, op.ret, t, "status-any", t->status_any, "number",
		"1", err);
	if (rc == 0)
		rc = check_step(d, op.ret, t, "status-all", t->status_all,
			"percent", "100", err);
	return rc;
}

static int check_type(struct doctor *d, const struct project *p,
	const struct request_type *t, const struct strs *statuses,
	struct lapse_err *err)
{
	const struct wanted_field fields[] = {
		{"field-role", t->form.role, "cascadingselect,multiselect",
			true},
		{"field-whom", t->form.whom, "userpicker,people", true},
		{"field-how-long", t->form.how_long,
			"textfield,select,radiobuttons,datetime", true},
		{"field-from-when", t->form.from_when, "datetime", true},
		{"field-why", t->form.why, "textarea,textfield,string", true},
		{"field-approvers", t->form.approvers, "multiuserpicker,people",
			false},
	};
	const struct strs *form = NULL;
	int rc = read_form(d, p, t, &form, err);

	for (size_t i = 0;
		rc == 0 && i < sizeof(fields) / sizeof(*fields); i++) {
		if (fields[i].id != NULL)
			rc = check_field(d, t, &fields[i], form, err);
	}
	if (rc == 0 && statuses != NULL)
		rc = check_statuses(d, t, statuses, err);
	if (rc == 0)
		rc = check_workflow(d, t, err);
	if (rc == 0)
		rc = check_options(d, t, err);
	return rc;
}

static int check_project(struct doctor *d, const struct project *p,
	struct lapse_err *err)
{
	AUTO_BUF what = {0};
	struct lapse_err why;
	struct op op = {
		.step = jira_get_statuses,
		.name = "statuses",
		.key = p->id,
	};
	const struct strs *statuses = NULL;
	int rc = check_permissions(d, p, err);

	if (rc < 0)
		return rc;
	buf_fmt(&what, "jira: project %s: its statuses can be read", p->id);
	if (doctor_ask(d, &op, &why) < 0)
		rc = doctor_failed(d, buf_text(&what), &why,
			"see the project's id", err);
	else
		statuses = op.ret;
	for (size_t i = 0; rc == 0 && i < p->types.n; i++)
		rc = check_type(d, p, &p->types.items[i], statuses, err);
	return rc;
}

int doctor_jira(struct doctor *d, struct lapse_err *err)
{
	const struct config *c = d->l->config;
	int rc = check_self(d, err);

	if (rc == 0 && !d->l->jira_failed)
		rc = doctor_jira_next(d, err);
	/* One that cannot be asked would only give the same line again. */
	for (size_t i = 0;
		rc == 0 && !d->l->jira_failed && i < c->projects.n; i++)
		rc = check_project(d, &c->projects.items[i], err);
	if (rc == 0 && !d->l->jira_failed)
		rc = doctor_reviews(d, err);
	if (rc == 0 && !d->l->jira_failed)
		rc = check_property(d, err);
	return rc;
}
