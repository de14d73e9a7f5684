/* entitlements: the whole population of an access review, one row per
 * membership, whatever it comes from. What only a campaign knows is empty. */
#include <stdio.h>
#include <stdlib.h>

#include "export_private.h"

enum {
	DAY_S = 86400,
	CAMPAIGN_CELLS = 17,	/* recommendation .. exception_until */
};

/* The cells that are encoded ahead: the first one's column, and how many. */
enum {
	SOURCE = 0,		/* review_id .. tenant */
	SOURCE_N = 7,
	GROUP = 8,		/* group_id, group_name */
	GROUP_N = 2,
	MEMBER = 10,		/* member_id .. job_title */
	MEMBER_N = 9,
	GROUP_VIA = 19,		/* membership_via */
	GROUP_VIA_N = 1,
	LOGIN = 25,		/* last_login_at .. days_inactive */
	LOGIN_N = 3,
	OBSERVED = 46,		/* member_observed_at */
	OBSERVED_N = 1,
};

/* A released column keeps its place; new ones go to the end. */
static const struct export_column columns[] = {
	{"review_id", EXPORT_INT},
	{"review_name", EXPORT_TEXT},
	{"period_start", EXPORT_TIME},
	{"period_end", EXPORT_TIME},
	{"snapshot_at", EXPORT_TIME},
	{"idp", EXPORT_TEXT},
	{"tenant", EXPORT_TEXT},
	{"resource", EXPORT_TEXT},
	{"group_id", EXPORT_TEXT},
	{"group_name", EXPORT_TEXT},
	{"member_id", EXPORT_TEXT},
	{"member_login", EXPORT_TEXT},
	{"member_name", EXPORT_TEXT},
	{"member_email", EXPORT_TEXT},
	{"member_type", EXPORT_TEXT},
	{"member_status", EXPORT_TEXT},
	{"manager", EXPORT_TEXT},
	{"department", EXPORT_TEXT},
	{"job_title", EXPORT_TEXT},
	{"membership_via", EXPORT_TEXT},
	{"granted_via", EXPORT_TEXT},
	{"granted_at", EXPORT_TIME},
	{"expires_at", EXPORT_TIME},
	{"original_issue", EXPORT_TEXT},
	{"justification", EXPORT_TEXT},
	{"last_login_at", EXPORT_TEXT},
	{"last_login_source", EXPORT_TEXT},
	{"days_inactive", EXPORT_INT},
	{"recommendation", EXPORT_TEXT},
	{"recommendation_reason", EXPORT_TEXT},
	{"reviewer_id", EXPORT_TEXT},
	{"reviewer_name", EXPORT_TEXT},
	{"reviewer_is_member", EXPORT_YES},
	{"reviewer_provisioned_it", EXPORT_YES},
	{"decision", EXPORT_TEXT},
	{"decision_at", EXPORT_TIME},
	{"decision_reason", EXPORT_TEXT},
	{"acknowledged_by", EXPORT_TEXT},
	{"acknowledged_at", EXPORT_TIME},
	{"remediation_issue", EXPORT_TEXT},
	{"remediation_started_at", EXPORT_TIME},
	{"remediated_at", EXPORT_TIME},
	{"absence_verified_at", EXPORT_TIME},
	{"remediation_remote_ref", EXPORT_TEXT},
	{"exception_until", EXPORT_TIME},
	{"ledger_seq", EXPORT_INT},
	{"member_observed_at", EXPORT_TIME},
	{"member_since", EXPORT_TIME},
};

const struct export_table export_entitlement_table = {
	.schema = "lapse/entitlement.v1",
	.columns = columns,
	.n = ARRAY_N(columns),
};

enum { PEOPLE = 4096 };

/* A person's cells, the same in all of the person's memberships. */
struct person {
	int64_t uid;		/* 0: nobody's */
	struct buf member;
	struct buf login;
	struct buf observed;
};

