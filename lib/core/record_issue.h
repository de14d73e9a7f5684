/* Issues that lapse makes beside the ledger's anchor, for what no request
 * stands behind. */
#ifndef LAPSE_CORE_RECORD_ISSUE_H
#define LAPSE_CORE_RECORD_ISSUE_H

#include "core.h"

/* The anchor, which says where they go and of what type they are. */
int record_anchor(struct lapse *l, struct arena *a, struct jira_issue **ret,
	struct lapse_err *err);
/* Makes one; text is plain, one paragraph a line. */
int record_create(struct lapse *l, const struct jira_issue *anchor,
	const char *summary, const char *text, struct arena *a,
	const char **ret_id, const char **ret_key, struct lapse_err *err);

#endif
