/* The one table of configuration keys: libConfuse's options, the defaults,
 * the ranges, `lapse help config` and the manual's check are made from it.
 * A provider's own keys stand in its driver. */
#include <confuse.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "config_private.h"

enum { MINUTE = 60, HOUR = 3600, DAY = 86400, YEAR = 365 * DAY };

#define IN(struct_, member)                                                    \
	.at = offsetof(struct struct_, member),                                \
	.size = sizeof(((struct struct_ *)0)->member)
#define KEY(section_, name_, type_, struct_, member)                           \
	.section = section_, .name = name_, .type = type_, IN(struct_, member)
#define RANGE(min_, max_) .min = min_, .max = max_
#define MODE(section_, struct_)                                                \
	KEY(section_, "mode", "choice", struct_, mode),                        \
		.choices = "observe enforce", .first = MODE_OBSERVE

static const struct config_key keys[] = {
	{MODE("", config), .fallback = "observe",
		.help = "observe: decide and tell the plan, grant nothing"},
	{KEY("", "state-dir", "path", config, state_dir),
		.fallback = "/var/lib/lapse",
		.help = "where ledger, locks and time stamps lie"},
	{KEY("", "ledger", "path", config, ledger),
		.help = "the ledger's file; ledger.db in state-dir"},
	{KEY("", "ledger-key", "secret", config, ledger_key),
		.fallback = "credential:ledger-key",
		.help = "key that seals what lapse writes on issues"},
	{KEY("", "sign-key", "secret", config, sign_key),
		.help = "Ed25519 key that signs the manifests of exports"},
	{KEY("", "witness-command", "list", config, witness_command),
		.help = "program and arguments that get the chain's head once "
			"a day"},
	{KEY("", "people-map", "path", config, people_map),
		.help = "file of \"ACCOUNT IDP USER\" lines that settles who "
			"is who"},
	{KEY("", "organization", "text", config, organization),
		.fallback = "", .help = "the name of the organization; not shown yet"},
	{KEY("", "observe-every", "duration", config, observe_every),
		RANGE(MINUTE, DAY), .fallback = "15m",
		.help = "how often members of governed groups are read"},
	{KEY("", "overdue-after", "duration", config, overdue_after),
		RANGE(1, DAY), .fallback = "5m",
		.help = "a removal this late is an alarm"},
	{KEY("", "grant-within", "duration", config, grant_within),
		RANGE(10, DAY), .fallback = "30m",
		.help = "a grant not whole after this is withdrawn"},
	{KEY("", "run-deadline", "duration", config, run_deadline),
		RANGE(5, HOUR), .fallback = "4m",
		.help = "a run ends by itself after this"},
	{KEY("", "break-glass-max", "duration", config, break_glass_max),
		RANGE(MINUTE, DAY), .fallback = "4h",
		.help = "longest access by grant --break-glass"},
	{KEY("", "left-anywhere", "bool", config, left_anywhere),
		.fallback = "false",
		.help = "who left one provider loses access at all of them"},
	{KEY("", "search-overlap", "duration", config, search_overlap),
		RANGE(MINUTE, DAY), .fallback = "15m",
		.help = "how far each search looks back behind the last"},

	{KEY("", "removals-per-run", "number", config, removals_per_run),
		RANGE(1, 10000), .fallback = "50",
		.help = "how many reviews and reclaim begin to take away in "
			"one run"},
	{KEY("", "removals-of-group", "number", config, removals_of_group),
		RANGE(1, 100), .fallback = "34",
		.help = "percent of a group's members that they may take away "
			"without a word"},

	{KEY("", "notify-command", "list", config, notify_command),
		.help = "program and arguments that get each event as JSON"},
	{KEY("", "remind-before", "duration", config, remind_before),
		RANGE(0, DAY), .fallback = "30m",
		.help = "so long before an end its holder is reminded; 0s: "
			"never"},

	{KEY("jira", "url", "text", config, jira.url), .required = true,
		.help = "the site, https://NAME.atlassian.net"},
	{KEY("jira", "email", "text", config, jira.email),
		.help = "the bot's address; without it the token is a bearer "
			"token"},
	{KEY("jira", "token", "secret", config, jira.token),
		.required = true, .help = "the bot's API token"},
	{KEY("jira", "next-token", "secret", config, jira.next_token),
		.help = "tried when the token is rejected"},
	{KEY("jira", "cloud-id", "id", config, jira.cloud_id),
		.help = "for scoped tokens, which use the gateway"},
	{KEY("jira", "gateway", "text", config, jira.gateway),
		.help = "the gateway's address, where it is another one"},
	{KEY("jira", "proxy", "text", config, jira_proxy),
		.help = "http proxy; the environment's is not read"},
	{KEY("jira", "ca-file", "path", config, jira_ca_file),
		.help = "certificate authorities, instead of the system's"},

	{KEY("project", "service-desk", "id", project, service_desk),
		.help = "service desk id; found by the project's where absent"},
	{MODE("project", project),
		.help = "for the requests of this project"},

	{KEY("request-type", "field-role", "id", request_type, form.role),
		.required = true,
		.help = "cascading select or multi-select of roles"},
	{KEY("request-type", "field-whom", "id", request_type, form.whom),
		.help = "user picker: for whom; else the reporter"},
	{KEY("request-type", "field-how-long", "id", request_type,
		 form.how_long),
		.help = "text or select: 8h, or a time"},
	{KEY("request-type", "field-from-when", "id", request_type,
		 form.from_when),
		.help = "date and time from which access is needed"},
	{KEY("request-type", "field-why", "id", request_type, form.why),
		.fallback = "description", .help = "the reason"},
	{KEY("request-type", "field-approvers", "id", request_type,
		 form.approvers),
		.required = true, .help = "Approvers, set by lapse alone"},
	{KEY("request-type", "field-request-type", "id", request_type,
		 form.request_type),
		.fallback = "customfield_10010",
		.help = "the field that holds an issue's request type"},
	{KEY("request-type", "status-any", "id", request_type, status_any),
		.required = true,
		.help = "approval status where one approval is enough"},
	{KEY("request-type", "status-all", "id", request_type, status_all),
		.required = true,
		.help = "approval status where all must approve"},
	{KEY("request-type", "status-approved", "id", request_type,
		 status_approved),
		.required = true,
		.help = "approved, waiting for the access"},
	{KEY("request-type", "status-active", "id", request_type,
		 status_active),
		.required = true, .help = "the access is there"},
	{KEY("request-type", "status-revoke", "id", request_type,
		 status_revoke),
		.required = true, .help = "someone asks for the end"},
	{KEY("request-type", "status-ended", "id", request_type,
		 status_ended),
		.required = true, .help = "the access is gone"},
	{KEY("request-type", "status-declined", "id", request_type,
		 status_declined),
		.required = true, .help = "an approver said no"},
	{KEY("request-type", "status-refused", "id", request_type,
		 status_refused),
		.required = true, .help = "policy said no"},
	{KEY("request-type", "status-cancelled", "id", request_type,
		 status_cancelled),
		.help = "the requester took it back"},
	{KEY("request-type", "subtask-type", "id", request_type,
		 subtask_type),
		.help = "issue type of steps done by hand"},
	{KEY("request-type", "subtask-done", "id", request_type,
		 subtask_done),
		.help = "the status of a step that is done"},
	{KEY("request-type", "subtask-resolution", "id", request_type,
		 subtask_resolution),
		.help = "and its resolution"},
	{KEY("request-type", "offers", "list", request_type, offers),
		.help = "role names, * for any part; all where absent"},
	{MODE("request-type", request_type),
		.help = "for the requests of this type"},

	{KEY("review", "project", "id", config, review.project),
		.help = "Jira project that reviews are held in; without it "
			"there are none"},
	{KEY("review", "issue-type", "id", config, review.issue_type),
		.help = "of a campaign and of each reviewer's sheet"},
	{KEY("review", "campaign-request", "id", config,
		 review.campaign_request),
		.help = "portal request type of a campaign; only requests "
			"have approvals"},
	{KEY("review", "subtask-type", "id", config, review.subtask_type),
		.help = "of an item to decide on"},
	{KEY("review", "status-keep", "id", config, review.status_keep),
		.help = "an item's status: it stays"},
	{KEY("review", "status-revoke", "id", config, review.status_revoke),
		.help = "it is taken away"},
	{KEY("review", "status-limit", "id", config, review.status_limit),
		.help = "it gets an end"},
	{KEY("review", "status-acknowledge", "id", config,
		 review.status_acknowledge),
		.help = "approval status of a campaign: somebody acknowledges "
			"its result"},
	{KEY("review", "status-closed", "id", config, review.status_closed),
		.help = "of campaigns and sheets that are over"},
	{KEY("review", "field-why", "id", config, review.field_why),
		.help = "text of an item: the reviewer's reason"},
	{KEY("review", "field-until", "id", config, review.field_until),
		.help = "text of an item: until when, or how long"},
	{KEY("review", "field-approvers", "id", config,
		 review.field_approvers),
		.help = "Approvers, set by lapse alone"},
	{KEY("review", "fallback", "text", config, review.fallback),
		.help = "who reviews when nobody else can or does, e-mail or "
			"accountId"},
	{KEY("review", "acknowledger", "text", config, review.acknowledger),
		.help = "who acknowledges a campaign, having reviewed nothing "
			"of it"},
	{KEY("review", "due-within", "duration", config, review.due_within),
		RANGE(MINUTE, YEAR), .fallback = "14d",
		.help = "time to decide; a reminder at half of it, the "
			"fallback at three quarters"},

	{KEY("report", "minutes-grant", "number", config,
		 report.minutes_grant),
		RANGE(0, 1440), .fallback = "12",
		.help = "what giving access by hand takes, in minutes"},
	{KEY("report", "minutes-revoke", "number", config,
		 report.minutes_revoke),
		RANGE(0, 1440), .fallback = "8",
		.help = "taking it away by hand"},
	{KEY("report", "minutes-evidence", "number", config,
		 report.minutes_evidence),
		RANGE(0, 1440), .fallback = "6",
		.help = "writing down or acknowledging what was done"},
	{KEY("report", "minutes-approval-chase", "number", config,
		 report.minutes_approval_chase),
		RANGE(0, 1440), .fallback = "10",
		.help = "filing for somebody, asking again, finding the "
			"approver"},

	{KEY("slack", "token", "secret", config, slack.remote.token),
		.help = "the app's bot token; without it lapse is not on Slack"},
	{KEY("slack", "next-token", "secret", config,
		 slack.remote.next_token),
		.help = "tried when the token is rejected"},
	{KEY("slack", "url", "text", config, slack.remote.url),
		.fallback = "https://slack.com/api",
		.help = "where the methods are"},
	{KEY("slack", "channel", "id", config, slack.channel),
		.help = "id of the channel where access is asked for"},
	{KEY("slack", "delegate-account", "id", config, slack.delegate),
		.help = "accountId that answers in Jira for slack-approval"},
	{KEY("slack", "delegate-email", "text", config,
		 slack.delegate_email),
		.help = "its address"},
	{KEY("slack", "delegate-token", "secret", config,
		 slack.delegate_token),
		.help = "its own API token, never the bot's"},
	{KEY("slack", "proxy", "text", config, slack.proxy),
		.help = "http proxy; the environment's is not read"},
	{KEY("slack", "ca-file", "path", config, slack.ca_file),
		.help = "certificate authorities, instead of the system's"},

	{KEY("idp", "driver", "text", idp_section, driver_name),
		.required = true, .help = "okta, entra or google"},
	{KEY("idp", "url", "text", idp_section, url),
		.help = "the provider's address, where it has no fixed one"},
	{KEY("idp", "rate-share", "number", idp_section, rate_share),
		RANGE(1, 100), .fallback = "25",
		.help = "percent of the rate limit that observing may use"},
	{KEY("idp", "proxy", "text", idp_section, proxy),
		.help = "http proxy; the environment's is not read"},
	{KEY("idp", "ca-file", "path", idp_section, ca_file),
		.help = "certificate authorities, instead of the system's"},
	{KEY("idp", "suspended", "choice", idp_section, suspended_ends),
		.choices = "keep end", .fallback = "keep",
		.help = "what a suspended user's grants do"},
	{KEY("idp", "expiry-grace", "duration", idp_section, expiry_grace),
		RANGE(10 * MINUTE, 7 * DAY), .fallback = "1h",
		.help = "deadline to the provider's own end, where it can"},

	{KEY("application", "idp", "text", application, idp),
		.help = "whose groups give access; absent: done by hand"},
	{KEY("application", "owner", "text", application, owner),
		.help = "e-mail or accountId"},
	{KEY("application", "seat-cost", "text", application, seat_cost),
		.help = "per seat and month, \"21 USD\", for reclaim"},
	{KEY("application", "app-id", "id", application, app_id),
		.help = "the provider's id of it, whose sign-ons count as "
			"use"},
	{KEY("application", "review-every", "duration", application,
		 review_every), RANGE(DAY, 10LL * YEAR),
		.help = "for its roles: how often access is reviewed"},
	{KEY("application", "fulfiller", "text", application, fulfiller),
		.help = "who does it by hand, e-mail or accountId"},
	{MODE("application", application),
		.help = "for the roles of this application"},

	{KEY("role", "application", "text", role, application_name),
		.required = true, .help = "the section's title"},
	{KEY("role", "about", "text", role, about), .required = true,
		.help = "what one can do with it, in plain words"},
	{KEY("role", "groups", "list", role, groups),
		.help = "group ids, or IDP:ID; all of them or nothing"},
	{KEY("role", "elevated", "bool", role, elevated),
		.fallback = "false",
		.help = "can change data, users or configuration"},
	{KEY("role", "standing", "bool", role, standing),
		.fallback = "false", .help = "may be had without an end"},
	{KEY("role", "durations", "list", role, durations),
		.help = "suggestions on the form"},
	{KEY("role", "default-duration", "duration", role,
		 default_duration), RANGE(1, 3653LL * DAY),
		.help = "where none is asked; else the first of durations, "
			"else max-duration"},
	{KEY("role", "max-duration", "duration", role, max_duration),
		RANGE(1, 3653LL * DAY),
		.help = "must be there for elevated roles"},
	{KEY("role", "max-total", "duration", role, max_total),
		RANGE(1, 3653LL * DAY),
		.help = "with extensions; else max-duration"},
	{KEY("role", "over-max", "choice", role, over_max_refused),
		.choices = "cap refuse", .fallback = "cap",
		.help = "what becomes of a longer request"},
	{KEY("role", "approvers", "list", role, approvers),
		.help = "manager, owner, group:ID, e-mail or accountId"},
	{KEY("role", "approval", "choice", role, approval),
		.choices = "any all", .first = APPROVAL_ANY,
		.fallback = "any", .help = "how many of them must approve"},
	{KEY("role", "slack-approval", "bool", role, slack_approval),
		.fallback = "false",
		.help = "approvers may also answer in Slack"},
	{KEY("role", "auto-approve", "bool", role, auto_approve),
		.fallback = "false", .help = "nobody is asked"},
	{KEY("role", "fallback-approver", "text", role, fallback_approver),
		.help = "e-mail or accountId, when nobody else can or does"},
	{KEY("role", "escalate-after", "duration", role, escalate_after),
		RANGE(1, YEAR), .fallback = "1d",
		.help = "then the fallback is asked; reminder at half of it"},
	{KEY("role", "approval-age", "duration", role, approval_age),
		RANGE(1, YEAR), .fallback = "7d",
		.help = "an approval older than this is stale"},
	{KEY("role", "requestable-by", "list", role, requestable_by),
		.help = "group ids; everyone where absent"},
	{KEY("role", "conflicts", "list", role, conflicts),
		.help = "roles that nobody may have beside it; both ways"},
	{KEY("role", "end-sessions", "bool", role, end_sessions),
		.fallback = "false",
		.help = "sign the person out when access ends"},
	{KEY("role", "review-every", "duration", role, review_every),
		RANGE(DAY, 10LL * YEAR),
		.help = "how often access is reviewed; else 90d where "
			"elevated, 365d where not"},
	{KEY("role", "inactive-after", "duration", role, inactive_after),
		RANGE(DAY, 10LL * YEAR), .fallback = "90d",
		.help = "unused for so long is idle"},
	{KEY("role", "reclaim", "choice", role, reclaim),
		.choices = "no granted all", .first = RECLAIM_NO,
		.fallback = "no",
		.help = "idle access is taken away: what lapse gave, or all"},
	{KEY("role", "reclaim-grace", "duration", role, reclaim_grace),
		RANGE(1, YEAR), .fallback = "14d",
		.help = "from the warning to the removal"},
	{KEY("role", "reclaim-except", "list", role, reclaim_except),
		.help = "group:ID, e-mail or accountId: never reclaimed"},
	{KEY("role", "manual-grant", "text", role, manual_grant),
		.help = "what to do by hand, in words"},
	{KEY("role", "manual-remove", "text", role, manual_remove),
		.help = "and to undo it"},
	{MODE("role", role), .help = "for this role"},

	{KEY("operator", "account", "id", operator, account),
		.required = true, .help = "this login's Jira accountId"},
	{0},
};

