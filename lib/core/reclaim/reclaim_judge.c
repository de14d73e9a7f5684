/* What is to be done about each unit: nothing is read here but last use, and
 * nothing is changed. Unknown is never idle. */
#include <string.h>

#include "ledger_people.h"
#include "notices.h"
#include "people.h"
#include "reclaim_private.h"

static bool is_warned(const struct reclaim_unit *u)
{
	return u->parts.n > 0 && u->parts.items[0].row.id != 0;
}

static void decide(struct reclaim_unit *u, enum reclaim_action action,
	const char *why)
{
	u->judged = true;
	u->action = action;
	u->why = why;
}

/* It stays, whatever its use: left out, or not any more under a warning. */
static void stays(struct reclaim_unit *u, const char *why)
{
	decide(u, is_warned(u) ? RECLAIM_CANCEL : RECLAIM_SKIP, why);
}

/* Nothing is known now: whoever was warned goes on to be. */
static void not_now(struct reclaim_unit *u, const char *why)
{
	decide(u, is_warned(u) ? RECLAIM_WAIT : RECLAIM_SKIP, why);
}

/* ---- What needs no reading of its use ---- */

/* Another role's grant would end with the membership. It may where its own
 * policy says the same of the same use. */
int reclaim_other_grant(struct reclaim *v, const struct reclaim_unit *u,
	const struct reclaim_part *p, const char **ret, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct hold_rows holds = {0};
	int rc = holds_on(v->l->ledger, &p->m, &a, &holds, err);

	for (size_t i = 0; i < holds.list.n && rc == 0; i++) {
		struct grant_row g = {0};
		const struct role *r;

		if (holds.list.items[i].grant == 0 ||
			holds.list.items[i].grant == u->g.id)
			continue;
		rc = grant_get(v->l->ledger, holds.list.items[i].grant, &a, &g,
			err);
		if (rc < 0)
			break;
		r = config_role(v->l->config, g.role);
		if (r == NULL || r->reclaim == RECLAIM_NO ||
			r->application != u->role->application ||
			r->inactive_after > u->role->inactive_after)
			*ret = arena_fmt(v->arena, "a grant of %s holds it too",
				g.role);
	}
	return rc < 0 ? rc : arena_check(v->arena, err);
}

static int judge_part(struct reclaim *v, struct reclaim_unit *u,
	const struct reclaim_part *p, struct lapse_err *err)
{
	const char *other = NULL;
	int rc;

	if (p->group->why.code != 0) {
		not_now(u, p->group->why.text);
		return 0;
	}
	if (p->group->kind != IDP_GROUP_OK) {
		stays(u, arena_fmt(v->arena, "the group %s",
			idp_group_kind_text(p->group->kind)));
		return 0;
	}
	if (reclaim_member(p->group, p->m.user) == NULL) {
		stays(u, "is not a member any more");
		return 0;
	}
	if (u->g.id != 0 && p->foreign && u->role->reclaim != RECLAIM_ALL) {
		stays(u, "was a member before lapse gave it, and the policy "
			"takes only what lapse gave");
		return 0;
	}
	rc = reclaim_other_grant(v, u, p, &other, err);
	if (rc == 0 && other != NULL)
		stays(u, other);
	return rc;
}

static bool was_granted_anew(const struct reclaim_unit *u)
{
	return is_warned(u) && u->parts.items[0].row.grant != u->g.id;
}

/* Who has it for less than the window is not looked at: nothing that could be
 * read would make them idle. */
static bool judge_age(struct reclaim *v, struct reclaim_unit *u)
{
	char text[WHEN_TEXT];
	int64_t begin = core_now(v->l) - u->role->inactive_after;

	if (u->since == WHEN_NONE) {
		stays(u, "was first seen just now");
		return true;
	}
	if (u->since <= begin)
		return false;
	stays(u, arena_fmt(v->arena, "account or access began only at %s",
		when_time(u->since, text)));
	return true;
}

/* An end in time needs no warning. */
static bool judge_end(struct reclaim *v, struct reclaim_unit *u)
{
	char text[WHEN_TEXT];

	if (is_warned(u) || u->g.id == 0 || u->g.ends_at == WHEN_NONE ||
		u->g.ends_at > core_now(v->l) + u->role->reclaim_grace)
		return false;
	stays(u, arena_fmt(v->arena, "ends by itself at %s",
		when_time(u->g.ends_at, text)));
	return true;
}

static int judge_unit(struct reclaim *v, struct reclaim_unit *u,
	struct lapse_err *err)
{
	const char *protection = NULL;
	int rc = 0;

