/* What sync and review-close ask of a campaign's rows. */
#include "review_work.h"

#include "stmt.h"

enum {
	ISSUES,
	LEFT,
	ITEMS_IN,
	OWES,
	TAKEN,
	REMOVER,
	NOTE_MOVED,
	COUNTS,
	DIGESTS,
	KEEPS,
	JOINED,
	DECIDED_BY,
	BACKLOG,
	SEATS,
};

/* Over for good: nothing that a reviewer says changes it any more. A keep is
 * not, until the campaign is closed. */
#define NOT_OVER                                                               \
	"(i.state IN ('open', 'decided', 'held') OR (i.state = 'done'"         \
	" AND i.decision = 'keep'))"

static const char *const sql[] = {
	[ISSUES] =
		"SELECT i.task_id FROM item i WHERE i.campaign_id = ?1"
		" AND i.task_id IS NOT NULL AND " NOT_OVER
		" UNION SELECT s.issue_id FROM sheet s"
		" WHERE s.campaign_id = ?1 AND s.issue_id IS NOT NULL"
		" AND EXISTS (SELECT 1 FROM item i WHERE i.sheet_id = s.id"
		" AND " NOT_OVER ") ORDER BY 1",
	/* A membership's row says when a complete reading first missed it. Who
	 * was inactive when the population was frozen is for the reviewer. */
	[LEFT] =
		"SELECT i.id, CASE WHEN u.status = 'inactive'"
		" AND i.status <> 'inactive' THEN 'inactive'"
		" WHEN m.missed_at IS NOT NULL THEN 'missing' ELSE 'ended' END"
		" FROM item i LEFT JOIN idp_user u ON u.idp = i.idp"
		" AND u.user_id = i.user_id LEFT JOIN idp_group g"
		" ON g.idp = i.idp AND g.group_id = i.group_id"
		" LEFT JOIN membership m ON m.gid = g.id AND m.uid = u.id"
		" LEFT JOIN \"grant\" r ON r.id = i.grant_id"
		" WHERE i.campaign_id = ?1 AND i.state = 'open'"
		" AND ((i.source = 'idp' AND ((u.status = 'inactive'"
		" AND i.status <> 'inactive') OR m.missed_at IS NOT NULL))"
		" OR (i.source = 'manual' AND r.state = 'ended'))"
		" ORDER BY i.n",
	[ITEMS_IN] = "SELECT id FROM item WHERE campaign_id = ?1"
		     " AND (?2 IS NULL OR state = ?2) ORDER BY n",
	[OWES] = "SELECT EXISTS (SELECT 1 FROM sheet s"
		 " WHERE s.campaign_id = ?1 AND s.told_at IS NULL)"
		 " OR EXISTS (SELECT 1 FROM item i WHERE i.campaign_id = ?1"
		 " AND i.state IN ('decided', 'held', 'acting')"
		 " AND i.task_id IS NULL)",
	[TAKEN] = "SELECT count(*) FROM item WHERE campaign_id = ?1"
		  " AND idp = ?2 AND group_id = ?3 AND decision = 'revoke'"
		  " AND state IN ('acting', 'done')"
		  " AND remediation_grant IS NOT NULL",
	[REMOVER] = "SELECT g.id FROM hold h JOIN \"grant\" g"
		    " ON g.id = h.grant_id WHERE h.idp = ?1"
		    " AND h.group_id = ?2 AND h.user_id = ?3"
		    " AND h.released_at IS NOT NULL"
		    " AND g.end_reason = 'reviewed' AND NOT EXISTS"
		    " (SELECT 1 FROM hold n WHERE n.idp = h.idp"
		    " AND n.group_id = h.group_id AND n.user_id = h.user_id"
		    " AND n.released_at IS NULL) ORDER BY g.id DESC LIMIT 1",
	[NOTE_MOVED] =
		"UPDATE moved SET reviewed_at = ?4 WHERE idp = ?1"
		" AND user_id = ?2 AND reviewed_at IS NULL AND at <= ("
		"SELECT opened_at FROM campaign WHERE id = ?3)"
		" AND NOT EXISTS (SELECT 1 FROM item i"
		" WHERE i.campaign_id = ?3 AND i.idp = ?1 AND i.user_id = ?2"
		" AND i.decision IS NULL AND i.state = 'open')",
	[COUNTS] =
		"SELECT count(*), sum(decision IS NULL AND state = 'open'),"
		" sum(decision = 'keep' AND decided_by <> 'lapse'),"
		" sum(decision = 'revoke'), sum(decision = 'limit'),"
		" sum(" REVIEW_UNDECIDED "),"
		" sum(decision = 'revoke' AND decided_by = 'lapse'),"
		" sum(decision = 'revoke' AND state = 'stale'),"
		" sum(" REVIEW_REMOVED "), sum(state IN ('decided', 'held', 'acting')),"
		" sum(state <> 'stale' AND (decision IS NULL"
		" OR decided_by = 'lapse')), sum(state = 'stale'),"
		" sum(coalesce(" REVIEW_IS_SELF(
			"i.decided_by") ", 0)), sum(decided_by = provisioned_by),"
		" sum(decision = 'revoke' AND (state IN ('decided', 'held',"
		" 'acting') OR (state = 'done' AND (SELECT g.end_reason"
		" FROM \"grant\" g WHERE g.id = remediation_grant)"
		" = 'abandoned'))),"
		" sum(decision = 'revoke' AND state = 'done'"
		" AND (SELECT g.end_reason FROM \"grant\" g"
		" WHERE g.id = remediation_grant) = 'abandoned')"
		" FROM item i WHERE campaign_id = ?1",
	[DIGESTS] = "SELECT digest FROM item WHERE campaign_id = ?1"
		    " ORDER BY n",
	/* A person's seat of an application, where nothing else of it that was
	 * reviewed is left, and no grant. */
	[SEATS] =
		"SELECT s.cost, count(*) FROM (SELECT min(i.seat_cost) AS cost,"
		" i.application, coalesce(i.account, i.idp || ':' || i.user_id,"
		" i.login) AS person FROM item i WHERE i.campaign_id = ?1"
		" AND i.seat_cost IS NOT NULL GROUP BY person, i.application"
		" HAVING sum(coalesce(" REVIEW_REMOVED ", 0)) > 0"
		" AND sum(i.state <> 'stale' AND NOT coalesce(" REVIEW_REMOVED
		", 0)) = 0) s WHERE NOT EXISTS (SELECT 1 FROM \"grant\" g"
		" WHERE g.account = s.person AND g.application = s.application"
		" AND g.state <> 'ended') GROUP BY s.cost ORDER BY s.cost",
	[KEEPS] = "SELECT decided_by, decided_at FROM item"
		  " WHERE campaign_id = ?1 AND decision = 'keep'"
		  " AND decided_by <> 'lapse' AND task_id IS NOT NULL"
		  " ORDER BY 1, 2",
	[JOINED] =
		"SELECT coalesce(g.name, g.group_id) || ': '"
		" || coalesce(u.login, u.name, u.user_id)"
		" FROM campaign c JOIN (SELECT DISTINCT campaign_id, idp,"
		" group_id FROM item WHERE campaign_id = ?1) s"
		" ON s.campaign_id = c.id JOIN idp_group g ON g.idp = s.idp"
		" AND g.group_id = s.group_id JOIN membership m"
		" ON m.gid = g.id JOIN idp_user u ON u.id = m.uid"
		" WHERE c.id = ?1 AND m.missed_at IS NULL"
		" AND m.since > c.opened_at"
		" AND NOT EXISTS (SELECT 1 FROM item i"
		" WHERE i.idp = g.idp AND i.group_id = g.group_id"
		" AND i.user_id = u.user_id AND i.campaign_id = c.id)"
		" ORDER BY 1",
	[DECIDED_BY] = "SELECT count(*) FROM item WHERE campaign_id = ?1"
		       " AND decided_by = ?2",
	[BACKLOG] =
		"SELECT (SELECT count(*) FROM campaign"
		" WHERE state <> 'closed'),"
		" (SELECT count(*) FROM item i JOIN campaign c"
		" ON c.id = i.campaign_id WHERE c.state <> 'closed'"
		" AND i.state = 'open' AND i.decision IS NULL),"
		" (SELECT count(*) FROM item i JOIN campaign c"
		" ON c.id = i.campaign_id WHERE c.state <> 'closed'"
		" AND i.state IN ('decided', 'held', 'acting')),"
		" (SELECT min(due_at) FROM campaign WHERE state <> 'closed'),"
		" (SELECT count(*) FROM campaign WHERE state = 'closed'"
		" AND acknowledged_at IS NULL)",
};

