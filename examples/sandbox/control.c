/*
 * control.c - the port by which tests see the world and set its weather:
 * clock, Date header, faults, lag, index. Moves of people outside lapse are
 * in control_move.c, memberships in control_member.c. No credential is asked here: it is loopback.
 * Questions take as=text for shells: one value a line.
 */
#include "control.h"

#include <string.h>

#include "adf.h"
#include "clock.h"
#include "control_member.h"
#include "control_move.h"
#include "fault.h"
#include "google.h"
#include "jira.h"
#include "member.h"
#include "okta.h"
#include "record.h"
#include "slack.h"
#include "world.h"

void control_fail(struct exchange *x, int status, const char *why)
{
	reply_json(x, status, json_make("{ss}", "error", why));
}

static bool as_text(const struct exchange *x)
{
	return same(param(x, "as"), "text");
}

/* A list of texts as JSON or as lines; taken over. */
void control_list(struct exchange *x, cJSON *list)
{
	if (!as_text(x)) {
		reply_json(x, 200, list);
		return;
	}
	char *lines = text_copy("");
	const cJSON *one;

	cJSON_ArrayForEach(one, list) {
		char *longer = text("%s%s\n", lines,
			cJSON_GetStringValue(one));

		free(lines);
		lines = longer;
	}
	reply_text(x, 200, "text/plain; charset=utf-8", lines);
	free(lines);
	cJSON_Delete(list);
}

void control_word(struct exchange *x, const char *key, const char *word)
{
	autotext *line = text("%s\n", word);

	if (as_text(x))
		reply_text(x, 200, "text/plain; charset=utf-8", line);
	else
		reply_json(x, 200, json_make("{ss}", key, word));
}

static void plain_error(struct exchange *x, int status)
{
	control_fail(x, status, "no such control");
}

static void get_state(struct exchange *x)
{
	reply_json(x, 200, cJSON_Duplicate(world_all(), true));
}

static cJSON *issue_or_fail(struct exchange *x, const char *name)
{
	cJSON *issue = issue_find(param(x, name));

	if (issue == NULL)
		control_fail(x, 404, "no such issue");
	return issue;
}

static char *comment_line(const cJSON *comment, const char *words)
{
	const char *author = json_str(world_account(json_str(comment,
		"author")), "login");

	return text("%s %s: %s", json_true(comment, "public") ? "public"
							      : "internal",
		author, words);
}

static void get_comments(struct exchange *x)
{
	const cJSON *issue = issue_or_fail(x, "issue");
	cJSON *list = cJSON_CreateArray();
	const cJSON *one;

	cJSON_ArrayForEach(one, json_get(issue, "comments")) {
		autotext *words = adf_text(json_get(one, "adf"));
		autotext *at = clock_okta(json_int(one, "created", 0));
		autotext *line = comment_line(one, words);

		if (as_text(x))
			json_push_str(list, line);
		else
			json_push(list, json_make("{ss ss ss sb ss ss sO}",
				"id", json_str(one, "id"), "author",
				json_str(one, "author"), "login",
				json_str(world_account(json_str(one,
					"author")), "login"), "public",
				json_true(one, "public"), "text", words,
				"created", at, "properties",
				json_get(one, "properties")));
	}
	if (issue != NULL)
		control_list(x, list);
	else
		cJSON_Delete(list);
}

static void get_issue(struct exchange *x)
{
	const cJSON *issue = issue_or_fail(x, "key");

	if (issue == NULL)
		return;
	const cJSON *status = status_of(json_str(issue, "status"));
	cJSON *shown = cJSON_Duplicate(issue, true);
	json_put_str(shown, "statusName", json_str(status, "name"));
	json_put_str(shown, "reporter", json_str(json_get(issue, "values"),
		"reporter"));
	reply_json(x, 200, shown);
}

static void get_status(struct exchange *x)
{
	const cJSON *issue = issue_or_fail(x, "key");

	if (issue != NULL)
		control_word(x, "status", json_str(issue, "status"));
}

