/* lapse: access that ends. The public interface of liblapse.
 *
 * Ownership: const pointers in are borrowed for the call; *ret is the
 * caller's and untouched on failure. Every function that can fail returns 0
 * or a negative code and writes err. Nothing here prints, exits, or reads
 * clock, randomness or environment other than through struct lapse_env. */
#ifndef LAPSE_H
#define LAPSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LAPSE_VERSION "0.1.0"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Errors ---- */

/* What the caller can do about it, by blast radius. */
enum lapse_code {
	LAPSE_OK = 0,
	/* this item */
	LAPSE_EREFUSED = -1,	/* refused for good: policy, provider's no */
	LAPSE_ENOTFOUND = -2,	/* nothing matched */
	LAPSE_EUNKNOWN = -3,	/* sent, outcome not known: read back */
	LAPSE_EITEM = -4,	/* failed, will be retried by the next run */
	/* this provider */
	LAPSE_EUNAVAIL = -10,	/* does not answer */
	LAPSE_EAGAIN = -11,	/* busy: lock, rate limit, deadline */
	LAPSE_EPROTO = -12,	/* answered what it must not */
	LAPSE_EAUTH = -13,	/* 401 or 403 */
	/* this run */
	LAPSE_EINTERNAL = -20,
	LAPSE_ENOMEM = -21,
	LAPSE_EUSAGE = -22,
	LAPSE_ECONFIG = -23,
	LAPSE_EIO = -24,
	LAPSE_ELEDGER = -25,	/* ledger or evidence integrity */
	LAPSE_EGUARD = -26,	/* a guard stopped the run */
};

/* <Shape> one line: "subject: 'thing': what failed; what to do". */
struct lapse_err {
	int code;
	char text[512];
};

/* The exit statuses; frozen. */
enum lapse_exit {
	LAPSE_EXIT_OK = 0,
	LAPSE_EXIT_INTERNAL = 1,
	LAPSE_EXIT_RETRY = 10,
	LAPSE_EXIT_OVERDUE = 11,
	LAPSE_EXIT_REFUSED = 12,
	LAPSE_EXIT_NOT_FOUND = 13,
	LAPSE_EXIT_PENDING = 14,
	LAPSE_EXIT_USAGE = 64,
	LAPSE_EXIT_LEDGER = 65,
	LAPSE_EXIT_UNAVAILABLE = 69,
	LAPSE_EXIT_IO = 74,
	LAPSE_EXIT_AGAIN = 75,
	LAPSE_EXIT_PROTOCOL = 76,
	LAPSE_EXIT_DENIED = 77,
	LAPSE_EXIT_CONFIG = 78,
};

/* The exit status that stands for one code. */
int lapse_exit_of(int code);
/* Of two statuses the one that must be told: 65 11 1 12 77 78 76 74 69 75 10
 * 14 13, then 0; 64 never mixes. */
int lapse_exit_worse(int a, int b);

/* ---- Surroundings ---- */

enum lapse_level {
	LAPSE_ERROR,
	LAPSE_WARNING,
	LAPSE_NOTICE,		/* a change of state */
	LAPSE_INFO,
	LAPSE_DEBUG,
};

enum lapse_kind {
	LAPSE_TEXT,		/* text, NULL: none */
	LAPSE_INT,
	LAPSE_BOOL,
	LAPSE_TIME,		/* number: seconds UTC, INT64_MIN: none */
	LAPSE_SECONDS,		/* number: a duration */
	LAPSE_NUMBER,		/* text: a number as JSON has it, NULL: none */
};

/* One named value of a record. */
struct lapse_field {
	const char *name;
	enum lapse_kind kind;
	const char *text;
	int64_t number;
};

