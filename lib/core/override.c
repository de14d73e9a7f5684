/* Grants without a request: break-glass, which a person answers for
 * afterwards, and adopt, which makes access from before lapse time-bound.
 * Both go through holds and the reconciler like any grant. */
#include <string.h>

#include "adoption.h"
#include "failsafe.h"
#include "grant.h"
#include "hand.h"
#include "json.h"
#include "log.h"
#include "notice.h"
#include "people.h"
#include "reconcile.h"
#include "sync.h"
#include "takeover.h"

struct override {
	const char *kind;	/* evidence */
	const char *user;
	const char *role_name;
	const struct role *role;
	int64_t for_s;
	const char *reason;
	bool adopt;
	bool ask;		/* an approver, instead of deciding */

	struct arena arena;
	const char *account;
	struct reading *readings;
	int64_t *ends;		/* of each, found at its provider before */
};

static void override_clear(struct override *o)
{
	arena_clear(&o->arena);
}

#define AUTO_OVERRIDE __attribute__((cleanup(override_clear))) struct override

/* ---- Checks ---- */

static int check(struct lapse *l, struct override *o, int64_t max,
	struct lapse_err *err)
{
	if (hand_reason(o->reason, err) < 0 || hand_operator(l, err) < 0)
		return err->code;
	if (o->role == NULL)
		return lapse_fail(err, LAPSE_ENOTFOUND,
			"role: '%s': not in the catalog; see `lapse catalog "
			"list`", o->role_name);
	if (config_mode(l->config, NULL, NULL, o->role) == MODE_OBSERVE)
		return lapse_fail(err, LAPSE_EREFUSED,
			"role: '%s': mode is observe; nothing is granted",
			o->role->name);
	if (o->role->groups.n == 0)
		return lapse_fail(err, LAPSE_EREFUSED,
			"role: '%s': fulfilled by hand; there is no group to "
			"change", o->role->name);
	if ((o->for_s <= 0 && !o->ask) || (max > 0 && o->for_s > max)) {
		char text[WHEN_TEXT];

		return lapse_fail(err, LAPSE_EREFUSED,
			"--for: must be between 1s and %s",
			when_duration(max, text));
	}
	return 0;
}

static int take_kind(void *arg, const void *item, struct lapse_err *err)
{
	(void)err;
	*(enum idp_group_kind *)arg = ((const struct idp_group *)item)->kind;
	return 0;
}

static int check_group(struct lapse *l, const struct membership *m,
	struct lapse_err *err)
{
	enum idp_group_kind kind = IDP_GROUP_UNKNOWN;
	struct core_idp *i = NULL;
	struct op op = {.name = "group", .sink = take_kind, .arg = &kind};
	int rc = core_idp_ready(l, m->idp, &i, err);

	if (rc < 0)
		return rc;
	op.step = i->section->driver->get_group;
	op.group = m->group;
	rc = core_idp_call(l, m->idp, &op, err);
	op_clear(&op);
	if (rc == 0 && kind != IDP_GROUP_OK)
		rc = lapse_fail(err, LAPSE_EREFUSED, "%s: group '%s': %s; "
			"lapse cannot change its members", m->idp, m->group,
			idp_group_kind_text(kind));
	return rc;
}

static int resolve(struct lapse *l, struct override *o, struct lapse_err *err)
{
	size_t n = o->role->groups.n;
	int rc = people_find(l, o->user, &o->arena, &o->account, err);

	if (rc < 0)
		return rc;
	o->readings = arena_alloc(&o->arena, n * sizeof(*o->readings));
	o->ends = arena_alloc(&o->arena, n * sizeof(*o->ends));
	if (o->readings == NULL || o->ends == NULL)
		return lapse_fail_nomem(err);
	for (size_t i = 0; i < n && rc == 0; i++) {
		struct membership *m = &o->readings[i].m;
		struct people_link link = {0};

		o->ends[i] = WHEN_NONE;
		config_role_group(o->role, i, &m->idp, &m->group);
		rc = people_resolve(l, o->account, m->idp, &o->arena, &link,
			err);
		if (rc == 0 && link.user == NULL)
			rc = lapse_fail(err, LAPSE_EREFUSED, "%s: %s", o->user,
				link.admin != NULL ? link.admin :
						     link.problem);
		m->user = link.user;
		if (rc == 0)
			rc = check_group(l, m, err);
	}
	return rc < 0 ? rc : verify_read(l, o->readings, n, err);
}

static int judge_all(struct lapse *l, struct override *o,
	struct lapse_err *err)
{
	for (size_t i = 0; i < o->role->groups.n; i++) {
		bool foreign = false;

		if (takeover_is_foreign(l, &o->readings[i], &foreign, err) < 0)
			return err->code;
		if (o->adopt && !foreign)
			return lapse_fail(err, LAPSE_EREFUSED,
				"%s: group '%s': nothing to adopt: not a "
				"member, or a grant holds it already",
				o->readings[i].m.idp, o->readings[i].m.group);
		if (!o->adopt && foreign && o->role->elevated)
			return lapse_fail(err, LAPSE_EREFUSED,
				"%s: group '%s': a member from before lapse; "
				"`lapse adopt` makes that time-bound",
				o->readings[i].m.idp, o->readings[i].m.group);
	}
	return 0;
}

