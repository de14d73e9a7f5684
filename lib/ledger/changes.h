/* Changes as rows: the adds and removes that lapse owes a provider. The open
 * change of a membership (settled_at NULL) is the lock on it. */
#ifndef LAPSE_LEDGER_CHANGES_H
#define LAPSE_LEDGER_CHANGES_H

#include "grants.h"

struct change_row {
	int64_t id;
	struct membership m;
	const char *kind;		/* add remove adopt */
	const char *state;
	int64_t grant;
	int64_t opened_at;
	int64_t due_at;
	int64_t run;
	int64_t attempts;
	int64_t first_sent_at;
	int64_t last_sent_at;
	int64_t next_attempt_at;
	bool already;
	bool effect_seen;
	const char *remote_ref;
	const char *last_error;
	int64_t settled_at;
	int64_t verified_at;
};

struct change_rows {
	VEC(struct change_row) list;
};

/* A place in the order of changes: removes first, oldest deadline first. */
struct change_place {
	bool add;
	int64_t due_at;
	int64_t id;
};

#define CHANGE_START ((struct change_place){.due_at = INT64_MIN})

/* Rows not settled whose next attempt has come, in that order. grant 0: all;
 * else those on memberships of that grant. changes_next() gives all,
 * changes_to_send() what waits to be sent (open, parked, or claimed by a run
 * that may be dead) beyond a place, changes_to_read() what was sent, or may
 * have been, and every parked remove. */
int changes_to_send(struct ledger *l, int64_t now, int64_t grant,
	int64_t limit, const struct change_place *after, struct arena *a,
	struct change_rows *ret, struct lapse_err *err);
int changes_to_read(struct ledger *l, int64_t now, int64_t grant,
	int64_t limit, struct arena *a, struct change_rows *ret,
	struct lapse_err *err);
int changes_next(struct ledger *l, int64_t now, int64_t grant, int64_t limit,
	struct arena *a, struct change_rows *ret, struct lapse_err *err);
/* The open change of a membership; id 0: none. */
int change_open_on(struct ledger *l, const struct membership *m,
	struct arena *a, struct change_row *ret, struct lapse_err *err);
/* The latest settled one that says who made the membership what it is:
 * cancelled and abandoned ones are passed over. id 0: none. */
int change_last_on(struct ledger *l, const struct membership *m,
	struct arena *a, struct change_row *ret, struct lapse_err *err);
/* When an add on it was last sent whose effect no read has shown (seen_too:
 * any add); WHEN_NONE: there is none. */
int change_unseen_add(struct ledger *l, const struct membership *m,
	bool seen_too, int64_t *ret_sent_at, struct lapse_err *err);
/* A number that is another one as soon as a removal of it was opened, sent or
 * settled. */
int change_removals(struct ledger *l, const struct membership *m,
	int64_t *ret, struct lapse_err *err);
/* Verified removes, settled not after `before`, whose person the last reading
 * of the group shows as a member again, and nothing of ours explains it. Those
 * told of already are left out. */
int changes_back(struct ledger *l, const char *idp, const char *group,
	int64_t before, struct arena *a, struct change_rows *ret,
	struct lapse_err *err);
int change_get(struct ledger *l, int64_t id, struct arena *a,
	struct change_row *ret, struct lapse_err *err);
int changes_parked(struct ledger *l, struct arena *a, struct change_rows *ret,
	struct lapse_err *err);
/* Unsettled removes whose deadline passed before `before`, and how late the
 * oldest is against it; parked ones of any deadline count too. */
int changes_overdue(struct ledger *l, int64_t before, int64_t *ret_n,
	int64_t *ret_oldest, struct lapse_err *err);

int change_add(struct ledger *l, const struct membership *m, const char *kind,
	int64_t grant, int64_t now, int64_t due_at, int64_t *ret_id,
	struct lapse_err *err);
/* A settled "adopt": the membership is lapse's to remove from now on. */
int change_adopt(struct ledger *l, const struct membership *m, int64_t grant,
	int64_t now, struct lapse_err *err);
int change_claim(struct ledger *l, int64_t id, int64_t run, int64_t now,
	struct lapse_err *err);
/* To a state that is not final: open, sent, unknown, parked. */
int change_set(struct ledger *l, int64_t id, const char *state, bool already,
	int64_t next_attempt_at, const char *remote_ref, const char *error,
	struct lapse_err *err);
int change_set_effect(struct ledger *l, int64_t id, struct lapse_err *err);
int change_retry_at(struct ledger *l, int64_t id, int64_t at,
	struct lapse_err *err);
/* To a final one; verified_at WHEN_NONE where nothing was read. */
int change_settle(struct ledger *l, int64_t id, const char *state,
	int64_t now, int64_t verified_at, const char *by, const char *note,
	struct lapse_err *err);

/* Removals whose user or group was gone, to be read again; so long. */
enum {
	CHANGE_WATCH_S = 35 * 86400,
};
int watch_add(struct ledger *l, int64_t change, int64_t next_at,
	int64_t until, struct lapse_err *err);
int watch_due(struct ledger *l, int64_t now, struct arena *a,
	struct change_rows *ret, struct lapse_err *err);
/* Next look, or the end of it when next_at is past its `until` or NONE. */
int watch_next(struct ledger *l, int64_t change, int64_t next_at,
	struct lapse_err *err);

#endif
