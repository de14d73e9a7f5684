/* By hand: granting an approved request, ending access, extending. They do
 * what a timer would do, now, by the same checks. */
#include "hand.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "grant.h"
#include "log.h"
#include "notice.h"
#include "request.h"
#include "sync.h"
#include "text.h"

int hand_operator(struct lapse *l, struct lapse_err *err)
{
	if (l->operator != NULL)
		return 0;
	return lapse_fail(err, LAPSE_EREFUSED,
		"operator: '%s': not in the configuration; add operator "
		"\"%s\" { account = \"...\" }",
		l->operator_login != NULL ? l->operator_login : "unknown",
		l->operator_login != NULL ? l->operator_login : "LOGIN");
}

void hand_note_operator(struct lapse *l)
{
	AUTO_ARENA a = {0};
	struct account_row row = {0};
	struct jira_person p = {0};
	struct lapse_err why;

	if (l->operator != NULL && !l->dry_run && account_get(l->ledger,
		l->operator, &a, &row, NULL) < 0)
		(void)people_account_fresh(l, l->operator, &a, &p, &why);
}

const char *hand_actor(struct lapse *l, struct arena *a)
{
	const char *name;

	if (l->operator != NULL)
		return l->operator;
	name = arena_fmt(a, "local:%s", l->operator_login != NULL ?
		l->operator_login : "unknown");
	return name != NULL ? name : "local:unknown";
}

int hand_reason(const char *reason, struct lapse_err *err)
{
	if (reason != NULL && *reason != '\0')
		return 0;
	return lapse_fail(err, LAPSE_EUSAGE,
		"reason: missing; say why with --reason TEXT");
}

static bool is_number(const char *text)
{
	const char *p = text;

	while (isdigit((unsigned char)*p))
		p++;
	return p > text && *p == '\0' && p - text < 18;
}

static int keep(struct grant_rows *to, const struct grant_rows *from,
	const char *role, bool live, struct arena *a, struct lapse_err *err)
{
	for (size_t i = 0; i < from->list.n; i++) {
		const struct grant_row *g = &from->list.items[i];
		struct grant_row *slot;

		if ((role != NULL && strcmp(g->role, role) != 0) ||
			(live && strcmp(g->state, "ended") == 0))
			continue;
		slot = VEC_ADD(&to->list, a);
		if (slot == NULL)
			return lapse_fail_nomem(err);
		*slot = *g;
	}
	return 0;
}

static int by_issue_or_id(struct lapse *l, const char *what, struct arena *a,
	struct grant_rows *ret, struct lapse_err *err)
{
	int rc = grants_of_issue(l->ledger, what, a, ret, err);
	struct grant_row g = {0};
	struct grant_row *slot;

	if (rc < 0 || ret->list.n > 0 || !is_number(what))
		return rc;
	rc = grant_get(l->ledger, strtoll(what, NULL, 10), a, &g, err);
	if (rc == LAPSE_ENOTFOUND)
		return 0;
	slot = rc == 0 ? VEC_ADD(&ret->list, a) : NULL;
	if (rc == 0 && slot == NULL)
		return lapse_fail_nomem(err);
	if (rc == 0)
		*slot = g;
	return rc;
}

int hand_grants(struct lapse *l, const char *what, const char *role,
	bool live, struct arena *a, struct grant_rows *ret,
	struct lapse_err *err)
{
	struct grant_rows found = {0};
	const char *account = NULL;
	int rc;

	rc = by_issue_or_id(l, what, a, &found, err);
	if (rc < 0)
		return rc;
	if (found.list.n == 0) {
		rc = people_find(l, what, a, &account, err);
		if (rc < 0)
			return rc;
		rc = grants_live(l->ledger, account, a, &found, err);
	}
	if (rc == 0)
		rc = keep(ret, &found, role, live, a, err);
	if (rc == 0 && ret->list.n == 0)
		rc = lapse_fail(err, LAPSE_ENOTFOUND,
			"'%s': no %sgrant%s%s; see `lapse list`", what,
			live ? "live " : "", role != NULL ? " of role " : "",
			role != NULL ? role : "");
	if (rc == 0 && role != NULL && l->config != NULL &&
		config_role(l->config, role) == NULL)
		log_say(&l->env, LAPSE_WARNING,
			"role: '%s': not in the catalog any more", role);
	return rc;
}

int hand_show(struct lapse *l, const struct grant_rows *rows,
	struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < rows->list.n && rc == 0; i++)
		rc = grant_show(l, rows->list.items[i].id, err);
	return rc;
}

/* ---- grant ISSUE, extend ISSUE ---- */

/* What was granted before and is over is not granted now. */
static int is_over(const struct grant_rows *rows, const char *issue,
	struct lapse_err *err)
{
	const struct grant_row *last = &rows->list.items[rows->list.n - 1];

	for (size_t i = 0; i < rows->list.n; i++)
		if (strcmp(rows->list.items[i].state, "granting") == 0 ||
			strcmp(rows->list.items[i].state, "active") == 0)
			return 0;
	return lapse_fail(err, LAPSE_EREFUSED,
		"%s: not granted: grant %lld of it is %s (%s), and an approval "
		"is used once; it takes a new request", issue,
		(long long)last->id, last->state,
		last->end_reason != NULL ? last->end_reason : "no reason");
}