/* ---- Ends that somebody set at the provider ---- */

/* What was to end sooner than the grant would is not made longer: who set it
 * meant it. */
static int check_end(struct lapse *l, const struct override *o, size_t i,
	struct lapse_err *err)
{
	const struct membership *m = &o->readings[i].m;
	char at[WHEN_TEXT];
	char most[WHEN_TEXT];
	int64_t left;

	if (o->ends[i] == WHEN_NONE)
		return 0;
	left = o->ends[i] - core_now(l);
	if (left >= o->for_s)
		return 0;
	return lapse_fail(err, LAPSE_EREFUSED, "%s: group '%s': user '%s': "
		"ends by itself there at %s, before that; adopt it for less "
		"than %s, or take that end away there first", m->idp, m->group,
		m->user, when_time(o->ends[i], at),
		when_duration(left > 0 ? left : 0, most));
}

static int find_ends(struct lapse *l, struct override *o,
	struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < o->role->groups.n && rc == 0; i++) {
		const struct membership *m = &o->readings[i].m;

		rc = failsafe_read(l, m, &o->ends[i], err);
		if (rc == LAPSE_EREFUSED) {
			log_say(&l->env, LAPSE_WARNING, "%s: group '%s': user "
				"'%s': whether it ends by itself there cannot "
				"be read: %s", m->idp, m->group, m->user,
				err->text);
			rc = 0;
		}
		if (rc == 0)
			rc = check_end(l, o, i, err);
	}
	return rc;
}

/* What a dry run says of them. */
static int plan_ends(struct lapse *l, const struct override *o,
	struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < o->role->groups.n && rc == 0; i++) {
		const struct membership *m = &o->readings[i].m;
		const struct idp_section *s = config_idp(l->config, m->idp);
		int64_t wanted = core_now(l) + o->for_s + s->expiry_grace;
		char at[WHEN_TEXT], then[WHEN_TEXT];
		AUTO_BUF text = {0};

		if (o->ends[i] == WHEN_NONE)
			continue;
		when_time(o->ends[i], at);
		buf_fmt(&text, "%s: group '%s': ", m->idp, m->group);
		if (wanted < o->ends[i])
			buf_fmt(&text, "its own end there, %s, moves to %s",
				at, when_time(wanted, then));
		else
			buf_fmt(&text, "its own end there, %s, stays", at);
		rc = buf_check(&text, err, "plan");
		if (rc == 0)
			rc = core_plan(l, o->user, "provider's end",
				buf_text(&text), err);
	}
	return rc;
}

/* An end that stands there becomes the one behind the deadline. */
static int tell_end(struct lapse *l, const struct override *o, size_t i,
	int64_t grant, struct lapse_err *err)
{
	const struct membership *m = &o->readings[i].m;
	AUTO_BUF data = {0};
	struct json_out w = {.out = &data};
	struct evidence e = {
		.kind = "end-found",
		.grant = grant,
		.idp = m->idp,
		.group = m->group,
		.user = m->user,
	};
	char at[WHEN_TEXT];

	if (o->ends[i] == WHEN_NONE)
		return 0;
	json_put_open(&w, NULL, '{');
	json_put_time(&w, "at", o->ends[i]);
	json_put_close(&w, '}');
	if (data.failed)
		return lapse_fail_nomem(err);
	e.data = buf_text(&data);
	log_say(&l->env, LAPSE_WARNING, "%s: group '%s': user '%s': was to end "
		"by itself there at %s; that end follows the grant's from now "
		"on, and is not made later", m->idp, m->group, m->user,
		when_time(o->ends[i], at));
	return core_evidence(l, &e, NULL, err);
}

/* ---- Acting ---- */

static int tell(struct lapse *l, struct override *o, int64_t grant,
	struct lapse_err *err)
{
	AUTO_BUF data = {0};
	AUTO_BUF text = {0};
	struct json_out w = {.out = &data};
	struct json_out t = {.out = &text};
	struct evidence e = {.kind = o->kind, .grant = grant};

	json_put_open(&w, NULL, '{');
	json_put_text(&w, "role", o->role->name);
	json_put_text(&w, "account", o->account);
	json_put_int(&w, "for_s", o->for_s);
	json_put_text(&w, "policy", o->role->sha256);
	json_put_close(&w, '}');
	json_put_open(&t, NULL, '{');
	json_put_text(&t, "reason", o->reason);
	json_put_close(&t, '}');
	if (data.failed || text.failed)
		return lapse_fail_nomem(err);
	e.data = buf_text(&data);
	e.text = buf_text(&text);
	return core_evidence(l, &e, NULL, err);
}

/* Neither waits for an issue: it is owed. */
static void make_grant(struct lapse *l, const struct override *o,
	struct grant_row *ret)
{
	*ret = (struct grant_row){
		.account = o->account,
		.role = o->role->name,
		.application = o->role->application->name,
		.elevated = o->role->elevated,
		.duration_s = o->for_s,
		.created_at = core_now(l),
		.starts_at = WHEN_NONE,
		.ends_at = core_now(l) + o->for_s,
		.break_glass = !o->adopt,
		.reason = o->reason,
		.operator = l->operator,
	};
}

