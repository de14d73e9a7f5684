/* What the anchor says, for commands that go by it. The check that each run
 * begins with stands in notice.h. */
#ifndef LAPSE_CORE_ANCHOR_H
#define LAPSE_CORE_ANCHOR_H

#include "core.h"

#define ANCHOR_PROPERTY "lapse.anchor"

/* The cursor that is not 0 while a ledger is rebuilt and the anchor is not
 * its own yet: nothing is done by it then. */
#define ANCHOR_UNFINISHED "rebuild:unfinished"

/* The cursor that is not 0 once a witness named evidence that this ledger does
 * not have: the highest. It is an old copy until it was brought forward. */
#define ANCHOR_AHEAD "witness:ahead"

/* <Shape> texts in the arena. */
struct anchor_said {
	const char *ledger;
	int64_t seq;
	const char *hash;
	int64_t enforced_at;	/* WHEN_NONE: not told */
	struct strs replaced;	/* ledgers that this one was rebuilt from */
};

/* The property as it stands; *ret NULL: there is none. */
int anchor_property(struct lapse *l, const char *issue, struct arena *a,
	const char **ret, struct lapse_err *err);
/* A fresh read. <Errors> LAPSE_ENOTFOUND (there is none), LAPSE_ELEDGER (not
 * sealed by this key), LAPSE_EPROTO. */
int anchor_read(struct lapse *l, const char *issue, struct arena *a,
	struct anchor_said *ret, struct lapse_err *err);
/* A fresh look, judged: stale and taken over are noted and kept.
 * *ret_unread: why it could not be read, code 0 when it was. */
int anchor_look(struct lapse *l, const struct ledger_about *about,
	struct lapse_err *ret_unread, struct lapse_err *err);
/* Writes this ledger's head there, over whatever it says, and keeps it as this
 * ledger's anchor. */
int anchor_take(struct lapse *l, const char *issue, struct lapse_err *err);
/* A property as it was read (NULL: there is none): *ret_seq is the head that it
 * names when it is sealed, of this ledger, and not on its chain; *ret_fault
 * says in words why not. 0: nothing of that. */
int anchor_unknown(struct lapse *l, const char *property, int64_t *ret_seq,
	const char **ret_fault, struct lapse_err *err);
/* The same, and what follows: this ledger is stale, which is kept and said. */
int anchor_hold_property(struct lapse *l, const char *issue,
	const char *property, struct lapse_err *err);
/* Was that so before? It is said again. */
int anchor_recall_ahead(struct lapse *l, bool *ret, struct lapse_err *err);
/* The ledgers that this one was rebuilt from; none otherwise. */
int anchor_replaced(struct lapse *l, struct arena *a, struct strs *ret,
	struct lapse_err *err);

#endif
