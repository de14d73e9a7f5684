/* The rows of intake and leaver; no rules. */
#include "intake_rows.h"

#include "stmt.h"

enum {
	PUT,
	CHANNEL,
	HOPS_DUE,
	HOPS,
	SEEN,
	BACK,
};

static const char *const sql[] = {
	[PUT] = "INSERT INTO intake (request_id, filed_at, channel)"
		" VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE"
		" SET channel = excluded.channel"
		" WHERE channel = 'unknown' AND excluded.channel <> 'unknown'",
	[CHANNEL] = "UPDATE intake SET channel = ?2 WHERE request_id = ?1",
	/* An access that was never whole has no moment of verification. */
	[HOPS_DUE] =
		"SELECT min(a.decided_at), min(v.at) FROM intake i"
		" JOIN approval a ON a.request_id = i.request_id"
		" AND a.state = 'used' JOIN (SELECT g.approval AS approval,"
		" iif(g.method = 'manual',"
		" (SELECT m.done_at FROM manual m WHERE m.grant_id = g.id"
		" AND m.kind = 'add'),"
		" (SELECT iif(count(*) = count(h.verified_at),"
		" max(h.verified_at), NULL) FROM hold h"
		" WHERE h.grant_id = g.id)) AS at FROM \"grant\" g"
		" WHERE g.request_id = ?1) v ON v.approval = a.id"
		" WHERE i.request_id = ?1 AND i.hops IS NULL"
		" AND v.at IS NOT NULL",
	[HOPS] = "UPDATE intake SET hops = ?2, hops_at = ?3"
		 " WHERE request_id = ?1 AND hops IS NULL",
	[SEEN] = "INSERT INTO leaver (idp, user_id, seen_at)"
		 " SELECT ?1, ?2, ?3 WHERE NOT EXISTS (SELECT 1 FROM leaver"
		 " WHERE idp = ?1 AND user_id = ?2 AND back_at IS NULL)"
		 " ON CONFLICT DO UPDATE SET back_at = NULL",
	[BACK] = "UPDATE leaver SET back_at = ?3 WHERE idp = ?1"
		 " AND user_id = ?2 AND back_at IS NULL",
};

const struct ledger_family intake_family =
	LEDGER_FAMILY_SINCE(3, intake, INTAKE, sql);

int intake_put(struct ledger *l, int64_t request, int64_t filed_at,
	const char *channel, struct lapse_err *err)
{
	return ledger_exec(l, &intake_family, PUT, NULL, err, "iit", request,
		filed_at, channel);
}

int intake_set_channel(struct ledger *l, int64_t request,
	const char *channel, struct lapse_err *err)
{
	return ledger_exec(l, &intake_family, CHANNEL, NULL, err, "it",
		request, channel);
}

struct moves {
	int64_t from;
	int64_t until;
	bool due;
};

static int take_moves(void *arg, const struct row *r, struct lapse_err *err)
{
	struct moves *m = arg;

	(void)err;
	m->due = !row_null(r, 0) && !row_null(r, 1);
	m->from = row_time(r, 0);
	m->until = row_time(r, 1);
	return 0;
}

int intake_hops_due(struct ledger *l, int64_t request, int64_t *ret_from,
	int64_t *ret_until, bool *ret_due, struct lapse_err *err)
{
	struct moves m = {0};
	int rc = ledger_query(l, &intake_family, HOPS_DUE, take_moves, &m,
		err, "i", request);

	if (rc < 0)
		return rc;
	*ret_from = m.from;
	*ret_until = m.until;
	*ret_due = m.due;
	return 0;
}

int intake_set_hops(struct ledger *l, int64_t request, int64_t hops,
	int64_t now, struct lapse_err *err)
{
	return ledger_exec(l, &intake_family, HOPS, NULL, err, "iii", request,
		hops, now);
}

int leaver_seen(struct ledger *l, const char *idp, const char *user,
	int64_t now, struct lapse_err *err)
{
	return ledger_exec(l, &intake_family, SEEN, NULL, err, "tti", idp,
		user, now);
}

int leaver_back(struct ledger *l, const char *idp, const char *user,
	int64_t now, struct lapse_err *err)
{
	return ledger_exec(l, &intake_family, BACK, NULL, err, "tti", idp,
		user, now);
}
