/* The catalog: roles of the configuration against the providers and Jira. */
#ifndef LAPSE_CORE_CATALOG_H
#define LAPSE_CORE_CATALOG_H

#include "core.h"

/* The role that an option of a role field stands for: by the option's id as
 * published, else by exact equality of its value: in a cascading select the
 * role's label ("prod-admin") or name ("github/prod-admin") under its
 * application, in a multi-select "APPLICATION / label" or the name.
 * NULL in *ret: none. field is the Jira field id. */
int catalog_role_of_option(struct lapse *l, const char *field,
	const struct jira_choice *choice, const struct role **ret,
	struct lapse_err *err);

/* One thing that is not as the catalog says. <Shape> texts are borrowed for
 * the call. */
struct catalog_fault {
	const char *role;	/* NULL: of the catalog as a whole */
	const char *code;	/* "group-rule", "owner", "option", stable */
	const char *detail;
	const char *hint;	/* what to do; NULL */
};
/* Asks the providers and Jira: groups exist and may be changed, people can be
 * found and are active, options stand for the roles, live grants hold what
 * the catalog says. found's negative return ends it. A service that fails is
 * a fault "not-checked" and noted for the exit status. */
int catalog_check(struct lapse *l,
	int (*found)(void *arg, const struct catalog_fault *f,
		struct lapse_err *err),
	void *arg, struct lapse_err *err);

enum catalog_action {
	CATALOG_KEEP,
	CATALOG_CREATE,
	CATALOG_ENABLE,
	CATALOG_DISABLE,
	CATALOG_FOREIGN,	/* not ours: left alone */
};

/* What publishing does, or would do, with one option. <Shape> id NULL: not
 * there yet; role NULL: an application's option, or no role's any more. */
struct catalog_option {
	const char *field;
	const char *id;
	const char *parent;	/* value; NULL: top level */
	const char *value;
	const char *role;
	enum catalog_action action;
};

const char *catalog_action_name(enum catalog_action a);
/* Makes the options of every role field say what the catalog offers: missing
 * ones are created, retired ones of ours disabled, never deleted; keeps their
 * ids in the ledger. dry_run: only tells. done's negative return ends it. */
int catalog_publish(struct lapse *l, bool dry_run,
	int (*done)(void *arg, const struct catalog_option *o,
		struct lapse_err *err),
	void *arg, struct lapse_err *err);

#endif
