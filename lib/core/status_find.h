/* How all is, from the ledger and the time stamps beside it: what `status`
 * says and `metrics` counts. */
#ifndef LAPSE_CORE_STATUS_FIND_H
#define LAPSE_CORE_STATUS_FIND_H

#include "core.h"
#include "review_due.h"
#include "review_work.h"
#include "slack_rows.h"
#include "status_rows.h"

/* <Units> times seconds UTC, WHEN_NONE: none or never. */
struct status_findings {
	struct ledger_about about;
	struct status_counts counts;
	struct review_backlog reviews;
	int64_t now;
	int64_t overdue;
	int64_t oldest_due_at;
	int64_t sync_ok_at;
	int64_t expire_ok_at;
	int64_t head_seq;
	char head[65];
	int64_t movers;			/* not reviewed in time */
	struct review_due due;
	const char *due_roles;		/* joined; NULL: none */
	struct slack_backlog slack;
	unsigned slack_lacks;		/* slack/slack_scope.h */
	int64_t slack_read_at;		/* all there was to read */
	const char *slack_error;	/* what lasts of it; NULL: nothing */
};

int status_find(struct lapse *l, struct status_findings *ret,
	struct lapse_err *err);
/* The folder of the time stamps: the configured one, else the ledger's. */
void status_folder(const struct lapse *l, struct buf *ret);
/* When the command last went well; WHEN_NONE: never. */
int64_t status_last_ok(const struct lapse *l, const char *command);
/* The stamp of that name (core_touch); WHEN_NONE: there is none. */
int64_t status_stamp(const struct lapse *l, const char *name);

#endif
