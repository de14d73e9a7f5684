/* The rows of request, approval, owed and policy; no rules about them. */
#include "requests.h"

#include <stdio.h>
#include <string.h>

#include "stmt.h"

enum {
	OF_ISSUE,
	MARK,
	GET,
	OPEN,
	WHY,
	PUT,
	SET_STATE,
	SET_UPDATED,
	SET_ASKED,
	SET_REMINDED,
	SET_ESCALATED,
	APPROVAL_ADD,
	APPROVAL_CURRENT,
	APPROVAL_LAST,
	APPROVAL_GET,
	APPROVAL_KNOWN,
	APPROVAL_SET,
	APPROVAL_METHOD,
	APPROVALS_VOID,
	OWED_ADD,
	OWED_DECIDE,
	OWED_OF,
	POLICY_BEFORE,
	POLICY_PUT,
};

#define REQUEST_SELECT                                                         \
	"SELECT id, issue_id, issue_key, project, request_type, state,"        \
	" requester, creator, beneficiary, role, duration_s, starts_at,"       \
	" content_hash, extends, asks, reminded_at, escalated_at, updated_at," \
	" changed_at, policy, why FROM request "
#define APPROVAL_SELECT                                                        \
	"SELECT id, request_id, approval_id, mode, content_hash, asked_at,"    \
	" state, decided_at, method FROM approval "

static const char *const sql[] = {
	[OF_ISSUE] = REQUEST_SELECT "WHERE issue_id = ?1",
	[MARK] = "SELECT json_array(r.id, r.state, r.asks, r.why,"
		 " r.reminded_at, r.escalated_at, a.id, a.state)"
		 " FROM request r LEFT JOIN approval a ON a.id = (SELECT max(id)"
		 " FROM approval WHERE request_id = r.id) WHERE r.issue_id = ?1",
	[GET] = REQUEST_SELECT "WHERE id = ?1",
	[OPEN] = REQUEST_SELECT
	"WHERE state IN ('seen', 'asked') ORDER BY id",
	[WHY] = REQUEST_SELECT "WHERE state = ?1 AND why = ?2 ORDER BY id",
	[PUT] = "INSERT INTO request (issue_id, issue_key, project,"
		" request_type, state, requester, creator, beneficiary, role,"
		" duration_s, starts_at, extends, updated_at, changed_at,"
		" policy, content_hash) VALUES (?1, ?2, ?3, ?4, 'seen', ?5,"
		" ?6, ?7, ?8, nullif(?9, 0), ?10, nullif(?11, 0), ?12, ?13,"
		" ?14, ?15)"
		" ON CONFLICT (issue_id) DO UPDATE SET issue_key = ?2,"
		" project = ?3, request_type = ?4, requester = ?5,"
		" creator = ?6, beneficiary = ?7, role = ?8,"
		" duration_s = nullif(?9, 0), starts_at = ?10,"
		" extends = nullif(?11, 0), updated_at = ?12, policy = ?14,"
		" content_hash = ?15",
	[SET_STATE] = "UPDATE request SET state = ?2, why = ?3,"
		      " changed_at = ?4 WHERE id = ?1",
	[SET_UPDATED] = "UPDATE request SET updated_at = ?2 WHERE id = ?1"
			" AND updated_at <> ?2",
	[SET_ASKED] = "UPDATE request SET state = 'asked', asks = asks + 1,"
		      " reminded_at = NULL, changed_at = ?2, why = NULL"
		      " WHERE id = ?1",
	[SET_REMINDED] = "UPDATE request SET reminded_at = ?2 WHERE id = ?1",
	[SET_ESCALATED] = "UPDATE request SET escalated_at = ?2 WHERE id = ?1",
	[APPROVAL_ADD] = "INSERT INTO approval (request_id, approval_id, mode,"
			 " content_hash, asked_at, state, decided_at, method)"
			 " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[APPROVAL_CURRENT] = APPROVAL_SELECT
	"WHERE request_id = ?1 AND state IN ('open', 'approved')"
	" ORDER BY id DESC LIMIT 1",
	[APPROVAL_LAST] = APPROVAL_SELECT
	"WHERE request_id = ?1 ORDER BY id DESC LIMIT 1",
	[APPROVAL_GET] = APPROVAL_SELECT "WHERE id = ?1",
	[APPROVAL_KNOWN] = "SELECT count(*) FROM approval"
			   " WHERE request_id = ?1 AND approval_id = ?2",
	[APPROVAL_SET] = "UPDATE approval SET state = ?2, decided_at ="
			 " coalesce(?3, decided_at) WHERE id = ?1",
	[APPROVAL_METHOD] = "UPDATE approval SET method = ?2 WHERE id = ?1",
	[APPROVALS_VOID] = "UPDATE approval SET state = 'void'"
			   " WHERE request_id = ?1"
			   " AND state IN ('open', 'approved')",
	[OWED_ADD] = "INSERT OR IGNORE INTO owed (approval, account, why)"
		     " VALUES (?1, ?2, ?3)",
	[OWED_DECIDE] = "UPDATE owed SET decision = ?3, decided_at = ?4"
			" WHERE approval = ?1 AND account = ?2",
	[OWED_OF] = "SELECT account, why, decision, decided_at FROM owed"
		    " WHERE approval = ?1 ORDER BY account",
	[POLICY_BEFORE] = "SELECT sha256 FROM policy WHERE role = ?1"
			  " ORDER BY first_at DESC, sha256 LIMIT 1",
	[POLICY_PUT] = "INSERT OR IGNORE INTO policy (sha256, role, section,"
		       " first_at) VALUES (?1, ?2, ?3, ?4)",
};