	if (u->judged) {
		stays(u, u->why);
		return 0;
	}
	for (size_t i = 0; i < u->parts.n && rc == 0 && !u->judged; i++)
		rc = judge_part(v, u, &u->parts.items[i], err);
	if (rc < 0 || u->judged)
		return rc;
	if (was_granted_anew(u)) {
		stays(u, "was granted anew");
		return 0;
	}
	rc = reclaim_protection(v, u, &protection, err);
	if (rc == 0 && protection != NULL)
		stays(u, protection);
	if (rc < 0 || u->judged || judge_end(v, u) || judge_age(v, u))
		return rc;
	return arena_check(v->arena, err);
}

/* ---- Last use ---- */

static int64_t look_back(struct reclaim *v, const struct reclaim_unit *u,
	const struct reclaim_part *p)
{
	int64_t from = core_now(v->l) - u->role->inactive_after;

	return p->row.id != 0 && p->row.warned_at < from ? p->row.warned_at
							 : from;
}

static int read_uses(struct reclaim *v, struct lapse_err *err)
{
	VEC(struct use_question) q = {0};
	size_t at = 0;
	int rc;

	for (size_t i = 0; i < v->units.n; i++) {
		struct reclaim_unit *u = &v->units.items[i];

		for (size_t n = 0; n < u->parts.n && !u->judged; n++) {
			struct reclaim_part *p = &u->parts.items[n];
			struct use_question *slot = VEC_ADD(&q, v->arena);

			if (slot == NULL)
				return lapse_fail_nomem(err);
			*slot = (struct use_question){p->m.idp, p->m.user,
				u->role->application, look_back(v, u, p), {0}};
		}
	}
	rc = use_read(v->l, q.items, q.n, v->arena, err);
	for (size_t i = 0; i < v->units.n && rc == 0; i++) {
		struct reclaim_unit *u = &v->units.items[i];

		for (size_t n = 0; n < u->parts.n && !u->judged; n++)
			u->parts.items[n].use = q.items[at++].use;
	}
	return rc;
}

/* ---- What the use says ---- */

static const char *used_at(struct reclaim *v, const struct use *use)
{
	char text[WHEN_TEXT];

	return arena_fmt(v->arena, "was used at %s, by %s",
		when_time(use->at, text), use->source != NULL ? use->source :
		"its provider");
}

/* One membership that is used keeps the whole grant. */
static bool judge_use(struct reclaim *v, struct reclaim_unit *u,
	const struct reclaim_part *p)
{
	const struct use *use = &p->use;
	bool idle = use_is_idle(use, u->role->inactive_after, u->since,
		core_now(v->l));

	if (use->kind == USE_SEEN && (!idle ||
		(p->row.id != 0 && use->at >= p->row.warned_at))) {
		stays(u, used_at(v, use));
		return true;
	}
	if (use->kind == USE_UNKNOWN) {
		u->unknown = true;
		not_now(u, arena_fmt(v->arena, "last use is not known: %s",
			use->why));
		return true;
	}
	if (!idle) {
		char text[WHEN_TEXT];

		u->unknown = true;
		not_now(u, arena_fmt(v->arena, "last use is not known from "
			"before %s, which is less than the policy asks for",
			when_time(use->at, text)));
		return true;
	}
	return false;
}

/* ---- Whom to warn, who is due ---- */

/* Who the person is in Jira, asked only about those who are idle. */
static int find_account(struct reclaim *v, struct reclaim_unit *u,
	struct lapse_err *err)
{
	const struct reclaim_part *p = &u->parts.items[0];
	const char *protection = NULL;
	int rc;

	if (u->account != NULL)
		return 0;
	rc = people_account_of(v->l, p->m.idp, p->m.user, v->arena,
		&u->account, err);
	if (rc < 0 && rc > LAPSE_EINTERNAL) {
		not_now(u, arena_copy(v->arena, err->text));
		return arena_check(v->arena, err);
	}
	if (rc < 0)
		return rc;
	if (u->account == NULL) {
		stays(u, "has no account in Jira that is known, so nobody "
			"could be warned");
		return 0;
	}
	rc = reclaim_protection(v, u, &protection, err);
	if (rc == 0 && protection != NULL)
		stays(u, protection);
	return rc;
}

/* A comment begins the grace when it is delivered; an issue of its own began
 * it when it was made. *ret WHEN_NONE: nobody could read of it yet. */
static int grace_end(struct reclaim *v, const struct reclaim_unit *u,
	int64_t *ret, struct lapse_err *err)
{
	const struct reclaim_row *row = &u->parts.items[0].row;
	int64_t told = WHEN_NONE;
	int rc;

	*ret = row->due_at;
	if (u->g.id == 0)
		return 0;
	rc = notices_grace(v->l->ledger, row->issue, row->warned_at, &told,
		err);
	*ret = told == WHEN_NONE ? WHEN_NONE
				 : told + u->role->reclaim_grace;
	return rc;
}

