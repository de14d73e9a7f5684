/* Approving in Slack: what stands under the messages that ask is read, kept as
 * decisions of people, and their requests go on at once. Nothing here answers
 * Jira: the request does, when its quorum is met. */
#include "slack_approve.h"

#include <string.h>

#include "delegate.h"
#include "log.h"
#include "notice_issue.h"
#include "request.h"
#include "slack_scope.h"
#include "sync.h"

enum {
	AT_ONCE = 40,		/* messages of one run: Slack allows some fifty
				   readings a minute */
	LATE_AT_ONCE = 10,	/* of those that are over, */
	LATE_EVERY_S = 600,	/* so often, */
	LATE_S = 86400,		/* for so long */
};

/* What ends the run, as opposed to what a service did not do. */
static bool ends_run(int rc)
{
	return rc <= LAPSE_EINTERNAL;
}

/* ---- The request ---- */

/* What was edited is asked for again. */
int approve_advance(struct lapse *l, const char *issue, bool *ret_read,
	struct lapse_err *err)
{
	struct lapse_err why;
	int rc;

	*ret_read = false;
	if (l->jira_failed || issue == NULL)
		return 0;
	rc = request_advance(l, issue, false, &why);
	if (ends_run(rc)) {
		*err = why;
		return rc;
	}
	if (rc < 0)
		core_note(l, rc == LAPSE_EUNKNOWN || rc == LAPSE_EITEM ?
			LAPSE_EXIT_RETRY : lapse_exit_of(rc), &why);
	*ret_read = rc == 0;
	return 0;
}

/* ---- Signs ---- */

/* Whose it is was not certain: that may pass, and is asked again. */
static bool is_open(const struct slack_decision_row *d)
{
	return !d->counted && d->account == NULL;
}

static bool is_kept(const struct slack_decision_rows *kept,
	const struct sign *s)
{
	for (size_t i = 0; i < kept->items.n; i++) {
		const struct slack_decision_row *d = &kept->items.items[i];

		if (strcmp(d->slack_user, s->user) == 0 &&
			strcmp(d->form, s->form) == 0 &&
			strcmp(d->ref, s->ref) == 0)
			return !is_open(d);
	}
	return false;
}

static bool stands(const struct signs *signs,
	const struct slack_decision_row *d)
{
	for (size_t i = 0; i < signs->items.n; i++) {
		const struct sign *s = &signs->items.items[i];

		if (strcmp(d->slack_user, s->user) == 0 &&
			strcmp(d->form, s->form) == 0 &&
			strcmp(d->ref, s->ref) == 0)
			return true;
	}
	return false;
}

/* Taking it back changes nothing of what was read; that it was is kept. */
static int note_gone(struct lapse *l, const struct slack_decision_rows *kept,
	const struct signs *signs, struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < kept->items.n && rc == 0; i++) {
		const struct slack_decision_row *d = &kept->items.items[i];

		if (strcmp(d->form, "reaction") != 0 ||
			d->gone_at != WHEN_NONE || stands(signs, d) ||
			slack_lacks(l, SLACK_REACTIONS_READ))
			continue;
		rc = core_begin(l, err);
		if (rc == 0)
			rc = core_end(l, slack_decision_gone(l->ledger, d->id,
				core_now(l), err), err);
	}
	return rc;
}

static bool any_new(const struct signs *signs,
	const struct slack_decision_rows *kept)
{
	for (size_t i = 0; i < signs->items.n; i++)
		if (!is_kept(kept, &signs->items.items[i]) &&
			signs->items.items[i].says != SLACK_SAYS_NOTHING)
			return true;
	return false;
}

/* Who both declines and approves has declined: that is taken first. */
static int record_those(struct lapse *l, const struct slack_message_row *m,
	const struct signs *signs, const struct slack_decision_rows *kept,
	enum slack_verdict says, bool *ret_counts, struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < signs->items.n && rc == 0; i++) {
		const struct sign *s = &signs->items.items[i];
		bool counts = false;

		if (s->says != says || is_kept(kept, s))
			continue;
		rc = approve_record(l, m, s, &counts, err);
		*ret_counts = *ret_counts || counts;
	}
	return rc;
}

