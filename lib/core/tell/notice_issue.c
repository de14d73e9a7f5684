/* One issue's notices while they are delivered: a state machine without
 * network. */
#include "notice_issue.h"

#include <stdio.h>
#include <string.h>

#include "notice.h"
#include "texts.h"
#include "texts_reclaim.h"

enum {
	BACKOFF_FIRST_S = 60,
	BACKOFF_MAX_S = 3600,
	TROUBLE_MAX_S = 300,	/* where Jira is in trouble, not the notice */
	GONE_ATTEMPTS = 3,	/* a missing permission looks the same */
	CLOCKS_DIFFER_S = 600,	/* Jira's from ours, at the most */
};

int64_t notice_backoff_s(int64_t attempts)
{
	int64_t s = BACKOFF_FIRST_S;

	while (attempts-- > 1 && s < BACKOFF_MAX_S)
		s *= 2;
	return s < BACKOFF_MAX_S ? s : BACKOFF_MAX_S;
}

int notice_issue_open(struct notice_issue *d, struct lapse *l,
	const char *issue, struct lapse_err *err)
{
	*d = (struct notice_issue){.l = l, .issue = issue};
	return notices_of(l->ledger, issue, &d->arena, &d->notices, err);
}

void notice_issue_clear(struct notice_issue *d)
{
	op_clear(&d->op);
	projection_clear(&d->shown);
	arena_clear(&d->arena);
	*d = (struct notice_issue){0};
}

static struct notice_row *under_way(struct notice_issue *d)
{
	return &d->notices.rows.items[d->at];
}

static bool is_kind(const struct notice_row *n, const char *kind)
{
	return strcmp(n->kind, kind) == 0;
}

static bool is_comment(const struct notice_row *n)
{
	return is_kind(n, "comment") || is_kind(n, "internal");
}

static int failed(struct notice_issue *d, const struct notice_row *n,
	const struct lapse_err *why, struct lapse_err *err);

/* ---- Which operation is next ---- */

/* An internal comment may tell of the same evidence as a public one. */
void notice_marker(int64_t seq, int64_t id, bool internal, char *ret,
	size_t size)
{
	const char *tail = internal ? "-internal" : "";

	if (seq > 0)
		snprintf(ret, size, "lapse-%lld%s", (long long)seq, tail);
	else
		snprintf(ret, size, "lapse-notice-%lld%s", (long long)id,
			tail);
}

static void set_marker(struct notice_issue *d, const struct notice_row *n)
{
	notice_marker(n->seq, n->id, is_kind(n, "internal"), d->marker,
		sizeof(d->marker));
}

static void start_op(struct notice_issue *d, op_step *step, const char *name)
{
	op_clear(&d->op);
	d->op = (struct op){
		.step = step,
		.name = name,
		.serial = d->issue,
		.issue = d->issue,
		.arena = &d->arena,
	};
}

/* A grace begins when the person can read of it, however late that is. */
static int date_body(struct notice_issue *d, struct notice_row *n,
	struct lapse_err *err)
{
	AUTO_BUF text = {0};
	long long grace;
	int end = 0;

	if (n->detail == NULL ||
		sscanf(n->detail, "grace %lld %n", &grace, &end) != 1)
		return 0;
	texts_unused_dated(&text, n->body, core_now(d->l) + grace,
		n->detail + end);
	if (buf_check(&text, err, "comment") < 0)
		return err->code;
	n->body = arena_copy(&d->arena, buf_text(&text));
	return arena_check(&d->arena, err);
}

/* The doubt is committed before the post: whoever kills this process, the
 * next run looks for the comment first. */
static int post_comment(struct notice_issue *d, struct notice_row *n,
	struct lapse_err *err)
{
	int rc = date_body(d, n, err);

	if (rc == 0 && !n->doubtful)
		rc = core_begin(d->l, err);
	if (rc == 0 && !n->doubtful)
		rc = core_end(d->l,
			notices_sending(d->l->ledger, n->id, err), err);
	if (rc < 0)
		return rc;
	d->doing = NOTICE_SENDING;
	start_op(d, jira_comment, "comment");
	d->op.body = n->body;
	d->op.key = d->marker;
	d->op.public = is_kind(n, "comment");
	return 1;
}

static int next_comment(struct notice_issue *d, struct notice_row *n,
	struct lapse_err *err)
{
	set_marker(d, n);
	if (!n->doubtful || d->looked)
		return post_comment(d, n, err);
	d->doing = NOTICE_LOOKING;
	start_op(d, jira_find_comment, "find comment");
	d->op.key = d->marker;
	d->op.user = d->l->self.account;
	/* A ledger that was rebuilt counts its events from 1 again. */
	d->op.at = n->created_at - CLOCKS_DIFFER_S;
	return 1;
}

