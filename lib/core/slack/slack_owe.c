/* What happened becomes messages that are owed: one for each who hears of it,
 * in the transaction that remembers how far the evidence was read. */
#include <string.h>

#include "slack_ask.h"
#include "slack_scope.h"
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

/* Whoever is told of an end here may ask here for more; NULL: they cannot. */
static const char *ask_for(const struct lapse *l, const struct happening *h,
	struct arena *a)
{
	const struct role *role = h->words.role == NULL ? NULL :
		config_role(l->config, h->words.role);
	char text[WHEN_TEXT];

	if (role == NULL || strcmp(h->kind, "ending") != 0 ||
		!catalog_form_offered(l, role, ask_form_fits))
		return NULL;
	if (role->durations.n > 0)
		return role->durations.items[0];
	return arena_copy(a, role->default_duration == 0 ? "8h" :
		when_duration(role->default_duration, text));
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
	words.ask_for = ask_for(l, h, &a);
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
