/* Campaigns, sheets and items of access reviews as rows. */
#include "review_rows.h"

#include "stmt.h"

enum {
	CAMPAIGN_TAKEN,
	CAMPAIGN_ADD,
	CAMPAIGN_GET,
	CAMPAIGN_NAMED,
	CAMPAIGN_OF_ISSUE,
	CAMPAIGN_BACK,
	CAMPAIGNS,
	CAMPAIGN_PUT,
	SHEET_ADD,
	SHEET_BACK,
	SHEET_GET,
	SHEETS,
	SHEET_OF_ISSUE,
	SHEET_OF_REVIEWER,
	SHEET_PUT,
	ITEM_ADD,
	ITEM_GET,
	ITEM_OF_TASK,
	ITEMS_OF_CAMPAIGN,
	ITEMS_OF_SHEET,
	ITEMS_MOVING,
	ITEM_PUT,
};

#define CAMPAIGN_SELECT                                                        \
	"SELECT id, name, scope, state, no_response, opened_by, opened_at,"    \
	" due_at, items, digest, issue_id, issue_key, sought_at, closed_at,"   \
	" closed_by, acknowledger, approval_id, asked_at, acknowledged_by,"    \
	" acknowledged_at, rejected_at FROM campaign "
#define SHEET_SELECT                                                           \
	"SELECT id, campaign_id, reviewer, why, form = 'csv', issue_id,"       \
	" issue_key, sought_at, told_at, reminded_at, escalated_at,"           \
	" updated_at, attachment,"                                             \
	" (SELECT count(*) FROM item i WHERE i.sheet_id = s.id),"              \
	" (SELECT count(*) FROM item i WHERE i.sheet_id = s.id"                \
	" AND i.decision IS NULL AND i.state = 'open') FROM sheet s "
#define ITEM_SELECT                                                            \
	"SELECT id, campaign_id, n, source, application, role, idp, group_id," \
	" group_name, user_id, account, login, name, email, status,"           \
	" department, title, manager, orphan, elevated, via, grant_id,"        \
	" granted_at, expires_at, request_key, justification,"                 \
	" provisioned_by, last_use, last_use_at, last_use_source,"             \
	" last_use_why, days_inactive, other_roles, seat_cost,"                \
	" recommendation, recommended_why, digest,"                            \
	" sheet_id, task_id, task_key, task_sought_at, task_updated_at,"       \
	" decision, decided_at, decided_by, decision_ref, decision_reason,"    \
	" limit_until, refused_ref, state, outcome, remediation_grant,"        \
	" acted_at, settled_at FROM item "

