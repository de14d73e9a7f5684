/* What the parts of core share: one open lapse. */
#ifndef LAPSE_CORE_CORE_H
#define LAPSE_CORE_CORE_H

#include "config.h"
#include "engine.h"
#include "idp.h"
#include "jira.h"
#include "ledger.h"
#include "slack.h"

enum {
	CORE_SUSPECT_S = 300,	/* clock and Date further apart than this */
	CORE_PATIENCE_S = 10,	/* with Jira, where removals come after it */
	CORE_ISSUES = 100,	/* read with one call, as jira_get_issues takes
				   them */
};

/* How a remote answered in this run. */
struct core_luck {
	int good;		/* operations that went well */
	int misses;		/* operations that it failed, in a row */
};

/* An approval that nobody can be heard about in Slack any more. */
struct core_silence {
	int64_t approval;	/* its row; 0: none */
	const char *why;	/* for people, after "because" */
};

/* One provider while a run lasts. */
struct core_idp {
	const struct idp_section *section;
	struct remote remote;
	struct auth_config auth;
	bool open;		/* engine_remote_open() was done */
	struct core_luck luck;
	bool failed;		/* gave up for this run */
	struct lapse_err why;	/* then */
};

enum {
	CORE_IDPS = 16,
};

/* Something to be said at the end of an unattended run; condition.c. */
struct core_condition {
	int exit;
	const char *name;
	const char *text;
};

struct lapse {
	struct lapse_env env;
	const char *command;
	bool dry_run;
	bool unattended;
	bool tells_remotes;		/* a remote that fails is among the
					   records: no line beside it */
	VEC(struct core_condition) conditions;
	VEC(const char *) passing;	/* lines of this run only */
	struct arena arena;		/* lives as long as the run */
	struct config *config;		/* NULL for commands without one */
	struct ledger *ledger;		/* NULL likewise */
	bool writable;			/* the ledger, in this run */
	struct engine *engine;		/* NULL until core_online() */
	struct remote jira;
	struct auth_config jira_auth;
	bool jira_open;
	struct core_luck jira_luck;
	bool jira_failed;
	struct lapse_err jira_why;
	struct jira_person self;	/* our Jira account; account NULL: not
					   asked yet */
	struct remote slack;		/* opened by its first use, slack/ */
	struct auth_config slack_auth;
	bool slack_open;
	bool slack_failed;
	struct lapse_err slack_why;
	int64_t slack_reached_ms;	/* spent on who can be asked there */
	int64_t slack_until_ms;		/* its share of the deadline; 0: none
					   taken yet */
	struct core_silence silence;	/* while its request goes on */
	bool slack_answers;		/* what approvers answered there was
					   read in this run */
	VEC(const char *) after_slack;	/* issues of requests that wait for
					   that */
	unsigned slack_refused;		/* scopes that it refused, and */
	unsigned slack_granted;		/* took: slack/slack_scope.h */
	bool slack_unread;		/* something there could not be read */
	struct remote delegate;		/* Jira as the account that answers for
					   Slack; request/delegate.c */
	struct auth_config delegate_auth;
	bool delegate_open;
	bool delegate_checked;		/* it is whom the configuration says */
	bool delegate_failed;
	struct lapse_err delegate_why;
	const struct slack_self *slack_self; /* NULL: not asked yet */
	int64_t slack_date;	/* Slack's own time then, WHEN_NONE */
	struct core_idp idps[CORE_IDPS];
	size_t n_idps;

	const char *operator_login;	/* NULL: a timer */
	const char *operator;		/* account; NULL: none or unmapped */
	struct buf hmac_key;

	int64_t water;			/* the high-water mark, once read */
	int64_t run;			/* the run's row, once it has one */
	bool time_known;		/* a Date was seen */
	bool suspect;			/* clock and Date > 5 min apart */
	bool stale;			/* ledger behind its anchor */
	bool taken_over;
	bool unwitnessed;		/* nothing is given, for the anchor
					   could not be read in this run */
	bool anchor_regained;		/* from the host that was replaced */
	bool anchor_seen;
	int64_t anchor_seen_ms;		/* when it was looked at last */
	const char *confirmed;		/* an incident at this provider that a
					   named human confirmed */
	const char *confirmed_removals;	/* "IDP:GROUP" of which more may be
					   taken away than the limit; NULL */
	VEC(const char *) untold;	/* evidence lines of the open
					   transaction: said once it stands */
	struct arena untold_arena;
	bool idle;			/* nothing was looked at: what lasts
					   may last on */
	bool ends_due;			/* settle() ends what is due */
	VEC(int64_t) prolonged;		/* due grants that a stale ledger's
					   witness names a later end for */
	bool told_jira;			/* something was written to Jira */
	int exit;			/* the worst so far, but for Slack */
	int slack_exit;			/* the worst of what Slack did not do */
};

/* The run's time: the Date when the clock is suspect, the high-water mark
 * when the clock is behind it and no Date is to be had, else the clock. */
