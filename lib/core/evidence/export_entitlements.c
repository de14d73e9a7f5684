/* entitlements.csv: the whole population of an access review, one row per
 * membership, whatever it comes from. What only a campaign knows is empty. */
#include <stdio.h>

#include "export_private.h"

enum {
	DAY_S = 86400,
	CAMPAIGN_CELLS = 17,	/* recommendation .. exception_until */
};

/* A released column keeps its place; new ones go to the end. */
static const char *const columns[] = {"review_id", "review_name",
	"period_start", "period_end", "snapshot_at", "idp", "tenant",
	"resource", "group_id", "group_name", "member_id", "member_login",
	"member_name", "member_email", "member_type", "member_status",
	"manager", "department", "job_title", "membership_via", "granted_via",
	"granted_at", "expires_at", "original_issue", "justification",
	"last_login_at", "last_login_source", "days_inactive",
	"recommendation", "recommendation_reason", "reviewer_id",
	"reviewer_name", "reviewer_is_member", "reviewer_provisioned_it",
	"decision", "decision_at", "decision_reason", "acknowledged_by",
	"acknowledged_at", "remediation_issue", "remediation_started_at",
	"remediated_at", "absence_verified_at", "remediation_remote_ref",
	"exception_until", "ledger_seq", "member_observed_at",
	"member_since"};

/* The row being gathered: cells that are encoded already, and what the live
 * holds on the membership add up to. */
struct gather {
	struct ledger *ledger;
	struct csv_file *csv;
	const struct export_filter *filter;
	int64_t now;
	int64_t *count;		/* of the part being written */
	struct buf source;	/* review_id .. tenant */
	struct buf group;	/* group_id, group_name */
	bool open;
	int64_t uid;
	struct buf member;	/* member_id .. membership_via */
	struct buf login;	/* last_login_at .. days_inactive */
	struct buf observed;	/* member_observed_at, member_since */
	struct buf role;
	struct buf via;
	struct buf issue;
	struct buf reason;
	int64_t granted_at;	/* the earliest */
	int64_t expires_at;	/* the latest */
	bool endless;		/* one of them has no end */
	int64_t seq;
};

static void clear_gather(struct gather *g)
{
	struct buf *all[] = {&g->source, &g->group, &g->member, &g->login,
		&g->observed, &g->role, &g->via, &g->issue, &g->reason};

	for (size_t i = 0; i < ARRAY_N(all); i++)
		buf_clear(all[i]);
}
#define AUTO_GATHER __attribute__((cleanup(clear_gather))) struct gather

static struct csv_row begin_cells(const struct gather *g, struct buf *out)
{
	buf_reset(out);
	return (struct csv_row){
		.out = out,
		.days = g->csv->row.days,
		.safe = g->csv->row.safe,
	};
}

/* The same for all members of a group, so encoded once. */
static void set_group(struct gather *g, const char *idp, const char *group,
	const char *name, int64_t snapshot_at)
{
	struct csv_row r = begin_cells(g, &g->source);

	csv_empty(&r, 2);
	csv_time(&r, g->filter->since);
	csv_time(&r, g->filter->until);
	csv_time(&r, snapshot_at);
	csv_text(&r, idp);
	csv_empty(&r, 1);
	r = begin_cells(g, &g->group);
	csv_text(&r, group);
	csv_text(&r, name);
}

static const char *via_of(const char *kind)
{
	return kind == NULL || kind[0] == '\0' ? "unknown"
		: kind[0] == 'o' && kind[1] == 'k' ? "direct"
		: kind;
}

static void set_member(struct gather *g, const struct export_member *m)
{
	struct csv_row r = begin_cells(g, &g->member);

	csv_text(&r, m->user);
	csv_text(&r, m->login);
	csv_text(&r, m->name);
	csv_text(&r, m->email);
	csv_empty(&r, 1);
	csv_text(&r, m->status);
	csv_text(&r, m->manager);
	csv_text(&r, m->department);
	csv_text(&r, m->title);
	csv_text(&r, via_of(m->group_kind));
}

/* Someone who never signed in has been inactive since the account exists;
 * where the provider does not say, nothing is claimed. */
static void set_login(struct gather *g, const struct export_member *m)
{
	struct csv_row r = begin_cells(g, &g->login);
	int64_t since = m->last_login_at == WHEN_NONE ? m->created_at
						      : m->last_login_at;

	if (!m->last_login_known) {
		csv_empty(&r, 3);
		return;
	}
	if (m->last_login_at == WHEN_NONE)
		csv_text(&r, "never");
	else
		csv_time(&r, m->last_login_at);
	csv_text(&r, m->idp);
	if (since == WHEN_NONE || since > g->now)
		csv_empty(&r, 1);
	else
		csv_int(&r, (g->now - since) / DAY_S);
}