const struct ledger_family request_family =
	LEDGER_FAMILY(request, REQUEST, sql);

struct collect {
	struct arena *arena;
	void *ret;
};

static int collect_request(void *arg, const struct row *r,
	struct lapse_err *err)
{
	struct collect *c = arg;
	struct arena *a = c->arena;
	struct request_rows *rows = c->ret;
	struct request_row *q = VEC_ADD(&rows->list, a);

	if (q == NULL)
		return lapse_fail_nomem(err);
	q->id = row_int(r, 0);
	q->issue = arena_copy(a, row_text(r, 1));
	q->key = arena_copy(a, row_text(r, 2));
	q->project = arena_copy(a, row_text(r, 3));
	q->type = arena_copy(a, row_text(r, 4));
	q->state = arena_copy(a, row_text(r, 5));
	q->requester = arena_copy(a, row_text(r, 6));
	q->creator = arena_copy(a, row_text(r, 7));
	q->beneficiary = arena_copy(a, row_text(r, 8));
	q->role = arena_copy(a, row_text(r, 9));
	q->duration_s = row_int(r, 10);
	q->starts_at = row_time(r, 11);
	q->content_hash = arena_copy(a, row_text(r, 12));
	q->extends = row_int(r, 13);
	q->asks = row_int(r, 14);
	q->reminded_at = row_time(r, 15);
	q->escalated_at = row_time(r, 16);
	q->updated_at = row_time(r, 17);
	q->changed_at = row_time(r, 18);
	q->policy = arena_copy(a, row_text(r, 19));
	q->why = arena_copy(a, row_text(r, 20));
	return arena_check(a, err);
}

struct collect_one {
	struct arena *arena;
	struct approval_row *ret;
};

static int read_approval(void *arg, const struct row *r,
	struct lapse_err *err)
{
	struct collect_one *c = arg;
	struct arena *a = c->arena;
	struct approval_row *p = c->ret;

	p->id = row_int(r, 0);
	p->request = row_int(r, 1);
	p->approval = arena_copy(a, row_text(r, 2));
	p->mode = arena_copy(a, row_text(r, 3));
	p->content_hash = arena_copy(a, row_text(r, 4));
	p->asked_at = row_time(r, 5);
	p->state = arena_copy(a, row_text(r, 6));
	p->decided_at = row_time(r, 7);
	p->method = arena_copy(a, row_text(r, 8));
	return arena_check(a, err);
}

/* The first row or a zeroed one. */
static void first(const struct request_rows *rows, struct request_row *ret)
{
	if (rows->list.n > 0)
		*ret = rows->list.items[0];
	else
		memset(ret, 0, sizeof(*ret));
}

