/* The catalog: roles of the configuration against the providers and Jira. */
#ifndef LAPSE_CORE_CATALOG_H
#define LAPSE_CORE_CATALOG_H

#include "core.h"

/* The role that an option of a role field stands for: by the option's id as
 * published, else by exact equality of its value (and parent) with role and
 * application. NULL in *ret: none. field is the Jira field id. */
int catalog_role_of_option(struct lapse *l, const char *field,
	const struct jira_choice *choice, const struct role **ret,
	struct lapse_err *err);

#endif
