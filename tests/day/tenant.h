/* The tenant of the day: the sandbox's company made larger, and the catalog
 * that governs it. The same in every run. */
#ifndef DAY_TENANT_H
#define DAY_TENANT_H

#include <stdbool.h>

enum {
	STAFF = 370,			/* "p000" and so on, who ask; */
	ACCOUNTS = 450,			/* with the company's, at most */
	APPS = 14,			/* each with an owner, */
	APP_ROLES = 9,
	APP_GROUPS = 20,		/* and so many groups */
	ROLES_MADE = APPS * APP_ROLES,
	GROUPS_MADE = APPS * APP_GROUPS,
	ALL_GROUPS = 300,		/* with those of the company */
	SHARE = 150,			/* calls a minute: a quarter of */
	LIMIT = 600,			/* what the provider takes */
	ID = 40,
};

/* Writes DIR/company.json and DIR/lapse.conf.in. */
void tenant_make(const char *dir);

/* The user that stands for a person, and how he signs in. */
void staff_user(int person, char ret[ID]);
void staff_login(int person, char ret[ID]);
/* The login of an account; NULL: nobody's. */
const char *login_of(const char *account);

/* What the form shows of a role, and the groups it gives. */
void role_names(int role, char ret_app[ID], char ret_option[ID]);
bool role_gives(int role, const char *group);
bool role_asks_nobody(int role);

#endif
