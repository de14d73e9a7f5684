/*
 * jql.c - a part of JQL, read strictly: values that JQL would not take
 * unquoted are refused, unknown escapes too. It sees the index, which may
 * lag behind the issues or miss some.
 */
#include "jql.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "clock.h"
#include "jira.h"
#include "world.h"

#define LIST_MAX 128
#define ORDER_MAX 7

struct reader {
	const char *at;
	const cJSON *actor;
	const cJSON *issue;	/* NULL: only reading */
	char *fault;
	bool bounded;
};

static bool fail(struct reader *r, const char *what)
{
	if (r->fault == NULL)
		r->fault = text("Error in the JQL Query: %s near '%.30s'.",
			what, r->at);
	return false;
}

static void skip_space(struct reader *r)
{
	while (isspace((unsigned char)*r->at))
		r->at++;
}

static bool take(struct reader *r, const char *mark)
{
	skip_space(r);
	if (strncmp(r->at, mark, strlen(mark)) != 0)
		return false;
	r->at += strlen(mark);
	return true;
}

static bool word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-' ||
	       c == '.' || (unsigned char)c >= 0x80;
}

static bool take_word(struct reader *r, const char *word)
{
	size_t length = strlen(word);

	skip_space(r);
	if (strncasecmp(r->at, word, length) != 0 || word_char(r->at[length]))
		return false;
	r->at += length;
	return true;
}

static const char *const reserved[] = {
	"and", "or", "not", "empty", "null", "order", "by", "in", "is", "was",
	"changed", "asc", "desc", "on", "before", "after", "to", "from",
};

static bool is_reserved(const char *word)
{
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (strcasecmp(word, reserved[i]) == 0)
			return true;
	return false;
}

/* One escape inside quotes, at the backslash. */
static bool take_escape(struct reader *r, FILE *to)
{
	unsigned code;
	int used = 0;

	switch (*++r->at) {
	case '\\':
	case '"':
	case '\'':
	case ' ':
		fputc(*r->at, to);
		break;
	case 'n':
		fputc('\n', to);
		break;
	case 'r':
		fputc('\r', to);
		break;
	case 't':
		fputc('\t', to);
		break;
	case 'u':
		if (sscanf(r->at + 1, "%4x%n", &code, &used) != 1 || used != 4)
			return fail(r, "bad \\u escape");
		fputc(code < 0x80 ? (char)code : '?', to);
		r->at += 4;
		break;
	default:
		return fail(r, "illegal escape");
	}
	r->at++;
	return true;
}

static char *take_quoted(struct reader *r)
{
	char quote = *r->at++;
	char *made = NULL;
	size_t size;
	FILE *to = open_memstream(&made, &size);

	while (*r->at != '\0' && *r->at != quote && r->fault == NULL) {
		unsigned char c = (unsigned char)*r->at;

		if (c == '\\') {
			take_escape(r, to);
			continue;
		}
		if (c < 0x20 && c != '\n' && c != '\r')
			fail(r, "illegal character");
		fputc(*r->at++, to);
	}
	fclose(to);
	if (*r->at == quote)
		r->at++;
	else
		fail(r, "the quoted string has not been completed");
	return made;
}

static char *take_operand(struct reader *r)
{
	skip_space(r);
	if (*r->at == '"' || *r->at == '\'')
		return take_quoted(r);
	const char *from = r->at;

	if (strncasecmp(from, "cf[", 3) == 0) {
		int number = 0, used = 0;

		if (sscanf(from, "%*2[cfCF][%d]%n", &number, &used) == 1 &&
			used > 0) {
			r->at += used;
			return text("customfield_%d", number);
		}
	}
	while (word_char(*r->at))
		r->at++;
	char *made = strndup(from, (size_t)(r->at - from));
	if (*made == '\0')
		fail(r, "expecting a value");
	else if (is_reserved(made))
		fail(r, "reserved word");
	if (take(r, "()")) {
		char *call = text("%s()", made);

		free(made);
		made = call;
	}
	return made;
}

/* A time operand as milliseconds: "-90m", "now()", or a date in the
 * caller's zone, which JQL reads to the minute. */