static const char *const sql[] = {
	[CAMPAIGN_TAKEN] = "SELECT count(*) FROM campaign WHERE name = ?1",
	[CAMPAIGN_ADD] = "INSERT INTO campaign (name, scope, state,"
			 " no_response, opened_by, opened_at, due_at, items,"
			 " digest) VALUES (?1, ?2, 'opening', ?3, ?4, ?5, ?6,"
			 " ?7, ?8)",
	[CAMPAIGN_GET] = CAMPAIGN_SELECT "WHERE id = ?1",
	[CAMPAIGN_NAMED] = CAMPAIGN_SELECT "WHERE name = ?1",
	[CAMPAIGN_OF_ISSUE] = CAMPAIGN_SELECT "WHERE issue_id = ?1",
	[CAMPAIGN_BACK] = "INSERT INTO campaign (id, name, scope, state,"
			  " no_response, opened_by, opened_at, due_at, items,"
			  " digest) VALUES (?1, ?2, ?3, 'opening', ?4, ?5, ?6,"
			  " ?7, ?8, ?9)",
	[CAMPAIGNS] = CAMPAIGN_SELECT
	"WHERE NOT ?1 OR state <> 'closed' OR (approval_id IS NOT NULL"
	" AND acknowledged_at IS NULL AND rejected_at IS NULL) ORDER BY id",
	[CAMPAIGN_PUT] = "UPDATE campaign SET state = ?2, issue_id = ?3,"
			 " issue_key = ?4, sought_at = ?5, closed_at = ?6,"
			 " closed_by = ?7, acknowledger = ?8,"
			 " approval_id = ?9, asked_at = ?10,"
			 " acknowledged_by = ?11, acknowledged_at = ?12,"
			 " rejected_at = ?13 WHERE id = ?1",
	[SHEET_ADD] = "INSERT INTO sheet (campaign_id, reviewer, why, form)"
		      " VALUES (?1, ?2, ?3, iif(?4, 'csv', 'tasks'))",
	[SHEET_BACK] = "INSERT INTO sheet (id, campaign_id, reviewer, why,"
		       " form) VALUES (?1, ?2, ?3, ?4, iif(?5, 'csv', 'tasks'))",
	[SHEET_GET] = SHEET_SELECT "WHERE id = ?1",
	[SHEETS] = SHEET_SELECT "WHERE campaign_id = ?1 ORDER BY id",
	[SHEET_OF_ISSUE] = SHEET_SELECT "WHERE issue_id = ?1",
	[SHEET_OF_REVIEWER] = SHEET_SELECT
	"WHERE campaign_id = ?1 AND reviewer = ?2",
	[SHEET_PUT] = "UPDATE sheet SET issue_id = ?2, issue_key = ?3,"
		      " sought_at = ?4, told_at = ?5, reminded_at = ?6,"
		      " escalated_at = ?7, updated_at = ?8, attachment = ?9,"
		      " form = iif(?10, 'csv', 'tasks') WHERE id = ?1",
	[ITEM_ADD] = "INSERT INTO item (campaign_id, n, source, application,"
		     " role, idp, group_id, group_name, user_id, account,"
		     " login, name, email, status, department, title, manager,"
		     " orphan, elevated, via, grant_id, granted_at,"
		     " expires_at, request_key, justification,"
		     " provisioned_by, last_use, last_use_at,"
		     " last_use_source, last_use_why, days_inactive,"
		     " other_roles, seat_cost, recommendation,"
		     " recommended_why, digest, sheet_id)"
		     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
		     " ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,"
		     " nullif(?21, 0), ?22, ?23, ?24, ?25, ?26, ?27, ?28,"
		     " ?29, ?30, iif(?31 < 0, NULL, ?31), ?32, ?33, ?34,"
		     " ?35, ?36, ?37)",
	[ITEM_GET] = ITEM_SELECT "WHERE id = ?1",
	[ITEM_OF_TASK] = ITEM_SELECT "WHERE task_id = ?1",
	[ITEMS_OF_CAMPAIGN] = ITEM_SELECT "WHERE campaign_id = ?1 ORDER BY n",
	[ITEMS_OF_SHEET] = ITEM_SELECT "WHERE sheet_id = ?1 ORDER BY n",
	[ITEMS_MOVING] = ITEM_SELECT
	"WHERE campaign_id = ?1 AND state IN ('decided', 'held', 'acting')"
	" ORDER BY n",
	[ITEM_PUT] = "UPDATE item SET sheet_id = ?2, task_id = ?3,"
		     " task_key = ?4, task_sought_at = ?5,"
		     " task_updated_at = ?6, decision = ?7, decided_at = ?8,"
		     " decided_by = ?9, decision_ref = ?10,"
		     " decision_reason = ?11, limit_until = ?12,"
		     " refused_ref = ?13, state = ?14, outcome = ?15,"
		     " remediation_grant = nullif(?16, 0), acted_at = ?17,"
		     " settled_at = ?18 WHERE id = ?1",
};

const struct ledger_family review_family =
	LEDGER_FAMILY_SINCE(2, review, REVIEW, sql);

/* ---- Reading rows ---- */

/* The columns of a row in their order, copied as they come. */
struct columns {
	const struct row *row;
	struct arena *arena;
	int at;
};

static const char *text(struct columns *c)
{
	return arena_copy(c->arena, row_text(c->row, c->at++));
}

static int64_t number(struct columns *c)
{
	return row_int(c->row, c->at++);
}