static int judge_warned(struct reclaim *v, struct reclaim_unit *u,
	struct lapse_err *err)
{
	int rc;

	if (u->parts.items[0].row.issue == NULL) {
		decide(u, RECLAIM_WARN, "is idle; its issue is still owed");
		return 0;
	}
	rc = grace_end(v, u, &u->due_at, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < u->parts.n && u->due_at != WHEN_NONE; i++)
		u->parts.items[i].row.due_at = u->due_at;
	if (u->due_at == WHEN_NONE)
		decide(u, RECLAIM_WAIT, "the warning has not reached its "
			"issue yet");
	else if (u->due_at > core_now(v->l))
		decide(u, RECLAIM_WAIT, "was warned");
	else
		decide(u, RECLAIM_REMOVE, "is idle, and the grace is over");
	return 0;
}

static int judge_idle(struct reclaim *v, struct reclaim_unit *u,
	struct lapse_err *err)
{
	int rc = find_account(v, u, err);

	if (rc < 0 || u->judged)
		return rc;
	if (is_warned(u)) {
		rc = judge_warned(v, u, err);
	} else if (u->g.id != 0 && u->g.issue == NULL) {
		decide(u, RECLAIM_SKIP, "its issue is still owed");
	} else {
		decide(u, RECLAIM_WARN, "is idle");
		u->due_at = core_now(v->l) + u->role->reclaim_grace;
	}
	if (rc == 0 && config_mode(v->l->config, NULL, NULL, u->role) ==
			MODE_OBSERVE && u->action != RECLAIM_SKIP)
		decide(u, is_warned(u) ? RECLAIM_WAIT : RECLAIM_PLAN,
			"is idle; mode is observe, so nothing is done");
	return rc;
}

/* Whoever wrote a name there meant to protect somebody: until it is right the
 * role is left alone, its warnings too. */
static int judge_names(struct reclaim *v, struct lapse_err *err)
{
	const struct role *of = NULL;
	const char *why = NULL;
	struct lapse_err line;
	int rc = 0;

	for (size_t i = 0; i < v->units.n && rc == 0; i++) {
		struct reclaim_unit *u = &v->units.items[i];

		if (u->role != of) {
			of = u->role;
			why = NULL;
			rc = reclaim_unprotected(v, of, &why, err);
			if (rc == 0 && why != NULL) {
				lapse_fail(&line, LAPSE_ECONFIG, "role '%s': "
					"%s; role left alone", of->name, why);
				core_note(v->l, LAPSE_EXIT_REFUSED, &line);
			}
		}
		if (rc == 0 && why != NULL)
			not_now(u, why);
	}
	return rc;
}

static bool is_kept_beside(const struct reclaim_unit *u,
	const struct reclaim_unit *o)
{
	const struct membership *a = &u->parts.items[0].m;
	const struct membership *b = &o->parts.items[0].m;

	return o != u && o->role == u->role && o->g.id == 0 &&
		strcmp(a->idp, b->idp) == 0 && strcmp(a->user, b->user) == 0 &&
		(o->action == RECLAIM_SKIP || o->action == RECLAIM_CANCEL ||
			o->unknown);
}

/* A role of several groups goes whole or stays: whoever keeps one of them
 * would be told that the role is gone. */
static void judge_whole(struct reclaim *v, struct reclaim_unit *u)
{
	if (u->g.id != 0 || u->action == RECLAIM_SKIP ||
		u->action == RECLAIM_CANCEL || u->unknown)
		return;
	for (size_t i = 0; i < v->units.n; i++) {
		const struct reclaim_unit *o = &v->units.items[i];
		const char *why;

		if (!is_kept_beside(u, o))
			continue;
		why = arena_fmt(v->arena, "keeps group %s of the role, which "
			"goes whole or not at all: %s",
			o->parts.items[0].m.group, o->why);
		if (o->unknown)
			not_now(u, why);
		else
			stays(u, why);
		return;
	}
}

int reclaim_judge(struct reclaim *v, struct lapse_err *err)
{
	int rc = judge_names(v, err);

	for (size_t i = 0; i < v->units.n && rc == 0; i++)
		if (v->units.items[i].action != RECLAIM_WAIT)
			rc = judge_unit(v, &v->units.items[i], err);
	if (rc == 0)
		rc = read_uses(v, err);
	for (size_t i = 0; i < v->units.n && rc == 0; i++) {
		struct reclaim_unit *u = &v->units.items[i];

		for (size_t n = 0; n < u->parts.n && !u->judged; n++)
			(void)judge_use(v, u, &u->parts.items[n]);
		if (!u->judged)
			rc = judge_idle(v, u, err);
	}
	for (size_t i = 0; i < v->units.n && rc == 0; i++)
		judge_whole(v, &v->units.items[i]);
	return rc < 0 ? rc : arena_check(v->arena, err);
}
