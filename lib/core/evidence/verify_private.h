/* What the parts of `verify --jira` share. */
#ifndef LAPSE_CORE_VERIFY_PRIVATE_H
#define LAPSE_CORE_VERIFY_PRIVATE_H

#include "verify.h"
#include "witness_rows.h"

enum {
	VERIFY_SIDE_BY_SIDE = 8,	/* issues, of two operations each */
};

/* A comment as Jira has it. */
struct verify_standing {
	const char *id;
	const char *author;
	const char *text;
	int64_t at;
};

/* One issue while it is looked at. */
struct verify_look {
	struct verify_check *c;
	const struct told_issue *told;
	struct arena arena;
	struct op property;
	struct op comments;
	VEC(struct verify_standing) standing;
	struct lapse_err why;	/* of an operation that failed */
	int rc;
};

struct verify_check {
	struct verify_faults *f;
	struct lapse *l;
	struct ledger_about about;
	int64_t head;
	int64_t since;		/* what is older may be of a known gap */
	struct verify_seen seen;
	struct verify_look looks[VERIFY_SIDE_BY_SIDE];
};

int verify_say(struct verify_check *c, const char *where, const char *fault,
	const char *next, struct lapse_err *err);

#define VERIFY_NEXT_NEWER \
	"put the newest copy of the ledger back, or `lapse rebuild`"
#define VERIFY_NEXT_HISTORY "ask Jira's audit log who did it"

/* verify_unknown.c: a property where the ledger has no row of owing one. */
int verify_unowed(struct verify_check *c, const char *where, const char *text,
	struct lapse_err *err);
/* Requests without a grant, whose issues may tell of one; and all other issues
 * of the projects, which may carry what the ledger does not know. */
int verify_unknown(struct verify_check *c, struct lapse_err *err);

/* verify_issue.c: what was read of one issue, judged. */
int verify_property(struct verify_look *k, struct lapse_err *err);
int verify_comments(struct verify_look *k, struct lapse_err *err);

#endif