static int64_t time_of(struct columns *c)
{
	return row_time(c->row, c->at++);
}

/* One row of any kind, taken into an arena. */
struct one {
	struct arena *arena;
	void *ret;
	bool found;
};

static int take_campaign(void *arg, const struct row *row,
	struct lapse_err *err)
{
	struct one *o = arg;
	struct columns c = {.row = row, .arena = o->arena};
	struct campaign_row *r = o->ret;

	*r = (struct campaign_row){.id = number(&c)};
	r->name = text(&c);
	r->scope = text(&c);
	r->state = text(&c);
	r->no_response = text(&c);
	r->opened_by = text(&c);
	r->opened_at = time_of(&c);
	r->due_at = time_of(&c);
	r->items = number(&c);
	r->digest = text(&c);
	r->issue = text(&c);
	r->issue_key = text(&c);
	r->sought_at = time_of(&c);
	r->closed_at = time_of(&c);
	r->closed_by = text(&c);
	r->acknowledger = text(&c);
	r->approval = text(&c);
	r->asked_at = time_of(&c);
	r->acknowledged_by = text(&c);
	r->acknowledged_at = time_of(&c);
	r->rejected_at = time_of(&c);
	o->found = true;
	return arena_check(o->arena, err);
}

static int take_sheet(void *arg, const struct row *row, struct lapse_err *err)
{
	struct one *o = arg;
	struct columns c = {.row = row, .arena = o->arena};
	struct sheet_row *r = o->ret;

	*r = (struct sheet_row){.id = number(&c)};
	r->campaign = number(&c);
	r->reviewer = text(&c);
	r->why = text(&c);
	r->csv = number(&c) != 0;
	r->issue = text(&c);
	r->issue_key = text(&c);
	r->sought_at = time_of(&c);
	r->told_at = time_of(&c);
	r->reminded_at = time_of(&c);
	r->escalated_at = time_of(&c);
	r->updated_at = time_of(&c);
	r->attachment = text(&c);
	r->items = number(&c);
	r->open = number(&c);
	o->found = true;
	return arena_check(o->arena, err);
}

static void take_person(struct columns *c, struct item_row *r)
{
	r->user = text(c);
	r->account = text(c);
	r->login = text(c);
	r->name = text(c);
	r->email = text(c);
	r->status = text(c);
	r->department = text(c);
	r->title = text(c);
	r->manager = text(c);
	r->orphan = number(c) != 0;
}

static void take_access(struct columns *c, struct item_row *r)
{
	r->elevated = number(c) != 0;
	r->via = text(c);
	r->grant = number(c);
	r->granted_at = time_of(c);
	r->expires_at = time_of(c);
	r->request_key = text(c);
	r->justification = text(c);
	r->provisioned_by = text(c);
}

static void take_use(struct columns *c, struct item_row *r)
{
	r->last_use = text(c);
	r->last_use_at = time_of(c);
	r->last_use_source = text(c);
	r->last_use_why = text(c);
	r->days_inactive = row_null(c->row, c->at) ? -1 :
		row_int(c->row, c->at);
	c->at++;
	r->other_roles = text(c);
	r->seat_cost = text(c);
	r->recommendation = text(c);
	r->recommended_why = text(c);
	r->digest = text(c);
}

static void take_decision(struct columns *c, struct item_row *r)
{
	r->sheet = number(c);
	r->task = text(c);
	r->task_key = text(c);
	r->task_sought_at = time_of(c);
	r->task_updated_at = time_of(c);
	r->decision = text(c);
	r->decided_at = time_of(c);
	r->decided_by = text(c);
	r->decision_ref = text(c);
	r->decision_reason = text(c);
	r->limit_until = time_of(c);
	r->refused_ref = text(c);
	r->state = text(c);
	r->outcome = text(c);
	r->remediation = number(c);
	r->acted_at = time_of(c);
	r->settled_at = time_of(c);
}