int request_of_issue(struct ledger *l, const char *issue, struct arena *a,
	struct request_row *ret, struct lapse_err *err)
{
	struct request_rows rows = {0};
	struct collect c = {a, &rows};
	int rc = ledger_query(l, &request_family, OF_ISSUE, collect_request,
		&c, err, "t", issue);

	if (rc == 0)
		first(&rows, ret);
	return rc;
}

struct mark {
	struct arena *arena;
	const char *text;
};

static int on_mark(void *arg, const struct row *r, struct lapse_err *err)
{
	struct mark *m = arg;

	m->text = arena_copy(m->arena, row_text(r, 0));
	return arena_check(m->arena, err);
}

int request_mark(struct ledger *l, const char *issue, struct arena *a,
	const char **ret, struct lapse_err *err)
{
	struct mark m = {a, ""};
	int rc = ledger_query(l, &request_family, MARK, on_mark, &m, err, "t",
		issue);

	if (rc == 0)
		*ret = m.text;
	return rc;
}

int request_get(struct ledger *l, int64_t id, struct arena *a,
	struct request_row *ret, struct lapse_err *err)
{
	struct request_rows rows = {0};
	struct collect c = {a, &rows};
	int rc = ledger_query(l, &request_family, GET, collect_request, &c,
		err, "i", id);

	if (rc == 0)
		first(&rows, ret);
	return rc;
}

int requests_open(struct ledger *l, struct arena *a, struct request_rows *ret,
	struct lapse_err *err)
{
	struct collect c = {a, ret};

	return ledger_query(l, &request_family, OPEN, collect_request, &c,
		err, "");
}

int requests_why(struct ledger *l, const char *state, const char *why,
	struct arena *a, struct request_rows *ret, struct lapse_err *err)
{
	struct collect c = {a, ret};

	return ledger_query(l, &request_family, WHY, collect_request, &c,
		err, "tt", state, why);
}

int request_put(struct ledger *l, const struct request_row *r,
	int64_t *ret_id, struct lapse_err *err)
{
	struct request_row now = {0};
	struct arena a = {0};
	int rc = ledger_exec(l, &request_family, PUT, NULL, err,
		"tttt" "tttt" "iwiw" "itt", r->issue, r->key, r->project,
		r->type, r->requester, r->creator, r->beneficiary, r->role,
		r->duration_s, r->starts_at, r->extends, r->updated_at,
		r->changed_at, r->policy, r->content_hash);

	if (rc == 0)
		rc = request_of_issue(l, r->issue, &a, &now, err);
	if (rc == 0)
		*ret_id = now.id;
	arena_clear(&a);
	return rc;
}

int request_set_state(struct ledger *l, int64_t id, const char *state,
	const char *why, int64_t now, struct lapse_err *err)
{
	return ledger_exec(l, &request_family, SET_STATE, NULL, err, "itti",
		id, state, why, now);
}

int request_set_updated(struct ledger *l, int64_t id, int64_t updated_at,
	struct lapse_err *err)
{
	return ledger_exec(l, &request_family, SET_UPDATED, NULL, err, "ii",
		id, updated_at);
}

int request_set_asked(struct ledger *l, int64_t id, int64_t now,
	struct lapse_err *err)
{
	return ledger_exec(l, &request_family, SET_ASKED, NULL, err, "ii", id,
		now);
}

int request_set_reminded(struct ledger *l, int64_t id, int64_t now,
	struct lapse_err *err)
{
	return ledger_exec(l, &request_family, SET_REMINDED, NULL, err, "ii",
		id, now);
}

int request_set_escalated(struct ledger *l, int64_t id, int64_t now,
	struct lapse_err *err)
{
	return ledger_exec(l, &request_family, SET_ESCALATED, NULL, err, "ii",
		id, now);
}

int approval_add(struct ledger *l, const struct approval_row *ap,
	int64_t *ret_id, struct lapse_err *err)
{
	int rc = ledger_exec(l, &request_family, APPROVAL_ADD, NULL, err,
		"itttitwt", ap->request, ap->approval, ap->mode,
		ap->content_hash, ap->asked_at, ap->state, ap->decided_at,
		ap->method);

	if (rc == 0)
		*ret_id = ledger_last_id(l);
	return rc;
}

