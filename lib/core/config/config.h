/* The configuration as read: one table of keys (config_keys.c) says name,
 * type, range, default and one line of help; libConfuse reads the file. Every
 * fault is LAPSE_ECONFIG "FILE:LINE: 'key': what; what to do". */
#ifndef LAPSE_CORE_CONFIG_H
#define LAPSE_CORE_CONFIG_H

#include "idp.h"
#include "jira.h"
#include "slack.h"

enum mode { MODE_UNSET, MODE_OBSERVE, MODE_ENFORCE };

/* How a request type speaks: field and status ids. */
struct request_type {
	const char *id;
	struct jira_form form;
	const char *status_any;		/* approval statuses */
	const char *status_all;
	const char *status_approved;	/* where an approved request waits for
					   access; auto-approval moves here */
	const char *status_active;
	const char *status_revoke;	/* "end access": asks for the end */
	const char *status_ended;
	const char *status_declined;
	const char *status_refused;
	const char *status_cancelled;	/* NULL: none */
	const char *subtask_type;	/* manual steps; NULL: none offered */
	const char *subtask_done;	/* the status, */
	const char *subtask_resolution;	/* and resolution that count as done */
	struct strs offers;		/* role patterns; empty: all */
	enum mode mode;
};

struct project {
	const char *id;
	const char *service_desk;	/* NULL: found by project id */
	enum mode mode;
	VEC(struct request_type) types;
};

struct idp_section {
	const char *name;		/* title */
	const char *driver_name;
	const struct idp_driver *driver;
	const char *url;		/* NULL: the driver's own */
	const char *proxy;
	const char *ca_file;
	int rate_share;			/* percent */
	bool suspended_ends;		/* a suspended user loses grants */
	int64_t expiry_grace;		/* s: the provider's own end is so much
					   later than the deadline */
	struct strs keys;		/* the driver's keys and */
	struct strs values;		/* values, pairwise */
};

struct application {
	const char *name;
	const char *idp;		/* NULL: fulfilled by hand */
	const char *owner;		/* e-mail or accountId; NULL none */
	const char *seat_cost;
	const char *app_id;		/* at the provider; NULL: not known */
	int64_t review_every;		/* s; 0: the roles' */
	const char *fulfiller;		/* by hand: e-mail or account */
	enum mode mode;
};

enum reclaim_policy {
	RECLAIM_NO,
	RECLAIM_GRANTED,		/* what lapse gave */
	RECLAIM_ALL,			/* and what was there before */
};

/* Where and how reviews are held; project NULL: there are none. All ids are
 * there, or none. */
struct review_section {
	const char *project;
	const char *issue_type;
	const char *campaign_request;	/* portal request type */
	const char *subtask_type;
	const char *status_keep;
	const char *status_revoke;
	const char *status_limit;
	const char *status_acknowledge;
	const char *status_closed;
	const char *field_why;
	const char *field_until;
	const char *field_approvers;
	const char *fallback;		/* e-mail or accountId */
	const char *acknowledger;	/* likewise; NULL: named each time */
	int64_t due_within;		/* s */
};

/* What one manual step of each kind costs, in minutes of somebody in IT. */
struct report_section {
	int minutes_grant;
	int minutes_revoke;
	int minutes_evidence;
	int minutes_approval_chase;
};

/* lapse on Slack; remote.token NULL: it is not. The delegate's keys are all
 * there, or none. */
struct slack_section {
	struct slack_config remote;
	const char *channel;		/* where access is asked for; NULL */
	const char *proxy;
	const char *ca_file;
	const char *delegate;		/* account; NULL: there is none */
	const char *delegate_email;
	const char *delegate_token;	/* secret reference */
};

enum approval_mode { APPROVAL_ANY, APPROVAL_ALL };

/* <Units> durations in seconds; 0: not set. */
struct role {
	const char *name;		/* "github/prod-admin" */
	const char *label;		/* "prod-admin": what stands after the
					   first '/', on a form beside the
					   application's name */
	const char *application_name;
	const struct application *application;
	const char *about;
	struct strs groups;		/* "idp:00g1" always, also where the
					   file leaves the application's idp
					   out; empty: by hand */
	struct strs group_idps;		/* the same, split */
	struct strs group_ids;
	bool elevated;
	bool standing;			/* may be asked for without an end */
	struct strs durations;
	int64_t default_duration;
	int64_t max_duration;		/* 0: only where not elevated */
	int64_t max_total;		/* with extensions; 0: max_duration */
	bool over_max_refused;		/* false: capped, and said */
	struct strs approvers;		/* "manager" "owner" "group:idp:ID", or
					   a person's e-mail or accountId */
	enum approval_mode approval;
	bool slack_approval;		/* approvers may answer in Slack */
	bool auto_approve;
	const char *fallback_approver;	/* e-mail or accountId; NULL none */
	int64_t escalate_after;		/* reminder at half of it */
	int64_t approval_age;		/* an older approval is stale */
	struct strs requestable_by;	/* "idp:group"; empty: everyone */
	struct strs conflicts;		/* role names, both ways */
	bool end_sessions;
	int64_t review_every;		/* always set once it was read */
	int64_t inactive_after;
	enum reclaim_policy reclaim;
	int64_t reclaim_grace;
	struct strs reclaim_except;	/* "group:idp:ID", or a person */
	const char *manual_grant;	/* what to do by hand, in words */
	const char *manual_remove;
	enum mode mode;
	const char *where;		/* "lapse.conf:42", for messages */
	/* Canonical text of the effective section and its SHA-256. */
	const char *section;
	char sha256[65];
};

