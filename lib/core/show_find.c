/* What a word means, by what the ledger and the catalog know of that name. */
#include "show_find.h"

#include <string.h>

static const struct {
	const char *prefix;
	const char *words;	/* for messages */
	enum show_kind kind;
} kinds[] = {
	{"issue:", "an issue", SHOW_ISSUE},
	{"grant:", "a grant", SHOW_GRANT},
	{"user:", "a user", SHOW_USER},
	{"role:", "a role", SHOW_ROLE},
	{"group:", "a group", SHOW_GROUP},
	{"review:", "a review", SHOW_REVIEW},
};

enum {
	KINDS = sizeof(kinds) / sizeof(*kinds),
};

/* "okta:00g1" gives both; the part before the colon is a provider only if it
 * is a name that providers may have. */
static void split_group(const char *name, struct arena *a, const char **ret_idp,
	const char **ret_group)
{
	const char *colon = strchr(name, ':');

	*ret_idp = NULL;
	*ret_group = name;
	if (colon == NULL || colon == name || colon[1] == '\0')
		return;
	*ret_idp = arena_copy_n(a, name, (size_t)(colon - name));
	*ret_group = colon + 1;
}

/* The catalog knows roles and groups before any grant of them. */
static void add_catalog(const struct config *c, const char *name,
	const char *idp, const char *group, struct show_matches *m)
{
	if (c == NULL)
		return;
	if (m->roles == 0 && config_role(c, name) != NULL)
		m->roles = 1;
	for (size_t i = 0; i < c->roles.n && m->groups == 0; i++) {
		const struct role *r = &c->roles.items[i];

		for (size_t k = 0; k < r->groups.n; k++) {
			const char *of, *id;

			config_role_group(r, k, &of, &id);
			if (strcmp(id, group) == 0 &&
				(idp == NULL || strcmp(idp, of) == 0))
				m->groups = 1;
		}
	}
}

static int choose(const char *name, const int64_t found[KINDS],
	enum show_kind only, bool catalog, size_t *ret, struct lapse_err *err)
{
	size_t n = 0, first = 0, second = 0;

	for (size_t i = 0; i < KINDS; i++) {
		if (found[i] == 0 ||
			(only != SHOW_NONE && kinds[i].kind != only))
			continue;
		if (n++ == 0)
			first = i;
		else
			second = i;
	}
	if (n == 0)
		return lapse_fail(err, LAPSE_ENOTFOUND,
			"'%s': nothing of that name is known here%s", name,
			catalog ? "" : "; without a configuration a role is "
			"known only once it was asked for: --config names one");
	if (n > 1)
		return lapse_fail(err, LAPSE_EUSAGE,
			"'%s': could be %s or %s; say %s%s or %s%s", name,
			kinds[first].words, kinds[second].words,
			kinds[first].prefix, name, kinds[second].prefix,
			name);
	*ret = first;
	return 0;
}

int show_find(struct lapse *l, const char *what, bool access, struct arena *a,
	struct show_thing *ret, struct lapse_err *err)
{
	enum show_kind only = SHOW_NONE;
	struct show_matches m = {0};
	const char *idp, *group;
	size_t at = 0;
	int rc;

	for (size_t i = 0; i < KINDS; i++) {
		size_t len = strlen(kinds[i].prefix);

		if (strncmp(what, kinds[i].prefix, len) == 0) {
			only = kinds[i].kind;
			what += len;
			break;
		}
	}
	split_group(what, a, &idp, &group);
	rc = show_matches(l->ledger, what, idp, group, &m, err);
	if (rc < 0)
		return rc;
	add_catalog(l->config, what, idp, group, &m);
	const int64_t found[KINDS] = {access ? 0 : m.issues,
		access ? 0 : m.grants, access ? 0 : m.users, m.roles,
		m.groups, access ? 0 : m.reviews};
	rc = choose(what, found, only, l->config != NULL, &at, err);
	if (rc < 0)
		return rc;
	ret->kind = kinds[at].kind;
	ret->idp = ret->kind == SHOW_GROUP ? idp : NULL;
	ret->name = arena_copy(a, ret->kind == SHOW_GROUP ? group : what);
	return arena_check(a, err);
}
