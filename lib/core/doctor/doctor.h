/* Checks of what lapse needs, each one record with the next step in words. */
#ifndef LAPSE_CORE_DOCTOR_H
#define LAPSE_CORE_DOCTOR_H

#include "core.h"

struct doctor {
	struct lapse *l;
	struct arena arena;	/* of the replies */
	int64_t failures;
	const char *blind;	/* the check that failed without which groups
				   cannot be judged; NULL: none */
	const char *blind_at;	/* at this provider */
};

/* "lapse/doctor.v1": a check that went well, or not (exit 78). Fails only
 * with what env.record fails with. */
int doctor_good(struct doctor *d, const char *what, const char *detail,
	struct lapse_err *err);
/* Works as it is, and had better be mended; the exit status is not touched. */
int doctor_warn(struct doctor *d, const char *what, const char *detail,
	const char *hint, struct lapse_err *err);
/* Cannot be found out by reading; detail says why, and when it will show. */
int doctor_unknown(struct doctor *d, const char *what, const char *detail,
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
/* Nothing where lapse is not on Slack. */
int doctor_slack(struct doctor *d, struct lapse_err *err);
int doctor_idps(struct doctor *d, struct lapse_err *err);
/* Does the code say that it is down, busy, or something else than the service
 * that was asked for? */
bool doctor_is_elsewhere(int code);
/* Whether the credential in use is taken: *ret_in. */
int doctor_sign_in(struct doctor *d, const struct core_idp *i, bool *ret_in,
	struct lapse_err *err);
/* Whether the next one would be, where there is one; and whether it is in use
 * already. */
int doctor_next(struct doctor *d, const struct core_idp *i,
	struct lapse_err *err);
int doctor_jira_next(struct doctor *d, struct lapse_err *err);
/* A call failed for another reason than what it asked for: the credential is
 * refused, or the provider was not reached; then it is told. */
int doctor_unserved(struct doctor *d, const struct core_idp *i,
	const struct lapse_err *why, bool *ret_told, struct lapse_err *err);
/* Until when its certificate lasts, if it has one; subject: "the certificate"
 * or whose. */
int doctor_lasts(struct doctor *d, const struct core_idp *i,
	const char *subject, struct lapse_err *err);
/* Whether the credential may do what the configuration asks of this provider,
 * more than that, and for how long. It must have been used in this run.
 * *ret_lacking: of each enum idp_need that is not met, the bit. */
int doctor_rights(struct doctor *d, const struct core_idp *i,
	unsigned *ret_lacking, struct lapse_err *err);

#endif