struct operator {
	const char *name;		/* local login name */
	const char *account;
};

struct config {
	struct arena arena;
	const char *path;
	enum mode mode;
	const char *state_dir;		/* /var/lib/lapse */
	const char *ledger;		/* file; default STATE/ledger.db */
	const char *ledger_key;		/* secret: HMAC of properties */
	const char *sign_key;		/* secret: signs manifests; NULL */
	struct strs witness_command;	/* argv; empty: none */
	const char *people_map;		/* "account idp user" lines; NULL */
	const char *organization;	/* shown in comments; "" */
	struct jira_config jira;
	const char *jira_proxy;
	const char *jira_ca_file;
	const char *request_field_zone;	/* unused zone default; "UTC" */
	int64_t observe_every;		/* 15 min */
	int64_t overdue_after;		/* 5 min */
	int64_t grant_within;		/* 30 min */
	int64_t run_deadline;		/* 240 s */
	int64_t break_glass_max;	/* 4 h */
	bool left_anywhere;
	int64_t search_overlap;		/* 15 min */
	int removals_per_run;		/* of reviews and reclaim */
	int removals_of_group;		/* percent of its members */
	struct review_section review;
	struct report_section report;
	struct slack_section slack;
	struct strs notify_command;	/* argv; empty: none */
	int64_t remind_before;		/* s; 0: never */
	char sha256[65];		/* of all effective sections */
	VEC(struct project) projects;
	VEC(struct idp_section) idps;
	VEC(struct application) applications;
	VEC(struct role) roles;
	VEC(struct operator) operators;
};

/* Reads path, includes, checks everything that can be checked without a
 * network. A file that others can write, or owned by someone else, is
 * refused. */
int config_open(struct config **ret, const char *path, struct lapse_err *err);
/* What holds where there is no configuration: the keys' own defaults. */
void config_report_defaults(struct report_section *ret);
void config_free(struct config *c);

/* Reads a whole file by the same rules (the people map too): regular, owned
 * by root or the caller, not writable by anyone else, UTF-8, at most 4 MiB;
 * judged on what was opened, so a symbolic link counts as its target. *ret
 * is NUL-terminated and writable, in the arena. */
int config_read_file(const char *path, struct arena *a, char **ret,
	size_t *ret_len, struct lapse_err *err);

/* NULL when there is none. A role's name is matched exactly. */
const struct role *config_role(const struct config *c, const char *name);
const struct application *config_application(const struct config *c,
	const char *name);
/* Where the people of a role are looked up: its application's provider, else
 * the first; NULL: there is none. */
const char *config_home_idp(const struct config *c, const struct role *r);
const struct idp_section *config_idp(const struct config *c,
	const char *name);
const struct request_type *config_request_type(const struct config *c,
	const char *project, const char *type);
/* By which to read issues of any request type; one without fields where there
 * is none. */
const struct jira_form *config_any_form(const struct config *c);
const char *config_operator(const struct config *c, const char *login);
/* Is this role among those that the request type offers? */
bool config_offers(const struct request_type *t, const char *role);
/* The driver's own key, or "url"; NULL when absent. */
const char *config_idp_key(void *section, const char *key);

/* The idp and group id of a role's n-th group; borrowed from the role. */
void config_role_group(const struct role *r, size_t n, const char **ret_idp,
	const char **ret_group);
/* Splits "idp:group"; false when it is none or memory is out. */
bool config_split_group(const char *full, struct arena *a,
	const char **ret_idp, const char **ret_group);
/* Two ways lead to a request: request type, else project; and role, else
 * application. On each the nearest setting wins. observe on either means
 * observe; where neither says anything, the top level's mode holds. p, t and
 * r may be NULL. */
enum mode config_mode(const struct config *c, const struct project *p,
	const struct request_type *t, const struct role *r);

/* For the manual's check and `lapse help config`: every key there is. */
struct config_key {
	const char *section;	/* "" for the top level */
	const char *name;
	const char *type;	/* "text" "secret" "path" "id" "list" "bool"
				   "duration" "number" "choice" */
	const char *fallback;	/* default as text; NULL: none */
	const char *help;
	bool required;
	int64_t min, max;	/* of numbers and durations (seconds) */
	const char *choices;	/* "observe enforce", of choices */
	int first;		/* what the first choice is stored as */
	size_t at;		/* offset in the section's struct, */
	size_t size;		/* and bytes there */
};
/* Ends with a NULL name; driver keys are not among them. */
const struct config_key *config_keys(void);

#endif