static int say_state(struct lapse *l, const char *issue, bool extension,
	struct lapse_err *err)
{
	__attribute__((cleanup(request_clear))) struct request r = {0};
	struct grant_rows rows = {0};
	int rc = request_read(l, issue, &r, err);

	if (rc < 0)
		return rc;
	rc = grants_of_issue(l->ledger, r.issue->id, &r.arena, &rows, err);
	if (rc == 0 && rows.list.n == 0 && l->dry_run)
		return 0;
	if (rc == 0 && rows.list.n == 0)
		return lapse_fail(err, LAPSE_EREFUSED,
			"%s: not granted: the request is %s%s%s", issue,
			r.row.id == 0 ? "not asked for yet" : r.row.state,
			r.row.why != NULL ? ": " : "",
			r.row.why != NULL ? r.row.why : "");
	if (rc == 0 && extension && rows.list.items[0].extended_from == 0)
		log_say(&l->env, LAPSE_WARNING, "%s: not an extension: it is "
			"not linked to an active grant of this role", issue);
	if (rc == 0 && !l->dry_run)
		rc = is_over(&rows, issue, err);
	return rc < 0 ? rc : hand_show(l, &rows, err);
}

/* By a clock that nothing confirms a request may be too old, or an approval:
 * nothing is decided. */
static int need_time(struct lapse *l, const char *issue, struct lapse_err *err)
{
	int rc;

	if (l->time_known || l->jira_failed)
		return 0;
	rc = expire_due(l, err);
	return rc < 0 ? rc : lapse_fail(err, LAPSE_EUNAVAIL, "%s: not decided: "
		"no service told the time; try again when one does", issue);
}

static int grant_issue(struct lapse *l, const char *issue, const char *reason,
	bool extension, struct lapse_err *err)
{
	int rc = hand_reason(reason, err);

	if (rc == 0 && !text_is_id(issue))
		rc = lapse_fail(err, LAPSE_EUSAGE, "issue: '%s': not an "
			"issue's key, like ACC-12, or id", issue);
	if (rc == 0)
		rc = hand_operator(l, err);
	if (rc == 0)
		rc = core_online(l, err);
	if (rc == 0)
		rc = anchor_check(l, err);
	if (rc == 0)
		rc = need_time(l, issue, err);
	if (rc == 0)
		rc = request_advance(l, issue, true, err);
	if (rc == 0)
		hand_note_operator(l);
	if (rc == 0)
		rc = settle(l, err);
	return rc < 0 ? rc : say_state(l, issue, extension, err);
}

int lapse_grant(struct lapse *l, const char *issue, const char *reason,
	struct lapse_err *err)
{
	return grant_issue(l, issue, reason, false, err);
}

int lapse_extend(struct lapse *l, const char *issue, const char *reason,
	struct lapse_err *err)
{
	return grant_issue(l, issue, reason, true, err);
}

/* ---- revoke ---- */

static int end_all(struct lapse *l, const struct grant_rows *rows,
	const char *reason, struct arena *a, struct lapse_err *err)
{
	const char *actor = hand_actor(l, a);
	int rc = core_begin(l, err);

	for (size_t i = 0; i < rows->list.n && rc == 0; i++)
		rc = grant_end(l, &rows->list.items[i], "revoked", actor,
			reason, core_now(l), err);
	return core_end(l, rc, err);
}

/* Did everything come to its end? Else the timers go on with it. */
static int still_open(struct lapse *l, const struct grant_rows *rows,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	size_t open = 0;

	for (size_t i = 0; i < rows->list.n; i++) {
		struct grant_row g = {0};

		if (grant_get(l->ledger, rows->list.items[i].id, &a, &g,
			err) < 0)
			return err->code;
		if (strcmp(g.state, "ended") != 0)
			open++;
	}
	if (open == 0)
		return 0;
	lapse_fail(err, LAPSE_EITEM, "revoke: %zu of %zu grants not verified "
		"as removed yet; `lapse expire` goes on with %s", open,
		rows->list.n, open == 1 ? "it" : "them");
	core_note(l, LAPSE_EXIT_RETRY, err);
	return 0;
}

int lapse_revoke(struct lapse *l, const struct lapse_revoke *o,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct grant_rows rows = {0};
	int rc = hand_reason(o->reason, err);

	if (rc == 0)
		rc = core_online(l, err);
	if (rc == 0)
		rc = anchor_check(l, err);
	if (rc == 0)
		rc = hand_grants(l, o->what, o->role, true, &a, &rows, err);
	if (rc < 0)
		return rc;
	hand_note_operator(l);
	if (l->operator == NULL)
		log_say(&l->env, LAPSE_WARNING, "operator: '%s': not in the "
			"configuration; the revoke is done and flagged",
			l->operator_login != NULL ? l->operator_login :
						    "unknown");
	for (size_t i = 0; i < rows.list.n && rc == 0; i++)
		rc = core_plan(l, rows.list.items[i].issue_key, "revoke",
			rows.list.items[i].role, err);
	if (rc < 0 || l->dry_run)
		return rc;
	rc = end_all(l, &rows, o->reason, &a, err);
	if (rc == 0)
		rc = settle(l, err);
	if (rc == 0)
		rc = hand_show(l, &rows, err);
	return rc < 0 ? rc : still_open(l, &rows, err);
}