/* The newest approval's id, or "none". */
static void get_approval(struct exchange *x)
{
	const cJSON *issue = issue_or_fail(x, "key");
	const cJSON *all = json_get(issue, "approvals");
	const char *id = json_str(cJSON_GetArrayItem(all,
		cJSON_GetArraySize(all) - 1), "id");

	if (issue != NULL)
		control_word(x, "approval", id != NULL ? id : "none");
}

static void get_account(struct exchange *x)
{
	const cJSON *user = world_account(param(x, "login"));

	if (user == NULL)
		control_fail(x, 404, "no such person");
	else
		control_word(x, "account", json_str(user, "accountId"));
}

static void get_email(struct exchange *x)
{
	const cJSON *user = world_account(param(x, "login"));

	if (user == NULL)
		control_fail(x, 404, "no such person");
	else
		control_word(x, "email", json_str(user, "email"));
}

/* Of a cascade: app and role; of a list: role alone. */
static void get_option(struct exchange *x)
{
	const cJSON *field = field_of(param(x, "field"));
	const cJSON *parent, *child;
	const char *app = param(x, "app");
	const char *role = param(x, "role");

	cJSON_ArrayForEach(parent, json_get(field, "options")) {
		if (app == NULL && same(json_str(parent, "value"), role)) {
			control_word(x, "id", json_str(parent, "id"));
			return;
		}
		if (!same(json_str(parent, "value"), app))
			continue;
		cJSON_ArrayForEach(child, json_get(field, "options"))
			if (same(json_str(child, "optionId"),
				    json_str(parent, "id")) &&
				same(json_str(child, "value"), role)) {
				control_word(x, "id", json_str(child, "id"));
				return;
			}
	}
	control_fail(x, 404, "no such option");
}

static void get_log(struct exchange *x)
{
	reply_json(x, 200, cJSON_Duplicate(record_log(), true));
}

/* A parameter that is empty filters nothing. */
static const char *given(const struct exchange *x, const char *name)
{
	const char *value = param(x, name);

	return value == NULL || *value == '\0' ? NULL : value;
}

static void get_count(struct exchange *x)
{
	int count = record_count(given(x, "service"), given(x, "method"),
		given(x, "path"));
	autotext *line = text("%d\n", count);

	if (as_text(x))
		reply_text(x, 200, "text/plain; charset=utf-8", line);
	else
		reply_json(x, 200, json_make("{si}", "count", count));
}

/* The most calls within any so many seconds. */
static void get_peak(struct exchange *x)
{
	int peak = record_peak(given(x, "service"), given(x, "method"),
		given(x, "path"), param_int(x, "seconds", 1));
	autotext *number = text("%d", peak);

	control_word(x, "peak", number);
}

static void forget_log(struct exchange *x)
{
	record_forget();
	reply_empty(x, 204);
}

static void reply_clock(struct exchange *x)
{
	autotext *at = clock_okta(clock_ms());

	if (as_text(x))
		control_word(x, "now", at);
	else
		reply_json(x, 200, json_make("{sI ss sI}", "at", clock_s(),
			"now", at, "offset_s", clock_offset_s()));
}

static void set_clock(struct exchange *x)
{
	const cJSON *at = json_get(x->json, "at");
	int64_t at_ms;

	if (cJSON_IsNumber(at))
		clock_move_to((int64_t)at->valuedouble);
	else if (cJSON_IsString(at) &&
		clock_parse_iso(at->valuestring, &at_ms))
		clock_move_to(at_ms / 1000);
	else if (json_get(x->json, "advance_s") != NULL)
		clock_set_offset(clock_offset_s() +
			json_int(x->json, "advance_s", 0));
	else
		clock_set_offset(json_int(x->json, "offset_s", 0));
	reply_clock(x);
}

static void set_date(struct exchange *x)
{
	static const char *const modes[] = {
		[DATE_NORMAL] = "normal", [DATE_ABSENT] = "absent",
		[DATE_GARBAGE] = "garbage", [DATE_SKEW] = "skew",
	};

	for (int i = 0; i < 4; i++)
		if (same(json_str(x->json, "mode"), modes[i])) {
			clock_set_date((enum date_mode)i,
				json_int(x->json, "skew_s", 0));
			reply_empty(x, 204);
			return;
		}
	control_fail(x, 400, "mode: normal, absent, garbage or skew");
}

