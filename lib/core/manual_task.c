/* The sub-tasks of manual steps in Jira. */
#include "manual_task.h"

#include <string.h>

#include "texts.h"

#define MANUAL_PROPERTY "lapse.manual"

/* ---- What the configuration says ---- */

static const struct request_type *first_with_subtasks(const struct config *c,
	const char *project)
{
	for (size_t i = 0; i < c->projects.n; i++) {
		const struct project *p = &c->projects.items[i];

		if (project == NULL || strcmp(p->id, project) != 0)
			continue;
		for (size_t n = 0; n < p->types.n; n++)
			if (p->types.items[n].subtask_type != NULL)
				return &p->types.items[n];
	}
	return NULL;
}

int manual_task_type(struct lapse *l, const struct manual_step *s,
	const char *project, const struct request_type **ret,
	struct lapse_err *err)
{
	const struct request_type *t = NULL;

	if (s->project != NULL && s->request_type != NULL)
		t = config_request_type(l->config, s->project,
			s->request_type);
	if (t == NULL || t->subtask_type == NULL)
		t = first_with_subtasks(l->config, project);
	if (t == NULL)
		return lapse_fail(err, LAPSE_ECONFIG,
			"%s: 'subtask-type': project %s has none for the "
			"steps that are done by hand; set it",
			l->config->path, project != NULL ? project : "?");
	*ret = t;
	return 0;
}

/* ---- Reading ---- */

bool manual_task_is_done(const struct jira_issue *task,
	const struct request_type *type)
{
	return type->subtask_done != NULL && task->status != NULL &&
		strcmp(task->status, type->subtask_done) == 0 &&
		(type->subtask_resolution == NULL ||
			(task->resolution != NULL &&
				strcmp(task->resolution,
					type->subtask_resolution) == 0));
}

int manual_task_done_by(struct lapse *l, const char *issue,
	const struct request_type *type, struct arena *a,
	const struct jira_edit **ret, struct lapse_err *err)
{
	struct op op = {
		.step = jira_get_history,
		.name = "get history",
		.issue = issue,
		.arena = a,
	};
	const struct jira_history *h = NULL;
	int rc = core_jira(l, &op, err);

	if (rc == 0 && op.outcome != OP_GONE)
		h = op.ret;
	op_clear(&op);
	for (size_t i = h != NULL ? h->edits.n : 0; i > 0; i--) {
		const struct jira_edit *e = &h->edits.items[i - 1];

		if (strcmp(e->field, "status") == 0 && e->to != NULL &&
			strcmp(e->to, type->subtask_done) == 0) {
			*ret = e;
			break;
		}
	}
	return rc;
}

/* ---- Finding ---- */

static const char *kind_of(const struct manual_step *s)
{
	return s->remove ? "remove" : "add";
}

static bool same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static int is_marked(const struct manual_step *s, const char *ledger,
	const char *property, bool *ret, struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct json root;
	int rc = json_open(&doc, property, strlen(property), err);

	if (rc < 0)
		return rc == LAPSE_EPROTO ? 0 : rc;
	root = json_root(doc);
	*ret = json_int(root, "grant", JSON_MAY) == s->grant &&
		same(json_text(root, "kind", JSON_MAY), kind_of(s)) &&
		same(json_text(root, "ledger", JSON_MAY), ledger);
	return 0;
}

/* Whoever may edit a sub-task may set our property on it. */
static int is_ours(struct lapse *l, const struct manual_step *s,
	const char *ledger, const char *issue, struct arena *a, bool *ret,
	struct lapse_err *err)
{
	struct op op = {
		.step = jira_get_property,
		.name = "get property",
		.issue = issue,
		.key = MANUAL_PROPERTY,
		.arena = a,
	};
	struct jira_issue *task = NULL;
	bool marked = false;
	int rc = core_jira(l, &op, err);

	if (rc == 0 && op.outcome == OP_FOUND)
		rc = is_marked(s, ledger, op.ret, &marked, err);
	op_clear(&op);
	if (rc < 0 || !marked)
		return rc;
	rc = core_issue(l, issue, NULL, a, &task, err);
	*ret = task != NULL && same(task->creator.account, l->self.account);
	return rc;
}

int manual_task_find(struct lapse *l, const struct manual_step *s,
	struct arena *a, const char **ret_id, const char **ret_key,
	struct lapse_err *err)
{
	struct jira_issue *parent = NULL;
	struct ledger_about about;
	int rc = ledger_about(l->ledger, &about, err);

	if (rc == 0)
		rc = core_issue(l, s->parent, NULL, a, &parent, err);
	if (rc == 0 && parent == NULL)
		rc = lapse_fail(err, LAPSE_ENOTFOUND,
			"%s: not found in Jira, or hidden", s->parent_key);
	for (size_t i = 0; rc == 0 && i < parent->subtasks.n; i++) {
		const struct jira_subtask *t = &parent->subtasks.items[i];
		bool ours = false;

		rc = is_ours(l, s, about.id, t->id, a, &ours, err);
		if (rc == 0 && ours) {
			*ret_id = t->id;
			*ret_key = t->key;
			return 0;
		}
	}
	return rc;
}

/* ---- Making ---- */

struct found {
	struct arena *arena;
	const char *account;
	size_t n;
};

static int take_person(void *arg, const void *item, struct lapse_err *err)
{
	const struct jira_person *p = item;
	struct found *f = arg;

	f->account = arena_copy(f->arena, p->account);
	f->n++;
	return arena_check(f->arena, err);
}

/* NULL where nobody is set or the address is not one person's: the sub-task
 * then waits for whoever looks after the project. */
