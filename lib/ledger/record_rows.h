/* When the issue of a grant without a request was sought. */
#ifndef LAPSE_LEDGER_RECORD_ROWS_H
#define LAPSE_LEDGER_RECORD_ROWS_H

#include "ledger.h"

/* Inside a transaction. at WHEN_NONE: not sought any more. */
int record_set_sought(struct ledger *l, int64_t grant, int64_t at,
	struct lapse_err *err);
int record_sought(struct ledger *l, int64_t grant, int64_t *ret_at,
	struct lapse_err *err);

#endif
