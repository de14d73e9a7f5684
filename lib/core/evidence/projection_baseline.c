/* The baseline of the report on the anchor's own issue. */
#include "projection_baseline.h"

#include <string.h>

#include "json.h"
#include "notice.h"

int projection_baseline(struct ledger *l, const struct ledger_about *about,
	const char *issue, struct arena *a, struct baseline_counts *ret,
	struct lapse_err *err)
{
	return strcmp(issue, about->anchor_issue) != 0 ? 0 :
		baselines(l, a, ret, err);
}

void projection_put_baseline(struct json_out *w,
	const struct baseline_counts *c, size_t max)
{
	if (c->list.n == 0)
		return;
	json_put_open(w, "baseline", '{');
	for (size_t i = 0; i < c->list.n; i++) {
		const struct baseline_count *b = &c->list.items[i];

		/* Quotes, colon, comma, and the number. */
		if (w->out->len + strlen(b->group) + 24 < max)
			json_put_int(w, b->group, b->standing);
	}
	json_put_close(w, '}');
}

int projection_tell_baseline(struct lapse *l, struct lapse_err *err)
{
	struct ledger_about about;
	int64_t more = 0;
	int64_t told = 0;
	int rc = l->dry_run ? 0 : baselines_untold(l->ledger, &more, err);

	if (rc == 0 && more != 0)
		rc = ledger_about(l->ledger, &about, err);
	if (rc < 0 || more == 0 || about.anchor_issue[0] == '\0')
		return rc;
	rc = core_begin(l, err);
	if (rc < 0)
		return rc;
	rc = ledger_cursor(l->ledger, "baselines-told", &told, 0, err);
	if (rc == 0)
		rc = ledger_set_cursor(l->ledger, "baselines-told",
			told + more, err);
	if (rc == 0)
		rc = notice_owe(l, about.anchor_issue, NOTICE_PROPERTY, NULL,
			NULL, 0, err);
	return core_end(l, rc, err);
}
