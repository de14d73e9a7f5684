/* What a reading of a user says otherwise than the one before, as evidence
 * with the old and the new value. */
#include "moved.h"

#include <string.h>

#include "intake_rows.h"
#include "json.h"

struct move {
	const char *field;
	const char *old;
	const char *new;
};

static int tell(struct lapse *l, const struct user_row *u,
	const struct move *m, struct lapse_err *err)
{
	AUTO_BUF data = {0};
	AUTO_BUF text = {0};
	struct json_out w = {.out = &data};
	struct json_out t = {.out = &text};
	struct evidence e = {
		.kind = "mover",
		.idp = u->idp,
		.user = u->user,
		.actor = "lapse",
	};

	json_put_open(&w, NULL, '{');
	json_put_text(&w, "field", m->field);
	json_put_close(&w, '}');
	json_put_open(&t, NULL, '{');
	json_put_text(&t, "old", m->old);
	json_put_text(&t, "new", m->new);
	json_put_close(&t, '}');
	if (data.failed || text.failed)
		return lapse_fail_nomem(err);
	e.data = buf_text(&data);
	e.text = buf_text(&text);
	return core_evidence(l, &e, NULL, err);
}

static bool differs(const struct move *m)
{
	return m->old != NULL && m->new != NULL && strcmp(m->old, m->new) != 0;
}

/* Who was inactive when first seen left before anybody looked. */
static int note_status(struct lapse *l, const struct user_row *old,
	const struct user_row *now, struct lapse_err *err)
{
	const char *was = old->status == NULL ? "unknown" : old->status;

	if (now->status == NULL)
		return 0;
	if (strcmp(now->status, "active") == 0)
		return leaver_back(l->ledger, now->idp, now->user, core_now(l),
			err);
	if (strcmp(now->status, "inactive") != 0 ||
		(strcmp(was, "active") != 0 && strcmp(was, "suspended") != 0))
		return 0;
	return leaver_seen(l->ledger, now->idp, now->user, core_now(l), err);
}

int moved_note(struct lapse *l, const struct user_row *now,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct user_row old = {0};
	int rc = user_get(l->ledger, now->idp, now->user, &a, &old, err);

	if (rc < 0)
		return rc == LAPSE_ENOTFOUND ? 0 : rc;
	const struct move moves[] = {
		{"manager", old.manager, now->manager},
		{"department", old.department, now->department},
		{"title", old.title, now->title},
	};

	rc = note_status(l, &old, now, err);
	for (size_t i = 0; i < ARRAY_N(moves) && rc == 0; i++) {
		if (!differs(&moves[i]))
			continue;
		rc = moved_add(l->ledger, now->idp, now->user, moves[i].field,
			moves[i].old, moves[i].new, core_now(l), err);
		if (rc == 0)
			rc = tell(l, now, &moves[i], err);
	}
	return rc;
}
