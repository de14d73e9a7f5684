/* Parked changes: what a provider refused for good. Only success or a named
 * human's word ends them. */
#include <stdio.h>
#include <string.h>

#include "changes.h"
#include "grant.h"
#include "hand.h"
#include "json.h"
#include "notice.h"
#include "reconcile.h"
#include "sync.h"

static int show(struct lapse *l, const struct change_row *c,
	struct lapse_err *err)
{
	char id[24];
	char grant[24];
	const struct lapse_field f[] = {
		{"change", LAPSE_TEXT, id, 0},
		{"kind", LAPSE_TEXT, c->kind, 0},
		{"idp", LAPSE_TEXT, c->m.idp, 0},
		{"group", LAPSE_TEXT, c->m.group, 0},
		{"user", LAPSE_TEXT, c->m.user, 0},
		{"due_at", LAPSE_TIME, NULL, c->due_at},
		{"attempts", LAPSE_INT, NULL, c->attempts},
		{"next_attempt_at", LAPSE_TIME, NULL, c->next_attempt_at},
		{"error", LAPSE_TEXT, c->last_error, 0},
		{"grant", LAPSE_TEXT, grant, 0},
	};

	snprintf(id, sizeof(id), "%lld", (long long)c->id);
	snprintf(grant, sizeof(grant), "%lld", (long long)c->grant);
	return core_record(l, "lapse/parked.v1", f, sizeof(f) / sizeof(f[0]),
		err);
}

int lapse_parked(struct lapse *l, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct change_rows rows = {0};
	int rc = changes_parked(l->ledger, &a, &rows, err);

	for (size_t i = 0; i < rows.list.n && rc == 0; i++)
		rc = show(l, &rows.list.items[i], err);
	if (rc == 0 && rows.list.n > 0)
		core_note(l, LAPSE_EXIT_OVERDUE, NULL);
	return rc;
}

static int tell(struct lapse *l, const char *kind, const struct change_row *c,
	const char *actor, const char *reason, struct lapse_err *err)
{
	AUTO_BUF data = {0};
	AUTO_BUF text = {0};
	struct json_out w = {.out = &data};
	struct json_out t = {.out = &text};
	struct evidence e = {
		.kind = kind,
		.grant = c->grant,
		.idp = c->m.idp,
		.group = c->m.group,
		.user = c->m.user,
		.actor = actor,
	};

	json_put_open(&w, NULL, '{');
	json_put_int(&w, "change", c->id);
	json_put_text(&w, "change_kind", c->kind);
	json_put_close(&w, '}');
	json_put_open(&t, NULL, '{');
	json_put_text(&t, "reason", reason);
	json_put_close(&t, '}');
	if (data.failed || text.failed)
		return lapse_fail_nomem(err);
	e.data = buf_text(&data);
	e.text = buf_text(&text);
	return core_evidence(l, &e, NULL, err);
}

/* The parked ones that were meant: one id, or all. */
static int meant(struct lapse *l, int64_t id, struct arena *a,
	struct change_rows *ret, struct lapse_err *err)
{
	struct change_rows all = {0};
	int rc = changes_parked(l->ledger, a, &all, err);

	for (size_t i = 0; i < all.list.n && rc == 0; i++) {
		struct change_row *slot;

		if (id != 0 && all.list.items[i].id != id)
			continue;
		slot = VEC_ADD(&ret->list, a);
		if (slot == NULL)
			return lapse_fail_nomem(err);
		*slot = all.list.items[i];
	}
	if (rc == 0 && id != 0 && ret->list.n == 0)
		rc = lapse_fail(err, LAPSE_ENOTFOUND, "change: '%lld': not "
			"parked; see `lapse parked list`", (long long)id);
	return rc;
}

int lapse_parked_retry(struct lapse *l, int64_t id, const char *reason,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct change_rows rows = {0};
	int rc = hand_reason(reason, err);

	if (rc == 0)
		rc = meant(l, id, &a, &rows, err);
	for (size_t i = 0; i < rows.list.n && rc == 0; i++)
		rc = core_plan(l, rows.list.items[i].m.user, "retry",
			rows.list.items[i].m.group, err);
	if (rc < 0 || l->dry_run)
		return rc;
	rc = core_begin(l, err);
	if (rc < 0)
		return rc;
	/* Again: another run may have settled some. */
	rows = (struct change_rows){0};
	rc = meant(l, id, &a, &rows, err);
	for (size_t i = 0; i < rows.list.n && rc == 0; i++) {
		rc = change_retry_at(l->ledger, rows.list.items[i].id,
			core_now(l), err);
		if (rc == 0)
			rc = tell(l, "retried", &rows.list.items[i],
				hand_actor(l, &a), reason, err);
	}
	rc = core_end(l, rc, err);
	if (rc == 0)
		rc = core_online(l, err);
	if (rc == 0)
		rc = anchor_check(l, err);
	return rc < 0 ? rc : settle(l, err);
}

int lapse_parked_abandon(struct lapse *l, int64_t id, const char *reason,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct change_rows rows = {0};
	int rc = hand_reason(reason, err);

	if (rc == 0)
		rc = hand_operator(l, err);
	if (rc == 0 && id == 0)
		rc = lapse_fail(err, LAPSE_EUSAGE,
			"abandon: one change by its id");
	if (rc == 0)
		rc = meant(l, id, &a, &rows, err);
	if (rc == 0)
		rc = core_plan(l, rows.list.items[0].m.user, "abandon",
			rows.list.items[0].m.group, err);
	if (rc < 0 || l->dry_run)
		return rc;
	rc = core_online(l, err);
	if (rc == 0)
		rc = anchor_check(l, err);
	if (rc < 0)
		return rc;
	hand_note_operator(l);
	rc = core_begin(l, err);
	if (rc < 0)
		return rc;
	/* Again: what another run is sending, or has removed by now, is not
	 * given up. */
	rows = (struct change_rows){0};
	rc = meant(l, id, &a, &rows, err);
	if (rc == 0)
		rc = change_settle(l->ledger, id, "abandoned", core_now(l),
			WHEN_NONE, l->operator, reason, err);
	if (rc == 0 && strcmp(rows.list.items[0].kind, "remove") == 0)
		rc = grants_set_abandoned(l->ledger, &rows.list.items[0].m,
			l->operator, reason, err);
	if (rc == 0)
		rc = tell(l, "abandoned", &rows.list.items[0], l->operator,
			reason, err);
	rc = core_end(l, rc, err);
	return rc < 0 ? rc : settle(l, err);
}
