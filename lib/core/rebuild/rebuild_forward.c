/* An older copy of this ledger learns what was told to Jira after it was
 * made. The chain goes on from where the copy ends, with an event that names
 * the gap. */
#include <string.h>

#include "notice.h"
#include "rebuild_private.h"
#include "rebuild_rows.h"
#include "slack_rows.h"
#include "tell.h"

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

/* Reading all issues takes its time: what another run granted, ended or learnt
 * meanwhile was not weighed. */
static int nobody_wrote(struct lapse *l, const struct rebuild *r,
	struct lapse_err *err)
{
	char head[65];
	int64_t seq = 0;
	int rc = evidence_head(l->ledger, &seq, head, err);

	return rc < 0 || seq == r->head ? rc : lapse_fail(err, LAPSE_EAGAIN,
		"ledger: another run wrote to it while Jira was read; run "
		"this again, with its timers stopped if need be");
}

static int go_forward(struct lapse *l, struct rebuild *r, const char *reason,
	struct lapse_err *err)
{
	int rc = nobody_wrote(l, r, err);

	if (rc == 0)
		rc = tell_forward(l, r, reason, err);

	if (rc == 0)
		rc = rebuild_learn(l, r, err);
	if (rc == 0)
		rc = rebuild_rows_doubt(l->ledger, err);
	if (rc == 0 && !r->only_new)
		rc = slack_rows_forward(l->ledger, core_now(l), err);
	if (rc == 0 && !r->only_new)
		rc = tell_from_now(l, err);
	if (rc == 0)
		rc = ledger_set_cursor(l->ledger, ANCHOR_AHEAD, 0, err);
	return rc < 0 ? rc : ledger_set_stale(l->ledger, WHEN_NONE, err);
}

/* The anchor may have been put back with the copy: the properties say how far
 * the chain had come too. */
static int behind_properties(struct lapse *l, const struct rebuild *r,
	bool *ret, struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < r->issues.n && rc == 0; i++) {
		const struct rebuild_issue *k = &r->issues.items[i];
		const char *fault = NULL;
		int64_t seq = 0;

		if (k->refused == NULL)
			rc = anchor_unknown(l, k->text, &seq, &fault, err);
		*ret |= seq > 0;
	}
	return rc;
}

/* As the anchor's check does, but it is to be mended here, not to be said. */
static int is_behind(struct lapse *l, const struct rebuild *r, bool *ret,
	struct lapse_err *err)
{
	char hash[65] = "";
	int rc;

	rc = behind_properties(l, r, ret, err);
	if (rc < 0 || *ret || r->unanchored)
		return rc;
	rc = evidence_at(l->ledger, r->said.seq, hash, err);
	if (rc == LAPSE_ENOTFOUND) {
		*ret = r->said.seq > 0;
		return 0;
	}
	if (rc == 0)
		*ret = strcmp(hash, r->said.hash) != 0;
	return rc;
}

static int begin(struct lapse *l, struct rebuild *r, bool *ret_behind,
	bool *ret_mend, struct lapse_err *err)
{
	struct ledger_about about;
	char head[65];
	int rc = ledger_about(l->ledger, &about, err);

	if (rc == 0)
		rc = evidence_head(l->ledger, &r->head, head, err);
	if (rc < 0)
		return rc;
	if (about.taken_over_by[0] != '\0')
		return lapse_fail(err, LAPSE_EREFUSED, "ledger: another one "
			"took over: this one is not brought forward");
	if (about.anchor_issue[0] == '\0')
		return lapse_fail(err, LAPSE_EREFUSED, "ledger: it has no "
			"anchor: nothing says how far it had come");
	r->own = arena_copy(&r->arena, about.id);
	rc = rebuild_read(l, about.anchor_issue, r, err);
	/* An older value of this ledger's is no better than none. */
	if (rc == 0 && strcmp(r->said.ledger, about.id) == 0 &&
		r->said.seq < about.anchor_seq)
		r->unanchored = true;
	if (rc == 0 && strcmp(r->said.ledger, about.id) != 0)
		rc = lapse_fail(err, LAPSE_EREFUSED, "anchor issue %s: it is "
			"that of ledger %s now: this one is not brought "
			"forward", about.anchor_issue, r->said.ledger);
	if (rc == 0)
		rc = rebuild_weigh(l, r, err);
	if (rc == 0)
		rc = is_behind(l, r, ret_behind, err);
	*ret_mend = *ret_behind || r->unanchored ||
		about.stale_since != WHEN_NONE;
	if (rc == 0 && *ret_mend)
		rc = core_plan(l, "ledger", "forward", r->said.ledger, err);
	return rc;
}

/* All was read since: nobody may have taken the anchor meanwhile. */
static int take_anchor(struct lapse *l, const struct rebuild *r,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct anchor_said now = {0};
	int rc = anchor_read(l, r->anchor, &a, &now, err);

	if (rc == 0 && !strs_has(&r->ledgers, now.ledger))
		return lapse_fail(err, LAPSE_EREFUSED, "anchor issue %s: "
			"ledger %s took it meanwhile: this one is not brought "
			"forward", r->anchor, now.ledger);
	if (rc < 0 && !(r->unanchored && (rc == LAPSE_ENOTFOUND ||
		rc == LAPSE_ELEDGER || rc == LAPSE_EPROTO)))
		return rc;
	return anchor_take(l, r->anchor, err);
}

int rebuild_forward(struct lapse *l, const char *reason,
	struct lapse_err *err)
{
	AUTO_REBUILD r = {0};
	bool behind = false;
	bool mend = false;
	int64_t n = 0;
	int rc = begin(l, &r, &behind, &mend, err);

	r.only_new = !behind;
	if (rc == 0)
		rc = rebuild_plan(l, &r, &n, err);
	if (rc < 0 || l->dry_run)
		return rc;
	if (!mend && n == 0)
		return rebuild_conclude(l, &r, "not behind", err);
	rc = core_begin(l, err);
	if (rc < 0)
		return rc;
	rc = core_end(l, go_forward(l, &r, reason, err), err);
	/* First: what is told goes by it. */
	if (rc == 0)
		rc = take_anchor(l, &r, err);
	if (rc == 0)
		rc = notice_deliver(l, NULL, TELL_MS, err);
	if (rc == 0)
		rc = anchor_write(l, err);
	return rc < 0 ? rc : rebuild_conclude(l, &r, "forwarded", err);
}