int64_t core_now(struct lapse *l);
/* How many seconds this clock is behind the mark while no Date says what time
 * it is; 0: not by more than clocks may differ. */
int64_t core_behind(struct lapse *l);
/* Should nothing new be begun? A signal came. */
bool core_stopped(const struct lapse *l);
/* Time, ledger and anchor can be trusted, and this host is the one that gives.
 * Taking away never asks. */
bool core_may_give(const struct lapse *l);
/* Notes a condition for the exit status, with its line for people (NULL:
 * said already). */
void core_note(struct lapse *l, int exit, const struct lapse_err *err);
/* The same for what Slack did not do: the run ends with it, but nobody's
 * access waits for it, so the timer's work was done. */
void core_note_slack(struct lapse *l, int exit, const struct lapse_err *err);
/* Starts a transaction and makes sure that the run has its row. */
int core_begin(struct lapse *l, struct lapse_err *err);
int core_commit(struct lapse *l, struct lapse_err *err);
/* The end of a transaction: commits when rc is 0, else rolls back and
 * returns rc. */
int core_end(struct lapse *l, int rc, struct lapse_err *err);
/* Of runs at once one works on that till core_leave(): what it reads, asks
 * services about and then writes is nobody else's meanwhile. *ret false:
 * another one has it, also after so long. A dry run writes nothing, and need
 * not be alone. */
int core_alone(struct lapse *l, enum ledger_work w, int64_t wait_ms,
	bool *ret, struct lapse_err *err);
/* For a command that a person waits for.
 * <Errors> LAPSE_EAGAIN: another run has it for longer than a minute. */
int core_alone_or_fail(struct lapse *l, enum ledger_work w, const char *name,
	struct lapse_err *err);
void core_leave(struct lapse *l, enum ledger_work w);
/* Appends evidence; actor NULL: the operator, else "lapse". */
int core_evidence(struct lapse *l, const struct evidence *e, int64_t *ret_seq,
	struct lapse_err *err);

/* STATE/NAME is touched: its time stamp says when that last went well. */
void core_touch(const struct lapse *l, const char *name);

/* Opens engine and remotes; sees one Date (Jira's, else a provider's). Fails
 * only when nothing at all could be opened; single failures are kept in the
 * remotes' `why`. */
int core_online(struct lapse *l, struct lapse_err *err);
struct core_idp *core_idp_find(struct lapse *l, const char *name);
/* How long after a change reads may still show what was before it. */
int core_settle_s(struct lapse *l, const char *idp);
/* One operation, waited for. A provider that failed for the run fails at
 * once with its kept reason. */
int core_jira(struct lapse *l, struct op *op, struct lapse_err *err);
int core_idp_call(struct lapse *l, const char *idp, struct op *op,
	struct lapse_err *err);
/* One issue, read by that form (NULL: only what every issue has) into the
 * arena; NULL where it is not there, or hidden. */
int core_issue(struct lapse *l, const char *issue,
	const struct jira_form *form, struct arena *a,
	struct jira_issue **ret, struct lapse_err *err);
/* Searches Jira and clears the operation, which says where hits go (sink, arg)
 * and which property comes with each (id). The index lags and misses rows. */
int core_search(struct lapse *l, struct op *op, const struct buf *jql,
	struct lapse_err *err);
/* The same for whom the hits' ids are enough: they are added. */
int core_search_ids(struct lapse *l, const struct buf *jql, struct arena *a,
	struct strs *ret, struct lapse_err *err);
/* Those of all issues of a project. */
int core_project_ids(struct lapse *l, const char *project, struct arena *a,
	struct strs *ret, struct lapse_err *err);
/* Reads up to CORE_ISSUES of the ids, from that one on, and clears the
 * operation, which says where they go and which property comes with each. What
 * does not come is gone, hidden, or could not be read this time. */
int core_issues(struct lapse *l, struct op *op, const struct jira_form *form,
	const struct strs *ids, size_t from, struct lapse_err *err);
/* For operations side by side: the provider if it may be used in this run,
 * and how each of its operations came out. A provider that cannot be reached,
 * refuses the credential or fails three times in a row is given up for the
 * run; one item that always fails never takes the others with it. */
int core_idp_ready(struct lapse *l, const char *idp, struct core_idp **ret,
	struct lapse_err *err);
void core_idp_told(struct lapse *l, struct core_idp *i, const struct op *op,
	int rc, const struct lapse_err *why);
/* Fills l->self. */
int core_self(struct lapse *l, struct lapse_err *err);
/* In a dry run: one row of "lapse/plan.v1" (issue or grant, action, detail),
 * and exit 14. Otherwise nothing. */
int core_plan(struct lapse *l, const char *subject, const char *action,
	const char *detail, struct lapse_err *err);
/* Emits one record through env.record. */
int core_record(struct lapse *l, const char *schema,
	const struct lapse_field *fields, size_t n, struct lapse_err *err);

#endif
