/* An older copy of this ledger learns what was told to Jira after it was
 * made. The chain goes on from where the copy ends, with an event that names
 * the gap. */
#include <string.h>

#include "notice.h"
#include "rebuild_private.h"
#include "rebuild_rows.h"

enum {
	TELL_MS = 60000,
};

static int tell_forward(struct lapse *l, const struct rebuild *r,
	const char *reason, struct lapse_err *err)
{
	AUTO_BUF data = {0};
	AUTO_BUF text = {0};
	struct json_out w = {.out = &data};
	struct evidence e = {.kind = "forwarded", .issue = r->anchor};
	char head[65];
	int64_t seq = 0;
	int rc = evidence_head(l->ledger, &seq, head, err);

	if (rc < 0)
		return rc;
	json_put_open(&w, NULL, '{');
	json_put_int(&w, "seq", seq);
	json_put_text(&w, "hash", head);
	json_put_int(&w, "witness_seq", r->said.seq);
	json_put_text(&w, "witness_hash", r->said.hash);
	rebuild_put_digests(&w, r);
	json_put_close(&w, '}');
	rc = buf_check(&data, err, "evidence");
	if (rc == 0)
		rc = rebuild_reason(reason, &text, err);
	e.data = buf_text(&data);
	e.text = buf_text(&text);
	return rc < 0 ? rc : core_evidence(l, &e, NULL, err);
}

static int go_forward(struct lapse *l, struct rebuild *r, const char *reason,
	struct lapse_err *err)
{
	int rc = tell_forward(l, r, reason, err);

	if (rc == 0)
		rc = rebuild_learn(l, r, err);
	if (rc == 0)
		rc = rebuild_rows_doubt(l->ledger, err);
	return rc < 0 ? rc : ledger_set_stale(l->ledger, WHEN_NONE, err);
}

/* As the anchor's check does, but it is to be mended here, not to be said. */
static int is_behind(struct lapse *l, const struct rebuild *r, bool *ret,
	struct lapse_err *err)
{
	char hash[65] = "";
	int rc = evidence_at(l->ledger, r->said.seq, hash, err);

	if (rc == LAPSE_ENOTFOUND) {
		*ret = r->said.seq > 0;
		return 0;
	}
	if (rc == 0)
		*ret = strcmp(hash, r->said.hash) != 0;
	return rc;
}

static int begin(struct lapse *l, struct rebuild *r, bool *ret_behind,
	struct lapse_err *err)
{
	struct ledger_about about;
	int rc = ledger_about(l->ledger, &about, err);

	if (rc < 0)
		return rc;
	if (about.taken_over_by[0] != '\0')
		return lapse_fail(err, LAPSE_EREFUSED, "ledger: another one "
			"took over: this one is not brought forward");
	if (about.anchor_issue[0] == '\0')
		return lapse_fail(err, LAPSE_EREFUSED, "ledger: it has no "
			"anchor: nothing says how far it had come");
	rc = rebuild_read(l, about.anchor_issue, r, err);
	if (rc == 0 && strcmp(r->said.ledger, about.id) != 0)
		rc = lapse_fail(err, LAPSE_EREFUSED, "anchor issue %s: it is "
			"that of ledger %s now: this one is not brought "
			"forward", about.anchor_issue, r->said.ledger);
	if (rc == 0)
		rc = rebuild_weigh(l, r, err);
	if (rc == 0)
		rc = is_behind(l, r, ret_behind, err);
	if (rc == 0 && *ret_behind)
		rc = core_plan(l, "ledger", "forward", r->said.ledger, err);
	return rc;
}

int rebuild_forward(struct lapse *l, const char *reason,
	struct lapse_err *err)
{
	AUTO_REBUILD r = {0};
	bool behind = false;
	int64_t n = 0;
	int rc = begin(l, &r, &behind, err);

	r.only_new = !behind;
	if (rc == 0)
		rc = rebuild_plan(l, &r, &n, err);
	if (rc < 0 || l->dry_run)
		return rc;
	if (!behind && n == 0)
		return rebuild_conclude(l, &r, "not behind", err);
	rc = core_begin(l, err);
	if (rc < 0)
		return rc;
	rc = core_end(l, go_forward(l, &r, reason, err), err);
	if (rc == 0)
		rc = notice_deliver(l, NULL, TELL_MS, err);
	if (rc == 0)
		rc = anchor_write(l, err);
	return rc < 0 ? rc : rebuild_conclude(l, &r, "forwarded", err);
}
