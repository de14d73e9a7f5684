/* What the files about people share; not for use outside people*.c. */
#ifndef LAPSE_CORE_PEOPLE_PRIVATE_H
#define LAPSE_CORE_PEOPLE_PRIVATE_H

#include "people.h"

/* Users as a provider gave them, copied. */
struct users {
	struct arena *arena;
	VEC(struct idp_user) list;
};

/* Everyone whom the provider's exact look-up gives for this text. */
int users_find(struct lapse *l, const char *idp, const char *key,
	struct users *ret, struct lapse_err *err);
/* One user by id; the list stays empty when there is none. */
int users_get(struct lapse *l, const char *idp, const char *user,
	struct users *ret, struct lapse_err *err);
/* The members of a group; a group that is gone has none. */
int users_of_group(struct lapse *l, const char *idp, const char *group,
	struct users *ret, struct lapse_err *err);

/* Equal ids or, letter case aside, logins. */
bool user_is(const struct idp_user *u, const char *typed);

/* Jira accounts that visibly have this address. */
struct accounts {
	struct arena *arena;
	VEC(struct jira_person) list;
};
int accounts_find(struct lapse *l, const char *email, struct accounts *ret,
	struct lapse_err *err);

/* The Jira account of a provider's user; NULL: none, or more than one. */
int account_of_user(struct lapse *l, const char *idp,
	const struct idp_user *u, struct arena *a, const char **ret,
	struct lapse_err *err);

/* The map file, lines "ACCOUNT IDP USER": its user for an account, its
 * account for a user (id, login or e-mail). NULL: not in it, or no file.
 * <Errors> LAPSE_ECONFIG "FILE:LINE: ...". */
int map_user(struct lapse *l, const char *account, const char *idp,
	struct arena *a, const char **ret, struct lapse_err *err);
int map_account(struct lapse *l, const char *idp, const struct idp_user *u,
	struct arena *a, const char **ret, struct lapse_err *err);

#endif
