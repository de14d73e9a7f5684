/* Requests: from an issue to a decision, an asking, an approval and a grant.
 *
 *	read -> resolve -> decide -> approve -> act -> tell
 *
 * Every step starts from a fresh read of the issue; the search index only
 * says where to look. */
#ifndef LAPSE_CORE_REQUEST_H
#define LAPSE_CORE_REQUEST_H

#include "adoption_rows.h"
#include "catalog.h"
#include "core.h"
#include "grants.h"
#include "people.h"
#include "policy.h"
#include "requests.h"

/* What one person who is owed answered outside of Jira. */
struct request_heard {
	const char *account;
	const char *decision;		/* approved declined */
};

/* What is known of one request while it is worked on; all in `arena`. */
struct request {
	struct arena arena;
	struct request_row row;		/* as kept; id 0: new */
	const char *mark;		/* what was decided of it by then */
	const struct project *project;
	const struct request_type *type;

	struct jira_issue *issue;	/* fresh */
	struct jira_approvals *approvals;
	struct jira_history *history;	/* NULL until needed */

	/* resolved */
	const struct role *role;	/* NULL: not understood */
	const char *problem;		/* what was not understood, */
	const char *problem_code;	/* stable; NULL: all was */
	const char *beneficiary;	/* account */
	struct policy_input in;
	struct policy_decision decision;
	VEC(struct people_link) links;	/* one a provider of the role */
	struct policy_content content;
	char hash[65];
	int64_t extends;		/* grant; 0 */
	int64_t extends_start;		/* its access clock */
	int64_t asked;			/* the asking in hand, its row; 0: none */
	VEC(struct request_heard) heard;	/* answers of people to it that
						   were given elsewhere */
	const struct jira_approval *judged;	/* what Jira says of it, for
						   evidence; NULL: none */
	const char *asks;		/* the approval that an asking made, for
					   evidence; NULL: none */
	int64_t grant;			/* that evidence is about; 0: none */
	const char *decided_by;		/* names of those who declined, */
	const char *decided_words;	/* and what they said; NULL */
	bool overtaken;			/* another run went on with it since */
	bool delegated;			/* asked with the delegate */
	bool by_jira;			/* which people did not need */
	bool by_hand;			/* `grant ISSUE`: older ones too */
	struct adoption_row adoption;	/* id 0: it asks for new access */
};

void request_clear(struct request *r);

/* How it was filed, by Jira's word (NULL: it has none) in ours. */
const char *request_channel(const char *jira);

/* Reads the issue and what the ledger knows; type NULL: not a request of
 * ours. LAPSE_ENOTFOUND: no such issue, or hidden. */
int request_read(struct lapse *l, const char *issue, struct request *ret,
	struct lapse_err *err);
/* request_intake.c: how the request came, inside the open transaction that
 * keeps its row; and how many moves of people it took from its approval to
 * the access, once that is verified. */
int request_note_intake(struct lapse *l, struct request *r,
	struct lapse_err *err);
int request_count_hops(struct lapse *l, struct request *r,
	struct lapse_err *err);
/* Reads the complete history, once. */
int request_history(struct lapse *l, struct request *r,
	struct lapse_err *err);
/* People, groups, approvers; then policy_decide() and the content's hash. */
int request_resolve(struct lapse *l, struct request *r,
	struct lapse_err *err);

/* Who the beneficiary is at that provider; NULL: not looked up. */
struct people_link *request_link(struct request *r, const char *idp);

/* Moves one issue as far as it goes now; single-request failures are noted
 * and kept in the row. */
int request_advance(struct lapse *l, const char *issue, bool by_hand,
	struct lapse_err *err);

/* Why an earlier asking does not count any more. */
#define REQUEST_AWAY "slack-away"	/* asked for in Jira alone */
struct request_again {
	const char *code;	/* stable, for evidence; NULL: it counts */
	const char *words;	/* for people, after "because" */
	bool escalated;		/* to the fallback approver */
};
/* The catalog itself approves: grants at once. */
int request_auto(struct lapse *l, struct request *r, struct lapse_err *err);
/* request_ask.c: sets approvers, moves to the approval status, reads back.
 * again NULL: the first time. */
int request_ask(struct lapse *l, struct request *r,
	const struct request_again *again, struct lapse_err *err);