static int approval_one(struct ledger *l, size_t which, int64_t key,
	struct arena *a, struct approval_row *ret, struct lapse_err *err)
{
	struct collect_one c = {a, ret};

	memset(ret, 0, sizeof(*ret));
	return ledger_query(l, &request_family, which, read_approval, &c, err,
		"i", key);
}

int approval_current(struct ledger *l, int64_t request, struct arena *a,
	struct approval_row *ret, struct lapse_err *err)
{
	return approval_one(l, APPROVAL_CURRENT, request, a, ret, err);
}

int approval_last(struct ledger *l, int64_t request, struct arena *a,
	struct approval_row *ret, struct lapse_err *err)
{
	return approval_one(l, APPROVAL_LAST, request, a, ret, err);
}

int approval_get(struct ledger *l, int64_t id, struct arena *a,
	struct approval_row *ret, struct lapse_err *err)
{
	return approval_one(l, APPROVAL_GET, id, a, ret, err);
}

int approval_known(struct ledger *l, int64_t request, const char *approval,
	bool *ret, struct lapse_err *err)
{
	int64_t n = 0;
	int rc = ledger_int(l, &request_family, APPROVAL_KNOWN, &n, 0, err,
		"it", request, approval);

	if (rc == 0)
		*ret = n > 0;
	return rc;
}

int approval_set(struct ledger *l, int64_t id, const char *state,
	int64_t decided_at, struct lapse_err *err)
{
	return ledger_exec(l, &request_family, APPROVAL_SET, NULL, err, "itw",
		id, state, decided_at);
}

int approval_set_method(struct ledger *l, int64_t id, const char *method,
	struct lapse_err *err)
{
	return ledger_exec(l, &request_family, APPROVAL_METHOD, NULL, err,
		"it", id, method);
}

int approvals_void(struct ledger *l, int64_t request, struct lapse_err *err)
{
	return ledger_exec(l, &request_family, APPROVALS_VOID, NULL, err, "i",
		request);
}

int owed_add(struct ledger *l, int64_t approval, const char *account,
	const char *why, struct lapse_err *err)
{
	return ledger_exec(l, &request_family, OWED_ADD, NULL, err, "itt",
		approval, account, why);
}

int owed_decide(struct ledger *l, int64_t approval, const char *account,
	const char *decision, int64_t at, struct lapse_err *err)
{
	return ledger_exec(l, &request_family, OWED_DECIDE, NULL, err, "ittw",
		approval, account, decision, at);
}

static int collect_owed(void *arg, const struct row *r, struct lapse_err *err)
{
	struct collect *c = arg;
	struct owed_rows *rows = c->ret;
	struct owed_row *o = VEC_ADD(&rows->list, c->arena);

	if (o == NULL)
		return lapse_fail_nomem(err);
	o->account = arena_copy(c->arena, row_text(r, 0));
	o->why = arena_copy(c->arena, row_text(r, 1));
	o->decision = arena_copy(c->arena, row_text(r, 2));
	o->decided_at = row_time(r, 3);
	return arena_check(c->arena, err);
}

int owed_of(struct ledger *l, int64_t approval, struct arena *a,
	struct owed_rows *ret, struct lapse_err *err)
{
	struct collect c = {a, ret};

	return ledger_query(l, &request_family, OWED_OF, collect_owed, &c,
		err, "i", approval);
}

static int read_before(void *arg, const struct row *r, struct lapse_err *err)
{
	(void)err;
	snprintf(arg, 65, "%s", row_text(r, 0));
	return 0;
}

int policy_put(struct ledger *l, const char *sha256, const char *role,
	const char *section, int64_t now, bool *ret_new, char ret_before[65],
	struct lapse_err *err)
{
	int64_t n = 0;
	int rc;

	ret_before[0] = '\0';
	rc = ledger_query(l, &request_family, POLICY_BEFORE, read_before,
		ret_before, err, "t", role);
	if (rc < 0)
		return rc;
	rc = ledger_exec(l, &request_family, POLICY_PUT, &n, err, "ttti",
		sha256, role, section, now);
	if (rc == 0)
		*ret_new = n > 0;
	return rc;
}