/* All that the library takes from outside, and gives. */
struct lapse_env {
	void *arg;
	int64_t (*now)(void *arg);	/* wall clock, seconds UTC */
	int64_t (*ticks_ms)(void *arg);	/* monotonic */
	int (*random)(void *arg, void *bytes, size_t len);	/* 0 or -1 */
	void (*sleep_ms)(void *arg, int64_t ms);
	const char *(*getenv)(const char *name);
	/* One line, no newline, escaped and without secrets. NULL: none. */
	void (*log)(void *arg, enum lapse_level level, const char *line);
	/* One row of a command's result. schema is "lapse/NAME.vN" and fixes
	 * the names and kinds; they grow only by addition at the end.
	 * Nonzero ends the command with LAPSE_EIO. NULL: rows are dropped. */
	int (*record)(void *arg, const char *schema,
		const struct lapse_field *fields, size_t n);
	/* Should the run end early (a signal came)? Asked between items, and
	 * while the network is waited for: nothing new is begun then. NULL:
	 * never. */
	bool (*stopped)(void *arg);
	/* Bytes of what a command prints as they are. Nonzero ends it with
	 * LAPSE_EIO. NULL: dropped. */
	int (*output)(void *arg, const void *bytes, size_t len);
};

/* ---- Texts: what the commands take and give, the same for everyone ---- */

enum {
	LAPSE_TIME_TEXT = 32,	/* bytes that a time or duration fits into */
};

/* "90m", "8h", "2d", "1h30m". <Errors> LAPSE_EUSAGE; *ret_s untouched. */
int lapse_parse_duration(const char *text, int64_t *ret_s,
	struct lapse_err *err);
/* RFC 3339 with offset. <Errors> LAPSE_EUSAGE; *ret_at untouched. */
int lapse_parse_time(const char *text, int64_t *ret_at,
	struct lapse_err *err);
/* "2026-11-23T10:00:00Z", "1h30m", "in 3 h": written into text, which is
 * returned. */
const char *lapse_time_text(int64_t at, char text[LAPSE_TIME_TEXT]);
const char *lapse_duration_text(int64_t seconds, char text[LAPSE_TIME_TEXT]);
const char *lapse_relative_text(int64_t at, int64_t now,
	char text[LAPSE_TIME_TEXT]);
/* One line that no terminal obeys: controls, bidi marks and invisible
 * characters are shown as escapes. The caller's to free(); NULL: no memory. */
char *lapse_line(const char *text);
/* A record as one line of JSON without a newline, `schema` first. Times are
 * RFC 3339, durations are seconds; what is missing is null. The caller's to
 * free(); NULL: no memory. */
char *lapse_record_json(const char *schema, const struct lapse_field *fields,
	size_t n);

/* One key of the configuration. section "": top level. */
struct lapse_config_key {
	const char *section;
	const char *name;
	const char *type;
	const char *fallback;		/* NULL: none */
	const char *help;
	bool required;
};
/* Every key there is, the drivers' own too (section "idp DRIVER"). each's
 * nonzero return ends it and is returned. */
int lapse_config_key_each(int (*each)(void *arg,
	const struct lapse_config_key *key), void *arg);

/* ---- One open lapse ---- */

struct lapse;

/* What a command needs; asked for at open, so that a command that only reads
 * needs neither credential nor network. */
enum lapse_needs {
	LAPSE_NEED_CONFIG = 1,
	LAPSE_NEED_LEDGER = 2,		/* read and write */
	LAPSE_NEED_LEDGER_READ = 4,
	LAPSE_NEED_NET = 8,		/* Jira and the providers */
	LAPSE_NEED_SWEEP = 16,		/* the lock of one sweep */
	LAPSE_MAY_CONFIG = 32,		/* read it when it is there */
};

struct lapse_options {
	const char *command;		/* "sync" */
	unsigned needs;			/* enum lapse_needs, or-ed */
	const char *config;		/* file */
	const char *ledger;		/* NULL: as configured */
	const char *operator_login;	/* local login name of the person who
					   runs this by hand; NULL: a timer */
	bool dry_run;			/* read, decide, print, change nothing */
	bool unattended;		/* a timer: a condition that lasts is
					   said when it begins, after 1 h, 1 d,
					   then weekly, and when it is over */
};

/* <Errors> LAPSE_ECONFIG, LAPSE_ELEDGER, LAPSE_ENOTFOUND (no ledger),
 * LAPSE_EAGAIN (a sweep is running). */
