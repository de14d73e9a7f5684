/* Reading people from the services, and noting in the ledger what was seen.
 * Nothing here decides who is who. */
#include <string.h>

#include "people_private.h"
#include "text.h"

/* ---- Providers ---- */

static int take_user(void *arg, const void *item, struct lapse_err *err)
{
	struct users *s = arg;
	struct arena *a = s->arena;
	const struct idp_user *u = item;
	struct idp_user *copy = VEC_ADD(&s->list, a);

	if (copy == NULL)
		return lapse_fail_nomem(err);
	*copy = *u;
	copy->id = arena_copy(a, u->id);
	copy->login = arena_copy(a, u->login);
	copy->email = arena_copy(a, u->email);
	copy->name = arena_copy(a, u->name);
	copy->account = arena_copy(a, u->account);
	copy->department = arena_copy(a, u->department);
	copy->title = arena_copy(a, u->title);
	copy->manager = arena_copy(a, u->manager);
	copy->employee_number = arena_copy(a, u->employee_number);
	copy->type = arena_copy(a, u->type);
	return arena_check(a, err);
}

static int call(struct lapse *l, const char *idp, struct op *op,
	struct users *ret, struct lapse_err *err)
{
	int rc;

	op->sink = take_user;
	op->arg = ret;
	rc = core_idp_call(l, idp, op, err);
	if (rc == 0 && op->outcome == OP_GONE)
		ret->list.n = 0;
	op_clear(op);
	return rc;
}

int users_find(struct lapse *l, const char *idp, const char *key,
	struct users *ret, struct lapse_err *err)
{
	struct op op = {.name = "find user", .key = key};
	struct core_idp *i = NULL;
	int rc = core_idp_ready(l, idp, &i, err);

	if (rc < 0)
		return rc;
	op.step = i->section->driver->find_user;
	return call(l, idp, &op, ret, err);
}

int users_get(struct lapse *l, const char *idp, const char *user,
	struct users *ret, struct lapse_err *err)
{
	struct op op = {.name = "user", .user = user};
	struct core_idp *i = NULL;
	int rc = core_idp_ready(l, idp, &i, err);

	if (rc < 0)
		return rc;
	op.step = i->section->driver->get_user;
	return call(l, idp, &op, ret, err);
}

int users_of_group(struct lapse *l, const char *idp, const char *group,
	struct users *ret, struct lapse_err *err)
{
	struct op op = {.name = "members", .group = group};
	struct core_idp *i = NULL;
	int rc = core_idp_ready(l, idp, &i, err);

	if (rc < 0)
		return rc;
	op.step = i->section->driver->list_members;
	return call(l, idp, &op, ret, err);
}

bool user_is(const struct idp_user *u, const char *typed)
{
	return strcmp(u->id, typed) == 0 ||
		(u->login != NULL && text_same_nocase(u->login, typed));
}

/* Where a provider keeps no address beside it, the login is the address. */
bool people_has_email(const struct idp_user *u, const char *email)
{
	if (u->email != NULL)
		return text_same_nocase(u->email, email);
	return u->login != NULL && text_same_nocase(u->login, email);
}

/* ---- Jira ---- */

static int take_account(void *arg, const void *item, struct lapse_err *err)
{
	struct accounts *s = arg;
	struct arena *a = s->arena;
	const struct jira_person *p = item;
	struct jira_person *copy = VEC_ADD(&s->list, a);

	if (copy == NULL)
		return lapse_fail_nomem(err);
	*copy = *p;
	copy->account = arena_copy(a, p->account);
	copy->name = arena_copy(a, p->name);
	copy->email = arena_copy(a, p->email);
	copy->zone = arena_copy(a, p->zone);
	copy->type = arena_copy(a, p->type);
	return arena_check(a, err);
}

int accounts_find(struct lapse *l, const char *email, struct accounts *ret,
	struct lapse_err *err)
{
	struct op op = {
		.step = jira_find_user,
		.name = "find user",
		.key = email,
		.sink = take_account,
		.arg = ret,
		.arena = ret->arena,
	};
	int rc = core_jira(l, &op, err);

	op_clear(&op);
	return rc;
}

int people_account_fresh(struct lapse *l, const char *account,
	struct arena *a, struct jira_person *ret, struct lapse_err *err)
{
	struct op op = {
		.step = jira_get_user,
		.name = "user",
		.user = account,
		.arena = a,
	};
	int rc = core_jira(l, &op, err);
	bool gone = rc == 0 && (op.outcome == OP_GONE || op.ret == NULL);

	op_clear(&op);
	if (rc < 0)
		return rc;
	if (gone)
		return lapse_fail(err, LAPSE_ENOTFOUND,
			"jira: account '%s': not known", account);
	*ret = *(const struct jira_person *)op.ret;
	return people_note(l, ret, err);
}

/* ---- Noting ---- */

int people_note(struct lapse *l, const struct jira_person *p,
	struct lapse_err *err)
{
	struct account_row row = {p->account, p->name, p->email, p->zone,
		p->type, p->active, WHEN_NONE};
	bool same = false;
	int rc;

	if (p->account == NULL || l->dry_run || !people_writable(l->ledger))
		return 0;
	rc = account_same(l->ledger, &row, core_now(l), &same, err);
	if (rc < 0 || same)
		return rc;
	if (ledger_in_transaction(l->ledger))
		return account_put(l->ledger, &row, core_now(l), err);
	rc = core_begin(l, err);
	if (rc == 0)
		rc = core_end(l,
			account_put(l->ledger, &row, core_now(l), err), err);
	return rc;
}

int people_note_author(struct lapse *l, const struct jira_edit *e,
	struct lapse_err *err)
{
	const struct jira_person p = {
		.account = e->author,
		.name = e->author_name,
		.type = e->author_type,
		.active = true,		/* who did it was */
	};

	return people_note(l, &p, err);
}

void people_user_row(const char *idp, const struct idp_user *u,
	struct user_row *ret)
{
	/* A list that gives ids only says nothing about the rest. */
	bool only_id = u->login == NULL && u->email == NULL &&
		u->name == NULL && u->status == IDP_STATUS_UNKNOWN;

	*ret = (struct user_row){
		.idp = idp,
		.user = u->id,
		.login = u->login,
		.email = u->email,
		.name = u->name,
		.account = u->account,
		.status = only_id ? NULL : idp_status_name(u->status),
		.department = u->department,
		.title = u->title,
		.manager = u->manager,
		.last_login_at = u->last_login_at,
		.last_login_known = u->last_login_known,
		.created_at = u->created_at,
	};
}

static const char *kind_word(enum idp_group_kind kind)
{
	switch (kind) {
	case IDP_GROUP_OK:
		return "ok";
	case IDP_GROUP_RULE:
		return "rule";
	case IDP_GROUP_DIRECTORY:
		return "directory";
	case IDP_GROUP_APP:
		return "app";
	case IDP_GROUP_BUILT_IN:
		return "built-in";
	case IDP_GROUP_RESTRICTED:
		return "restricted";
	case IDP_GROUP_UNKNOWN:
		break;
	}
	return "unknown";
}

void people_group_row(const char *idp, const struct idp_group *g,
	struct group_row *ret)
{
	*ret = (struct group_row){
		.idp = idp,
		.group = g->id,
		.name = g->name,
		.kind = kind_word(g->kind),
		.detail = g->detail,
		.complete_at = WHEN_NONE,
	};
}
