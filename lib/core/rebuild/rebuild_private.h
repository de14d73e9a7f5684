/* The parts of rebuild: what Jira says is found, weighed, and put back. */
#ifndef LAPSE_CORE_REBUILD_PRIVATE_H
#define LAPSE_CORE_REBUILD_PRIVATE_H

#include "anchor.h"
#include "claim.h"
#include "core.h"
#include "review_file.h"

/* One issue that something of lapse stands on. */
struct rebuild_issue {
	const char *id;
	const char *key;
	const char *project;
	const char *type;		/* portal request type; NULL */
	const char *requester;
	const char *creator;
	const char *status;
	int64_t created_at;
	int64_t updated_at;
	const char *channel;		/* how it was filed, in Jira's word; NULL:
					   not looked for, or not known */
	const char *why;		/* the requester's words */
	const char *text;		/* the property; NULL: there is none */
	char digest[65];		/* of that */
	const char *refused;		/* why it is not believed; NULL: it is */
	bool forged;			/* for it is not lapse's at all */
	bool ungranted;			/* approved, and never got further: to be
					   asked again */
	struct claim claim;
};

/* One grant of it. */
struct rebuild_grant {
	struct rebuild_issue *issue;
	struct projection_grant *g;
	struct claim_verdict verdict;	/* of a live one */
	bool over;			/* lapse told its end; it was claimed
					   not to be */
	const char *differs;		/* its issue asked for something else:
					   what; NULL */
	struct strs outside;		/* "IDP GROUP USER" that it claims and
					   its role does not give */
	/* The approval as Jira has it now; NULL: none, or not looked for. */
	const struct jira_approval *approval;
	int64_t approved_at;		/* WHEN_NONE */
	int64_t id;			/* in the ledger; 0: not there yet */
	bool added;			/* by this run */
	bool end;			/* and is to end now */
};

/* One campaign of access reviews, put together from its issues. */
struct rebuild_campaign {
	struct rebuild_issue *issue;
	struct campaign_row row;
	struct arena arena;		/* of sheets and items */
	VEC(struct sheet_row) sheets;	/* with their issues, by the age of
					   what they are from */
	struct item_row *items;		/* row.items of them, in order of n */
	const char *lost;		/* why it cannot come back; NULL: it
					   does */
	bool reopened;			/* closed, and its result is nowhere */
	bool put;			/* it is in the ledger now */
};

struct rebuild {
	struct arena arena;
	const char *anchor;		/* issue id */
	const char *anchor_project;
	const char *own;		/* may stand in for an anchor that is
					   gone or changed; NULL: nothing may */
	bool unanchored;		/* and did */
	struct anchor_said said;
	int64_t head;			/* the ledger's own when it began */
	struct strs ledgers;		/* whose properties count */
	VEC(struct rebuild_issue) issues;
	VEC(struct rebuild_grant) grants;	/* by id */
	VEC(struct rebuild_campaign) campaigns;
	bool only_new;			/* the ledger is up to date: only what
					   it never saw is learnt */
	int64_t read;			/* properties */
	int64_t refused;
	int64_t learnt;
};

void rebuild_clear(struct rebuild *r);
#define AUTO_REBUILD __attribute__((cleanup(rebuild_clear))) struct rebuild

/* rebuild_find.c: every issue of the projects that carries a property, and
 * those that stand where a granted request does; what is believed of them.
 * Complete or failed. */
int rebuild_find(struct lapse *l, struct rebuild *r, struct lapse_err *err);

/* rebuild_weigh.c: what Jira bears out of each live grant. */
int rebuild_weigh(struct lapse *l, struct rebuild *r, struct lapse_err *err);

/* One issue, as Jira has it now. */
struct rebuild_told {
	const struct request_type *type;	/* NULL: not a request */
	const struct jira_issue *issue;
	const struct jira_approvals *approvals;
	const struct jira_history *history;
};

/* rebuild_asked.c: the claim held against what was asked in its issue, as that
 * stood at `at`: role and person are the issue's afterwards, and holds and
 * changes outside the role's groups are of grant 0. */
int rebuild_asked(struct lapse *l, struct rebuild_grant *k,
	const struct rebuild_told *t, int64_t at, struct arena *a,
	struct lapse_err *err);
