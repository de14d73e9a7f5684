/* What the files of the catalog share; not for use outside catalog*.c. */
#ifndef LAPSE_CORE_CATALOG_PRIVATE_H
#define LAPSE_CORE_CATALOG_PRIVATE_H

#include "catalog.h"

/* What one role field should offer, and what it does. */
struct catalog_plan {
	struct arena *arena;
	const char *field;
	const char *context;
	bool cascading;		/* application > role, else role */
	VEC(struct catalog_option) options;
};

/* Reads the field and its options and compares. Nothing is changed. */
int catalog_plan(struct lapse *l, const char *field, struct arena *a,
	struct catalog_plan *ret, struct lapse_err *err);
/* What a role is called among the options: in a cascading select its label,
 * in a multi-select "APPLICATION / label". In the arena. */
const char *catalog_value(const struct role *r, bool cascading,
	struct arena *a);
/* The role fields of all request types, each once. */
void catalog_fields(const struct config *c, struct arena *a,
	struct strs *ret);

#endif