static void add_fault(struct exchange *x)
{
	int id = cJSON_IsObject(x->json)
		? fault_add(cJSON_Duplicate(x->json, true)) : 0;

	if (id == 0)
		control_fail(x, 400, "no such kind");
	else
		reply_json(x, 200, json_make("{si}", "id", id));
}

static void list_faults(struct exchange *x)
{
	reply_json(x, 200, cJSON_Duplicate(fault_list(), true));
}

static void clear_faults(struct exchange *x)
{
	fault_clear();
	reply_empty(x, 204);
}

/* Only writes from now on lag; seconds 0 ends it for new ones. */
static void set_lag(struct exchange *x)
{
	const char *service = json_str(x->json, "service");

	json_put(json_map(world_all(), "lag"),
		service != NULL ? service : "okta",
		cJSON_Duplicate(x->json, true));
	reply_empty(x, 204);
}

static void set_index(struct exchange *x)
{
	json_put(world_all(), "index", x->json != NULL
		? cJSON_Duplicate(x->json, true) : cJSON_CreateObject());
	reply_empty(x, 204);
}

/* Everything as at the start, except the clock's offset. */
static void reseed(struct exchange *x)
{
	const char *file = json_str(x->json, "file");

	fault_clear();
	clock_set_date(DATE_NORMAL, 0);
	if (file != NULL ? !world_load(file) : !world_again()) {
		control_fail(x, 500, "the seed cannot be read");
		return;
	}
	record_forget();
	okta_bucket_refill();
	google_bucket_refill();
	jira_bucket_refill();
	slack_bucket_refill();
	member_reads_restart();
	reply_empty(x, 204);
}

static void mark(struct exchange *x)
{
	world_mark();
	reply_empty(x, 204);
}

/* {"okta":{"pageLimit":2},"jira":{"pageLimit":3}}: knobs of the seed. */
static void set_knobs(struct exchange *x)
{
	const cJSON *part, *knob;

	cJSON_ArrayForEach(part, x->json) {
		cJSON *to = json_get(world_all(), part->string);

		cJSON_ArrayForEach(knob, part)
			if (to != NULL)
				json_put(to, knob->string,
					cJSON_Duplicate(knob, true));
	}
	reply_empty(x, 204);
}

static const struct route routes[] = {
	{ "GET", "/state", get_state, NULL, true },
	{ "GET", "/jira/comments", get_comments, NULL, true },
	{ "GET", "/jira/issue", get_issue, NULL, true },
	{ "GET", "/jira/status", get_status, NULL, true },
	{ "GET", "/jira/approval", get_approval, NULL, true },
	{ "GET", "/jira/account", get_account, NULL, true },
	{ "GET", "/jira/email", get_email, NULL, true },
	{ "GET", "/jira/option", get_option, NULL, true },
	{ "GET", "/log", get_log, NULL, true },
	{ "GET", "/log/count", get_count, NULL, true },
	{ "GET", "/log/peak", get_peak, NULL, true },
	{ "DELETE", "/log", forget_log, NULL, true },
	{ "GET", "/clock", reply_clock, NULL, true },
	{ "POST", "/clock", set_clock, NULL, true },
	{ "POST", "/clock/date", set_date, NULL, true },
	{ "POST", "/fault", add_fault, NULL, true },
	{ "GET", "/fault", list_faults, NULL, true },
	{ "DELETE", "/fault", clear_faults, NULL, true },
	{ "POST", "/lag", set_lag, NULL, true },
	{ "POST", "/index", set_index, NULL, true },
	{ "POST", "/seed", reseed, NULL, true },
	{ "POST", "/mark", mark, NULL, true },
	{ "POST", "/knobs", set_knobs, NULL, true },
	{ 0 },
};

static const struct route *const tables[] = {
	routes, control_member_routes, control_move_routes,
	control_slack_routes, NULL,
};

const struct service control_service = {
	.name = "control",
	.family = "control",
	.variable = "SANDBOX_CONTROL",
	.tables = tables,
	.error = plain_error,
	.silent = true,
};
