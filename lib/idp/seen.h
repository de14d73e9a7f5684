/* How the drivers' readings of logs and sign-ins come out: last use, and who
 * added a member. Not for use outside lib/idp. */
#ifndef LAPSE_IDP_SEEN_H
#define LAPSE_IDP_SEEN_H

#include "idp.h"

/* Each gives one idp_use_seen to the sink and ends the operation: OP_DONE with
 * OP_FOUND, or the sink's error. u says source and of_application. */
int seen_used(struct op *op, struct idp_use_seen u, int64_t at,
	struct lapse_err *err);
/* since WHEN_NONE: it is not known how far back that is true, and so nothing
 * is. */
int seen_not_since(struct op *op, struct idp_use_seen u, int64_t since,
	struct lapse_err *err);
int seen_unknown(struct op *op, struct idp_use_seen u, const char *why,
	struct lapse_err *err);

/* Gives the add, likewise. */
int seen_added(struct op *op, const struct idp_added *added,
	struct lapse_err *err);

/* From when on a log that keeps so many days answers a question about `from`.
 * now is the service's own time; WHEN_NONE: not known, nor is the answer. */
int64_t seen_reach(int64_t from, int64_t now, int days);

/* The latest of a page's events, whatever their order. */
struct seen_event {
	struct json event;	/* absent: none yet */
	int64_t at;
};

void seen_keep_latest(struct seen_event *latest, struct json event,
	int64_t at);

#endif
