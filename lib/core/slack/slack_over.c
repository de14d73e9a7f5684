/* Nobody is left waiting for what is settled: whoever was asked in Slack, and
 * did not answer, is told under that very message, once, that nothing more is
 * asked of them. A reply, not another text in place of the old one: what was
 * shown stays what was decided on, and no further scope is needed. */
#include <string.h>

#include "slack_approve.h"
#include "story.h"
#include "tell.h"

enum {
	AT_ONCE = 100,
	MEANS_S = 30 * 86400,	/* what was asked before nobody waits for */
};

/* How far all is told: below, nothing is looked for. */
#define TOLD "slack-over"

/* ---- What became of it ---- */

static bool is(const char *a, const char *b)
{
	return a != NULL && strcmp(a, b) == 0;
}

/* Asked for anew: of them too? */
static int again(struct lapse *l, const struct request_row *request,
	const char *account, struct arena *a, enum texts_over *ret,
	struct lapse_err *err)
{
	struct approval_row now = {0};
	struct owed_rows owed = {0};
	int rc = approval_current(l->ledger, request->id, a, &now, err);

	if (rc == 0 && now.id != 0)
		rc = owed_of(l->ledger, now.id, a, &owed, err);
	*ret = OVER_OTHERS;
	for (size_t i = 0; i < owed.list.n; i++)
		if (strcmp(owed.list.items[i].account, account) == 0)
			*ret = OVER_AGAIN;
	return rc;
}

int over_of(struct lapse *l, const struct approval_row *ap,
	const struct request_row *request, const char *account,
	struct arena *a, enum texts_over *ret, struct lapse_err *err)
{
	static const struct {
		const char *request;
		enum texts_over what;
	} ends[] = {
		{"cancelled", OVER_WITHDRAWN},
		{"stale", OVER_STALE},
		{"refused", OVER_REFUSED},
		{"declined", OVER_DECLINED},
		{"approved", OVER_APPROVED},
	};

	*ret = OVER_ELSE;
	if (is(request->state, "asked") && is(ap->state, "void"))
		return again(l, request, account, a, ret, err);
	for (size_t i = 0; i < ARRAY_N(ends); i++)
		if (is(request->state, ends[i].request))
			*ret = ends[i].what;
	return 0;
}

/* ---- Saying it ---- */

static int deciders(struct lapse *l, int64_t approval, enum texts_over what,
	struct arena *a, const char **ret, struct lapse_err *err)
{
	const char *word = what == OVER_APPROVED ? "approved" : "declined";
	struct owed_rows owed = {0};
	struct strs names = {0};
	int rc = 0;

	*ret = "";
	if (what != OVER_APPROVED && what != OVER_DECLINED)
		return 0;
	rc = owed_of(l->ledger, approval, a, &owed, err);
	for (size_t i = 0; i < owed.list.n && rc == 0; i++)
		if (is(owed.list.items[i].decision, word))
			strs_add(&names, a, story_name(l,
				owed.list.items[i].account, a));
	if (names.n > 0)
		*ret = story_list(&names, a);
	return rc;
}

static int words_of(struct lapse *l, const struct slack_message_row *m,
	struct arena *a, struct buf *out, struct lapse_err *err)
{
	struct approval_row ap = {0};
	struct request_row request = {0};
	enum texts_over what = OVER_ELSE;
	const char *who = "";
	int rc = approval_get(l->ledger, m->approval, a, &ap, err);

	if (rc == 0)
		rc = request_get(l->ledger, ap.request, a, &request, err);
	if (rc == 0)
		rc = over_of(l, &ap, &request, m->account, a, &what, err);
	if (rc == 0)
		rc = deciders(l, ap.id, what, a, &who, err);
	if (rc < 0)
		return rc;
	texts_approve_over(out, request.key, what, who);
	return buf_check(out, err, "text");
}

static int owe(struct lapse *l, const struct slack_message_row *m,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	AUTO_BUF text = {0};
	struct slack_message_row row = {
		.kind = "over",
		.subject = arena_fmt(&a, "message:%lld", (long long)m->id),
		.account = "",
		.issue = m->issue,
		.request = m->request,
		.thread = SLACK_OVER,
		.channel = m->channel,
		.thread_ts = approve_thread(m),
	};
	int rc = words_of(l, m, &a, &text, err);

	row.body = buf_text(&text);
	if (rc == 0)
		rc = arena_check(&a, err);
	return rc < 0 ? rc : slack_owe(l, &row, err);
}

static int owe_all(struct lapse *l, const struct slack_message_rows *rows,
	int64_t told, struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < rows->items.n && rc == 0; i++)
		rc = owe(l, &rows->items.items[i], err);
	/* More than fit are looked for from the same place again. */
	if (rc == 0 && rows->items.n < AT_ONCE)
		rc = slack_messages_over_upto(l->ledger, told, &told, err);
	return rc < 0 ? rc : ledger_set_cursor(l->ledger, TOLD, told, err);
}

int slack_owe_over(struct lapse *l, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct slack_message_rows rows = {0};
	int64_t told = 0;
	int rc = ledger_cursor(l->ledger, TOLD, &told, 0, err);

	if (rc == 0)
		rc = slack_messages_over(l->ledger, told,
			core_now(l) - MEANS_S, AT_ONCE, &a, &rows, err);
	if (rc == 0 && rows.items.n > 0)
		rc = core_begin(l, err);
	if (rc < 0 || rows.items.n == 0)
		return rc;
	return core_end(l, owe_all(l, &rows, told, err), err);
}
