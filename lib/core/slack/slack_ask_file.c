/* Filing what was asked for. The row says so before the request is sent; one
 * whose reply was lost, or that an older ledger may have sent, is looked for
 * by its summary, which has the message's time in it. */
#include <string.h>

#include "log.h"
#include "notice.h"
#include "record_issue.h"
#include "request.h"
#include "slack_ask.h"
#include "story.h"
#include "texts_ask.h"

/* ---- The form ---- */

struct needs {
	const struct request_type *type;
	bool why;
};

static bool same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static int take_field(void *arg, const void *item, struct lapse_err *err)
{
	struct needs *n = arg;
	const struct jira_form_field *f = item;

	(void)err;
	if (f->required && same(f->id, n->type->form.why))
		n->why = true;
	return 0;
}

static int read_needs(struct lapse *l, const struct catalog_form *f,
	struct arena *a, struct needs *ret, struct lapse_err *err)
{
	struct op op = {
		.step = jira_get_request_type,
		.name = "request type",
		.id = f->project->service_desk,
		.key = f->type->id,
		.arena = a,
		.sink = take_field,
		.arg = ret,
	};
	int rc;

	ret->type = f->type;
	rc = core_jira(l, &op, err);
	op_clear(&op);
	return rc;
}

/* 0: not as a length. */
static int64_t length_of(const struct slack_words *said)
{
	return said->how_long == NULL ? said->role->default_duration :
					said->duration_s;
}

static int body_of(const struct asking *k, const struct catalog_form *f,
	struct buf *out, struct lapse_err *err)
{
	AUTO_BUF summary = {0};
	char how_long[WHEN_TEXT];
	struct json_out w = {.out = out};
	const struct slack_words *said = &k->words;

	texts_ask_summary(&summary, said->role->name,
		ask_written_at(k->row));
	json_put_open(&w, NULL, '{');
	json_put_text(&w, "serviceDeskId", f->project->service_desk);
	json_put_text(&w, "requestTypeId", f->type->id);
	json_put_text(&w, "raiseOnBehalfOf", k->account);
	json_put_open(&w, "requestFieldValues", '{');
	json_put_text(&w, "summary", buf_text(&summary));
	catalog_form_put(&w, f);
	if (said->how_long != NULL)
		json_put_text(&w, f->type->form.how_long, said->how_long);
	else
		json_put_text(&w, f->type->form.how_long, when_duration(
			length_of(said), how_long));
	if (said->reason != NULL && f->type->form.why != NULL)
		json_put_text(&w, f->type->form.why, said->reason);
	json_put_close(&w, '}');
	json_put_close(&w, '}');
	out->failed = out->failed || summary.failed;
	return buf_check(out, err, "request");
}

/* ---- What stands in the ledger ---- */

static int set_filing(struct asking *k, int64_t sought_at,
	struct lapse_err *err)
{
	struct slack_ask_row row = *k->row;
	int rc = core_begin(k->l, err);

	if (rc < 0)
		return rc;
	row.account = k->account;
	row.role = k->words.role->name;
	row.duration_s = length_of(&k->words);
	row.reason = k->words.reason;
	return core_end(k->l, slack_ask_filing(k->l->ledger, &row, sought_at,
		err), err);
}

/* What was written, by whom and when: the issue has what was made of it. */
static int tell(struct asking *k, int64_t *ret_seq, struct lapse_err *err)
{
	AUTO_BUF data = {0};
	AUTO_BUF text = {0};
	struct json_out w = {.out = &data};
	struct json_out t = {.out = &text};
	struct evidence e = {.kind = "slack-asked", .issue = k->row->issue,
		.actor = k->account};

	json_put_open(&w, NULL, '{');
	json_put_text(&w, "role", k->row->role);
	json_put_text(&w, "account", k->account);
	json_put_text(&w, "slack_user", k->row->slack_user);
	json_put_text(&w, "channel", k->row->channel);
	json_put_text(&w, "ts", k->row->ts);
	json_put_close(&w, '}');
	json_put_open(&t, NULL, '{');
	json_put_text(&t, "words", k->row->text);
	json_put_close(&t, '}');
	if (data.failed || text.failed)
		return lapse_fail_nomem(err);
	e.data = buf_text(&data);
	e.text = buf_text(&text);
	return core_evidence(k->l, &e, ret_seq, err);
}

