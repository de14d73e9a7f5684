/* Checks of what lapse needs, each one record with the next step in words. */
#ifndef LAPSE_CORE_DOCTOR_H
#define LAPSE_CORE_DOCTOR_H

#include "core.h"

struct doctor {
	struct lapse *l;
	struct arena arena;	/* of the replies */
	int64_t failures;
};

/* "lapse/doctor.v1": a check that went well, or not (exit 78). Fails only
 * with what env.record fails with. */
int doctor_good(struct doctor *d, const char *what, const char *detail,
	struct lapse_err *err);
int doctor_bad(struct doctor *d, const char *what, const char *detail,
	const char *hint, struct lapse_err *err);
/* A call that failed: its own exit status (77 for a refused credential). */
int doctor_failed(struct doctor *d, const char *what,
	const struct lapse_err *why, const char *hint, struct lapse_err *err);

/* One operation of Jira; what it gives lives in d->arena. */
int doctor_ask(struct doctor *d, struct op *op, struct lapse_err *why);

int doctor_local(struct doctor *d, struct lapse_err *err);
int doctor_jira(struct doctor *d, struct lapse_err *err);
/* Nothing where there is no section for reviews. */
int doctor_reviews(struct doctor *d, struct lapse_err *err);
int doctor_idps(struct doctor *d, struct lapse_err *err);

#endif