const struct ledger_family review_work_family =
	LEDGER_FAMILY_SINCE(2, review_work, REVIEW_WORK, sql);

int review_issues(struct ledger *l, int64_t campaign, struct arena *a,
	struct strs *ret, struct lapse_err *err)
{
	struct row_texts t = {a, ret};

	return ledger_query(l, &review_work_family, ISSUES, row_add_text, &t, err,
		"i", campaign);
}

struct lefts {
	struct arena *arena;
	struct review_lefts *ret;
};

static int add_left(void *arg, const struct row *r, struct lapse_err *err)
{
	struct lefts *k = arg;
	struct review_left *slot = VEC_ADD(&k->ret->list, k->arena);

	if (slot == NULL)
		return lapse_fail_nomem(err);
	slot->item = row_int(r, 0);
	slot->why = arena_copy(k->arena, row_text(r, 1));
	return arena_check(k->arena, err);
}

int review_left(struct ledger *l, int64_t campaign, struct arena *a,
	struct review_lefts *ret, struct lapse_err *err)
{
	struct lefts k = {a, ret};

	return ledger_query(l, &review_work_family, LEFT, add_left, &k, err,
		"i", campaign);
}

int review_items_in(struct ledger *l, int64_t campaign, const char *state,
	struct arena *a, struct item_rows *ret, struct lapse_err *err)
{
	struct row_ints ids = {.arena = a};
	int rc = ledger_query(l, &review_work_family, ITEMS_IN, row_add_int, &ids,
		err, "it", campaign, state);

