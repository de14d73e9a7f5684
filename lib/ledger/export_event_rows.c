/* The evidence and the policies as they are exported, and until when the ledger
 * knows anything. */
#include "export_rows.h"
#include "stmt.h"

enum {
	EVENTS,
	POLICIES,
	KNOWN,
};

static const char *const sql[] = {
	/* The columns are those of event_columns, in that order. */
	[EVENTS] =
		"SELECT e.at, e.seq, e.kind, coalesce(a.name, e.actor),"
		" e.actor, coalesce(g.issue_key, r.issue_key, e.issue_id),"
		" e.issue_id, e.grant_id, coalesce(g.role, r.role), e.idp,"
		" e.group_id, gr.name, e.user_id, u.login, e.data, t.text,"
		" e.text_digest IS NOT NULL AND t.text IS NULL, e.run,"
		/* The salt of an erased text would help to guess it. */
		" e.text_digest, iif(t.text IS NULL, NULL, lower(hex(t.salt))),"
		" lower(hex(e.hash))"
		" FROM evidence e LEFT JOIN evidence_text t ON t.seq = e.seq"
		" LEFT JOIN request r ON r.issue_id = e.issue_id"
		" LEFT JOIN \"grant\" g ON g.id = e.grant_id"
		" LEFT JOIN account a ON a.account = e.actor"
		" LEFT JOIN idp_group gr ON gr.idp = e.idp"
		" AND gr.group_id = e.group_id"
		" LEFT JOIN idp_user u ON u.idp = e.idp"
		" AND u.user_id = e.user_id"
		" WHERE (?1 IS NULL OR e.idp = ?1)"
		" AND (?2 IS NULL OR coalesce(g.role, r.role) = ?2)"
		" AND (?3 IS NULL OR e.at >= ?3)"
		" AND (?4 IS NULL OR e.at < ?4)"
		" AND (?5 IS NULL OR e.at <= ?5) ORDER BY e.seq",
	[POLICIES] = "SELECT sha256, role, first_at, section FROM policy"
		     " WHERE (?1 IS NULL OR role = ?1)"
		     " AND (?2 IS NULL OR first_at <= ?2)"
		     " ORDER BY role, first_at, sha256",
	[KNOWN] = "SELECT max(high_water, created_at, coalesce((SELECT at"
		  " FROM evidence ORDER BY seq DESC LIMIT 1), 0),"
		  " coalesce((SELECT max(complete_at) FROM idp_group), 0))"
		  " FROM ledger",
};

const struct ledger_family export_event_family =
	LEDGER_FAMILY(export_event, EXPORT_EVENT, sql);

/* The first ones are those that `show` gives of an event. */
static const struct export_column event_columns[] = {
	{"at", EXPORT_TIME},
	{"seq", EXPORT_INT},
	{"kind", EXPORT_TEXT},
	{"who", EXPORT_TEXT},
	{"actor", EXPORT_TEXT},
	{"issue", EXPORT_TEXT},
	{"issue_id", EXPORT_TEXT},
	{"grant", EXPORT_TEXT},
	{"role", EXPORT_TEXT},
	{"idp", EXPORT_TEXT},
	{"group", EXPORT_TEXT},
	{"group_name", EXPORT_TEXT},
	{"user", EXPORT_TEXT},
	{"login", EXPORT_TEXT},
	{"data", EXPORT_TEXT},
	{"text", EXPORT_TEXT},
	{"text_erased", EXPORT_YES},
	{"run", EXPORT_INT},
	{"text_digest", EXPORT_TEXT},
	{"text_salt", EXPORT_TEXT},
	{"hash", EXPORT_TEXT},
};

const struct export_table export_event_table = {
	.schema = "lapse/event.v1",
	.columns = event_columns,
	.n = ARRAY_N(event_columns),
};

int export_events(struct ledger *l, const struct export_filter *f,
	export_row_fn *each, void *arg, struct lapse_err *err)
{
	return ledger_query(l, &export_event_family, EVENTS, each, arg, err,
		"ttwww", f->idp, f->role, f->since, f->until, f->as_of);
}

static const struct export_column policy_columns[] = {
	{"sha256", EXPORT_TEXT},
	{"role", EXPORT_TEXT},
	{"first_at", EXPORT_TIME},
	{"section", EXPORT_TEXT},
};

const struct export_table export_policy_table = {
	.schema = "lapse/policy.v1",
	.columns = policy_columns,
	.n = ARRAY_N(policy_columns),
};

int export_policies(struct ledger *l, const struct export_filter *f,
	export_row_fn *each, void *arg, struct lapse_err *err)
{
	return ledger_query(l, &export_event_family, POLICIES, each, arg, err,
		"tw", f->role, f->as_of);
}

int export_known_until(struct ledger *l, int64_t *ret, struct lapse_err *err)
{
	return ledger_int(l, &export_event_family, KNOWN, ret, 0, err, "");
}
