/* The whole story of one thing: its rows, then its events in order. Reads
 * only. */
#include <string.h>

#include "history.h"
#include "json.h"
#include "list.h"
#include "log.h"
#include "show_find.h"
#include "when.h"
#include "why.h"

/* ---- Events in words ---- */

static bool names_time(const char *key)
{
	size_t len = strlen(key);

	return (len > 3 && strcmp(key + len - 3, "_at") == 0) ||
		strcmp(key, "at") == 0 || strcmp(key, "until") == 0 ||
		strcmp(key, "from") == 0 || strcmp(key, "to") == 0;
}

/* Told by the line already, or of use to `verify` only. */
static bool is_spare(const char *key, struct json at)
{
	static const char *const spare[] = {"request", "issue", "role",
		"grant", "requester", "creator", "beneficiary", "account",
		"change", "change_kind", "detail"};
	const char *text = json_as_text(at);

	if (!json_here(at) || json_is_object(at) || json_is_array(at) ||
		(text != NULL && strlen(text) == 64))
		return true;
	for (size_t i = 0; i < sizeof(spare) / sizeof(*spare); i++) {
		if (strcmp(spare[i], key) == 0)
			return true;
	}
	return false;
}

/* Lines, like those of a review's tests, on the one line of their event. */
static void put_text(const char *text, struct buf *out)
{
	for (const char *c = text; *c != '\0'; c++)
		if (*c != '\n')
			buf_char(out, *c);
		else if (c[1] != '\n')
			buf_str(out, "; ");
}

static void put_value(const char *key, struct json at, struct buf *out)
{
	int64_t number = json_as_int(at, WHEN_NONE);
	char text[WHEN_TEXT];

	if (json_is_text(at))
		put_text(json_as_text(at), out);
	else if (number != WHEN_NONE && names_time(key))
		buf_str(out, when_time(number, text));
	else
		json_print(at, out);
}

/* " (until 2026-..., attempts 2)": the plain values of an object. */
static void put_values(struct buf *out, const char *data)
{
	AUTO_JSON *doc = NULL;
	const char *before = " (";
	bool any = false;

	if (data == NULL || json_open(&doc, data, strlen(data), NULL) < 0)
		return;
	for (struct json i = json_first(json_root(doc)); json_valid(i);
		i = json_next(i)) {
		if (is_spare(json_key(i), i))
			continue;
		buf_fmt(out, "%s%s ", before, json_key(i));
		put_value(json_key(i), i, out);
		before = ", ";
		any = true;
	}
	buf_str(out, any ? ")" : "");
}

static void put_name(struct buf *out, const char *before, const char *name,
	const char *id)
{
	if (id == NULL)
		return;
	buf_fmt(out, "%s%s", before, name != NULL ? name : id);
}

static void put_words(struct buf *out, const struct show_event *e)
{
	for (const char *c = e->kind; *c != '\0'; c++)
		buf_char(out, *c == '-' ? ' ' : *c);
	if (e->role != NULL)
		buf_fmt(out, " %s", e->role);
	put_name(out, " group ", e->group_name, e->group);
	put_name(out, " user ", e->login, e->user);
	put_name(out, " on ", e->issue, e->issue);
	put_name(out, " grant ", e->grant, e->grant);
	put_values(out, e->data);
	put_values(out, e->text);
	if (e->purged)
		buf_str(out, " [text erased]");
}

static int emit_listed(void *arg, const char *schema,
	const struct lapse_field *fields, size_t n, struct lapse_err *err)
{
	return core_record(arg, schema, fields, n, err);
}

static int emit_event(void *arg, const struct show_event *e,
	struct lapse_err *err)
{
	struct lapse *l = arg;
	AUTO_BUF words = {0};

	put_words(&words, e);
	const struct lapse_field fields[] = {
		{"at", LAPSE_TIME, NULL, e->at},
		{"seq", LAPSE_INT, NULL, e->seq},
		{"kind", LAPSE_TEXT, e->kind, 0},
		{"what", LAPSE_TEXT, buf_text(&words), 0},
		{"who", LAPSE_TEXT,
			e->actor_name != NULL ? e->actor_name : e->actor, 0},
		{"actor", LAPSE_TEXT, e->actor, 0},
		{"issue", LAPSE_TEXT, e->issue, 0},
		{"issue_id", LAPSE_TEXT, e->issue_id, 0},
		{"grant", LAPSE_TEXT, e->grant, 0},
		{"role", LAPSE_TEXT, e->role, 0},
		{"idp", LAPSE_TEXT, e->idp, 0},
		{"group", LAPSE_TEXT, e->group, 0},
		{"group_name", LAPSE_TEXT, e->group_name, 0},
		{"user", LAPSE_TEXT, e->user, 0},
		{"login", LAPSE_TEXT, e->login, 0},
		{"data", LAPSE_TEXT, e->data, 0},
		{"text", LAPSE_TEXT, e->text, 0},
		{"text_erased", LAPSE_BOOL, NULL, e->purged},
	};

