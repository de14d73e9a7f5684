/* How the drivers' readings of logs and sign-ins come out. No request is made
 * and no reply read here. */
#include "seen.h"

enum {
	DAY_S = 24 * 60 * 60,
};

static int give(struct op *op, const void *item, struct lapse_err *err)
{
	int rc = op->sink == NULL ? 0 : op->sink(op->arg, item, err);

	if (rc < 0)
		return rc;
	op->outcome = OP_FOUND;
	return OP_DONE;
}

int seen_used(struct op *op, struct idp_use_seen u, int64_t at,
	struct lapse_err *err)
{
	u.use = IDP_USE_SEEN;
	u.at = at;
	return give(op, &u, err);
}

int seen_not_since(struct op *op, struct idp_use_seen u, int64_t since,
	struct lapse_err *err)
{
	if (since == WHEN_NONE)
		return seen_unknown(op, u,
			"it is not shown since when there was none", err);
	u.use = IDP_USE_NOT_SEEN;
	u.at = since;
	return give(op, &u, err);
}

int seen_unknown(struct op *op, struct idp_use_seen u, const char *why,
	struct lapse_err *err)
{
	u.use = IDP_USE_UNKNOWN;
	u.at = WHEN_NONE;
	u.why = why;
	return give(op, &u, err);
}

int seen_added(struct op *op, const struct idp_added *added,
	struct lapse_err *err)
{
	return give(op, added, err);
}

int64_t seen_reach(int64_t from, int64_t now, int days)
{
	int64_t kept;

	if (now == WHEN_NONE)
		return WHEN_NONE;
	kept = now - (int64_t)days * DAY_S;
	return from > kept ? from : kept;
}

void seen_keep_latest(struct seen_event *latest, struct json event, int64_t at)
{
	if (json_valid(latest->event) && latest->at >= at)
		return;
	latest->event = event;
	latest->at = at;
}