static bool time_of(struct reader *r, const char *operand, int64_t *ret_ms)
{
	long long count;
	char unit = 'm', rest;
	int got = sscanf(operand, "%lld%c%c", &count, &unit, &rest);
	int64_t seconds = unit == 'w' ? 604800 : unit == 'd' ? 86400
		: unit == 'h' ? 3600 : unit == 'm' ? 60 : 0;

	if (strcasecmp(operand, "now()") == 0) {
		*ret_ms = clock_ms();
		return true;
	}
	if ((*operand == '-' || *operand == '+') && got == 2 && seconds > 0) {
		*ret_ms = clock_ms() + count * seconds * 1000;
		return true;
	}
	if (clock_parse_local(operand, json_str(r->actor, "timeZone"), ret_ms))
		return true;
	return fail(r, "date value is invalid");
}

static bool is_time(const char *field)
{
	return strcasecmp(field, "updated") == 0 ||
	       strcasecmp(field, "created") == 0 ||
	       strcasecmp(field, "updatedDate") == 0 ||
	       strcasecmp(field, "createdDate") == 0;
}

static bool equal(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcasecmp(a, b) == 0;
}

static bool request_type_is(const cJSON *issue, const char *want)
{
	const char *id = json_str(json_get(issue, "values"),
		"customfield_10010");
	const cJSON *type = request_type_of(id);
	autotext *full = text("%s (%s)", json_str(type, "name") != NULL
		? json_str(type, "name") : "", json_str(project_of(
			json_str(issue, "project")), "key"));

	return equal(id, want) || equal(json_str(type, "name"), want) ||
	       equal(full, want);
}

static bool user_is(const char *account, const char *want,
	const cJSON *actor)
{
	if (equal(want, "currentUser()"))
		want = json_str(actor, "accountId");
	return equal(account, want);
}

static bool known_project(const char *want)
{
	const cJSON *one;

	cJSON_ArrayForEach(one, json_get(world_jira(), "projects"))
		if (equal(json_str(one, "id"), want) ||
			equal(json_str(one, "key"), want) ||
			equal(json_str(one, "name"), want))
			return true;
	return false;
}

static bool no_such_value(struct reader *r, const char *field,
	const char *want)
{
	if (r->fault == NULL)
		r->fault = text("The value '%s' does not exist for the field "
			"'%s'.", want, field);
	return false;
}

static bool value_is(struct reader *r, const char *field, const char *want)
{
	const cJSON *issue = r->issue;
	const cJSON *project = project_of(json_str(issue, "project"));
	const cJSON *status = status_of(json_str(issue, "status"));
	const cJSON *type = issue_type_of(json_str(issue, "type"));
	const char *parent = json_str(issue, "parent");

	if (equal(field, "project") && !known_project(want))
		return no_such_value(r, field, want);
	if (equal(field, "project"))
		return equal(json_str(project, "id"), want) ||
		       equal(json_str(project, "key"), want) ||
		       equal(json_str(project, "name"), want);
	if (equal(field, "status"))
		return equal(json_str(status, "id"), want) ||
		       equal(json_str(status, "name"), want);
	if (equal(field, "statusCategory"))
		return equal(json_str(status, "category"), want);
	if (equal(field, "issuetype") || equal(field, "type"))
		return equal(json_str(type, "id"), want) ||
		       equal(json_str(type, "name"), want);
	if (equal(field, "id") || equal(field, "key") ||
		equal(field, "issue") || equal(field, "issuekey"))
		return equal(json_str(issue, "id"), want) ||
		       equal(json_str(issue, "key"), want);
	if (equal(field, "parent"))
		return equal(parent, want) ||
		       equal(issue_key_of(parent), want);
	if (equal(field, "Request Type") || equal(field, "customfield_10010"))
		return request_type_is(issue, want);
	if (equal(field, "reporter") || equal(field, "assignee"))
		return user_is(json_str(json_get(issue, "values"), field),
			want, r->actor);
	if (equal(field, "creator"))
		return user_is(json_str(issue, "creator"), want, r->actor);
	if (equal(field, "resolution"))
		return equal(json_str(json_get(issue, "values"),
			"resolution"), want);
	char *fault = text("Error in the JQL Query: Field '%s' does not exist "
		"or you do not have permission to view it.", field);
	if (r->fault == NULL)
		r->fault = fault;
	else
		free(fault);
	return false;
}

