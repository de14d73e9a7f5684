/* What the by-hand commands share. */
#ifndef LAPSE_CORE_HAND_H
#define LAPSE_CORE_HAND_H

#include "core.h"
#include "grants.h"

/* A grant by hand needs a person that the configuration knows. */
int hand_operator(struct lapse *l, struct lapse_err *err);
/* Texts call the operator by name: read once, where Jira answers. */
void hand_note_operator(struct lapse *l);
/* Who ends something: the operator's account, else "local:LOGIN", flagged. */
const char *hand_actor(struct lapse *l, struct arena *a);
int hand_reason(const char *reason, struct lapse_err *err);
/* Grants that a person meant: an issue's key or id, a grant's id, or a user
 * and perhaps a role. live: only those not ended. LAPSE_ENOTFOUND. */
int hand_grants(struct lapse *l, const char *what, const char *role,
	bool live, struct arena *a, struct grant_rows *ret,
	struct lapse_err *err);
/* The rows of these grants as they are now. */
int hand_show(struct lapse *l, const struct grant_rows *rows,
	struct lapse_err *err);

#endif