/* Notes what that found. */
void rebuild_warn(struct lapse *l, const struct rebuild_grant *k);

/* rebuild_put.c: rows of it, inside the open transaction. The request of an
 * issue with grants was decided; g NULL: it has none. *ret 0: it is no request
 * of a configured form. */
int rebuild_put_request(struct lapse *l, const struct rebuild_issue *i,
	const struct projection_grant *g, int64_t *ret, struct lapse_err *err);
/* A grant that the ledger has not, with its holds; and, when all of them are
 * there, what is under way. */
int rebuild_put_grant(struct lapse *l, struct rebuild_grant *k,
	struct lapse_err *err);
int rebuild_put_rest(struct lapse *l, const struct rebuild_grant *k,
	struct lapse_err *err);
int rebuild_put_steps(struct lapse *l, const struct rebuild_grant *k,
	struct lapse_err *err);
/* Was it still being granted, and is withdrawn? */
bool rebuild_is_unfinished(const struct rebuild_grant *k);
bool rebuild_is_add(const char *kind);
struct membership rebuild_membership(const struct projection_hold *h);

/* rebuild_proof.c: what made the memberships of all grants, behind them. */
int rebuild_put_proofs(struct lapse *l, struct rebuild *r,
	struct lapse_err *err);

/* rebuild_learn.c: inside the open transaction; what the ledger has not, or
 * has otherwise and older, is put into it. */
int rebuild_learn(struct lapse *l, struct rebuild *r, struct lapse_err *err);
/* Outside: how much that would be; and, in a dry run, its plan. */
int rebuild_plan(struct lapse *l, struct rebuild *r, int64_t *ret_n,
	struct lapse_err *err);

/* rebuild_review.c: the campaigns, from their issues and the files there. */
int rebuild_find_reviews(struct lapse *l, struct rebuild *r,
	struct lapse_err *err);
/* rebuild_review_put.c: inside the open transaction, after the grants; what
 * cannot come back is a row each. */
int rebuild_put_reviews(struct lapse *l, struct rebuild *r,
	struct lapse_err *err);
/* Is it that campaign's? Another ledger may have one of the same number. */
bool rebuild_is_of(const struct rebuild_campaign *c,
	const struct claim_review *v);
/* Outside: how many the ledger has not; and, in a dry run, the plan. */
int rebuild_plan_reviews(struct lapse *l, struct rebuild *r, int64_t *ret_n,
	struct lapse_err *err);
/* Does its property tell of a review that did not come back, and of nothing
 * else? It stays as it is. */
bool rebuild_is_lost_review(const struct rebuild *r,
	const struct rebuild_issue *i);

/* rebuild_approval.c: likewise the approval of one; *ret 0: it has none. */
int rebuild_approval(struct lapse *l, const struct rebuild_grant *k,
	int64_t request, int64_t *ret, struct lapse_err *err);

/* What all ways share: the anchor, and the properties under its ledger's
 * name. <Errors> as those of anchor_read() and rebuild_find(). */
int rebuild_read(struct lapse *l, const char *anchor, struct rebuild *r,
	struct lapse_err *err);

/* rebuild_new.c, rebuild_forward.c, rebuild_check.c: the three commands. */
int rebuild_new(struct lapse *l, const char *anchor, const char *reason,
	struct lapse_err *err);
int rebuild_forward(struct lapse *l, const char *reason,
	struct lapse_err *err);
int rebuild_check(struct lapse *l, struct lapse_err *err);

/* rebuild.c: one row of "lapse/rebuild.v1", or of the plan. */
int rebuild_say(struct lapse *l, const struct rebuild_issue *i, int64_t grant,
	const char *what, const char *detail, struct lapse_err *err);
/* The last row, of "lapse/rebuilt.v1". */
int rebuild_conclude(struct lapse *l, const struct rebuild *r,
	const char *what, struct lapse_err *err);
/* The operator's reason, as an event's text. */
int rebuild_reason(const char *reason, struct buf *ret, struct lapse_err *err);
/* The digests of all that was read, as a member "properties". */
void rebuild_put_digests(struct json_out *w, const struct rebuild *r);

#endif