static bool compare_time(struct reader *r, const char *field,
	const char *operator)
{
	autotext *operand = take_operand(r);
	int64_t want = 0, have;

	if (r->fault != NULL || !time_of(r, operand, &want))
		return false;
	have = json_int(r->issue, tolower((unsigned char)*field) == 'u'
		? "updated" : "created", 0) / 60000 * 60000;
	want = want / 60000 * 60000;
	if (same(operator, ">="))
		return have >= want;
	if (same(operator, "<="))
		return have <= want;
	if (same(operator, ">"))
		return have > want;
	if (same(operator, "<"))
		return have < want;
	return fail(r, "operator not supported for dates");
}

static bool in_list(struct reader *r, const char *field)
{
	bool found = false;
	int count = 0;

	if (!take(r, "("))
		return fail(r, "expecting '('");
	do {
		autotext *want = take_operand(r);

		if (++count > LIST_MAX)
			return fail(r, "too many values");
		if (r->fault == NULL && value_is(r, field, want))
			found = true;
	} while (r->fault == NULL && take(r, ","));
	return take(r, ")") ? found : fail(r, "expecting ')' or ','");
}

static bool is_empty(struct reader *r, const char *field)
{
	bool not = take_word(r, "not");

	if (!take_word(r, "empty") && !take_word(r, "null"))
		return fail(r, "expecting EMPTY");
	bool empty = json_get(json_get(r->issue, "values"), field) == NULL &&
		json_get(r->issue, field) == NULL;
	return empty != not;
}

static bool read_clause(struct reader *r)
{
	static const char *const order[] = { ">=", "<=", ">", "<" };
	autotext *field = take_operand(r);

	if (r->fault != NULL)
		return false;
	r->bounded = true;
	for (size_t i = 0; i < 4; i++)
		if (take(r, order[i]))
			return is_time(field)
				? compare_time(r, field, order[i])
				: fail(r, "operator not supported");
	if (take_word(r, "in"))
		return in_list(r, field);
	if (take_word(r, "is"))
		return is_empty(r, field);
	if (take_word(r, "not"))
		return take_word(r, "in") ? !in_list(r, field)
					  : fail(r, "expecting 'in'");
	bool not = take(r, "!=");
	if (!not && !take(r, "="))
		return fail(r, "expecting an operator");
	autotext *want = take_operand(r);
	return r->fault == NULL && value_is(r, field, want) != not;
}

static bool read_or(struct reader *r);

static bool read_factor(struct reader *r)
{
	if (take_word(r, "not") || take(r, "!"))
		return !read_factor(r);
	if (!take(r, "("))
		return read_clause(r);
	bool result = read_or(r);
	return take(r, ")") ? result : fail(r, "expecting ')'");
}

static bool read_and(struct reader *r)
{
	bool result = read_factor(r);

	while (r->fault == NULL && take_word(r, "and")) {
		bool next = read_factor(r);

		result = result && next;
	}
	return result;
}

static bool read_or(struct reader *r)
{
	bool result = read_and(r);

	while (r->fault == NULL && take_word(r, "or")) {
		bool next = read_and(r);

		result = result || next;
	}
	return result;
}

struct order {
	char *field[ORDER_MAX];
	bool down[ORDER_MAX];
	int count;
};

static void order_clear(struct order *order)
{
	for (int i = 0; i < order->count; i++)
		free(order->field[i]);
}

static void read_order(struct reader *r, struct order *order)
{
	if (!take_word(r, "order"))
		return;
	if (!take_word(r, "by"))
		fail(r, "expecting 'by'");
	do {
		if (order->count == ORDER_MAX) {
			fail(r, "too many fields to order by");
			return;
		}
		order->field[order->count] = take_operand(r);
		order->down[order->count] = take_word(r, "desc");
		if (!order->down[order->count])
			take_word(r, "asc");
		order->count++;
	} while (r->fault == NULL && take(r, ","));
}