static const struct section {
	const char *name;
	const char *parent;
	bool titled;
} sections[] = {
	{"jira", "", false},
	{"project", "", true},
	{"request-type", "project", true},
	{"review", "", false},
	{"report", "", false},
	{"slack", "", false},
	{"idp", "", true},
	{"application", "", true},
	{"role", "", true},
	{"operator", "", true},
	{0},
};

const struct config_key *config_keys(void)
{
	return keys;
}

void config_report_defaults(struct report_section *ret)
{
	struct config c = {0};

	for (const struct config_key *k = keys; k->name != NULL; k++)
		if (strcmp(k->section, "report") == 0)
			*(int *)((char *)&c + k->at) =
				(int)strtol(k->fallback, NULL, 10);
	*ret = c.report;
}

bool keys_section(const char *name, bool *ret_titled, const char **ret_parent)
{
	for (const struct section *s = sections; s->name != NULL; s++)
		if (strcmp(s->name, name) == 0) {
			*ret_titled = s->titled;
			*ret_parent = s->parent;
			return true;
		}
	return false;
}

/* Calls each for every name that may stand in the section. */
static void each_name(const char *section,
	void (*each)(void *arg, const char *name), void *arg)
{
	for (const struct config_key *k = keys; k->name != NULL; k++)
		if (strcmp(k->section, section) == 0)
			each(arg, k->name);
	for (const struct section *s = sections; s->name != NULL; s++)
		if (strcmp(s->parent, section) == 0)
			each(arg, s->name);
	if (*section == '\0')
		each(arg, "include");
	if (strcmp(section, "idp") != 0)
		return;
	const struct idp_driver *const *d = idp_drivers();
	for (; *d != NULL; d++)
		for (const struct idp_key *k = (*d)->keys;
			k != NULL && k->name != NULL; k++)
			each(arg, k->name);
}

