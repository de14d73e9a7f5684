/* Writing the anchor: how far the chain has come, as the last thing that a run
 * tells Jira. */
#include <string.h>

#include "anchor.h"
#include "notice.h"
#include "notices.h"
#include "projection_seal.h"

/* A rebuilt ledger names those that it came after, whose properties it may
 * not all have written anew. */
static int put_replaced(struct lapse *l, struct json_out *w,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct strs ids = {0};
	int rc = anchor_replaced(l, &a, &ids, err);

	if (rc < 0 || ids.n == 0)
		return rc;
	json_put_open(w, "replaced", '[');
	for (size_t i = 0; i < ids.n; i++)
		json_put_text(w, NULL, ids.items[i]);
	json_put_close(w, ']');
	return 0;
}

static int anchor_text(struct lapse *l, const struct ledger_about *about,
	int64_t seq, const char *hash, struct buf *ret, struct lapse_err *err)
{
	struct json_out w = {.out = ret};
	int rc;

	json_put_open(&w, NULL, '{');
	json_put_text(&w, "schema", "lapse/anchor.v1");
	json_put_text(&w, "ledger", about->id);
	json_put_int(&w, "seq", seq);
	json_put_text(&w, "hash", hash);
	json_put_time(&w, "at", core_now(l));
	if (about->enforced_at != WHEN_NONE)
		json_put_time(&w, "enforced_at", about->enforced_at);
	rc = put_replaced(l, &w, err);
	json_put_close(&w, '}');
	return rc < 0 ? rc : seal_add(l, ret, err);
}

static int put(struct lapse *l, const char *issue, const char *text,
	struct lapse_err *err)
{
	struct op op = {
		.step = jira_put_property,
		.name = "put anchor",
		.serial = issue,
		.issue = issue,
		.key = ANCHOR_PROPERTY,
		.body = text,
	};
	int rc = core_jira(l, &op, err);

	op_clear(&op);
	return rc;
}

static int keep_written(struct lapse *l, const char *issue, int64_t seq,
	struct lapse_err *err)
{
	int rc = core_begin(l, err);

	if (rc < 0)
		return rc;
	rc = ledger_set_anchor(l->ledger, issue, seq, err);
	return core_end(l, rc, err);
}

/* Between this run's check and now another ledger may have taken the anchor,
 * or somebody changed it. */
static int look_before(struct lapse *l, const struct ledger_about *about,
	struct lapse_err *err)
{
	struct lapse_err unread = {0};
	int rc = core_online(l, err);

	/* As it was made, or rebuilt: a person said which issue it is. */
	if (rc < 0 || about->anchor_seq == 0)
		return rc;
	rc = anchor_look(l, about, &unread, err);
	if (rc < 0 || unread.code == 0)
		return rc;
	return lapse_fail(err, unread.code, "anchor issue %s: not written, for "
		"it could not be read: %s", about->anchor_issue, unread.text);
}

/* The caller has the lock: head and text are read under it, so that no older
 * head is written over a newer one. */
static int write_head(struct lapse *l, const struct ledger_about *about,
	struct lapse_err *err)
{
	AUTO_BUF text = {0};
	char hash[65];
	int64_t seq = 0;
	int rc = evidence_head(l->ledger, &seq, hash, err);

	if (rc < 0 || seq == about->anchor_seq)
		return rc;
	rc = core_online(l, err);
	if (rc == 0)
		rc = anchor_text(l, about, seq, hash, &text, err);
	if (rc == 0)
		rc = put(l, about->anchor_issue, buf_text(&text), err);
	if (rc == 0)
		rc = keep_written(l, about->anchor_issue, seq, err);
	return rc;
}

/* Nothing to tell costs no call. */
static int write_over(struct lapse *l, const struct ledger_about *about,
	struct lapse_err *err)
{
	char hash[65];
	int64_t seq = 0;
	int rc = evidence_head(l->ledger, &seq, hash, err);

	if (rc < 0 || seq == about->anchor_seq)
		return rc;
	rc = look_before(l, about, err);
	if (rc < 0 || l->stale || l->taken_over)
		return rc;
	return write_head(l, about, err);
}

int anchor_write(struct lapse *l, struct lapse_err *err)
{
	AUTO_LOCKS locks = -1;
	struct ledger_about about;
	int rc;

	if (l->dry_run || l->stale || l->taken_over)
		return 0;
	rc = notices_locks_open(l->ledger, &locks, err);
	if (rc == 0)
		rc = ledger_about(l->ledger, &about, err);
	if (rc < 0 || about.anchor_issue[0] == '\0' ||
		!notices_lock(locks, about.anchor_issue))
		return rc;
	/* Again: another run may have written until it was locked. */
	rc = ledger_about(l->ledger, &about, err);
	return rc < 0 ? rc : write_over(l, &about, err);
}

int anchor_take(struct lapse *l, const char *issue, struct lapse_err *err)
{
	struct ledger_about about;
	int rc = keep_written(l, issue, 0, err);

	if (rc == 0)
		rc = ledger_about(l->ledger, &about, err);
	return rc < 0 ? rc : write_head(l, &about, err);
}