static void begin_member(struct gather *g, const struct export_member *m)
{
	struct csv_row r;

	g->open = true;
	g->uid = m->uid;
	set_member(g, m);
	set_login(g, m);
	r = begin_cells(g, &g->observed);
	csv_time(&r, m->observed_at);
	csv_time(&r, m->since);
	buf_reset(&g->role);
	buf_reset(&g->via);
	buf_reset(&g->issue);
	buf_reset(&g->reason);
	g->granted_at = WHEN_NONE;
	g->expires_at = WHEN_NONE;
	g->endless = false;
	g->seq = 0;
}

static void join(struct buf *list, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return;
	if (list->len > 0)
		buf_str(list, "; ");
	buf_str(list, text);
}

static void add_hold(struct gather *g, const struct export_member *m)
{
	char id[24] = "pre-existing";

	if (m->grant != 0)
		snprintf(id, sizeof(id), "%lld", (long long)m->grant);
	join(&g->via, id);
	join(&g->role, m->role);
	join(&g->issue, m->issue_key);
	join(&g->reason, m->reason);
	if (m->starts_at != WHEN_NONE &&
		(g->granted_at == WHEN_NONE || m->starts_at < g->granted_at))
		g->granted_at = m->starts_at;
	if (m->ends_at == WHEN_NONE)
		g->endless = true;
	else if (m->ends_at > g->expires_at)
		g->expires_at = m->ends_at;
	if (m->seq > g->seq)
		g->seq = m->seq;
}

static int end_member(struct gather *g, struct lapse_err *err)
{
	struct csv_row *r = &g->csv->row;

	if (!g->open)
		return 0;
	g->open = false;
	csv_cells(r, &g->source);
	csv_text(r, buf_text(&g->role));
	csv_cells(r, &g->group);
	csv_cells(r, &g->member);
	csv_text(r, g->via.len == 0 ? "unmanaged" : buf_text(&g->via));
	csv_time(r, g->granted_at);
	csv_time(r, g->endless ? WHEN_NONE : g->expires_at);
	csv_text(r, buf_text(&g->issue));
	csv_text(r, buf_text(&g->reason));
	csv_cells(r, &g->login);
	csv_empty(r, CAMPAIGN_CELLS);
	if (g->seq == 0)
		csv_empty(r, 1);
	else
		csv_int(r, g->seq);
	csv_cells(r, &g->observed);
	if (g->role.failed || g->via.failed || g->issue.failed ||
		g->reason.failed)
		return lapse_fail_nomem(err);
	++*g->count;
	return csv_end(g->csv, err);
}

/* ---- The three parts ---- */

static int on_member(void *arg, const struct export_member *m,
	struct lapse_err *err)
{
	struct gather *g = arg;
	int rc = 0;

	if (!g->open || g->uid != m->uid) {
		rc = end_member(g, err);
		begin_member(g, m);
	}
	if (rc == 0 && m->hold != 0)
		add_hold(g, m);
	return rc;
}

/* Members that come without a group around them. */
static int on_single(void *arg, const struct export_member *m,
	struct lapse_err *err)
{
	struct gather *g = arg;
	int rc = 0;

	if (!g->open || g->uid != m->uid) {
		rc = end_member(g, err);
		set_group(g, m->idp, m->group, m->group_name, m->snapshot_at);
	}
	return rc == 0 ? on_member(arg, m, err) : rc;
}

static int on_group(void *arg, const struct export_group *group,
	struct lapse_err *err)
{
	struct gather *g = arg;
	int rc;

	set_group(g, group->idp, group->group, group->name,
		group->complete_at);
	rc = export_members(g->ledger, group, on_member, g, err);
	return rc == 0 ? end_member(g, err) : rc;
}

static int put_header(struct csv_file *csv, struct lapse_err *err)
{
	for (size_t i = 0; i < ARRAY_N(columns); i++)
		csv_text(&csv->row, columns[i]);
	return csv_end(csv, err);
}

int export_entitlements(struct ledger *l, int64_t now,
	const struct export_filter *filter, struct csv_file *csv,
	struct export_counts *ret, struct lapse_err *err)
{
	AUTO_GATHER g = {
		.ledger = l,
		.csv = csv,
		.filter = filter,
		.now = now,
		.count = &ret->members,
	};
	int rc;

	rc = put_header(csv, err);
	if (rc == 0)
		rc = export_groups(l, filter, on_group, &g, err);
	g.count = &ret->since;
	if (rc == 0)
		rc = export_members_since(l, filter, on_single, &g, err);
	if (rc == 0)
		rc = end_member(&g, err);
	g.count = &ret->manual;
	if (rc == 0)
		rc = export_members_manual(l, filter, on_single, &g, err);
	return rc == 0 ? end_member(&g, err) : rc;
}