/* What cannot be said of this issue is no reason to be silent on others, nor
 * to keep its comments back. */
static int not_made(struct notice_issue *d, const struct notice_row *n,
	const struct lapse_err *why, struct lapse_err *err)
{
	bool held_back = d->held_back;
	int rc;

	if (why->code <= LAPSE_EINTERNAL) {
		*err = *why;
		return why->code;
	}
	core_note(d->l, LAPSE_EXIT_RETRY, why);
	rc = failed(d, n, why, err);
	d->held_back = held_back;
	return rc;
}

static int next_property(struct notice_issue *d, const struct notice_row *n,
	struct lapse_err *err)
{
	struct lapse_err why;

	projection_clear(&d->shown);
	if (projection_make(d->l, d->issue, &d->shown, &why) < 0)
		return not_made(d, n, &why, err);
	d->doing = NOTICE_SENDING;
	start_op(d, jira_put_property, "put property");
	d->op.key = PROJECTION_PROPERTY;
	d->op.body = buf_text(&d->shown.text);
	return 1;
}

/* 0: there is nothing to send, and the next one is under way. */
static int next_op(struct notice_issue *d, struct notice_row *n,
	struct lapse_err *err)
{
	if (is_comment(n))
		return next_comment(d, n, err);
	if (is_kind(n, "property"))
		return next_property(d, n, err);
	d->doing = NOTICE_SENDING;
	start_op(d, jira_transition, "transition");
	d->op.id = n->body;
	d->op.key = n->detail;
	return 1;
}

/* Without our account a doubtful comment cannot be looked for. */
static bool may_go(const struct notice_issue *d, const struct notice_row *n)
{
	if (n->next_attempt_at > core_now(d->l))
		return false;
	if (is_kind(n, "property"))
		return true;
	return !d->held_back && !(is_comment(n) && n->doubtful &&
		!d->looked && d->l->self.account == NULL);
}

/* Comments and transitions keep their order; a property is in none. */
static int wait_for(struct notice_issue *d)
{
	if (!is_kind(under_way(d), "property"))
		d->held_back = true;
	d->at++;
	return 0;
}

static int read_again(struct notice_issue *d, struct lapse_err *err)
{
	d->again = false;
	d->at = 0;
	d->held_back = false;
	d->notices = (struct notice_rows){0};
	return notices_of(
		d->l->ledger, d->issue, &d->arena, &d->notices, err);
}

int notice_issue_next(struct notice_issue *d, struct lapse_err *err)
{
	int rc;

	if (d->doing == NOTICE_CHECKING)
		return 1;
	for (;;) {
		while (d->at < d->notices.rows.n) {
			rc = may_go(d, under_way(d)) ?
				next_op(d, under_way(d), err) : wait_for(d);
			if (rc != 0)
				return rc;
		}
		if (!d->again)
			return 0;
		rc = read_again(d, err);
		if (rc < 0)
			return rc;
	}
}

/* ---- What its result means ---- */

static void go_on(struct notice_issue *d)
{
	d->at++;
	d->looked = false;
	d->doing = NOTICE_SENDING;
}

static int delivered(struct notice_issue *d, const struct notice_row *n,
	struct lapse_err *err)
{
	struct ledger *ledger = d->l->ledger;
	int64_t now = core_now(d->l);
	bool done = true;
	int rc = core_begin(d->l, err);

	if (rc < 0)
		return rc;
	if (is_kind(n, "property"))
		rc = notices_property_done(
			ledger, d->issue, d->shown.seq, now, &done, err);
	else
		rc = notices_done(ledger, n->id, now,
			d->op.ret_id[0] != '\0' ? d->op.ret_id : NULL, err);
	rc = core_end(d->l, rc, err);
	if (rc < 0)
		return rc;
	d->l->told_jira = true;
	if (!done)
		d->again = true;
	go_on(d);
	return 0;
}

/* The next attempt is the notice's own affair, unless Jira is in trouble. */
static int64_t wait_after(const struct notice_row *n, int code)
{
	int64_t s = notice_backoff_s(n->attempts + 1);

	if (code == LAPSE_EUNAVAIL || code == LAPSE_EAUTH)
		return s < TROUBLE_MAX_S ? s : TROUBLE_MAX_S;
	return code == LAPSE_EAGAIN ? 0 : s;
}

/* Only these say for certain that nothing was written. */
static bool surely_not_sent(int code)
{
	return code == LAPSE_EREFUSED || code == LAPSE_ENOTFOUND ||
		code == LAPSE_EAUTH || code == LAPSE_EUNAVAIL;
}

