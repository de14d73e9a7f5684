/* "Your access ends soon, here is how to extend": the holder hears of it once
 * for each end. */
#include "grants.h"
#include "notice.h"
#include "slack_work.h"
#include "story.h"
#include "tell.h"

enum {
	LONGER = 4,		/* access that lasts less than so many times
				   the notice needs none */
};

int remind_on_issue(struct lapse *l, int64_t grant, int64_t seq,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	AUTO_BUF text = {0};
	struct grant_row g = {0};
	struct texts_heard t;
	int rc = grant_get(l->ledger, grant, &a, &g, err);

	if (rc < 0)
		return rc;
	t = (struct texts_heard){
		.key = g.issue_key,
		.role = g.role,
		.beneficiary = story_name(l, g.account, &a),
		.until = g.ends_at,
		.zone = story_zone(l, g.account, &a),
	};
	texts_ending(&text, &t);
	rc = buf_check(&text, err, "text");
	return rc < 0 ? rc : notice_owe(l, g.issue, NOTICE_COMMENT,
		buf_text(&text), NULL, seq, err);
}

/* Another run may have reminded, extended or ended it since it was listed. */
static int remind(struct lapse *l, int64_t grant, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	AUTO_BUF data = {0};
	struct json_out w = {.out = &data};
	struct grant_row g = {0};
	struct evidence e = {.kind = "ending-soon", .grant = grant};
	int64_t seq = 0;
	int rc = grant_get(l->ledger, grant, &a, &g, err);

	if (rc < 0)
		return rc;
	json_put_open(&w, NULL, '{');
	json_put_text(&w, "role", g.role);
	json_put_text(&w, "account", g.account);
	json_put_time(&w, "ends_at", g.ends_at);
	json_put_close(&w, '}');
	rc = buf_check(&data, err, "evidence");
	e.issue = g.issue;
	e.actor = "lapse";
	e.data = buf_text(&data);
	if (rc == 0)
		rc = reminder_put(l->ledger, grant, g.ends_at, core_now(l),
			err);
	if (rc == 0)
		rc = core_evidence(l, &e, &seq, err);
	if (rc == 0 && !slack_on(l))
		rc = remind_on_issue(l, grant, seq, err);
	return rc;
}

static int due(struct lapse *l, struct arena *a, struct grant_ids *ret,
	struct lapse_err *err)
{
	int64_t now = core_now(l);
	int64_t before = l->config->remind_before;

	return reminders_due(l->ledger, now, now + before, LONGER * before, a,
		ret, err);
}

int remind_ending(struct lapse *l, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct grant_ids first = {0};
	struct grant_ids ids = {0};
	int rc;

	if (l->dry_run || l->suspect || l->stale || l->taken_over ||
		l->config->remind_before == 0)
		return 0;
	rc = due(l, &a, &first, err);
	if (rc < 0 || first.items.n == 0)
		return rc;
	rc = core_begin(l, err);
	if (rc < 0)
		return rc;
	rc = due(l, &a, &ids, err);
	for (size_t i = 0; i < ids.items.n && rc == 0; i++)
		rc = remind(l, ids.items.items[i], err);
	return core_end(l, rc, err);
}