static int take_item(void *arg, const struct row *row, struct lapse_err *err)
{
	struct one *o = arg;
	struct columns c = {.row = row, .arena = o->arena};
	struct item_row *r = o->ret;

	*r = (struct item_row){.id = number(&c)};
	r->campaign = number(&c);
	r->n = number(&c);
	r->source = text(&c);
	r->application = text(&c);
	r->role = text(&c);
	r->idp = text(&c);
	r->group = text(&c);
	r->group_name = text(&c);
	take_person(&c, r);
	take_access(&c, r);
	take_use(&c, r);
	take_decision(&c, r);
	o->found = true;
	return arena_check(o->arena, err);
}

static int found(const struct one *o, int rc, const char *what,
	struct lapse_err *err)
{
	if (rc == 0 && !o->found)
		return lapse_fail(err, LAPSE_ENOTFOUND, "%s: there is none",
			what);
	return rc;
}

/* ---- Campaigns ---- */

int campaign_add(struct ledger *l, const struct campaign_row *c,
	int64_t *ret_id, struct lapse_err *err)
{
	int64_t taken = 0;
	int rc = ledger_int(l, &review_family, CAMPAIGN_TAKEN, &taken, 0, err,
		"t", c->name);

	if (rc == 0 && taken != 0)
		return lapse_fail(err, LAPSE_EREFUSED, "campaign: '%s': there "
			"is one of this name; choose another", c->name);
	if (rc == 0)
		rc = ledger_exec(l, &review_family, CAMPAIGN_ADD, NULL, err,
			"tttt" "iiit", c->name, c->scope, c->no_response,
			c->opened_by, c->opened_at, c->due_at, c->items,
			c->digest);
	if (rc == 0)
		*ret_id = ledger_last_id(l);
	return rc;
}

int campaign_get(struct ledger *l, int64_t id, struct arena *a,
	struct campaign_row *ret, struct lapse_err *err)
{
	struct one o = {.arena = a, .ret = ret};
	int rc = ledger_query(l, &review_family, CAMPAIGN_GET, take_campaign,
		&o, err, "i", id);

	return found(&o, rc, "campaign", err);
}

int campaign_named(struct ledger *l, const char *name, struct arena *a,
	struct campaign_row *ret, struct lapse_err *err)
{
	struct one o = {.arena = a, .ret = ret};
	int rc = ledger_query(l, &review_family, CAMPAIGN_NAMED, take_campaign,
		&o, err, "t", name);

	if (rc == 0 && !o.found)
		return lapse_fail(err, LAPSE_ENOTFOUND,
			"campaign: '%s': there is none", name);
	return rc;
}

int campaign_of_issue(struct ledger *l, const char *issue, struct arena *a,
	struct campaign_row *ret, struct lapse_err *err)
{
	struct one o = {.arena = a, .ret = ret};
	int rc = ledger_query(l, &review_family, CAMPAIGN_OF_ISSUE,
		take_campaign, &o, err, "t", issue);

	return found(&o, rc, "campaign", err);
}

int campaign_back(struct ledger *l, const struct campaign_row *c,
	struct lapse_err *err)
{
	int rc = ledger_exec(l, &review_family, CAMPAIGN_BACK, NULL, err,
		"ittttiiit", c->id, c->name, c->scope, c->no_response,
		c->opened_by, c->opened_at, c->due_at, c->items, c->digest);

	return rc < 0 ? rc : campaign_put(l, c, err);
}

struct campaign_list {
	struct arena *arena;
	struct campaign_rows rows;
};

static int add_campaign(void *arg, const struct row *row,
	struct lapse_err *err)
{
	struct campaign_list *list = arg;
	struct one o = {
		.arena = list->arena,
		.ret = VEC_ADD(&list->rows.list, list->arena),
	};

	return o.ret == NULL ? lapse_fail_nomem(err)
			     : take_campaign(&o, row, err);
}

int campaigns(struct ledger *l, bool live, struct arena *a,
	struct campaign_rows *ret, struct lapse_err *err)
{
	struct campaign_list list = {.arena = a};
	int rc = ledger_query(l, &review_family, CAMPAIGNS, add_campaign,
		&list, err, "i", (int64_t)live);

	if (rc == 0)
		*ret = list.rows;
	return rc;
}