static int adopt(struct lapse *l, struct override *o, int64_t *ret_grant,
	struct lapse_err *err)
{
	struct takeover t = {.n = o->role->groups.n};
	struct membership *m = arena_alloc(&o->arena, t.n * sizeof(*m));

	if (m == NULL)
		return lapse_fail_nomem(err);
	for (size_t i = 0; i < t.n; i++)
		m[i] = o->readings[i].m;
	t.m = m;
	make_grant(l, o, &t.g);
	return takeover_grant(l, &t, ret_grant, err);
}

static int break_glass(struct lapse *l, struct override *o,
	int64_t *ret_grant, struct lapse_err *err)
{
	struct grant_row g;
	int rc;

	make_grant(l, o, &g);
	rc = grant_add(l->ledger, &g, ret_grant, err);
	for (size_t i = 0; i < o->role->groups.n && rc == 0; i++) {
		const struct reading *r = &o->readings[i];
		const char *before = NULL;

		rc = reconcile_before(l, r, &before, err);
		if (rc == 0)
			rc = reconcile_place(l, *ret_grant, &r->m, before,
				err);
	}
	return rc;
}

/* Judged once more: another run may have granted, adopted or removed it since
 * it was. */
static int write(struct lapse *l, struct override *o, int64_t *ret_grant,
	struct lapse_err *err)
{
	int rc = judge_all(l, o, err);

	if (rc == 0)
		rc = o->adopt ? adopt(l, o, ret_grant, err)
			      : break_glass(l, o, ret_grant, err);
	if (rc == 0)
		rc = tell(l, o, *ret_grant, err);
	for (size_t i = 0; i < o->role->groups.n && rc == 0; i++)
		rc = tell_end(l, o, i, *ret_grant, err);
	for (size_t i = 0; o->adopt && i < o->role->groups.n && rc == 0; i++)
		rc = failsafe_cap(l, &o->readings[i].m, o->ends[i], err);
	return rc;
}

static int ask(struct lapse *l, const struct override *o,
	struct lapse_err *err)
{
	const struct adoption_question q = {
		.account = o->account,
		.name = o->user,
		.role = o->role,
		.for_s = o->for_s,
		.reason = o->reason,
	};
	int rc;

	if (!l->dry_run)
		hand_note_operator(l);
	rc = adoption_ask(l, &q, err);
	return rc < 0 || l->dry_run ? rc : settle(l, err);
}

static int run(struct lapse *l, struct override *o, struct lapse_err *err)
{
	int64_t grant = 0;
	int rc = resolve(l, o, err);

	if (rc == 0)
		rc = judge_all(l, o, err);
	if (rc == 0 && o->adopt)
		rc = find_ends(l, o, err);
	if (rc == 0 && !o->ask)
		rc = core_plan(l, o->user, o->kind, o->role->name, err);
	if (rc == 0 && o->adopt && !o->ask)
		rc = plan_ends(l, o, err);
	if (rc < 0 || (l->dry_run && !o->ask))
		return rc;
	if (!l->dry_run && (l->suspect || l->stale || l->taken_over ||
		!l->time_known))
		return lapse_fail(err, LAPSE_EGUARD, "%s: not now: clock, "
			"ledger or anchor cannot be trusted", o->kind);
	if (o->ask)
		return ask(l, o, err);
	hand_note_operator(l);
	rc = core_begin(l, err);
	if (rc < 0)
		return rc;
	rc = core_end(l, write(l, o, &grant, err), err);
	if (rc == 0)
		rc = settle(l, err);
	return rc < 0 ? rc : grant_show(l, grant, err);
}

int lapse_break_glass(struct lapse *l, const struct lapse_break_glass *o,
	struct lapse_err *err)
{
	AUTO_OVERRIDE v = {
		.kind = "break-glass",
		.user = o->user,
		.role_name = o->role,
		.role = config_role(l->config, o->role),
		.for_s = o->for_s,
		.reason = o->reason,
	};
	int rc = check(l, &v, l->config->break_glass_max, err);

	if (rc == 0)
		rc = core_online(l, err);
	if (rc == 0)
		rc = anchor_check(l, err);
	return rc < 0 ? rc : run(l, &v, err);
}

int lapse_adopt(struct lapse *l, const struct lapse_adopt *o,
	struct lapse_err *err)
{
	AUTO_OVERRIDE v = {
		.kind = "adopted",
		.user = o->user,
		.role_name = o->role,
		.role = config_role(l->config, o->role),
		.for_s = o->for_s,
		.reason = o->reason,
		.adopt = true,
		.ask = o->ask,
	};
	int rc = check(l, &v,
		v.role != NULL ? v.role->max_duration : 0, err);

	if (rc == 0)
		rc = core_online(l, err);
	if (rc == 0)
		rc = anchor_check(l, err);
	return rc < 0 ? rc : run(l, &v, err);
}
