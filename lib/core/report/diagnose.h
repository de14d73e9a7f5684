/* Three questions that tell where least privilege is lost, answered from the
 * report, and the next move. Computes no figure of its own: what it counts is
 * in struct report. */
#ifndef LAPSE_CORE_DIAGNOSE_H
#define LAPSE_CORE_DIAGNOSE_H

#include "report.h"

enum diagnose_answer {
	DIAGNOSE_UNKNOWN,	/* too little data */
	DIAGNOSE_NO,
	DIAGNOSE_YES,
};

/* Where access is lost; the later one is told where two lost the same,
 * because it is nearer to the access itself. */
enum diagnose_bucket {
	DIAGNOSE_INTAKE,	/* how requests come */
	DIAGNOSE_APPROVAL,	/* who decides, and where that can be read */
	DIAGNOSE_ENFORCEMENT,	/* who carries it out, and when it ends */
	DIAGNOSE_BUCKETS,
};

struct diagnose_question {
	const char *question;
	enum diagnose_answer answer;
	bool good;			/* the answer that one wants */
	enum diagnose_bucket bucket;
	const char *evidence;		/* the numbers, in words */
	int64_t lost;			/* cases; -1: not known */
	int64_t of;			/* looked at */
};

/* One thing to do. */
struct diagnose_step {
	enum diagnose_bucket bucket;
	const char *move;
	const char *command;		/* to be typed as it stands; NULL: none */
};

struct diagnosis {
	struct diagnose_question questions[3];
	int64_t lost[DIAGNOSE_BUCKETS];	/* cases; -1: not known */
	bool known;			/* any of them is */
	bool lossless;			/* all are, and nothing is lost */
	enum diagnose_bucket bucket;	/* known and not lossless: the most */
	VEC(struct diagnose_step) steps;	/* the bucket's, in order */
};

const char *diagnose_answer_text(enum diagnose_answer answer);
const char *diagnose_bucket_text(enum diagnose_bucket bucket);
/* "enforcement", "nowhere" or "not known". */
const char *diagnose_verdict_text(const struct diagnosis *d);
/* The cases of all three, in words. */
const char *diagnose_lost_text(const struct diagnosis *d, struct arena *a);

/* A pure function of the report; texts live in `a`.
 * <Errors> LAPSE_ENOMEM. */
int diagnose(const struct report *r, struct arena *a, struct diagnosis *ret,
	struct lapse_err *err);
/* "lapse/diagnosis.v1" rows, one a question and one for the bucket, and
 * "lapse/diagnosis-step.v1" rows. */
int diagnose_record(struct lapse *l, const struct report *r,
	struct lapse_err *err);

#endif