int lapse_open(struct lapse **ret, const struct lapse_options *options,
	const struct lapse_env *env, struct lapse_err *err);
/* Ends the run: rc is what the command returned. Returns the exit status:
 * the worst of rc's and of the conditions met (late removals, undelivered
 * notices, ...). Touches STATE/COMMAND.ok when that is 0. */
int lapse_finish(struct lapse *l, int rc);
void lapse_free(struct lapse *l);

/* ---- Commands. Rows go to env.record, lines to env.log. ---- */

struct lapse_sync {
	bool full;			/* the whole directory, and the sweep
					   of all issues of a day */
	const char *confirm_incident;	/* a provider whose vanished
					   memberships are real; NULL: none */
	const char *confirm_removals;	/* "IDP:GROUP" of which reviews and
					   reclaim may remove more than their
					   limit in this run; NULL: none */
};
int lapse_sync(struct lapse *l, const struct lapse_sync *o,
	struct lapse_err *err);
int lapse_expire(struct lapse *l, struct lapse_err *err);

/* Does now what an approved issue asks for, by the same checks. */
int lapse_grant(struct lapse *l, const char *issue, const char *reason,
	struct lapse_err *err);
struct lapse_break_glass {
	const char *user;		/* e-mail, login or account */
	const char *role;
	int64_t for_s;
	const char *reason;
};
int lapse_break_glass(struct lapse *l, const struct lapse_break_glass *o,
	struct lapse_err *err);

/* what: an issue key or id, a grant id ("17"), or a user; role only with a
 * user, NULL: all of the user's grants. */
struct lapse_revoke {
	const char *what;
	const char *role;
	const char *reason;
};
int lapse_revoke(struct lapse *l, const struct lapse_revoke *o,
	struct lapse_err *err);

/* Moves a grant's deadline after an approved extension issue. */
int lapse_extend(struct lapse *l, const char *issue, const char *reason,
	struct lapse_err *err);

/* Makes a membership that was there before time-bound; or asks an approver,
 * by a request of its own ("lapse/adoption.v1"), whether it may stay. */
struct lapse_adopt {
	const char *user;
	const char *role;
	int64_t for_s;			/* 0, with ask: as the role says */
	const char *reason;
	bool ask;
};
int lapse_adopt(struct lapse *l, const struct lapse_adopt *o,
	struct lapse_err *err);

/* Warns about access that is not used, and takes away what is not used after
 * the grace either. "lapse/reclaim.v1" rows, one a membership, and
 * "lapse/reclaim-summary.v1" rows, one a role and one of all. A dry run reads
 * all of it and says what would be done. */
struct lapse_reclaim {
	const char *role;		/* NULL: all with a policy */
	const char *confirm_removals;	/* "IDP:GROUP" of which more may go than
					   removals-of-group; NULL: none */
};
int lapse_reclaim(struct lapse *l, const struct lapse_reclaim *o,
	struct lapse_err *err);

/* "lapse/parked.v1" rows; retry makes due at once; abandon ends a change by
 * a named human's word. id 0 with retry: all. */
int lapse_parked(struct lapse *l, struct lapse_err *err);
int lapse_parked_retry(struct lapse *l, int64_t id, const char *reason,
	struct lapse_err *err);
int lapse_parked_abandon(struct lapse *l, int64_t id, const char *reason,
	struct lapse_err *err);

/* "lapse/status.v1" (one row) and "lapse/status-idp.v1" rows; max_age_s 0:
 * not asked. */
int lapse_status(struct lapse *l, int64_t max_age_s, struct lapse_err *err);
/* "lapse/health.v1" (one row): all of that as a monitoring plugin says it.
 * state: 0 all is well, 1 something waits for people, 2 access is longer there
 * than approved, or nobody would notice. */
int lapse_health(struct lapse *l, int64_t max_age_s, struct lapse_err *err);
/* "lapse/metric.v1" rows, one a sample; with a file instead that file in the
 * text format of Prometheus, made or replaced as a whole, mode 0644. */
