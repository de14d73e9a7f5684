/* Policy as a pure function: the same request, role, people and time give the
 * same decision. No clock, ledger or network. The strictest rule wins. */
#ifndef LAPSE_CORE_POLICY_H
#define LAPSE_CORE_POLICY_H

#include "config.h"

/* A person as far as they could be found. */
struct policy_person {
	const char *account;		/* NULL: not found */
	const char *name;
	bool active;			/* the Jira account */
	bool idp_ok;			/* an active user in every idp that the
					   role needs */
	const char *idp_problem;	/* why not, in words; NULL */
	bool idp_pending;		/* not *yet*: the request waits */
	int64_t ends_at;		/* the person's own end; WHEN_NONE */
	struct strs groups;		/* "idp:group" they are in, as far as
					   requestable-by and approvers need */
	struct strs roles;		/* live roles (granting, active) */
};

struct policy_approver {
	const char *account;		/* NULL: could not be found */
	const char *name;
	const char *why;		/* manager owner named group fallback */
	const char *label;		/* the catalog's word for messages */
	bool active;
};

/* Why a membership cannot or should not be placed now. */
struct policy_group {
	const char *idp;
	const char *group;
	const char *name;
	enum idp_group_kind kind;
	const char *detail;
	bool found;
	bool pre_existing;		/* member without a hold of ours */
};

struct policy_input {
	const struct role *role;
	int64_t now;
	int64_t starts_at;		/* WHEN_NONE: at once */
	int64_t duration_s;		/* asked; 0: the role's default */
	int64_t until;			/* asked as a time; WHEN_NONE */
	bool no_end;			/* asked for without an end */
	const char *reason;
	const char *requester;		/* accounts */
	const char *creator;
	const char *delegate;		/* answers for others, and is nobody
					   itself; NULL: there is none */
	struct policy_person beneficiary;
	VEC(struct policy_approver) approvers;	/* resolved, in the catalog's
						   order; one of why "fallback"
						   counts as the fallback */
	struct policy_approver fallback;	/* account NULL: none */
	bool escalated;			/* only the fallback is owed now */
	VEC(struct policy_group) groups;
	struct strs conflicting;	/* filled by the catalog: roles in
					   conflict with this one */
	const char *extends_role;	/* an extension: the old grant's role */
	int64_t extends_end;		/* its deadline */
	int64_t extends_start;
};

enum policy_verdict {
	POLICY_ASK,
	POLICY_AUTO,
	POLICY_WAIT,		/* not yet: start, or the beneficiary's user;
				   owed and the rest are filled all the same */
	POLICY_REFUSE,
};

struct policy_decision {
	enum policy_verdict verdict;
	enum approval_mode mode;
	VEC(struct policy_approver) owed;
	int64_t duration_s;		/* granted; 0: no end */
	int64_t ends_at;		/* the deadline, where it is a time and
					   not a length: an extension, "until",
					   the person's own end; WHEN_NONE */
	bool capped;			/* said in the comment, */
	const char *cap;		/* and why, in words; NULL */
	const char *code;		/* "over-maximum", stable, for evidence;
					   "ask" and "auto" too */
	const char *words;		/* for the requester */
	const char *admin;		/* for the administrator; NULL */
};

/* Texts live in a. Fails only with LAPSE_ENOMEM. */
int policy_decide(const struct policy_input *in, struct arena *a,
	struct policy_decision *ret, struct lapse_err *err);

/* The content that an approval covers: SHA-256 over requester, beneficiary
 * and their ids in the providers, role, duration, reason, resolved groups and
 * maximum. */
struct policy_content {
	const char *issue;
	const char *requester;
	const char *beneficiary;
	struct strs users;		/* "idp:user_id" */
	const char *role;
	struct strs groups;		/* "idp:group_id" */
	int64_t duration_s;		/* as asked; 0 default, -1 no end */
	int64_t until;			/* WHEN_NONE */
	int64_t starts_at;		/* WHEN_NONE */
	int64_t max_duration;
	const char *reason;
	const char *extends;		/* issue id of the old grant; NULL */
};

int policy_hash(const struct policy_content *c, char ret[65],
	struct lapse_err *err);

/* lapse's own quorum over the decisions of owed people. */
enum policy_quorum { QUORUM_OPEN, QUORUM_APPROVED, QUORUM_DECLINED };
struct policy_vote {
	bool approved;
	bool declined;
	bool active;			/* an inactive person's vote is none */
};
enum policy_quorum policy_count(enum approval_mode mode,
	const struct policy_vote *votes, size_t n);

#endif