/* The message itself, on the issue; a direct one is nobody else's to open. */
static int owe_origin(struct asking *k, int64_t seq, struct lapse_err *err)
{
	AUTO_BUF text = {0};
	AUTO_BUF link = {0};
	AUTO_BUF words = {0};
	const char *channel = k->l->config->slack.channel;
	struct texts_origin t = {
		.name = story_name(k->l, k->account, &k->arena),
		.direct = channel == NULL ||
			strcmp(channel, k->row->channel) != 0,
		.at = ask_written_at(k->row),
		.zone = story_zone(k->l, k->account, &k->arena),
	};
	int rc;

	if (!t.direct)
		slack_permalink(&link, k->l->slack_self->url,
			k->row->channel, k->row->ts);
	slack_plain(&words, k->row->text);
	t.link = buf_text(&link);
	t.words = buf_text(&words);
	texts_ask_origin(&text, &t);
	text.failed = text.failed || link.failed || words.failed;
	rc = buf_check(&text, err, "text");
	if (rc == 0)
		rc = arena_check(&k->arena, err);
	return rc < 0 ? rc : notice_owe(k->l, k->row->issue, NOTICE_COMMENT,
		buf_text(&text), NULL, seq, err);
}

static int bind(struct asking *k, const char *issue, const char *key,
	struct lapse_err *err)
{
	int64_t seq = 0;
	int rc = core_begin(k->l, err);

	if (rc < 0)
		return rc;
	k->row->issue = issue;
	k->row->issue_key = key;
	rc = slack_ask_filed(k->l->ledger, k->row->id, issue, key, err);
	if (rc == 0)
		rc = tell(k, &seq, err);
	if (rc == 0)
		rc = owe_origin(k, seq, err);
	return core_end(k->l, rc, err);
}

/* ---- Filed ---- */

/* Approvers are asked at once; what fails of it the next run does. */
static int go_on(struct asking *k, const char *issue, const char *key,
	struct lapse_err *err)
{
	struct lapse_err why;
	int rc = bind(k, issue, key, err);

	if (rc < 0)
		return rc;
	rc = request_advance(k->l, issue, false, &why);
	if (rc <= LAPSE_EINTERNAL) {
		*err = why;
		return rc;
	}
	if (rc < 0)
		log_say(&k->l->env, LAPSE_WARNING, "%s: %s", key, why.text);
	return ask_answer_filed(k, err);
}

static int refuse(struct asking *k, const char *why, struct lapse_err *err)
{
	AUTO_BUF text = {0};

	texts_ask_refused(&text, k->row->role != NULL ? k->row->role :
		k->words.role->name, why);
	return ask_answer(k, "refused", why, &text, err);
}

static int after_failure(struct asking *k, const struct lapse_err *why,
	struct lapse_err *err)
{
	int rc = 0;

	if (why->code <= LAPSE_EINTERNAL) {
		*err = *why;
		return why->code;
	}
	if (why->code == LAPSE_EREFUSED || why->code == LAPSE_ENOTFOUND)
		return refuse(k, why->text, err);
	/* What may have been carried out is looked for first. */
	if (why->code != LAPSE_EUNKNOWN)
		rc = set_filing(k, WHEN_NONE, err);
	return rc < 0 ? rc : ask_later(k, why->text, err);
}

static int create(struct asking *k, const struct catalog_form *f,
	struct lapse_err *err)
{
	AUTO_BUF body = {0};
	struct op op = {
		.step = jira_create_request,
		.name = "file a request",
		.arena = &k->arena,
		.serial = "slack-ask",
	};
	struct lapse_err why;
	const char *issue;
	int rc = body_of(k, f, &body, err);

	op.body = buf_text(&body);
	if (rc == 0)
		rc = set_filing(k, core_now(k->l), err);
	if (rc < 0)
		return rc;
	k->row->role = k->words.role->name;
	k->row->duration_s = length_of(&k->words);
	rc = core_jira(k->l, &op, &why);
	k->l->told_jira = true;
	if (rc < 0) {
		op_clear(&op);
		return after_failure(k, &why, err);
	}
	issue = arena_copy(&k->arena, op.ret_id);
	rc = arena_check(&k->arena, err);
	if (rc == 0)
		rc = go_on(k, issue, op.ret, err);
	op_clear(&op);
	return rc;
}

/* ---- One that was filed before ---- */

static bool is_taken(void *arg, const char *issue)
{
	struct asking *k = arg;
	bool taken = true;

	return slack_ask_of_issue(k->l->ledger, issue, &taken, NULL) < 0 ||
		taken;
}