int campaign_put(struct ledger *l, const struct campaign_row *c,
	struct lapse_err *err)
{
	return ledger_exec(l, &review_family, CAMPAIGN_PUT, NULL, err,
		"itttw" "wttt" "wtww", c->id, c->state, c->issue, c->issue_key,
		c->sought_at, c->closed_at, c->closed_by, c->acknowledger,
		c->approval, c->asked_at, c->acknowledged_by,
		c->acknowledged_at, c->rejected_at);
}

/* ---- Sheets ---- */

int sheet_add(struct ledger *l, const struct sheet_row *s, int64_t *ret_id,
	struct lapse_err *err)
{
	int rc = ledger_exec(l, &review_family, SHEET_ADD, NULL, err, "itti",
		s->campaign, s->reviewer, s->why, (int64_t)s->csv);

	if (rc == 0)
		*ret_id = ledger_last_id(l);
	return rc;
}

int sheet_back(struct ledger *l, const struct sheet_row *s,
	struct lapse_err *err)
{
	int rc = ledger_exec(l, &review_family, SHEET_BACK, NULL, err, "iitti",
		s->id, s->campaign, s->reviewer, s->why, (int64_t)s->csv);

	return rc < 0 ? rc : sheet_put(l, s, err);
}

int sheet_get(struct ledger *l, int64_t id, struct arena *a,
	struct sheet_row *ret, struct lapse_err *err)
{
	struct one o = {.arena = a, .ret = ret};
	int rc = ledger_query(l, &review_family, SHEET_GET, take_sheet, &o,
		err, "i", id);

	return found(&o, rc, "sheet", err);
}

struct sheet_list {
	struct arena *arena;
	struct sheet_rows rows;
};

static int add_sheet(void *arg, const struct row *row, struct lapse_err *err)
{
	struct sheet_list *list = arg;
	struct one o = {
		.arena = list->arena,
		.ret = VEC_ADD(&list->rows.list, list->arena),
	};

	return o.ret == NULL ? lapse_fail_nomem(err)
			     : take_sheet(&o, row, err);
}

int sheets(struct ledger *l, int64_t campaign, struct arena *a,
	struct sheet_rows *ret, struct lapse_err *err)
{
	struct sheet_list list = {.arena = a};
	int rc = ledger_query(l, &review_family, SHEETS, add_sheet, &list, err,
		"i", campaign);

	if (rc == 0)
		*ret = list.rows;
	return rc;
}

int sheet_of_issue(struct ledger *l, const char *issue, struct arena *a,
	struct sheet_row *ret, struct lapse_err *err)
{
	struct one o = {.arena = a, .ret = ret};
	int rc = ledger_query(l, &review_family, SHEET_OF_ISSUE, take_sheet,
		&o, err, "t", issue);

	return found(&o, rc, "sheet", err);
}

int sheet_of_reviewer(struct ledger *l, int64_t campaign,
	const char *reviewer, struct arena *a, struct sheet_row *ret,
	struct lapse_err *err)
{
	struct one o = {.arena = a, .ret = ret};
	int rc = ledger_query(l, &review_family, SHEET_OF_REVIEWER, take_sheet,
		&o, err, "it", campaign, reviewer);

	return found(&o, rc, "sheet", err);
}

int sheet_put(struct ledger *l, const struct sheet_row *s,
	struct lapse_err *err)
{
	return ledger_exec(l, &review_family, SHEET_PUT, NULL, err,
		"ittww" "wwwti", s->id, s->issue, s->issue_key, s->sought_at,
		s->told_at, s->reminded_at, s->escalated_at, s->updated_at,
		s->attachment, (int64_t)s->csv);
}

/* ---- Items ---- */

