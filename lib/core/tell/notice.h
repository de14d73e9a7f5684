/* The outbox: what lapse owes Jira, delivered per issue in order, within a
 * share of the run's deadline; and the projection of the ledger on issues. */
#ifndef LAPSE_CORE_NOTICE_H
#define LAPSE_CORE_NOTICE_H

#include "core.h"

enum notice_kind {
	NOTICE_COMMENT,		/* public; detail "grace SECONDS ZONE": the
				   body's TEXTS_DUE is so long after it is
				   delivered */
	NOTICE_INTERNAL,	/* for agents only */
	NOTICE_TRANSITION,	/* body: target status id, detail: resolution */
	NOTICE_PROPERTY,	/* body NULL: made when it is delivered; at most
				   one open an issue */
};

/* Inside the open transaction, beside the change of state that it tells of.
 * seq: that evidence's number, the marker that ends a comment ("lapse-42").
 * An issue that is not there yet (NULL) is owed nothing. */
int notice_owe(struct lapse *l, const char *issue, enum notice_kind kind,
	const char *body, const char *detail, int64_t seq,
	struct lapse_err *err);

/* Delivers what is due, for one issue (id) or all (NULL), for at most
 * share_ms. A doubtful comment is looked for among our own before it is
 * repeated. A transition that the workflow does not offer is dropped with an
 * internal note; an issue that is gone drops its notices with evidence, after
 * three attempts: one that is hidden for a while looks the same. Issues go
 * side by side; one that another process delivers is left to it. A property
 * waits for no other notice. A dry run, a stale ledger and one that was taken
 * over tell Jira nothing.
 * Failures stay owed (backoff 1 min to 1 h) and note exit 10; Jira down is
 * noted once. Writes the anchor last when anything was told. */
int notice_deliver(struct lapse *l, const char *issue, int64_t share_ms,
	struct lapse_err *err);

/* Writes an issue's property now and reads it back: before a grant's first
 * add. Sets grant.projected_at of the issue's grants that it shows. Fails
 * with the op's code; the property stays owed. */
int projection_write(struct lapse *l, const char *issue,
	struct lapse_err *err);
/* The property's JSON: deterministic, with its HMAC. */
int projection_text(struct lapse *l, const char *issue, struct buf *ret,
	struct lapse_err *err);

/* Reads the anchor: sets l->stale, l->taken_over, l->unwitnessed and notes the
 * exit status; Jira silent is a warning, not an error. */
int anchor_check(struct lapse *l, struct lapse_err *err);
/* Was it looked at just now? What gives goes by nothing older. */
bool anchor_is_fresh(struct lapse *l);
/* Looks once more when it was not. */
int anchor_check_again(struct lapse *l, struct lapse_err *err);
/* Reads it once more, and writes the head when the anchor is still ours. */
int anchor_write(struct lapse *l, struct lapse_err *err);
/* A due removal of a stale ledger: does a fresh read of the issue's property
 * name a later deadline for this grant? *ret_until WHEN_NONE: no. */
int projection_deadline(struct lapse *l, const char *issue, int64_t grant,
	int64_t *ret_until, struct lapse_err *err);

#endif
