/* Conditions as rows: what a timer's runs have told, and when last. */
#ifndef LAPSE_LEDGER_CONDITION_ROWS_H
#define LAPSE_LEDGER_CONDITION_ROWS_H

#include "ledger.h"

struct condition_row {
	const char *name;
	int64_t since;
	int64_t spoken_at;
	const char *text;	/* as last spoken */
};

struct condition_rows {
	VEC(struct condition_row) list;
};

/* Those whose name begins with prefix. */
int conditions_get(struct ledger *l, const char *prefix, struct arena *a,
	struct condition_rows *ret, struct lapse_err *err);
/* Inserts, or notes that it was spoken again; since stays. */
int condition_put(struct ledger *l, const char *name, const char *text,
	int64_t now, struct lapse_err *err);
int condition_drop(struct ledger *l, const char *name, struct lapse_err *err);

#endif
