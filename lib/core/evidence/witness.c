/* Telling the witness. What he noted is held against the chain by
 * verify_heads.c. */
#include "witness.h"

#include "feed_command.h"

enum {
	TIMEOUT_S = 10,
	EVERY_S = 86400,
	AGAIN_S = 3600,
};

/* <Units> seconds UTC; 0: never. failed_at 0 also when it went well since. */
struct witness {
	int64_t told_at;
	int64_t told_seq;
	int64_t failed_at;
	int64_t seq;
	char hash[65];
};

static int read_state(struct lapse *l, struct witness *w,
	struct lapse_err *err)
{
	int rc = ledger_cursor(l->ledger, "witness-told", &w->told_at, 0, err);

	if (rc == 0)
		rc = ledger_cursor(l->ledger, "witness-seq", &w->told_seq, 0,
			err);
	if (rc == 0)
		rc = ledger_cursor(l->ledger, "witness-failed", &w->failed_at,
			0, err);
	return rc < 0 ? rc : evidence_head(l->ledger, &w->seq, w->hash, err);
}

static int keep_state(struct lapse *l, const struct witness *w,
	struct lapse_err *err)
{
	int rc = core_begin(l, err);

	if (rc < 0)
		return rc;
	rc = ledger_set_cursor(l->ledger, "witness-told", w->told_at, err);
	if (rc == 0)
		rc = ledger_set_cursor(l->ledger, "witness-seq", w->told_seq,
			err);
	if (rc == 0)
		rc = ledger_set_cursor(l->ledger, "witness-failed",
			w->failed_at, err);
	return core_end(l, rc, err);
}

/* One line, so that a file of them is a file of JSON lines. */
static int head_text(struct lapse *l, const struct witness *w, struct buf *ret,
	struct lapse_err *err)
{
	struct json_out out = {.out = ret};
	struct ledger_about about;
	int rc = ledger_about(l->ledger, &about, err);

	if (rc < 0)
		return rc;
	json_put_open(&out, NULL, '{');
	json_put_text(&out, "schema", "lapse/head.v1");
	json_put_text(&out, "ledger", about.id);
	json_put_int(&out, "seq", w->seq);
	json_put_text(&out, "hash", w->hash);
	json_put_time(&out, "at", core_now(l));
	json_put_close(&out, '}');
	buf_char(ret, '\n');
	return buf_check(ret, err, "head");
}

static int run(struct lapse *l, const struct witness *w, struct lapse_err *err)
{
	AUTO_BUF text = {0};
	int rc = head_text(l, w, &text, err);

	if (rc == 0)
		rc = feed_command(&l->config->witness_command, l->env.getenv,
			text.data, text.len, TIMEOUT_S, err);
	return rc < 0 ? lapse_prefix(err, "witness-command") : 0;
}

/* It failed before, and it is too early to try again: that lasts. */
static void note_waiting(struct lapse *l, const struct witness *w)
{
	struct lapse_err why;
	char at[WHEN_TEXT];

	lapse_fail(&why, LAPSE_EITEM, "witness-command: failed; tried again "
		"at %s", when_time(w->failed_at + AGAIN_S, at));
	core_note(l, LAPSE_EXIT_RETRY, &why);
}

static int tell(struct lapse *l, struct witness *w, struct lapse_err *err)
{
	struct lapse_err why;

	if (run(l, w, &why) == 0) {
		w->told_at = core_now(l);
		w->told_seq = w->seq;
		w->failed_at = 0;
	} else {
		w->failed_at = core_now(l);
		core_note(l, LAPSE_EXIT_RETRY, &why);
	}
	return keep_state(l, w, err);
}

int witness_tell(struct lapse *l, struct lapse_err *err)
{
	struct witness w = {0};
	int64_t now = core_now(l);
	int rc;

	/* A ledger that is not the newest has no head to be noted. */
	if (l->config->witness_command.n == 0 || l->dry_run || l->stale ||
		l->taken_over || core_stopped(l))
		return 0;
	rc = read_state(l, &w, err);
	if (rc < 0 || w.seq == w.told_seq)
		return rc;
	if (w.failed_at != 0 && now - w.failed_at < AGAIN_S &&
		now >= w.failed_at) {
		note_waiting(l, &w);
		return 0;
	}
	return now - w.told_at < EVERY_S && now >= w.told_at ? 0
		: tell(l, &w, err);
}