/* What was asked is asked no more, inside the transaction that says why: what
 * each said is kept with it. declined: that is how it ended; else it is void. */
int request_asking_over(struct lapse *l, struct request *r, bool declined,
	struct lapse_err *err);
/* What the people who were asked said so far. */
int request_keep_answers(struct lapse *l, const struct request *r,
	struct lapse_err *err);
bool request_owes_exactly(const struct jira_approval *ap,
	const struct strs *owed);
/* request_delegate.c: is the delegate to stand among those who are asked? Where
 * all must agree only if each of them can be reached in Slack now. */
int delegate_may_stand(struct lapse *l, struct request *r,
	const struct request_again *again, bool *ret, struct lapse_err *err);
/* What it answered on its own in the last day is a condition of this run. */
int delegate_note_refused(struct lapse *l, struct lapse_err *err);
/* request_asked.c: what became of an asking. */
int request_asked(struct lapse *l, struct request *r, struct lapse_err *err);
/* request_grant.c: places the holds of an approved request. */
int request_grant(struct lapse *l, struct request *r,
	const struct approval_row *approval, struct lapse_err *err);
/* What it takes, for whoever grants by an approval otherwise. Agreeing reads of
 * every membership of the role, as they are now; */
struct reading;
int request_read_before(struct lapse *l, struct request *r,
	struct reading **ret, struct lapse_err *err);
/* the grant as it would be (ap NULL: without an approval); */
void request_grant_row(struct lapse *l, const struct request *r,
	const struct approval_row *ap, struct grant_row *ret);
/* inside the transaction, whether it is approved still, and the role that it
 * conflicts with by now (NULL: none); */
int request_still_approved(struct lapse *l, struct request *r,
	const struct approval_row *ap, const char **ret_conflict, bool *ret,
	struct lapse_err *err);
/* and the refusal for that. */
int request_refuse_conflict(struct lapse *l, struct request *r,
	const char *conflict, struct lapse_err *err);
/* request_claimed.c: the issue's property tells of access that this ledger
 * does not know, so nothing may be asked or granted by it: a grant on top would
 * take that access for somebody else's. *ret: so it is, was said, and is kept.
 * What the property says may be looked at alone: *ret_words for people, NULL:
 * nothing of the kind. */
int request_claimed(struct lapse *l, struct request *r, bool *ret,
	struct lapse_err *err);
int request_claims(struct lapse *l, const char *issue, const char *property,
	struct arena *a, const char **ret_words, struct lapse_err *err);
#define REQUEST_UNKNOWN_GRANT "unknown-grant"
#define REQUEST_NOT_REBUILT "not-rebuilt"
/* request_watch.c: ends by the issue's own status; closed, opened again. */
int request_watch(struct lapse *l, struct request *r, struct lapse_err *err);

/* ---- What they share ---- */

/* A transaction in which this run keeps what it decided on a request.
 * <Errors> LAPSE_EITEM with r->overtaken (another run decided on it since it was
 * read): nothing of this run's decision may be kept then. */
int request_begin(struct lapse *l, struct request *r, struct lapse_err *err);
/* rc as core_end(). What was written here does not overtake this run itself. */
int request_end(struct lapse *l, struct request *r, int rc,
	struct lapse_err *err);
/* The same question outside a transaction. <Errors> as request_begin(). */
int request_not_overtaken(struct lapse *l, struct request *r,
	struct lapse_err *err);
/* Keeps the row as read (request_put), inside a transaction. */
int request_keep(struct lapse *l, struct request *r, struct lapse_err *err);
/* A final word: state, evidence, comment to the requester, internal note
 * for the administrator, transition. Outside a transaction. code is stable. */
int request_close(struct lapse *l, struct request *r, const char *state,
	const char *code, const char *words, const char *admin,
	const char *status, struct lapse_err *err);
/* The same inside the open transaction. */
int request_closing(struct lapse *l, struct request *r, const char *state,
	const char *code, const char *words, const char *admin,
	const char *status, struct lapse_err *err);
/* Evidence about a request: data gets role, hash and what add() writes. */
int request_tell(struct lapse *l, struct request *r, const char *kind,
	const char *actor, const char *code, const char *words,
	int64_t *ret_seq, struct lapse_err *err);
struct texts_about;
void request_about(struct lapse *l, struct request *r,
	struct texts_about *ret);

#endif
