/* Who must not be reclaimed: people and groups that the role excepts. */
#include <string.h>

#include "ledger_people.h"
#include "people.h"
#include "reclaim_private.h"
#include "text.h"

/* ---- People ---- */

static bool equals(const char *a, const char *b)
{
	return a != NULL && text_same_nocase(a, b);
}

static int is_person(struct reclaim *v, const struct reclaim_unit *u,
	const char *who, bool *ret, struct lapse_err *err)
{
	struct account_row account = {0};
	int rc = 0;

	*ret = u->account != NULL && strcmp(u->account, who) == 0;
	for (size_t i = 0; i < u->parts.n && !*ret; i++) {
		const struct reclaim_part *p = &u->parts.items[i];
		const struct reclaim_member *m = reclaim_member(p->group,
			p->m.user);

		*ret = equals(p->login, who) ||
			(m != NULL && equals(m->email, who));
	}
	if (!*ret && u->account != NULL)
		rc = account_get(v->l->ledger, u->account, v->arena, &account,
			err);
	if (rc == LAPSE_ENOTFOUND)
		rc = 0;
	*ret = *ret || equals(account.email, who);
	return rc;
}

/* ---- Names that are nobody's ---- */

static bool is_group(const char *item)
{
	return strncmp(item, "group:", 6) == 0;
}

static bool is_read(const struct reclaim *v, const char *who)
{
	for (size_t i = 0; i < v->units.n; i++)
		for (size_t n = 0; n < v->units.items[i].parts.n; n++)
			if (equals(v->units.items[i].parts.items[n].login,
				who))
				return true;
	for (size_t i = 0; i < v->groups.n; i++)
		for (size_t n = 0; n < v->groups.items[i]->members.n; n++)
			if (equals(v->groups.items[i]->members.items[n].email,
				who))
				return true;
	return false;
}

static int unprotected(struct reclaim *v, const char *who, const char **ret,
	struct lapse_err *err)
{
	struct policy_approver found = {0};
	struct lapse_err why;
	int rc = is_read(v, who) ? 0 :
		people_named(v->l, who, v->arena, &found, &why);

	if (rc < 0 && rc <= LAPSE_EINTERNAL) {
		*err = why;
		return rc;
	}
	if (rc < 0)
		*ret = arena_fmt(v->arena, "reclaim-except: whom '%s' "
			"protects is not known: %s", who, why.text);
	else if (found.account == NULL && !is_read(v, who))
		*ret = arena_fmt(v->arena, "reclaim-except: '%s' protects "
			"nobody known", who);
	return 0;
}

int reclaim_unprotected(struct reclaim *v, const struct role *r,
	const char **ret, struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < r->reclaim_except.n && rc == 0 &&
		*ret == NULL; i++)
		if (!is_group(r->reclaim_except.items[i]))
			rc = unprotected(v, r->reclaim_except.items[i], ret,
				err);
	return rc < 0 ? rc : arena_check(v->arena, err);
}

/* ---- Groups ---- */

/* The person's user at the group's provider; NULL: not known. */
static int user_at(struct reclaim *v, const struct reclaim_unit *u,
	const char *idp, const char **ret, struct lapse_err *err)
{
	struct link_row link = {0};
	int rc;

	for (size_t i = 0; i < u->parts.n; i++)
		if (strcmp(u->parts.items[i].m.idp, idp) == 0) {
			*ret = u->parts.items[i].m.user;
			return 0;
		}
	if (u->account == NULL)
		return 0;
	rc = link_get(v->l->ledger, u->account, idp, v->arena, &link, err);
	if (rc == LAPSE_ENOTFOUND)
		return 0;
	*ret = link.user;
	return rc;
}

/* What cannot be read protects as if they were in it. */
static int by_group(struct reclaim *v, const struct reclaim_unit *u,
	const char *full, const char **ret, struct lapse_err *err)
{
	struct reclaim_group *g = NULL;
	const char *idp, *group;
	const char *user = NULL;
	int rc;

	if (!config_split_group(full, v->arena, &idp, &group))
		return lapse_fail_nomem(err);
	rc = reclaim_group(v, idp, group, &g, err);
	if (rc == 0 && g->why.code == 0)
		rc = user_at(v, u, idp, &user, err);
	if (rc < 0)
		return rc;
	if (g->why.code != 0)
		*ret = arena_fmt(v->arena, "whether group %s, which %s has "
			"in reclaim-except, protects them is not known: %s",
			full, u->role->name, g->why.text);
	else if (user == NULL)
		*ret = arena_fmt(v->arena, "whether group %s protects them "
			"is not known: no user of theirs is known there", full);
	else if (reclaim_member(g, user) != NULL)
		*ret = arena_fmt(v->arena, "group %s is excepted", full);
	return arena_check(v->arena, err);
}

int reclaim_protection(struct reclaim *v, const struct reclaim_unit *u,
	const char **ret, struct lapse_err *err)
{
	const struct strs *except = &u->role->reclaim_except;
	int rc = 0;

	for (size_t i = 0; i < except->n && rc == 0 && *ret == NULL; i++) {
		const char *item = except->items[i];
		bool person = false;

		if (is_group(item)) {
			rc = by_group(v, u, item + 6, ret, err);
			continue;
		}
		rc = is_person(v, u, item, &person, err);
		if (person)
			*ret = arena_fmt(v->arena, "%s is excepted", item);
	}
	return rc < 0 ? rc : arena_check(v->arena, err);
}
