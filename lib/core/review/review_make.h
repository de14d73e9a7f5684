/* Review issues in Jira: made many at once, and found again when a creation
 * was sent and its answer never came. Every one carries a property that says
 * whose and which it is, from the moment it exists. */
#ifndef LAPSE_CORE_REVIEW_MAKE_H
#define LAPSE_CORE_REVIEW_MAKE_H

#include "core.h"
#include "json.h"

#define REVIEW_PROPERTY "lapse.review"

enum {
	REVIEW_BULK = 50,		/* issues of one request */
	/* So long after a creation was sent it is certain whether the issue
	 * exists: the index has it, and no request is under way. */
	REVIEW_SETTLE_S = 300,
};

/* One issue to be made. <Shape> element is a member of Jira's issueUpdates.
 * After review_make(): id and key where it was made; else refused, Jira said
 * no to it; doubtful, it may exist; neither, it was not sent. */
struct review_made {
	const char *element;
	const char *id;
	const char *key;
	bool refused;
	bool doubtful;
};

/* Makes them side by side. ret_why: the first failure, code 0: none.
 * <Errors> only what ends the run. */
int review_make(struct lapse *l, struct review_made *list, size_t n,
	struct arena *a, struct lapse_err *ret_why, struct lapse_err *err);

/* What an issue's property says; campaign 0: it is none of this ledger's. */
struct review_mark {
	int64_t campaign;
	int64_t sheet;			/* 0: not a sheet's */
	int64_t item;			/* n; 0: not an item's */
};
/* Reads it, of an issue that lapse itself created. */
int review_mark_of(struct lapse *l, const char *issue, struct review_mark *ret,
	struct lapse_err *err);
/* Writes the property's value. */
void review_put_mark(struct json_out *w, const char *key, const char *ledger,
	const struct review_mark *m, const char *digest);

/* Ids and keys, pairwise, of the issues of the campaigns' type that were
 * created since then. */
int review_created_since(struct lapse *l, int64_t since, struct arena *a,
	struct strs *ret_ids, struct strs *ret_keys, struct lapse_err *err);

#endif
