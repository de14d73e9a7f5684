/* Accounts of an application that has no group, from a file that its
 * administrator exported. A row is a person's only by an address that is
 * exactly equal; any other is an orphan, which somebody must look at. */
#include "review_private.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "csv.h"
#include "hash.h"

struct import {
	struct review_opening *o;
};

static const char *cell(const struct import *i, const struct csv_line *r,
	const char *name)
{
	const char *text = csv_cell(r, name);

	return text == NULL || *text == '\0' ? NULL :
		arena_copy(i->o->arena, text);
}

/* RFC 3339, or a day, which begins in UTC. */
static int time_in(const struct import *i, const struct csv_line *r,
	const char *name, int64_t *ret, struct lapse_err *err)
{
	const char *text = cell(i, r, name);
	const char *full = text;

	*ret = WHEN_NONE;
	if (text == NULL)
		return 0;
	if (strlen(text) == strlen("2026-11-23"))
		full = arena_fmt(i->o->arena, "%sT00:00:00Z", text);
	if (full != NULL && when_parse_time(full, ret, NULL) == 0)
		return 0;
	return lapse_fail(err, LAPSE_EREFUSED, "line %zu: column '%s': '%s' is "
		"no time; write it like 2026-11-23 or 2026-11-23T10:00:00Z",
		r->line, name, text);
}

/* One user of one provider; the same address twice there names nobody. */
static const struct review_user *owner_of(const struct review_opening *o,
	const char *email)
{
	const struct review_user *one = NULL;

	for (size_t i = 0; i < o->users.n && email != NULL; i++) {
		const struct review_user *u = &o->users.items[i];

		if (one != NULL && strcmp(u->idp, one->idp) != 0)
			break;
		if (!people_has_email(&u->u, email))
			continue;
		if (one != NULL)
			return NULL;
		one = u;
	}
	return one;
}

static void put_owner(struct review_case *c, const struct review_user *u)
{
	struct item_row *r = &c->row;

	c->user = u;
	r->name = u->u.name;
	r->email = u->u.email != NULL ? u->u.email : r->email;
	r->status = idp_status_name(u->u.status);
	r->department = u->u.department;
	r->title = u->u.title;
	r->manager = u->u.manager;
	if (u->u.account != NULL && *u->u.account != '\0')
		r->account = u->u.account;
}

static int put_account(struct review_opening *o, struct review_case *c,
	struct lapse_err *err)
{
	struct strs accounts = {0};
	int rc;

	if (c->user == NULL || c->row.account != NULL)
		return 0;
	rc = link_accounts(o->l->ledger, c->user->idp, c->user->u.id, o->arena,
		&accounts, err);
	if (rc == 0 && accounts.n == 1)
		c->row.account = accounts.items[0];
	return rc;
}

/* A role by its whole name, or by what stands after the application. */
static void put_role(struct review_opening *o, struct review_case *c,
	const char *name)
{
	const struct config *all = o->l->config;

	c->row.role = name;
	for (size_t i = 0; i < all->roles.n && name != NULL; i++) {
		const struct role *r = &all->roles.items[i];

		if (r->application == c->application &&
			(strcmp(r->name, name) == 0 ||
				strcmp(r->label, name) == 0)) {
			c->role = r;
			c->row.role = r->name;
			c->row.elevated = r->elevated;
		}
	}
}

static int put_times(const struct import *i, const struct csv_line *r,
	struct item_row *row, struct lapse_err *err)
{
	int rc = time_in(i, r, "granted", &row->granted_at, err);

	if (rc == 0)
		rc = time_in(i, r, "expires", &row->expires_at, err);
	return rc < 0 ? rc : time_in(i, r, "last_use", &row->last_use_at, err);
}

static int take_row(void *arg, const struct csv_line *r,
	struct lapse_err *err)
{
	struct import *i = arg;
	struct review_opening *o = i->o;
	struct review_case *c = VEC_ADD(&o->cases, o->arena);
	const struct review_user *u;
	int rc;

	if (c == NULL)
		return lapse_fail_nomem(err);
	c->application = o->scope.file_of;
	c->row = (struct item_row){.source = "import", .via = "import",
		.application = c->application->name,
		.seat_cost = c->application->seat_cost, .days_inactive = -1};
	c->row.login = cell(i, r, "login");
	c->row.email = cell(i, r, "email");
	c->row.name = cell(i, r, "name");
	c->row.status = cell(i, r, "status");
	if (c->row.login == NULL && c->row.email == NULL)
		return lapse_fail(err, LAPSE_EREFUSED, "line %zu: neither "
			"'login' nor 'email' says whose account it is",
			r->line);
	put_role(o, c, cell(i, r, "role"));
	rc = put_times(i, r, &c->row, err);
	u = owner_of(o, c->row.email != NULL ? c->row.email : c->row.login);
	c->row.orphan = u == NULL;
	if (u != NULL)
		put_owner(c, u);
	if (rc == 0)
		rc = put_account(o, c, err);
	return rc < 0 ? rc : arena_check(o->arena, err);
}

int review_import(struct review_opening *o, struct lapse_err *err)
{
	struct import i = {.o = o};
	char *bytes = NULL;
	size_t len = 0;
	int rc;

	if (access(o->scope.file, R_OK) < 0)
		return lapse_fail(err, LAPSE_EIO, "%s: %s", o->scope.file,
			strerror(errno));
	rc = config_read_file(o->scope.file, o->arena, &bytes, &len, err);
	if (rc == 0)
		rc = hash_hex(bytes, len, o->scope.file_sha256, err);
	if (rc < 0)
		return rc;
	rc = csv_read(bytes, len, NULL, take_row, &i, err);
	return rc < 0 ? lapse_prefix(err, "%s", o->scope.file) : 0;
}