int lapse_metrics(struct lapse *l, const char *file, struct lapse_err *err);
struct lapse_list {
	const char *what;		/* "grants" "requests" "approvals"
					   "holds" "changes" "removals"
					   "notices" "messages" "reviews" */
	const char *user;		/* filters; NULL: all */
	const char *role;
	const char *state;
	bool all;			/* ended ones too */
	int64_t late_s;			/* grants that were there at least so
					   long beyond their deadline, ended
					   ones too; 0: not asked */
	int64_t since, until;		/* removals that were due then; 0: all */
};
int lapse_list(struct lapse *l, const struct lapse_list *o,
	struct lapse_err *err);
/* An issue, user, role, group, grant or review: its whole story. With a time
 * what a person had then, as "lapse/who.v1" rows; with why, a role or a group,
 * why the person is in it ("lapse/why.v1"), or when that was over. */
struct lapse_show {
	const char *what;
	int64_t at;			/* INT64_MIN: not asked */
	const char *why;		/* NULL: not asked */
};
int lapse_show(struct lapse *l, const struct lapse_show *o,
	struct lapse_err *err);
/* Who is in a group or has a role at a time (INT64_MIN: now); what NULL: in
 * every governed group. LAPSE_ENOTFOUND also where lapse did not read a group
 * before that time: what it knew is listed all the same. */
int lapse_who(struct lapse *l, const char *what, int64_t at,
	struct lapse_err *err);

/* Opens a campaign: freezes who has what, and asks for a decision on each.
 * Lists are comma-separated; NULL and 0: not asked, or as configured.
 * One "lapse/review-open.v1" row. */
struct lapse_review_open {
	const char *name;
	const char *roles;
	const char *applications;
	const char *idp;
	bool elevated;			/* only roles that are */
	int64_t moved_since;		/* only who changed manager, department
					   or title since; INT64_MIN: all */
	const char *population;		/* CSV file: accounts of, */
	const char *population_of;	/* an application without groups */
	const char *reviewers;		/* "manager" "owner" or people, the
					   first that can */
	int64_t due_s;
	const char *no_response;	/* "keep-and-flag" "revoke" */
	const char *reason;
};
int lapse_review_open(struct lapse *l, const struct lapse_review_open *o,
	struct lapse_err *err);

/* "lapse/drift.v1" rows: where ledger, Jira and provider disagree, and the
 * command that settles each. Nothing is granted or removed. */
struct lapse_drift {
	const char *idp;		/* filters; NULL: all */
	const char *kind;
	bool fresh;			/* reads groups and issues first */
	bool brief;			/* a group that was full before lapse
					   is one row "lapse/drift-group.v1" */
	const char *settle;		/* by the operator's word: an issue,
					   "idp:group" or "idp:group:user";
					   NULL: only named */
	const char *reason;		/* of that */
};
int lapse_drift(struct lapse *l, const struct lapse_drift *o,
	struct lapse_err *err);

/* "lapse/report.v1" rows, one a figure; each is defined in lapse-report(7).
 * From the ledger alone. */
struct lapse_report {
	int64_t since;			/* INT64_MIN: window_s before until */
	int64_t until;			/* INT64_MIN: now */
	int64_t window_s;		/* 0: 30 days */
	const char *html;		/* a page in this file instead of rows;
					   NULL: none */
	bool diagnose;			/* "lapse/diagnosis.v1" rows instead, and
					   "lapse/diagnosis-step.v1" rows */
	const char *fail_above;		/* "NAME=NUMBER,..": status 12 when a
					   figure is higher, or not known;
					   NULL: none */
};
int lapse_report(struct lapse *l, const struct lapse_report *o,
	struct lapse_err *err);

int lapse_snapshot(struct lapse *l, const char *file, struct lapse_err *err);
/* Closes a campaign: "lapse/review-check.v1" rows, one for each of its own
 * tests, and "lapse/review-close.v1". Refused while something of it is open.
 * acknowledger NULL: as configured. */
struct lapse_review_close {
	const char *name;
	const char *acknowledger;	/* e-mail or account */
};
int lapse_review_close(struct lapse *l, const struct lapse_review_close *o,
	struct lapse_err *err);