static int64_t rank(const cJSON *issue, const char *field)
{
	if (is_time(field))
		return json_int(issue, tolower((unsigned char)*field) == 'u'
			? "updated" : "created", 0);
	return strtoll(json_str(issue, "id"), NULL, 10);
}

/* Without an order the newest comes first, as on the site. */
static bool comes_before(const struct order *order, const cJSON *a,
	const cJSON *b)
{
	for (int i = 0; i < order->count; i++) {
		int64_t left = rank(a, order->field[i]);
		int64_t right = rank(b, order->field[i]);

		if (left != right)
			return (left < right) != order->down[i];
	}
	return rank(a, "id") > rank(b, "id");
}

static bool indexed(const cJSON *issue)
{
	const cJSON *index = json_get(world_all(), "index");
	int64_t lag_ms = json_int(index, "lag_s", 0) * 1000;
	const cJSON *miss = json_get(index, "miss");

	return !json_has_text(miss, json_str(issue, "key")) &&
	       !json_has_text(miss, json_str(issue, "id")) &&
	       json_int(issue, "updated", 0) + lag_ms <= clock_ms();
}

/* Linked by hand: cJSON_InsertItemInArray of Debian 12's 1.7.15 inserts
 * nothing but at the beginning. */
static void insert(cJSON *list, const cJSON *issue, const struct order *order)
{
	cJSON *added = cJSON_CreateObjectReference(issue->child);
	cJSON *one;

	cJSON_ArrayForEach(one, list)
		if (comes_before(order, issue, one))
			break;
	if (one == NULL) {
		json_push(list, added);
		return;
	}
	added->next = one;
	added->prev = one->prev;
	one->prev = added;
	if (one == list->child)
		list->child = added;
	else
		added->prev->next = added;
}

/* Reads the whole query once, so that a fault shows without any issue. */
static char *check(const char *query, const cJSON *actor,
	struct order *order)
{
	autojson *nothing = cJSON_CreateObject();
	struct reader r = { .at = query, .actor = actor, .issue = nothing };

	skip_space(&r);
	if (*r.at != '\0' && strncasecmp(r.at, "order", 5) != 0)
		read_or(&r);
	read_order(&r, order);
	skip_space(&r);
	if (r.fault == NULL && *r.at != '\0')
		fail(&r, "expecting either 'OR' or 'AND'");
	if (r.fault == NULL && !r.bounded)
		r.fault = text_copy("Unbounded JQL queries are not allowed "
			"here. Please add a search restriction to your "
			"query.");
	return r.fault;
}

/* What no match of the query was updated before, where that is plain to see:
 * thousands of older issues need not be judged then. */
static int64_t earliest(const char *query)
{
	const char *at = strcasestr(query, "AND updated >= -");
	long long minutes;
	char unit;

	if (at == NULL || strcasestr(query, " OR ") != NULL ||
		sscanf(at + 16, "%lld%c", &minutes, &unit) != 2 || unit != 'm')
		return INT64_MIN;
	return clock_ms() - (minutes + 1) * 60000;
}

cJSON *jql_search(const char *query, const cJSON *actor, char **ret_fault)
{
	struct order order = { .count = 0 };
	cJSON *issue, *ids = NULL;

	*ret_fault = check(query, actor, &order);
	if (*ret_fault == NULL) {
		autojson *found = cJSON_CreateArray();
		int64_t since = earliest(query);

		ids = cJSON_CreateArray();
		cJSON_ArrayForEach(issue, json_get(world_jira(), "issues")) {
			struct reader r = {
				.at = query, .actor = actor, .issue = issue,
			};

			if (json_int(issue, "updated", 0) < since)
				continue;
			if (indexed(issue) && may_see(actor, issue) &&
				read_or(&r))
				insert(found, issue, &order);
			free(r.fault);
		}
		cJSON_ArrayForEach(issue, found)
			json_push_str(ids, json_str(issue, "id"));
	}
	order_clear(&order);
	return ids;
}