struct search {
	const char *word;
	const char *best;
	size_t distance;
};

static void same(void *arg, const char *name)
{
	struct search *s = arg;

	if (strcmp(name, s->word) == 0)
		s->best = name;
}

bool keys_has(const char *section, const char *key)
{
	struct search s = {.word = key};

	each_name(section, same, &s);
	return s.best != NULL;
}

enum { WORD = 40 };

/* Levenshtein's distance; words longer than WORD are far from all. */
static size_t distance(const char *a, const char *b)
{
	size_t row[WORD + 1];
	size_t n = strlen(b);

	if (n > WORD || strlen(a) > WORD)
		return WORD;
	for (size_t i = 0; i <= n; i++)
		row[i] = i;
	for (size_t i = 0; a[i] != '\0'; i++) {
		size_t corner = row[0];
		row[0] = i + 1;
		for (size_t j = 0; j < n; j++) {
			size_t cost = corner + (a[i] != b[j]);
			corner = row[j + 1];
			if (row[j] + 1 < cost)
				cost = row[j] + 1;
			if (corner + 1 < cost)
				cost = corner + 1;
			row[j + 1] = cost;
		}
	}
	return row[n];
}

static void nearer(void *arg, const char *name)
{
	struct search *s = arg;
	size_t d = distance(s->word, name);

	/* Half a word wrong is another word. */
	if (d <= strlen(name) / 2 && d < s->distance) {
		s->distance = d;
		s->best = name;
	}
}

