/* On which form a role is asked for, and as which option of it. */
#ifndef LAPSE_CORE_CATALOG_FORM_H
#define LAPSE_CORE_CATALOG_FORM_H

#include "catalog.h"
#include "json.h"

struct catalog_form {
	const struct project *project;
	const struct request_type *type;
	const char *option;		/* NULL: the role is on no form */
	const char *parent;		/* NULL: a multi-select */
};

/* Does a request type offer the role, which fits (NULL: all do), in a project
 * whose service desk is known, and not only to be observed? */
bool catalog_form_offered(const struct lapse *l, const struct role *role,
	bool (*fits)(const struct request_type *t));
/* The first of them that has an option for it, as Jira has them now. */
int catalog_form_find(struct lapse *l, const struct role *role,
	bool (*fits)(const struct request_type *t), struct arena *a,
	struct catalog_form *ret, struct lapse_err *err);
/* The role's member of requestFieldValues. */
void catalog_form_put(struct json_out *w, const struct catalog_form *f);

#endif
