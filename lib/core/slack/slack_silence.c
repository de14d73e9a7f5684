/* How long Slack could not be heard, by lapse's own tries: while lapse itself
 * did not run, what was answered there waits to be read. And the askings that
 * nobody can answer there any more, which are asked for in Jira. */
#include "request.h"
#include "slack_approve.h"

enum {
	TRY_S = 900,		/* a try that fails tells of so long at the
				   most */
	SILENT_S = 3600,	/* so long nobody waits for Slack alone */
};

#define SINCE "slack-unheard-since"
#define TRIED "slack-unheard"

static int keep(struct lapse *l, int64_t since, int64_t tried,
	struct lapse_err *err)
{
	int rc = core_begin(l, err);

	if (rc < 0)
		return rc;
	rc = ledger_set_cursor(l->ledger, SINCE, since, err);
	if (rc == 0)
		rc = ledger_set_cursor(l->ledger, TRIED, tried, err);
	return core_end(l, rc, err);
}

int silence_note(struct lapse *l, bool heard, bool *ret_long,
	struct lapse_err *err)
{
	int64_t now = core_now(l);
	int64_t since = 0, tried = 0;
	int rc = ledger_cursor(l->ledger, SINCE, &since, 0, err);

	if (rc == 0)
		rc = ledger_cursor(l->ledger, TRIED, &tried, 0, err);
	if (rc < 0)
		return rc;
	*ret_long = false;
	if (heard)
		return tried == 0 ? 0 : keep(l, 0, 0, err);
	if (tried == 0)
		since = now;
	else if (now - tried > TRY_S)
		since += now - tried - TRY_S;
	*ret_long = now - since >= SILENT_S;
	return keep(l, since, now, err);
}

static int ask_in_jira(struct lapse *l, const struct slack_asking_row *row,
	const char *why, struct lapse_err *err)
{
	bool read = false;
	int rc;

	l->silence = (struct core_silence){row->approval, why};
	rc = approve_advance(l, row->issue, &read, err);
	l->silence = (struct core_silence){0};
	return rc;
}

int silence_end(struct lapse *l, bool is_long, bool *ret_any,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct slack_asking_rows rows = {0};
	int rc = slack_askings_stuck(l->ledger, is_long ?
		core_now(l) - SILENT_S : 0, core_now(l) - SILENT_S, &a, &rows,
		err);

	for (size_t i = 0; i < rows.items.n && rc == 0; i++)
		rc = ask_in_jira(l, &rows.items.items[i],
			rows.items.items[i].unreached ?
			"not everybody who was asked can be reached in Slack" :
			"nobody could be heard in Slack for an hour", err);
	*ret_any = *ret_any || rows.items.n > 0;
	return rc;
}