	if (words.failed)
		return lapse_fail_nomem(err);
	return core_record(l, "lapse/event.v1", fields,
		sizeof(fields) / sizeof(*fields), err);
}

/* ---- The rows before them ---- */

static int grant_number(const char *text, int64_t *ret)
{
	*ret = 0;
	for (; *text >= '0' && *text <= '9' && *ret < INT64_MAX / 10 - 1;
		text++)
		*ret = *ret * 10 + (*text - '0');
	return *text == '\0' ? 0 : -1;
}

static int emit_review(struct lapse *l, const char *name,
	struct lapse_err *err)
{
	const struct list_filter f = {.review = name, .all = true};
	int rc = list_emit(l, LIST_REVIEWS, &f, NULL, err);

	return rc < 0 ? rc : list_emit(l, LIST_SHEETS, &f, NULL, err);
}

static int emit_rows(struct lapse *l, const struct show_thing *thing,
	struct lapse_err *err)
{
	static const enum list_of kinds[] = {LIST_REQUESTS, LIST_APPROVALS,
		LIST_GRANTS,
		LIST_HOLDS, LIST_CHANGES, LIST_NOTICES, LIST_MESSAGES,
		LIST_SLACK_ANSWERS, LIST_REVIEWS, LIST_SHEETS};
	struct list_filter f = {.all = true};
	int rc = 0;

	if (thing->kind == SHOW_REVIEW)
		return emit_review(l, thing->name, err);
	if (thing->kind == SHOW_ISSUE)
		f.issue = thing->name;
	else if (thing->kind == SHOW_USER)
		f.user = thing->name;
	else if (thing->kind == SHOW_ROLE)
		f.role = thing->name;
	else if (thing->kind == SHOW_GROUP)
		f.group = thing->name;
	else if (grant_number(thing->name, &f.grant) < 0)
		return lapse_fail(err, LAPSE_EUSAGE,
			"'%s' is not the number of a grant", thing->name);
	f.idp = thing->idp;
	for (size_t i = 0; rc == 0 && i < sizeof(kinds) / sizeof(*kinds); i++)
		rc = kinds[i] == LIST_APPROVALS &&
				(thing->kind == SHOW_ROLE ||
				thing->kind == SHOW_GROUP) ?
			0 : list_emit(l, kinds[i], &f, NULL, err);
	return rc;
}

/* ---- The questions ---- */

static int story(struct lapse *l, const char *what, struct lapse_err *err)
{
	struct show_thing thing = {0};
	int rc = show_find(l, what, false, &l->arena, &thing, err);

	if (rc == 0)
		rc = emit_rows(l, &thing, err);
	if (rc == 0)
		rc = show_events(l->ledger, thing.kind, thing.name, thing.idp,
			emit_event, l, err);
	return rc;
}

static int find_user(struct lapse *l, const char *what,
	struct show_thing *ret, struct lapse_err *err)
{
	int rc = show_find(l, what, false, &l->arena, ret, err);

	if (rc == 0 && ret->kind != SHOW_USER)
		return lapse_fail(err, LAPSE_EUSAGE,
			"show: '%s' is no person; --at and --why ask about "
			"one", what);
	return rc;
}

/* What a person had. Groups that were not read yet are not told of. */
static int had(struct lapse *l, const char *what, int64_t at,
	struct lapse_err *err)
{
	struct history_known known = HISTORY_KNOWN;
	struct show_thing user = {0};
	struct history_of of = {.at = at};
	int64_t n = 0;
	int rc = find_user(l, what, &user, err);

	if (rc == 0)
		rc = history_known(l, &of, &known, err);
	of.user = user.name;
	if (rc == 0)
		rc = history_group(l->ledger, &of, emit_listed, l, &n, err);
	if (rc < 0)
		return rc;
	history_say(l, what, at, &known);
	if (known.unknown > 0)
		return history_fail(what, at, &known, n, err);
	if (n == 0)
		log_say(&l->env, LAPSE_NOTICE, "%s: had nothing that lapse "
			"governs", what);
	return 0;
}

static int why(struct lapse *l, const struct lapse_show *o, int64_t at,
	struct lapse_err *err)
{
	struct show_thing user = {0};
	struct show_thing in = {0};
	int rc = find_user(l, o->what, &user, err);

	if (rc == 0)
		rc = show_find(l, o->why, true, &l->arena, &in, err);
	return rc < 0 ? rc : why_show(l, user.name, &in, o->why, at, err);
}

int lapse_show(struct lapse *l, const struct lapse_show *o,
	struct lapse_err *err)
{
	int64_t at = o->at;
	int rc;

	if (o->why == NULL && at == WHEN_NONE)
		return story(l, o->what, err);
	rc = history_time(l, "show", &at, err);
	if (rc < 0)
		return rc;
	return o->why != NULL ? why(l, o, at, err) : had(l, o->what, at, err);
}