static void clear_person(struct person *p)
{
	buf_clear(&p->member);
	buf_clear(&p->login);
	buf_clear(&p->observed);
}

/* The row being gathered: cells that are encoded already, and what the live
 * holds on the membership add up to. */
struct gather {
	struct ledger *ledger;
	struct csv_file *csv;
	const struct export_filter *filter;
	int64_t now;
	struct export_counts *counts;
	int64_t *count;		/* of the part being written */
	struct buf source;
	struct buf group;
	struct buf group_via;
	struct person *people;	/* each by the last bits of the uid */
	struct person other;	/* who is in no group that was read */
	bool open;
	int64_t uid;
	const struct person *person;
	int64_t since;
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
	struct buf *all[] = {&g->source, &g->group, &g->group_via, &g->role,
		&g->via, &g->issue, &g->reason};

	for (size_t i = 0; i < ARRAY_N(all); i++)
		buf_clear(all[i]);
	for (size_t i = 0; g->people != NULL && i < PEOPLE; i++)
		clear_person(&g->people[i]);
	free(g->people);
	clear_person(&g->other);
}
#define AUTO_GATHER __attribute__((cleanup(clear_gather))) struct gather

static struct csv_row begin_cells(const struct gather *g, struct buf *out,
	size_t at)
{
	buf_reset(out);
	return (struct csv_row){
		.out = out,
		.days = g->csv->row.days,
		.names = g->csv->row.names,
		.at = at,
		.part = true,
		.safe = g->csv->row.safe,
	};
}

static const char *via_of(const char *kind)
{
	return kind == NULL || kind[0] == '\0' ? "unknown"
		: kind[0] == 'o' && kind[1] == 'k' ? "direct"
		: kind;
}

/* The same for all members of a group, so encoded once. */
static void set_group(struct gather *g, const char *idp, const char *group,
	const char *name, const char *kind, int64_t snapshot_at)
{
	struct csv_row r = begin_cells(g, &g->source, SOURCE);

	csv_empty(&r, 2);
	csv_time(&r, g->filter->since);
	csv_time(&r, g->filter->until);
	csv_time(&r, snapshot_at);
	csv_text(&r, idp);
	csv_empty(&r, 1);
	r = begin_cells(g, &g->group, GROUP);
	csv_text(&r, group);
	csv_text(&r, name);
	r = begin_cells(g, &g->group_via, GROUP_VIA);
	csv_text(&r, via_of(kind));
}

static void set_member(const struct gather *g, struct person *p,
	const struct export_member *m)
{
	struct csv_row r = begin_cells(g, &p->member, MEMBER);

	csv_text(&r, m->user);
	csv_text(&r, m->login);
	csv_text(&r, m->name);
	csv_text(&r, m->email);
	csv_empty(&r, 1);
	csv_text(&r, m->status);
	csv_text(&r, m->manager);
	csv_text(&r, m->department);
	csv_text(&r, m->title);
}

/* Someone who never signed in has been inactive since the account exists;
 * where the provider does not say, nothing is claimed. */
