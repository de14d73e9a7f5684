/* One run over the changes: what is owed is sent, then read back and settled.
 * The rules about what is owed are reconcile.c's. */
#include "change_private.h"
#include "failsafe.h"
#include "grant.h"
#include "json.h"
#include "sessions.h"

int change_tell(struct lapse *l, const char *kind, const struct change_row *c,
	const char *detail, struct lapse_err *err)
{
	AUTO_BUF data = {0};
	struct json_out w = {.out = &data};
	struct evidence e = {
		.kind = kind,
		.grant = c->grant,
		.idp = c->m.idp,
		.group = c->m.group,
		.user = c->m.user,
		.actor = "lapse",
	};
	AUTO_ARENA a = {0};
	struct grant_row g = {0};

	if (c->grant != 0 &&
		grant_get(l->ledger, c->grant, &a, &g, NULL) == 0)
		e.issue = g.issue;
	json_put_open(&w, NULL, '{');
	json_put_int(&w, "change", c->id);
	json_put_text(&w, "change_kind", c->kind);
	json_put_int(&w, "attempts", c->attempts);
	json_put_time(&w, "due_at", c->due_at);
	if (c->verified_at != WHEN_NONE)
		json_put_time(&w, "verified_at", c->verified_at);
	json_put_text(&w, "remote_ref", c->remote_ref);
	json_put_text(&w, "detail", detail);
	json_put_close(&w, '}');
	if (data.failed)
		return lapse_fail_nomem(err);
	e.data = buf_text(&data);
	return core_evidence(l, &e, NULL, err);
}

/* A state that is not final. The grant of an add may have ended while the
 * call was under way: then a remove answers it now. */
int change_put(struct lapse *l, const struct change_row *c,
	const char *state, int64_t next_attempt_at, const char *remote_ref,
	const char *why, struct lapse_err *err)
{
	int rc = change_set(l->ledger, c->id, state, c->already,
		next_attempt_at, remote_ref, why, err);

	if (rc < 0 || !change_is_add(c))
		return rc;
	return reconcile_membership(l, &c->m, c->grant, core_now(l), err);
}

int reconcile_run(struct lapse *l, int64_t grant, reconcile_intents *intents,
	struct lapse_err *err)
{
	struct change_left left = {.last = false};
	bool ended = false;
	int rc = change_send_all(l, grant, intents, err);

	if (rc == 0)
		rc = change_read_all(l, grant, &left, err);
	if (rc == 0 && left.reopened) {
		left.last = true;
		rc = change_send_all(l, grant, NULL, err);
		if (rc == 0)
			rc = change_read_all(l, grant, &left, err);
	}
	if (rc == 0)
		rc = failsafe_run(l, &ended, err);
	if (rc == 0)
		rc = grants_advance(l, grant, err);
	if (rc == 0)
		rc = sessions_run(l, &ended, err);
	if (rc == 0 && ended)
		rc = grants_advance(l, grant, err);
	return rc;
}