	for (size_t i = 0; i < ids.list.n && rc == 0; i++) {
		struct item_row *slot = VEC_ADD(&ret->list, a);

		rc = slot == NULL ? lapse_fail_nomem(err) :
			item_get(l, ids.list.items[i], a, slot, err);
	}
	return rc;
}

int review_owes(struct ledger *l, int64_t campaign, bool *ret,
	struct lapse_err *err)
{
	int64_t owes = 0;
	int rc = ledger_int(l, &review_work_family, OWES, &owes, 0, err, "i",
		campaign);

	if (rc == 0)
		*ret = owes != 0;
	return rc;
}

int review_taken(struct ledger *l, int64_t campaign,
	const struct membership *m, int64_t *ret, struct lapse_err *err)
{
	return ledger_int(l, &review_work_family, TAKEN, ret, 0, err, "itt",
		campaign, m->idp, m->group);
}

int review_remover(struct ledger *l, const struct membership *m,
	int64_t *ret_grant, struct lapse_err *err)
{
	return ledger_int(l, &review_work_family, REMOVER, ret_grant, 0, err,
		"ttt", m->idp, m->group, m->user);
}

int review_note_moved(struct ledger *l, const struct item_row *i, int64_t now,
	struct lapse_err *err)
{
	return ledger_exec(l, &review_work_family, NOTE_MOVED, NULL, err,
		"ttii", i->idp, i->user, i->campaign, now);
}

