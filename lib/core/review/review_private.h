/* How a campaign is opened, shared by the files that do it: the providers are
 * read (review_read.c), a file is read (review_import.c), each access becomes
 * an item with its context (review_item.c), gets a reviewer
 * (review_assign.c), and all is frozen (review_open.c). */
#ifndef LAPSE_CORE_REVIEW_PRIVATE_H
#define LAPSE_CORE_REVIEW_PRIVATE_H

#include "people.h"
#include "review_context.h"
#include "review_rows.h"
#include "use.h"

enum {
	REVIEW_TASKS = 50,		/* items of a sheet that has sub-tasks */
	REVIEW_DAY_S = 86400,
};

/* What was asked for. <Shape> empty lists and NULL: not asked. */
struct review_scope {
	struct strs roles;
	struct strs applications;
	bool elevated;
	int64_t moved_since;		/* WHEN_NONE */
	const char *idp;
	struct strs reviewers;		/* in order: "manager", "owner", or a
					   person's e-mail or account */
	const char *file;		/* accounts of an application, */
	const struct application *file_of; /* which has no group */
	char file_sha256[65];		/* "" until it was read */
};

struct review_user {
	const char *idp;
	struct idp_user u;
};

struct review_group {
	const char *idp;
	const char *group;
	const char *name;		/* NULL: not known */
	struct context_group before;
	VEC(const struct review_user *) members;
};

struct review_reviewer {
	const char *key;		/* what it was looked up by */
	struct policy_approver who;	/* account NULL: nobody */
	const char *user;		/* of a manager, at the provider */
	const char *email;		/* as Jira showed it; NULL */
};

/* Whom a profile calls the manager. */
struct review_manager {
	const char *idp;
	const char *text;
	const struct review_user *user;	/* NULL: not exactly one */
};

/* One access on its way to an item. <Shape> user NULL: somebody who is known
 * by account or in the file only. */
struct review_case {
	struct item_row row;
	const struct role *role;	/* NULL: not of the catalog */
	const struct application *application;
	const struct review_user *user;
	const struct review_group *group;	/* NULL: not of a group */
	const struct review_reviewer *reviewer;
	const char *why;		/* manager owner named fallback */
	bool fixed;			/* lapse cannot take it away */
};

struct review_opening {
	struct lapse *l;
	struct arena *arena;
	struct review_scope scope;
	int64_t now;
	int64_t opening;		/* a campaign of that name, half made;
					   0: none */
	VEC(struct review_user) users;	/* by provider and id */
	VEC(struct review_group) groups;	/* likewise */
	VEC(struct review_case) cases;
	VEC(struct review_reviewer *) reviewers;	/* looked up so far */
	VEC(struct review_manager) managers;		/* likewise */
};

/* ---- review_read.c ---- */

/* Is this role asked for? */
bool review_wants_role(const struct review_scope *s, const struct role *r);
/* Every group in scope completely, and everybody who could be in one.
 * <Errors> LAPSE_EGUARD (a reading that cannot be true), else what the
 * provider's reading failed with. Writes nothing. */
int review_read(struct review_opening *o, struct lapse_err *err);
/* NULL: not in the provider's list. */
const struct review_user *review_user_find(const struct review_opening *o,
	const char *idp, const char *id);

/* ---- review_import.c ---- */

/* The accounts of the file as cases. <Errors> LAPSE_EREFUSED "FILE: line 3:
 * what". */
int review_import(struct review_opening *o, struct lapse_err *err);

/* ---- review_item.c ---- */

/* What was read, and grants by hand, as cases with all their columns but n
 * and digest, in the order of the population. */
int review_cases(struct review_opening *o, struct lapse_err *err);
/* Numbers them and takes the digests; the campaign's is of theirs. */
int review_freeze(struct review_opening *o, char ret_digest[65],
	struct lapse_err *err);

/* ---- review_advice.c ---- */

/* Last use, and what is recommended because of it. */
int review_advise(struct review_opening *o, struct lapse_err *err);

/* ---- review_assign.c ---- */

/* Looks up everybody who was named. <Errors> LAPSE_EREFUSED: one of them is
 * not exactly one active account. */
int review_reviewers(struct review_opening *o, struct lapse_err *err);
/* The user's manager, as a person where one of the providers knows them; else
 * as the profile has it. NULL: none. */
const char *review_manager_name(struct review_opening *o,
	const struct review_user *u);
/* Finds who reviews each case. <Errors> LAPSE_EREFUSED: for one of them
 * nobody can. */
int review_assign(struct review_opening *o, struct lapse_err *err);

#endif