int item_add(struct ledger *l, const struct item_row *i, int64_t *ret_id,
	struct lapse_err *err)
{
	int rc = ledger_exec(l, &review_family, ITEM_ADD, NULL, err,
		"iitttttttt" "tttttttii" "tiwwttt" "twtti" "ttttti",
		i->campaign, i->n, i->source, i->application, i->role, i->idp,
		i->group, i->group_name, i->user, i->account,
		i->login, i->name, i->email, i->status, i->department,
		i->title, i->manager, (int64_t)i->orphan, (int64_t)i->elevated,
		i->via, i->grant, i->granted_at, i->expires_at,
		i->request_key, i->justification, i->provisioned_by,
		i->last_use, i->last_use_at, i->last_use_source,
		i->last_use_why, i->days_inactive,
		i->other_roles, i->seat_cost, i->recommendation,
		i->recommended_why, i->digest, i->sheet);

	if (rc == 0)
		*ret_id = ledger_last_id(l);
	return rc;
}

int item_get(struct ledger *l, int64_t id, struct arena *a,
	struct item_row *ret, struct lapse_err *err)
{
	struct one o = {.arena = a, .ret = ret};
	int rc = ledger_query(l, &review_family, ITEM_GET, take_item, &o, err,
		"i", id);

	return found(&o, rc, "item", err);
}

int item_of_task(struct ledger *l, const char *task, struct arena *a,
	struct item_row *ret, struct lapse_err *err)
{
	struct one o = {.arena = a, .ret = ret};
	int rc = ledger_query(l, &review_family, ITEM_OF_TASK, take_item, &o,
		err, "t", task);

	return found(&o, rc, "item", err);
}

/* One item at a time: a campaign may have many thousands. */
struct item_walk {
	int (*each)(void *arg, const struct item_row *i,
		struct lapse_err *err);
	void *arg;
};

static int walk_item(void *arg, const struct row *row, struct lapse_err *err)
{
	struct item_walk *w = arg;
	AUTO_ARENA a = {0};
	struct item_row item = {0};
	struct one o = {.arena = &a, .ret = &item};
	int rc = take_item(&o, row, err);

	return rc < 0 ? rc : w->each(w->arg, &item, err);
}

int items_of_campaign(struct ledger *l, int64_t campaign,
	int (*each)(void *arg, const struct item_row *i,
		struct lapse_err *err),
	void *arg, struct lapse_err *err)
{
	struct item_walk w = {.each = each, .arg = arg};

	return ledger_query(l, &review_family, ITEMS_OF_CAMPAIGN, walk_item,
		&w, err, "i", campaign);
}

struct item_list {
	struct arena *arena;
	struct item_rows rows;
};

static int add_item(void *arg, const struct row *row, struct lapse_err *err)
{
	struct item_list *list = arg;
	struct one o = {
		.arena = list->arena,
		.ret = VEC_ADD(&list->rows.list, list->arena),
	};

	return o.ret == NULL ? lapse_fail_nomem(err)
			     : take_item(&o, row, err);
}

static int list_items(struct ledger *l, size_t which, int64_t of,
	struct arena *a, struct item_rows *ret, struct lapse_err *err)
{
	struct item_list list = {.arena = a};
	int rc = ledger_query(l, &review_family, which, add_item, &list, err,
		"i", of);

	if (rc == 0)
		*ret = list.rows;
	return rc;
}

int items_of_sheet(struct ledger *l, int64_t sheet, struct arena *a,
	struct item_rows *ret, struct lapse_err *err)
{
	return list_items(l, ITEMS_OF_SHEET, sheet, a, ret, err);
}

int items_moving(struct ledger *l, int64_t campaign, struct arena *a,
	struct item_rows *ret, struct lapse_err *err)
{
	return list_items(l, ITEMS_MOVING, campaign, a, ret, err);
}

int item_put(struct ledger *l, const struct item_row *i,
	struct lapse_err *err)
{
	return ledger_exec(l, &review_family, ITEM_PUT, NULL, err,
		"iittww" "twttt" "wtttiww", i->id, i->sheet, i->task,
		i->task_key, i->task_sought_at, i->task_updated_at,
		i->decision, i->decided_at, i->decided_by, i->decision_ref,
		i->decision_reason, i->limit_until, i->refused_ref, i->state,
		i->outcome, i->remediation, i->acted_at, i->settled_at);
}