struct lapse_review_export {
	const char *out;		/* a folder that must not exist */
	bool raw;			/* cells as they are: not for spreadsheets */
	int64_t since;			/* INT64_MIN: from the start */
	int64_t until;			/* INT64_MIN: now */
	const char *role;
	const char *idp;
	const char *campaign;		/* of reviews only this one; NULL: all */
};
int lapse_review_export(struct lapse *l, const struct lapse_review_export *o,
	struct lapse_err *err);
/* One kind of rows: to env.output, or with their policies and a manifest into
 * a folder, which one "lapse/export-file.v1" row tells of. The same ledger and
 * options give the same bytes. */
struct lapse_export {
	const char *what;		/* "changes" "events" "entitlements" */
	const char *format;		/* "csv" "jsonl" "ocsf" "ecs" */
	const char *out;		/* a folder that must not exist; NULL */
	bool raw;			/* cells as they are: not for spreadsheets */
	int64_t since;			/* INT64_MIN: from the start */
	int64_t until;
	int64_t as_of;			/* as it stood then; INT64_MIN: now */
	const char *role;
	const char *idp;
};
int lapse_export(struct lapse *l, const struct lapse_export *o,
	struct lapse_err *err);
/* What is held against what; all NULL and false: the ledger's chain alone.
 * "lapse/fault.v1" rows (where, fault, next: what to do), and where there are
 * none a row of what was found whole. */
struct lapse_verify {
	const char *dir;	/* an export, and nothing else but public_key */
	const char *row;	/* of dir, "FILE:N": its "lapse/proof.v1" */
	const char *proof;	/* such a row as a file, alone or with a */
	const char *manifest;	/* manifest as a file */
	const char *public_key;	/* PEM file: the manifest must be signed */
	const char *witness;	/* a file of heads: the chain must have them */
	bool jira;		/* anchor, properties and comments too */
};
int lapse_verify(struct lapse *l, const struct lapse_verify *o,
	struct lapse_err *err);

/* Makes an empty ledger from what stands on Jira's issues and takes the anchor
 * over; or, forward, brings an old copy up to what was told to Jira since; or,
 * check, only compares. "lapse/rebuild.v1" rows, one for each grant learnt,
 * then "lapse/rebuilt.v1"; of check "lapse/rebuild-difference.v1" rows and one
 * "lapse/rebuild-check.v1". */
struct lapse_rebuild {
	const char *anchor;		/* issue; NULL: the ledger's own */
	bool forward;
	bool check;
	const char *reason;		/* NULL with check */
};
int lapse_rebuild(struct lapse *l, const struct lapse_rebuild *o,
	struct lapse_err *err);

int lapse_catalog_list(struct lapse *l, struct lapse_err *err);
int lapse_catalog_check(struct lapse *l, struct lapse_err *err);
int lapse_catalog_publish(struct lapse *l, struct lapse_err *err);

/* Begins: writes a starting configuration where there is none and ends, for
 * it has to be filled in; else makes the state folder, the key and the ledger,
 * and, with project or anchor, its anchor issue. What is there already is
 * left as it is. "lapse/init.v1" rows: what, done, detail. */
struct lapse_init {
	const char *config;		/* the file to write; needed */
	const char *project;		/* Jira project id of the anchor issue */
	const char *issue_type;		/* its issue type id */
	const char *anchor;		/* an issue that is there already */
};
int lapse_init(struct lapse *l, const struct lapse_init *o,
	struct lapse_err *err);
/* "lapse/doctor.v1" rows: what, ok, detail, hint, state: "ok", "warn" (works,
 * and had better be mended), "unknown" (reading cannot tell) or "fail", which
 * alone is not ok. */
int lapse_doctor(struct lapse *l, struct lapse_err *err);

/* ---- The REST clients ---- */

/* One read of a provider or of Jira, as records: what is "user", "group",
 * "groups", "users", "members", "is-member" (idp) or "issue", "approvals",
 * "history", "property", "search" (idp NULL: Jira); a and b as these need. */
int lapse_get(struct lapse *l, const char *idp, const char *what,
	const char *a, const char *b, struct lapse_err *err);

#ifdef __cplusplus
}
#endif

#endif
