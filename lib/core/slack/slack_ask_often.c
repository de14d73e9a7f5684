/* When somebody has asked often enough: one request for a role is enough while
 * it waits, and nobody keeps all others busy. */
#include <string.h>

#include "slack_ask.h"
#include "texts_ask.h"

enum {
	HOUR_S = 3600,
	WAITS_S = 86400,	/* what was not asked about by then may never
				   be: it is only listed, or starts later */
};

static bool is_same(const struct asking *k, const struct request_row *r)
{
	return r->role != NULL && strcmp(r->role, k->words.role->name) == 0 &&
		strcmp(r->beneficiary, k->account) == 0 &&
		(r->starts_at == WHEN_NONE ||
			r->starts_at <= core_now(k->l)) &&
		(strcmp(r->state, "asked") == 0 ||
			r->changed_at > core_now(k->l) - WAITS_S);
}

static int asked_already(struct asking *k, bool *ret_over,
	struct lapse_err *err)
{
	struct request_rows open = {0};
	int rc = requests_open(k->l->ledger, &k->arena, &open, err);

	for (size_t i = 0; i < open.list.n && rc == 0; i++) {
		if (!is_same(k, &open.list.items[i]))
			continue;
		*ret_over = true;
		return ask_answer_open(k, &open.list.items[i], err);
	}
	return rc;
}

int ask_too_often(struct asking *k, bool *ret_over, struct lapse_err *err)
{
	AUTO_BUF text = {0};
	int64_t n = 0;
	int rc = asked_already(k, ret_over, err);

	if (rc < 0 || *ret_over)
		return rc;
	rc = slack_asks_filed_since(k->l->ledger, k->account,
		core_now(k->l) - HOUR_S, k->row->id, &n, err);
	if (rc < 0 || n < ASK_HOURLY)
		return rc;
	*ret_over = true;
	texts_ask_too_often(&text, ASK_HOURLY);
	return ask_answer(k, "refused", "too many in an hour", &text, err);
}
