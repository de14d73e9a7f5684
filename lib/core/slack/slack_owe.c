/* What happened becomes messages that are owed: one for each who hears of it,
 * in the transaction that remembers how far the evidence was read. */
#include "slack_scope.h"
#include "slack_work.h"
#include "story.h"
#include "tell.h"

enum {
	WEEK_S = 7 * 86400,
};

int slack_owe(struct lapse *l, const struct slack_message_row *m,
	struct lapse_err *err)
{
	struct slack_message_row row = *m;
	int64_t now = core_now(l);

	if (row.until_at == 0 || row.until_at == WHEN_NONE)
		row.until_at = now + WEEK_S;
	return slack_message_add(l->ledger, &row, now, err);
}

static int owe_one(struct lapse *l, const struct happening *h,
	const char *account, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	AUTO_BUF body = {0};
	struct texts_heard words = h->words;
	struct slack_message_row row = {
		.kind = h->kind,
		.subject = h->subject,
		.account = account,
		.issue = h->issue,
		.request = h->request,
		.approval = h->approval,
		.grant = h->grant,
		.sheet = h->sheet,
		.thread = h->thread,
		.content_hash = h->content_hash,
		.until_at = h->until_at,
	};
	int rc;

	words.zone = story_zone(l, account, &a);
	words.by_sign = words.in_slack &&
		!slack_lacked(l, SLACK_PEOPLE | SLACK_REACTIONS_READ);
	words.by_word = words.in_slack &&
		!slack_lacked(l, SLACK_PEOPLE | SLACK_IM_HISTORY);
	rc = texts_heard(&body, h->kind, &words, err);
	if (rc == 0)
		rc = arena_check(&a, err);
	row.body = buf_text(&body);
	return rc < 0 ? rc : slack_owe(l, &row, err);
}

static int owe(void *arg, const struct happening *h, struct lapse_err *err)
{
	struct lapse *l = arg;
	int rc = 0;

	if (h->until_at <= core_now(l))
		return 0;
	for (size_t i = 0; i < h->accounts.n && rc == 0; i++)
		rc = owe_one(l, h, h->accounts.items[i], err);
	return rc;
}

int slack_owe_new(struct lapse *l, struct lapse_err *err)
{
	int rc = slack_owe_over(l, err);

	return rc < 0 ? rc : happenings(l, "slack", true, owe, l, err);
}