static int hints(struct lapse *l, const struct slack_message_row *m,
	const struct signs *signs, struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < signs->items.n && rc == 0; i++)
		if (approve_is_reminder(m) ||
			signs->items.items[i].says == SLACK_SAYS_NOTHING)
			rc = approve_hint(l, m, &signs->items.items[i], err);
	return rc;
}

/* ---- One message ---- */

static int keep_position(struct lapse *l, const struct slack_message_row *m,
	const char *newest, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	int rc = 0;

	if (*newest == '\0')
		rc = slack_cursor_get(l->ledger, m->channel, m->ts, &a,
			&newest, err);
	if (rc == 0)
		rc = core_begin(l, err);
	if (rc < 0)
		return rc;
	rc = slack_cursor_put(l->ledger, m->channel, m->ts, newest,
		core_now(l), err);
	if (rc == 0 && m->why != NULL)
		rc = slack_message_read(l->ledger, m->id, err);
	return core_end(l, rc, err);
}

/* One that cannot be read does not keep others waiting, and is no sign that
 * Slack cannot be heard. */
static int put_off(struct lapse *l, const struct slack_message_row *m,
	const char *why, struct lapse_err *err)
{
	int rc = core_begin(l, err);

	if (rc < 0)
		return rc;
	return core_end(l, slack_message_unread(l->ledger, m->id,
		core_now(l) + notice_backoff_s(m->attempts + 1), why, err),
		err);
}

/* Of Slack or Jira as a whole, not of this message. */
static bool is_common(const struct lapse *l, int code)
{
	return l->slack_failed || l->jira_failed || code == LAPSE_EAGAIN;
}

static int under_reminder(struct lapse *l, const struct slack_message_row *m,
	const struct signs *signs, struct lapse_err *err)
{
	int rc = hints(l, m, signs, err);

	return rc < 0 ? rc : keep_position(l, m, "", err);
}

/* One that is over (late) needs no fresh look at its request, and talk about
 * it no hint. */
static int work_on(struct lapse *l, const struct slack_message_row *m,
	bool late, struct arena *a, bool *ret_counts, struct lapse_err *err)
{
	struct signs signs = {0};
	struct slack_decision_rows kept = {0};
	const char *newest = "";
	bool fresh = true;
	int rc = approve_read(l, m, a, &signs, &newest, err);

	if (rc == 0)
		rc = slack_decisions_at(l->ledger, m->id, a, &kept, err);
	if (rc == 0)
		rc = note_gone(l, &kept, &signs, err);
	if (rc == 0 && approve_is_reminder(m))
		return under_reminder(l, m, &signs, err);
	if (rc == 0 && !late && any_new(&signs, &kept))
		rc = approve_advance(l, m->issue, &fresh, err);
	/* Nothing is taken on what Jira did not say: it is read again. */
	if (rc < 0 || !fresh)
		return rc;
	rc = record_those(l, m, &signs, &kept, SLACK_DECLINES, ret_counts,
		err);
	if (rc == 0)
		rc = record_those(l, m, &signs, &kept, SLACK_APPROVES,
			ret_counts, err);
	if (rc == 0 && !late)
		rc = hints(l, m, &signs, err);
	return rc < 0 ? rc : keep_position(l, m, newest, err);
}

/* What could not be read is what nobody has said. */
static int one(struct lapse *l, const struct slack_message_row *m,
	bool late, bool *ret_counts, bool *ret_heard, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct lapse_err why;
	bool counts = false;
	bool read = false;
	int rc = work_on(l, m, late, &a, &counts, &why);

	if (ends_run(rc)) {
		*err = why;
		return rc;
	}
	if (rc < 0 && is_common(l, rc))
		*ret_heard = false;
	else if (rc < 0 && put_off(l, m, why.text, err) < 0)
		return err->code;
	if (rc < 0) {
		l->slack_unread = true;
		log_say(&l->env, LAPSE_INFO, "slack: answers about %s: %s",
			m->issue != NULL ? m->issue : "a request", why.text);
	}
	*ret_counts = *ret_counts || counts;
	return counts ? approve_advance(l, m->issue, &read, err) : 0;
}

