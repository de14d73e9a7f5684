/* Answering whoever asked, in the thread of the message. */
#include <string.h>

#include "event_rows.h"
#include "json.h"
#include "intake_rows.h"
#include "people.h"
#include "requests.h"
#include "slack_ask.h"
#include "story.h"
#include "tell.h"
#include "texts_ask.h"

enum {
	CATALOG_ROLES = 40,
};

/* ---- Owing and settling ---- */

/* In the direct messages the answer begins the thread in which the request's
 * outcomes are told. */
static int owe(struct asking *k, const struct buf *text, int64_t request,
	struct lapse_err *err)
{
	struct lapse *l = k->l;
	struct slack_message_row m = {
		.kind = "answer",
		.subject = arena_fmt(&k->arena, "ask:%lld",
			(long long)k->row->id),
		.account = ask_is_direct(k) && request != 0 ? k->account : "",
		.issue = k->row->issue,
		.request = request,
		.thread = request == 0 ? NULL : arena_fmt(&k->arena,
			"request:%lld", (long long)request),
		.body = buf_text(text),
		.channel = k->row->channel,
		.thread_ts = k->row->ts,
	};
	int rc = buf_check(text, err, "answer");

	if (rc == 0)
		rc = arena_check(&k->arena, err);
	return rc < 0 || *m.body == '\0' ? rc : slack_owe(l, &m, err);
}

static int settle_with(struct asking *k, const char *state, const char *why,
	const struct buf *text, int64_t request, struct lapse_err *err)
{
	int rc = core_begin(k->l, err);

	if (rc < 0)
		return rc;
	rc = owe(k, text, request, err);
	if (rc == 0 && request != 0)
		rc = intake_set_channel(k->l->ledger, request, "slack", err);
	if (rc == 0)
		rc = slack_ask_settle(k->l->ledger, k->row->id, state,
			k->account, why, core_now(k->l), err);
	return core_end(k->l, rc, err);
}

int ask_answer(struct asking *k, const char *state, const char *why,
	const struct buf *text, struct lapse_err *err)
{
	return settle_with(k, state, why, text, 0, err);
}

int ask_later(struct asking *k, const char *why, struct lapse_err *err)
{
	AUTO_BUF silence = {0};
	int rc;

	/* Nothing was sent, and nobody waits for it any more. */
	if (strcmp(k->row->state, "read") == 0 &&
		core_now(k->l) - k->row->read_at >= ASK_WANTED_S)
		return ask_answer(k, "refused", why, &silence, err);
	rc = core_begin(k->l, err);
	if (rc < 0)
		return rc;
	return core_end(k->l, slack_ask_later(k->l->ledger, k->row->id,
		core_now(k->l) + ASK_LATER_S, why, err), err);
}

/* ---- What was filed ---- */

static const char *approvers_of(struct asking *k,
	const struct request_row *row, struct lapse_err *err)
{
	struct approval_row ap = {0};
	struct owed_rows owed = {0};
	struct strs names = {0};
	int rc = approval_current(k->l->ledger, row->id, &k->arena, &ap, err);

	if (rc == 0 && ap.id != 0)
		rc = owed_of(k->l->ledger, ap.id, &k->arena, &owed, err);
	for (size_t i = 0; i < owed.list.n && rc == 0; i++)
		strs_add(&names, &k->arena, story_name(k->l,
			owed.list.items[i].account, &k->arena));
	return rc < 0 ? NULL : strs_join(&names, &k->arena,
		strcmp(ap.id != 0 ? ap.mode : "", "all") == 0 ? " and " :
								" or ");
}

/* A time or "no end", as it was written. */
static const char *not_a_length(struct asking *k)
{
	const char *said = k->words.how_long;

	return said == NULL || k->words.duration_s > 0 ? NULL :
		*said < '0' || *said > '9' ? said :
		arena_fmt(&k->arena, "until %s", said);
}

/* In direct messages the words that the issue has; *ret NULL elsewhere. */
static int why_so(struct asking *k, const char *kind, const char **ret,
	struct lapse_err *err)
{
	AUTO_JSON *text = NULL;
	struct event_row e = {0};
	int rc = !ask_is_direct(k) ? 0 : event_last(k->l->ledger,
		k->row->issue, kind, &k->arena, &e, err);

	if (rc < 0 || e.text == NULL)
		return rc;
	rc = json_open(&text, e.text, strlen(e.text), err);
	if (rc == 0)
		*ret = arena_copy(&k->arena, json_text(json_root(text),
			"words", JSON_MAY));
	return rc;
}