static int read_counts(void *arg, const struct row *r, struct lapse_err *err)
{
	struct review_counts *c = arg;

	(void)err;
	*c = (struct review_counts){
		.rows = row_int(r, 0),
		.open = row_int(r, 1),
		.kept = row_int(r, 2),
		.revoked = row_int(r, 3),
		.limited = row_int(r, 4),
		.not_reviewed = row_int(r, 5),
		.revoked_by_policy = row_int(r, 6),
		.revoked_stale = row_int(r, 7),
		.removed = row_int(r, 8),
		.moving = row_int(r, 9),
		.unreviewed = row_int(r, 10),
		.stale = row_int(r, 11),
		.self = row_int(r, 12),
		.provisioned = row_int(r, 13),
		.unremoved = row_int(r, 14),
		.abandoned = row_int(r, 15),
	};
	return 0;
}

int review_counts(struct ledger *l, int64_t campaign,
	struct review_counts *ret, struct lapse_err *err)
{
	return ledger_query(l, &review_work_family, COUNTS, read_counts, ret,
		err, "i", campaign);
}

struct walk {
	int (*digest)(void *arg, const char *digest);
	int (*keep)(void *arg, const char *by, int64_t at);
	void *arg;
};

static int walk_row(void *arg, const struct row *r, struct lapse_err *err)
{
	struct walk *w = arg;
	int rc = w->digest != NULL ? w->digest(w->arg, row_text(r, 0)) :
		w->keep(w->arg, row_text(r, 0), row_time(r, 1));

	return rc < 0 ? lapse_fail_nomem(err) : 0;
}

struct seats {
	int (*each)(void *arg, const char *cost, int64_t n,
		struct lapse_err *err);
	void *arg;
};

static int walk_seats(void *arg, const struct row *r, struct lapse_err *err)
{
	struct seats *s = arg;

	return s->each(s->arg, row_text(r, 0), row_int(r, 1), err);
}

int review_seats(struct ledger *l, int64_t campaign,
	int (*each)(void *arg, const char *cost, int64_t n,
		struct lapse_err *err),
	void *arg, struct lapse_err *err)
{
	struct seats s = {each, arg};

	return ledger_query(l, &review_work_family, SEATS, walk_seats, &s, err,
		"i", campaign);
}

int review_digests(struct ledger *l, int64_t campaign,
	int (*each)(void *arg, const char *digest), void *arg,
	struct lapse_err *err)
{
	struct walk w = {.digest = each, .arg = arg};

	return ledger_query(l, &review_work_family, DIGESTS, walk_row, &w, err,
		"i", campaign);
}

int review_keeps(struct ledger *l, int64_t campaign,
	int (*each)(void *arg, const char *by, int64_t at), void *arg,
	struct lapse_err *err)
{
	struct walk w = {.keep = each, .arg = arg};

	return ledger_query(l, &review_work_family, KEEPS, walk_row, &w, err,
		"i", campaign);
}

int review_joined(struct ledger *l, int64_t campaign, struct arena *a,
	struct strs *ret, struct lapse_err *err)
{
	struct row_texts t = {a, ret};

	return ledger_query(l, &review_work_family, JOINED, row_add_text, &t, err,
		"i", campaign);
}

int review_decided_by(struct ledger *l, int64_t campaign, const char *account,
	bool *ret, struct lapse_err *err)
{
	int64_t n = 0;
	int rc = ledger_int(l, &review_work_family, DECIDED_BY, &n, 0, err,
		"it", campaign, account);

	if (rc == 0)
		*ret = n > 0;
	return rc;
}

static int read_backlog(void *arg, const struct row *r, struct lapse_err *err)
{
	struct review_backlog *b = arg;

	(void)err;
	*b = (struct review_backlog){
		.campaigns = row_int(r, 0),
		.undecided = row_int(r, 1),
		.moving = row_int(r, 2),
		.due_at = row_time(r, 3),
		.unacknowledged = row_int(r, 4),
	};
	return 0;
}

int review_backlog(struct ledger *l, struct review_backlog *ret,
	struct lapse_err *err)
{
	*ret = (struct review_backlog){.due_at = WHEN_NONE};
	return ledger_query(l, &review_work_family, BACKLOG, read_backlog, ret,
		err, "");
}
