/* Issues that lapse makes beside the ledger's anchor, for what no request
 * stands behind. */
#ifndef LAPSE_CORE_RECORD_ISSUE_H
#define LAPSE_CORE_RECORD_ISSUE_H

#include "core.h"

/* The anchor, which says where they go and of what type they are. */
int record_anchor(struct lapse *l, struct arena *a, struct jira_issue **ret,
	struct lapse_err *err);
/* Makes one; text is plain, one paragraph a line. reporter: an account, who
 * then may read it; NULL: lapse. */
int record_create(struct lapse *l, const struct jira_issue *anchor,
	const char *summary, const char *text, const char *reporter,
	struct arena *a, const char **ret_id, const char **ret_key,
	struct lapse_err *err);
/* One made since then whose reply was lost, by creator, reporter and summary,
 * and that taken() does not know. *ret_id NULL: none. Jira's search shows
 * what is RECORD_SETTLE_S old. */
enum { RECORD_SETTLE_S = 600 };
struct record_lost {
	const char *summary;
	const char *reporter;
	int64_t since;
	bool (*taken)(void *arg, const char *id);
	void *arg;
};
int record_find(struct lapse *l, const struct jira_issue *anchor,
	const struct record_lost *q, struct arena *a, const char **ret_id,
	const char **ret_key, struct lapse_err *err);

#endif