const char *keys_suggest(const char *section, const char *word)
{
	struct search s = {.word = word, .distance = 4};

	each_name(section, nearer, &s);
	return s.best;
}

const char *suggest(const char *word, const char *const *among)
{
	struct search s = {.word = word, .distance = 4};

	for (; *among != NULL; among++)
		nearer(&s, *among);
	return s.best;
}

/* ---- libConfuse's options ---- */

struct options {
	struct arena *arena;
	cfg_opt_t *items;
	size_t n;
	size_t max;
};

static void add_option(struct options *o, cfg_opt_t option)
{
	for (size_t i = 0; i < o->n; i++)
		if (strcmp(o->items[i].name, option.name) == 0)
			return;	/* two drivers share a key's name */
	if (o->n + 1 < o->max)
		o->items[o->n++] = option;
}

static void add_text(void *arg, const char *name)
{
	cfg_opt_t text = CFG_STR(name, NULL, CFGF_NODEFAULT);

	add_option(arg, text);
}

static cfg_opt_t *section_options(struct arena *a, const char *section,
	cfg_func_t include);

/* Everything is text to libConfuse, for our own ranges and messages. */
static void add_keys(struct options *o, const char *section,
	cfg_func_t include)
{
	for (const struct section *s = sections; s->name != NULL; s++) {
		cfg_flag_t titled =
			CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES;
		if (strcmp(s->parent, section) != 0)
			continue;
		cfg_opt_t *inner = section_options(o->arena, s->name, NULL);
		cfg_opt_t sec = CFG_SEC(s->name, inner,
			s->titled ? titled : CFGF_NODEFAULT);
		if (inner != NULL)
			add_option(o, sec);
	}
	for (const struct config_key *k = keys; k->name != NULL; k++) {
		cfg_opt_t list = CFG_STR_LIST(k->name, NULL, CFGF_NODEFAULT);
		if (strcmp(k->section, section) == 0 &&
			strcmp(k->type, "list") == 0)
			add_option(o, list);
	}
	if (include != NULL) {
		cfg_opt_t function = CFG_FUNC("include", include);
		add_option(o, function);
	}
	each_name(section, add_text, o);
}

static cfg_opt_t *section_options(struct arena *a, const char *section,
	cfg_func_t include)
{
	struct options o = {.arena = a, .max = 96};

	o.items = arena_alloc(a, o.max * sizeof(*o.items));
	if (o.items == NULL)
		return NULL;
	add_keys(&o, section, include);
	return o.items;	/* zeroed memory ends it like CFG_END() */
}

cfg_opt_t *keys_options(struct arena *a, cfg_func_t include)
{
	return section_options(a, "", include);
}