static int failed(struct notice_issue *d, const struct notice_row *n,
	const struct lapse_err *why, struct lapse_err *err)
{
	bool doubtful = n->doubtful ||
		(is_comment(n) && !surely_not_sent(why->code));
	int rc = core_begin(d->l, err);

	if (rc < 0)
		return rc;
	rc = notices_failed(d->l->ledger, n->id, doubtful,
		core_now(d->l) + wait_after(n, why->code), why->text, err);
	d->held_back = true;
	go_on(d);
	return core_end(d->l, rc, err);
}

/* ---- Dropping ---- */

static int say_dropped(struct notice_issue *d, const struct notice_row *n,
	const char *why, int64_t *ret_seq, struct lapse_err *err)
{
	AUTO_BUF data = {0};
	struct json_out w = {.out = &data};
	struct evidence e = {.kind = "notice-dropped", .issue = d->issue};

	json_put_open(&w, NULL, '{');
	json_put_int(&w, "notice", n->id);
	json_put_text(&w, "kind", n->kind);
	json_put_int(&w, "tells_of", n->seq);
	json_put_text(&w, "status", is_kind(n, "transition") ? n->body : NULL);
	json_put_text(&w, "why", why);
	json_put_close(&w, '}');
	if (buf_check(&data, err, "evidence") < 0)
		return LAPSE_ENOMEM;
	e.data = buf_text(&data);
	return core_evidence(d->l, &e, ret_seq, err);
}

static int drop_all(struct notice_issue *d, struct lapse_err *err)
{
	int64_t now = core_now(d->l);
	int rc = core_begin(d->l, err);

	if (rc < 0)
		return rc;
	for (size_t i = d->at; rc == 0 && i < d->notices.rows.n; i++) {
		const struct notice_row *n = &d->notices.rows.items[i];

		rc = say_dropped(d, n, "the issue is gone", NULL, err);
		if (rc == 0)
			rc = notices_drop(d->l->ledger, n->id, now,
				"the issue is gone", err);
	}
	d->at = d->notices.rows.n;
	d->doing = NOTICE_SENDING;
	return core_end(d->l, rc, err);
}

static int owe_note(struct notice_issue *d, const struct notice_row *n,
	int64_t seq, struct lapse_err *err)
{
	AUTO_BUF note = {0};

	texts_not_moved(&note, n->body);
	if (buf_check(&note, err, "comment") < 0)
		return LAPSE_ENOMEM;
	return notice_owe(d->l, d->issue, NOTICE_INTERNAL, buf_text(&note),
		NULL, seq, err);
}

static int drop_transition(struct notice_issue *d, const struct notice_row *n,
	struct lapse_err *err)
{
	static const char why[] = "the workflow offers no such transition";
	int64_t seq = 0;
	int rc = core_begin(d->l, err);

	if (rc < 0)
		return rc;
	rc = say_dropped(d, n, why, &seq, err);
	if (rc == 0)
		rc = notices_drop(
			d->l->ledger, n->id, core_now(d->l), why, err);
	if (rc == 0)
		rc = owe_note(d, n, seq, err);
	d->again = true;
	go_on(d);
	return core_end(d->l, rc, err);
}

/* ---- The result ---- */

/* A write on a gone issue is refused like any other: after a few attempts the
 * issue itself is read. */
static int refused(struct notice_issue *d, const struct notice_row *n,
	const struct lapse_err *why, struct lapse_err *err)
{
	if (n->attempts + 1 < GONE_ATTEMPTS)
		return failed(d, n, why, err);
	d->why = *why;
	d->doing = NOTICE_CHECKING;
	start_op(d, jira_get_issue, "get issue");
	return 0;
}

static int took_look(struct notice_issue *d, const struct notice_row *n,
	struct lapse_err *err)
{
	if (d->op.outcome == OP_PRESENT)
		return delivered(d, n, err);
	d->looked = true;
	return 0;
}

static int took_check(struct notice_issue *d, const struct notice_row *n,
	int rc, const struct lapse_err *why, struct lapse_err *err)
{
	if (rc == 0 && d->op.outcome == OP_GONE)
		return drop_all(d, err);
	return failed(d, n, rc == 0 ? &d->why : why, err);
}

int notice_issue_took(struct notice_issue *d, int rc,
	const struct lapse_err *why, struct lapse_err *err)
{
	const struct notice_row *n = under_way(d);

	if (d->doing == NOTICE_CHECKING)
		return took_check(d, n, rc, why, err);
	if (rc == LAPSE_EREFUSED || rc == LAPSE_ENOTFOUND)
		return refused(d, n, why, err);
	if (rc < 0)
		return failed(d, n, why, err);
	if (d->doing == NOTICE_LOOKING)
		return took_look(d, n, err);
	if (is_kind(n, "transition") && d->op.outcome == OP_ABSENT)
		return drop_transition(d, n, err);
	return delivered(d, n, err);
}