/* In any of the projects whose forms may have had it. */
static int find(struct asking *k, const char *role, const char **ret_id,
	const char **ret_key, struct lapse_err *err)
{
	AUTO_BUF summary = {0};
	struct record_lost q = {
		.reporter = k->account,
		.since = ask_written_at(k->row),
		.taken = is_taken,
		.arg = k,
	};
	int rc = 0;

	texts_ask_summary(&summary, role, ask_written_at(k->row));
	rc = buf_check(&summary, err, "summary");
	q.summary = buf_text(&summary);
	for (size_t i = 0; i < k->l->config->projects.n && rc == 0 &&
		*ret_id == NULL; i++) {
		const struct jira_issue where = {
			.project = k->l->config->projects.items[i].id,
		};

		rc = record_find(k->l, &where, &q, &k->arena, ret_id, ret_key,
			err);
	}
	return rc;
}

static bool is_sought(const struct asking *k)
{
	return k->row->sought_at != WHEN_NONE;
}

/* An older one may have been filed by a ledger that this one replaced. */
static bool may_be_filed(const struct asking *k)
{
	return is_sought(k) || core_now(k->l) - ask_written_at(k->row) >=
		RECORD_SETTLE_S;
}

/* ---- All of it ---- */

static int too_old(struct asking *k, struct lapse_err *err)
{
	AUTO_BUF text = {0};

	texts_ask_too_old(&text, ask_written_at(k->row));
	return ask_answer(k, "answered", "too old", &text, err);
}

/* The role needs a duration, the form perhaps a reason. */
static int incomplete(struct asking *k, const struct needs *n,
	bool *ret, struct lapse_err *err)
{
	AUTO_BUF text = {0};
	const struct role *role = k->words.role;

	if (k->words.how_long == NULL && role->default_duration == 0)
		texts_ask_no_duration(&text, NULL, role->name,
			ask_may(k, role) ? ask_durations(role, &k->arena) :
				"");
	else if (k->words.reason == NULL && n->why)
		texts_ask_no_reason(&text, role->name);
	*ret = text.len > 0 || text.failed;
	return *ret ? ask_answer(k, "answered", "incomplete", &text, err) : 0;
}

static int file_new(struct asking *k, struct lapse_err *err)
{
	struct catalog_form f = {0};
	struct needs n = {0};
	struct lapse_err why;
	bool over = false;
	int rc = ask_too_often(k, &over, err);

	if (rc < 0 || over)
		return rc;
	rc = catalog_form_find(k->l, k->words.role, ask_form_fits, &k->arena,
		&f, &why);
	if (rc == 0 && f.option == NULL)
		return refuse(k, "no form offers it at the moment; please ask "
			"your administrator", err);
	if (rc == 0)
		rc = read_needs(k->l, &f, &k->arena, &n, &why);
	if (rc < 0 && rc <= LAPSE_EINTERNAL) {
		*err = why;
		return rc;
	}
	if (rc < 0)
		return ask_later(k, why.text, err);
	rc = incomplete(k, &n, &over, err);
	return rc < 0 || over ? rc : create(k, &f, err);
}

static int look(struct asking *k, const char *role, bool *ret_over,
	struct lapse_err *err)
{
	const char *id = NULL;
	const char *key = NULL;
	struct lapse_err why;
	int rc = find(k, role, &id, &key, &why);

	*ret_over = true;
	if (rc <= LAPSE_EINTERNAL) {
		*err = why;
		return rc;
	}
	if (rc < 0)
		return ask_later(k, why.text, err);
	if (id != NULL) {
		k->row->role = role;
		return go_on(k, id, key, err);
	}
	if (is_sought(k) && core_now(k->l) - k->row->sought_at <
		RECORD_SETTLE_S)
		return ask_later(k, "Jira's reply was lost; it is looked for",
			err);
	*ret_over = false;
	return 0;
}

int ask_file(struct asking *k, struct lapse_err *err)
{
	const char *role = k->row->role != NULL ? k->row->role :
						  k->words.role->name;
	bool over = false;
	int rc = may_be_filed(k) ? look(k, role, &over, err) : 0;

	if (rc < 0 || over)
		return rc;
	if (core_now(k->l) - ask_written_at(k->row) >= ASK_WANTED_S)
		return too_old(k, err);
	if (k->words.means != SLACK_MEANS_ROLE ||
		strcmp(k->words.role->name, role) != 0)
		return refuse(k, "the catalog has changed; please ask again",
			err);
	return file_new(k, err);
}