static int assignee(struct lapse *l, const char *fulfiller, struct arena *a,
	const char **ret, struct lapse_err *err)
{
	struct found f = {.arena = a};
	struct op op = {
		.step = jira_find_user,
		.name = "find user",
		.key = fulfiller,
		.arena = a,
		.sink = take_person,
		.arg = &f,
	};
	int rc;

	*ret = fulfiller;
	if (fulfiller == NULL || strchr(fulfiller, '@') == NULL)
		return 0;
	rc = core_jira(l, &op, err);
	op_clear(&op);
	*ret = f.n == 1 ? f.account : NULL;
	return rc;
}

static void put_id(struct json_out *w, const char *key, const char *id)
{
	json_put_open(w, key, '{');
	json_put_text(w, "id", id);
	json_put_close(w, '}');
}

static void describe(struct lapse *l, const struct manual_step *s,
	struct buf *ret_summary, struct buf *ret_adf)
{
	AUTO_BUF text = {0};
	const struct role *role = config_role(l->config, s->role);
	struct texts_about about = {
		.role = s->role,
		.about = role != NULL ? role->about : NULL,
		.application = s->application,
		.beneficiary = s->name != NULL ? s->name : s->account,
		.reason = s->reason,
		.until = s->remove ? s->due_at : s->ends_at,
	};

	if (role != NULL)
		about.step = s->remove ? role->manual_remove
				       : role->manual_grant;
	texts_manual_summary(ret_summary, s->remove, &about);
	if (s->remove)
		texts_manual_remove(&text, &about);
	else
		texts_manual_add(&text, &about);
	adf_from_text(ret_adf, buf_text(&text));
	ret_adf->failed = ret_adf->failed || text.failed;
}

static void put_fields(struct json_out *w, struct lapse *l,
	const struct manual_step *s, const struct request_type *type,
	const char *project, const char *account)
{
	AUTO_BUF summary = {0};
	AUTO_BUF adf = {0};

	describe(l, s, &summary, &adf);
	json_put_open(w, "fields", '{');
	put_id(w, "project", project);
	put_id(w, "parent", s->parent);
	put_id(w, "issuetype", type->subtask_type);
	json_put_text(w, "summary", buf_text(&summary));
	json_put_raw(w, "description", buf_text(&adf));
	w->out->failed = w->out->failed || summary.failed || adf.failed;
	if (account != NULL) {
		json_put_open(w, "assignee", '{');
		json_put_text(w, "accountId", account);
		json_put_close(w, '}');
	}
	json_put_close(w, '}');
}

/* The mark comes with the creation: there is never a sub-task without it. */
static void put_mark(struct json_out *w, const struct manual_step *s,
	const char *ledger)
{
	json_put_open(w, "properties", '[');
	json_put_open(w, NULL, '{');
	json_put_text(w, "key", MANUAL_PROPERTY);
	json_put_open(w, "value", '{');
	json_put_int(w, "grant", s->grant);
	json_put_text(w, "kind", kind_of(s));
	json_put_text(w, "ledger", ledger);
	json_put_close(w, '}');
	json_put_close(w, '}');
	json_put_close(w, ']');
}

struct creation {
	const struct request_type *type;
	const char *project;
	const char *account;
	struct ledger_about about;
};

static int create(struct lapse *l, const struct manual_step *s,
	const struct creation *c, struct arena *a, const char **ret_id,
	const char **ret_key, struct lapse_err *err)
{
	AUTO_BUF body = {0};
	struct json_out w = {.out = &body};
	struct op op = {
		.step = jira_create_issue,
		.name = "create sub-task",
		.serial = s->parent,
		.arena = a,
	};
	int rc;

	json_put_open(&w, NULL, '{');
	put_fields(&w, l, s, c->type, c->project, c->account);
	put_mark(&w, s, c->about.id);
	json_put_close(&w, '}');
	rc = buf_check(&body, err, "sub-task");
	op.body = buf_text(&body);
	if (rc == 0)
		rc = core_jira(l, &op, err);
	if (rc == 0) {
		*ret_id = arena_copy(a, op.ret_id);
		*ret_key = op.ret;
		rc = arena_check(a, err);
	}
	op_clear(&op);
	return rc;
}

static int prepare(struct lapse *l, const struct manual_step *s,
	struct arena *a, struct creation *ret, struct lapse_err *err)
{
	const struct application *app =
		config_application(l->config, s->application);
	struct jira_issue *parent = NULL;
	int rc = core_issue(l, s->parent, NULL, a, &parent, err);

	if (rc == 0 && parent == NULL)
		rc = lapse_fail(err, LAPSE_ENOTFOUND,
			"%s: not found in Jira, or hidden", s->parent_key);
	if (rc < 0)
		return rc;
	ret->project = parent->project;
	rc = manual_task_type(l, s, ret->project, &ret->type, err);
	if (rc == 0)
		rc = ledger_about(l->ledger, &ret->about, err);
	if (rc == 0)
		rc = assignee(l, app != NULL ? app->fulfiller : NULL, a,
			&ret->account, err);
	return rc;
}

int manual_task_create(struct lapse *l, const struct manual_step *s,
	struct arena *a, const char **ret_id, const char **ret_key,
	struct lapse_err *err)
{
	struct creation c = {0};
	int rc = prepare(l, s, a, &c, err);

	if (rc < 0)
		return rc;
	rc = create(l, s, &c, a, ret_id, ret_key, err);
	if (rc != LAPSE_EREFUSED || c.account == NULL)
		return rc;
	/* Someone who cannot be assigned must not stop the step. */
	c.account = NULL;
	return create(l, s, &c, a, ret_id, ret_key, err);
}