static int all_of_them(struct lapse *l, bool *ret_counts, bool *ret_heard,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct slack_message_rows rows = {0};
	int rc = slack_messages_waiting(l->ledger, core_now(l), AT_ONCE, &a, &rows, err);
	size_t i = 0;

	for (; i < rows.items.n && rc == 0 && slack_usable(l); i++)
		rc = one(l, &rows.items.items[i], false, ret_counts,
			ret_heard, err);
	/* What did not fit in is read first next time. */
	if (i == 0 && rows.items.n > 0)
		*ret_heard = false;
	return rc;
}

static int note_unreadable(struct lapse *l, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct slack_message_rows rows = {0};
	struct request_row request = {0};
	struct lapse_err line;
	int rc = slack_messages_unreadable(l->ledger, &a, &rows, err);

	if (rc < 0 || rows.items.n == 0 || l->slack_failed)
		return rc;
	rc = request_get(l->ledger, rows.items.items[0].request, &a, &request,
		err);
	if (rc < 0)
		return rc;
	lapse_fail(&line, LAPSE_EITEM, "slack: what is answered to %zu "
		"message%s cannot be read, %s %s; -v says why",
		rows.items.n, rows.items.n == 1 ? "" : "s",
		rows.items.n == 1 ? "that of" : "the first of", request.key);
	core_note(l, LAPSE_EXIT_RETRY, &line);
	return 0;
}

/* ---- Those that are over ---- */

static int read_late(struct lapse *l, const struct slack_message_rows *rows,
	struct lapse_err *err)
{
	bool counts = false;
	bool heard = true;
	int rc = core_begin(l, err);

	if (rc == 0)
		rc = core_end(l, ledger_set_cursor(l->ledger, "slack-late",
			core_now(l), err), err);
	for (size_t i = 0; i < rows->items.n && i < LATE_AT_ONCE && rc == 0 &&
		slack_usable(l); i++)
		rc = one(l, &rows->items.items[i], true, &counts, &heard,
			err);
	return rc;
}

/* Whoever answers after all is told why it does not count. */
static int late_answers(struct lapse *l, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct slack_message_rows rows = {0};
	int64_t now = core_now(l);
	int64_t read_at = 0;
	int rc = ledger_cursor(l->ledger, "slack-late", &read_at, 0, err);

	if (rc == 0 && now - read_at >= LATE_EVERY_S)
		rc = slack_messages_late(l->ledger, now - LATE_S, &a, &rows,
			err);
	return rc < 0 || rows.items.n == 0 ? rc : read_late(l, &rows, err);
}

/* ---- All of it ---- */

/* Those that were to be reminded of, or to go to somebody else. */
static int go_on(struct lapse *l, bool *ret_any, struct lapse_err *err)
{
	size_t n = l->slack_answers ? l->after_slack.n : 0;
	bool read = false;
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++)
		rc = approve_advance(l, l->after_slack.items[i], &read, err);
	*ret_any = *ret_any || n > 0;
	return rc;
}

static bool can_hear(struct lapse *l)
{
	return l->slack_self != NULL && slack_hears(l);
}

static int waiting_answers(struct lapse *l, struct lapse_err *err)
{
	bool heard = can_hear(l);
	bool is_long = false;
	bool any = false;	/* went on */
	int rc = heard ? all_of_them(l, &any, &heard, err) : 0;

	if (rc == 0)
		rc = silence_note(l, heard, &is_long, err);
	l->slack_answers = heard || is_long;
	if (rc == 0)
		rc = silence_end(l, is_long, &any, err);
	if (rc == 0)
		rc = note_unreadable(l, err);
	if (rc == 0)
		rc = go_on(l, &any, err);
	/* What became of it is not kept waiting for the next run. */
	return rc < 0 || !any ? rc : settle(l, err);
}

int slack_approve_work(struct lapse *l, struct lapse_err *err)
{
	bool asks = false;
	int rc = delegate_account(l) == NULL ? 0 :
		slack_asks_now(l->ledger, &asks, err);

	if (rc == 0 && asks)
		rc = waiting_answers(l, err);
	return rc < 0 || delegate_account(l) == NULL || !can_hear(l) ? rc :
		late_answers(l, err);
}