int ask_answer_filed(struct asking *k, struct lapse_err *err)
{
	AUTO_BUF text = {0};
	char how_long[WHEN_TEXT];
	char cut[WHEN_TEXT];
	struct texts_heard length = {0};
	struct request_row row = {0};
	struct texts_filed t = {
		.key = k->row->issue_key,
		.url = happening_url(k->l, k->row->issue_key, &k->arena),
		.role = k->row->role,
	};
	int rc = request_of_issue(k->l->ledger, k->row->issue, &k->arena, &row,
		err);

	if (rc < 0)
		return rc;
	t.how_long = k->row->duration_s > 0 ?
		when_duration(k->row->duration_s, how_long) : not_a_length(k);
	if (row.id != 0) {
		rc = happening_length(k->l, k->row->issue,
			strcmp(row.state, "asked") == 0 ? "asked" : "approved",
			&length, err);
		if (rc < 0)
			return rc;
		if (length.asked_s > 0)
			t.cut = when_duration(length.duration_s, cut);
		t.state = row.state;
		t.waits = strcmp(row.state, "seen") == 0 && row.why != NULL;
		if (t.waits || strcmp(row.state, "refused") == 0)
			rc = why_so(k, t.waits ? "waiting" : "refused", &t.why,
				err);
		if (rc < 0)
			return rc;
		t.approvers = approvers_of(k, &row, err);
		if (t.approvers == NULL)
			return err->code;
	}
	texts_ask_filed(&text, &t);
	return settle_with(k, "filed", NULL, &text, row.id, err);
}

int ask_answer_open(struct asking *k, const struct request_row *row,
	struct lapse_err *err)
{
	AUTO_BUF text = {0};
	const struct texts_filed t = {
		.key = row->key,
		.url = happening_url(k->l, row->key, &k->arena),
		.role = row->role,
		.state = row->state,
		.waits = strcmp(row->state, "seen") == 0,
		.approvers = approvers_of(k, row, err),
	};

	if (t.approvers == NULL)
		return err->code;
	texts_ask_open(&text, &t);
	return ask_answer(k, "answered", "asked already", &text, err);
}

/* ---- The catalog ---- */

/* What a provider does not say now is shown: the request is judged anyway. */
static bool is_in(struct asking *k, const char *idp, const char *group)
{
	const char *full = arena_fmt(&k->arena, "%s:%s", idp, group);
	struct people_link link = {0};
	struct lapse_err why;
	bool in = true;

	if (full == NULL || strs_has(&k->in, full))
		return true;
	if (strs_has(&k->out, full))
		return false;
	if (people_resolve(k->l, k->account, idp, &k->arena, &link, &why) == 0) {
		in = link.user != NULL;
		if (in && people_in_group(k->l, idp, group, link.user, &in,
			&why) < 0)
			in = true;
	}
	strs_add(in ? &k->in : &k->out, &k->arena, full);
	return in;
}

bool ask_may(struct asking *k, const struct role *role)
{
	const char *home = config_home_idp(k->l->config, role);

	for (size_t i = 0; i < role->requestable_by.n; i++)
		if (home == NULL ||
			is_in(k, home, role->requestable_by.items[i]))
			return true;
	return role->requestable_by.n == 0;
}

static void put_offer(struct buf *out, const struct role *role,
	struct arena *a)
{
	char longest[WHEN_TEXT];
	const struct texts_offer o = {
		.role = role->name,
		.about = role->about,
		.durations = ask_durations(role, a),
		.longest = role->max_duration > 0 ?
			when_duration(role->max_duration, longest) : NULL,
	};

	texts_ask_offer(out, &o);
}

int ask_answer_catalog(struct asking *k, struct lapse_err *err)
{
	AUTO_BUF text = {0};
	AUTO_BUF list = {0};
	struct slack_roles roles = {0};
	const char *application = k->words.application;
	size_t shown = 0, more = 0;
	int rc = ask_roles(k->l, &k->arena, &roles, err);

	for (size_t i = 0; rc == 0 && i < roles.items.n; i++) {
		const struct role *role = roles.items.items[i];

		if ((application != NULL && strcmp(role->application_name,
			application) != 0) || !ask_may(k, role))
			continue;
		if (shown++ < CATALOG_ROLES)
			put_offer(&list, role, &k->arena);
		else
			more++;
	}
	if (rc < 0)
		return rc;
	texts_ask_catalog(&text, application, shown);
	if (shown > 0)
		buf_char(&text, '\n');
	buf_str(&text, buf_text(&list));
	if (more > 0)
		texts_ask_more(&text, more);
	text.failed = text.failed || list.failed;
	return ask_answer(k, "answered", NULL, &text, err);
}