static void set_login(const struct gather *g, struct person *p,
	const struct export_member *m)
{
	struct csv_row r = begin_cells(g, &p->login, LOGIN);
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

static void set_person(const struct gather *g, struct person *p,
	const struct export_member *m)
{
	struct csv_row r;

	set_member(g, p, m);
	set_login(g, p, m);
	r = begin_cells(g, &p->observed, OBSERVED);
	csv_time(&r, m->observed_at);
}

struct meeting {
	const struct gather *g;
	struct person *p;
};

static int on_person(void *arg, const struct export_member *m,
	struct lapse_err *err)
{
	const struct meeting *t = arg;

	(void)err;
	set_person(t->g, t->p, m);
	return 0;
}

/* Read and encoded once for as long as nobody else needs the place. */
static int meet(struct gather *g, int64_t uid, struct lapse_err *err)
{
	struct meeting t = {g, NULL};

	if (g->people == NULL)
		g->people = calloc(PEOPLE, sizeof(*g->people));
	if (g->people == NULL)
		return lapse_fail_nomem(err);
	t.p = &g->people[uid & (PEOPLE - 1)];
	g->person = t.p;
	if (t.p->uid == uid)
		return 0;
	t.p->uid = uid;
	return export_person(g->ledger, uid, on_person, &t, err);
}

static int begin_member(struct gather *g, const struct export_member *m,
	struct lapse_err *err)
{
	g->open = true;
	g->uid = m->uid;
	g->since = m->since;
	buf_reset(&g->role);
	buf_reset(&g->via);
	buf_reset(&g->issue);
	buf_reset(&g->reason);
	g->granted_at = WHEN_NONE;
	g->expires_at = WHEN_NONE;
	g->endless = false;
	g->seq = 0;
	if (m->user == NULL)
		return meet(g, m->uid, err);
	set_person(g, &g->other, m);
	g->person = &g->other;
	return 0;
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
	csv_cells(r, &g->source, SOURCE_N);
	csv_text(r, buf_text(&g->role));
	csv_cells(r, &g->group, GROUP_N);
	csv_cells(r, &g->person->member, MEMBER_N);
	csv_cells(r, &g->group_via, GROUP_VIA_N);
	csv_text(r, g->via.len == 0 ? "unmanaged" : buf_text(&g->via));
	csv_time(r, g->granted_at);
	csv_time(r, g->endless ? WHEN_NONE : g->expires_at);
	csv_text(r, buf_text(&g->issue));
	csv_text(r, buf_text(&g->reason));
	csv_cells(r, &g->person->login, LOGIN_N);
	csv_empty(r, CAMPAIGN_CELLS);
	if (g->seq == 0)
		csv_empty(r, 1);
	else
		csv_int(r, g->seq);
	csv_cells(r, &g->person->observed, OBSERVED_N);
	csv_time(r, g->since);
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
		if (rc == 0)
			rc = begin_member(g, m, err);
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
		set_group(g, m->idp, m->group, m->group_name, m->group_kind,
			m->snapshot_at);
	}
	return rc == 0 ? on_member(arg, m, err) : rc;
}

static int on_group(void *arg, const struct export_group *group,
	struct lapse_err *err)
{
	struct gather *g = arg;
	int rc;

	set_group(g, group->idp, group->group, group->name, group->kind,
		group->complete_at);
	rc = export_members(g->ledger, group, on_member, g, err);
	return rc == 0 ? end_member(g, err) : rc;
}

/* As of a time both parts come in one order. */
static int on_then(void *arg, const struct export_member *m,
	struct lapse_err *err)
{
	struct gather *g = arg;
	int rc = 0;

	if (!g->open || g->uid != m->uid) {
		rc = end_member(g, err);
		g->count = m->by_reading ? &g->counts->members
					 : &g->counts->since;
	}
	return rc == 0 ? on_single(arg, m, err) : rc;
}

static int on_group_then(void *arg, const struct export_group *group,
	struct lapse_err *err)
{
	struct gather *g = arg;
	int rc = export_members_then(g->ledger, g->filter, group, on_then, g,
		err);

	return rc == 0 ? end_member(g, err) : rc;
}

static int put_members(struct gather *g, struct lapse_err *err)
{
	int rc;

	if (g->filter->as_of != WHEN_NONE)
		return export_groups_then(g->ledger, g->filter, on_group_then,
			g, err);
	g->count = &g->counts->members;
	rc = export_groups(g->ledger, g->filter, on_group, g, err);
	g->count = &g->counts->since;
	return rc < 0 ? rc : export_members_since(g->ledger, g->filter,
		on_single, g, err);
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
		.counts = ret,
	};
	int rc = put_members(&g, err);

	if (rc == 0)
		rc = end_member(&g, err);
	g.count = &ret->manual;
	if (rc == 0)
		rc = export_members_manual(l, filter, on_single, &g, err);
	return rc == 0 ? end_member(&g, err) : rc;
}
