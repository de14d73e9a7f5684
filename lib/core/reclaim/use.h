/* Last use: when somebody last used an application, or signed in to the
 * organisation, as their provider tells it. What cannot be told is unknown,
 * and unknown is never idle. */
#ifndef LAPSE_CORE_USE_H
#define LAPSE_CORE_USE_H

#include "core.h"

enum use_kind { USE_UNKNOWN, USE_SEEN, USE_NOT_SEEN };

/* <Shape> texts live in the arena of use_read(). */
struct use {
	enum use_kind kind;
	int64_t at;		/* SEEN: the latest; NOT_SEEN: none since then;
				   else WHEN_NONE */
	const char *source;	/* NULL: nothing was asked */
	const char *why;	/* UNKNOWN: in words; else NULL */
	bool of_application;	/* false: a sign-in to the organisation, which
				   says nothing about the one application */
	int64_t days;		/* whole days unused; -1 unknown */
};

struct use_question {
	const char *idp;	/* NULL: access that no provider keeps */
	const char *user;
	const struct application *application;	/* NULL: the organisation's
						   sign-in is asked for */
	int64_t from;		/* how far back is asked about */
	struct use use;		/* the answer */
};

/* Answers all of them, side by side, the same question once. A failure is
 * USE_UNKNOWN with its reason. <Errors> only what ends the run. */
int use_read(struct lapse *l, struct use_question *q, size_t n,
	struct arena *a, struct lapse_err *err);

/* Unused for the whole window, by one who had it for the whole window. since:
 * the latest of the account's and the access's begin; WHEN_NONE, not known, is
 * never idle. */
bool use_is_idle(const struct use *u, int64_t window_s, int64_t since,
	int64_t now);

/* "seen" "not-seen" "unknown" */
const char *use_name(enum use_kind k);

#endif
