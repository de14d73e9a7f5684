/* The anchor: one issue per ledger whose property says how far the chain had
 * come. A ledger behind its anchor, or with another past, is not the one that
 * was in use last. */
#include "anchor.h"

#include <string.h>

#include "hash.h"
#include "log.h"
#include "notice.h"
#include "notices.h"
#include "projection_seal.h"

#define ANCHOR_PROPERTY "lapse.anchor"

/* What the property says. Texts live in its document. */
struct anchor {
	const char *ledger;
	const char *hash;
	int64_t seq;
};

static void finding(struct lapse *l, const char *issue, const char *what)
{
	struct lapse_err err;

	lapse_fail(&err, LAPSE_ELEDGER, "anchor issue %s: %s", issue, what);
	core_note(l, LAPSE_EXIT_LEDGER, &err);
}

/* ---- Stale and taken over, kept in the ledger ---- */

static int keep_stale(struct lapse *l, const struct ledger_about *about,
	bool stale, struct lapse_err *err)
{
	int rc;

	l->stale = stale;
	if (l->dry_run || stale == (about->stale_since != WHEN_NONE))
		return 0;
	rc = core_begin(l, err);
	if (rc < 0)
		return rc;
	rc = ledger_set_stale(
		l->ledger, stale ? core_now(l) : WHEN_NONE, err);
	return core_end(l, rc, err);
}

static int keep_taken_over(struct lapse *l, const struct ledger_about *about,
	const char *by, struct lapse_err *err)
{
	int rc;

	l->taken_over = true;
	if (l->dry_run || strcmp(about->taken_over_by, by) == 0)
		return 0;
	rc = core_begin(l, err);
	if (rc < 0)
		return rc;
	rc = ledger_set_taken_over(l->ledger, by, err);
	return core_end(l, rc, err);
}

/* ---- Checking ---- */

static int other_ledger(struct lapse *l, const struct ledger_about *about,
	const struct anchor *a, struct lapse_err *err)
{
	finding(l, about->anchor_issue,
		"another ledger took over; this one does nothing more; stop "
		"its timers, or point it at the ledger that is in use");
	return keep_taken_over(l, about, a->ledger, err);
}

static int behind(struct lapse *l, const struct ledger_about *about,
	struct lapse_err *err)
{
	finding(l, about->anchor_issue,
		"this ledger is older than what it told Jira; nothing is "
		"granted; put the newest copy back");
	return keep_stale(l, about, true, err);
}

static int other_past(struct lapse *l, const struct ledger_about *about,
	struct lapse_err *err)
{
	finding(l, about->anchor_issue,
		"the ledger's evidence is not what it told Jira before; "
		"nothing is granted; run `lapse verify` and put a good copy "
		"back");
	return keep_stale(l, about, true, err);
}

static int compare(struct lapse *l, const struct ledger_about *about,
	const struct anchor *a, struct lapse_err *err)
{
	char hash[65] = "";
	int64_t head = 0;
	int rc;

	if (strcmp(a->ledger, about->id) != 0)
		return other_ledger(l, about, a, err);
	rc = evidence_head(l->ledger, &head, hash, err);
	if (rc < 0)
		return rc;
	if (a->seq > head)
		return behind(l, about, err);
	if (a->seq != head)
		rc = evidence_at(l->ledger, a->seq, hash, err);
	if (rc < 0 && rc != LAPSE_ENOTFOUND)
		return rc;
	if (rc == LAPSE_ENOTFOUND || !hash_same(hash, a->hash))
		return other_past(l, about, err);
	return keep_stale(l, about, false, err);
}

/* Reads what is under a good HMAC; *ret_good false for anything else. */
static int read_anchor(struct lapse *l, struct json_doc *doc,
	struct anchor *ret, bool *ret_good, struct lapse_err *err)
{
	struct json root = json_root(doc);
	int rc = seal_check(l, root, ret_good, err);

	ret->ledger = json_text(root, "ledger", JSON_MUST);
	ret->seq = json_int(root, "seq", JSON_MUST);
	ret->hash = json_text(root, "hash", JSON_MUST);
	if (rc == 0 && json_check(doc, "anchor", NULL) < 0)
		*ret_good = false;
	return rc;
}

static int judge(struct lapse *l, const struct ledger_about *about,
	const char *text, struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct anchor a = {0};
	bool good = false;
	int rc = json_open(&doc, text, strlen(text), err);

	if (rc == 0)
		rc = read_anchor(l, doc, &a, &good, err);
	if (rc < 0 && rc != LAPSE_EPROTO)
		return rc;
	if (good)
		return compare(l, about, &a, err);
	finding(l, about->anchor_issue,
		"its property '" ANCHOR_PROPERTY
		"' is not as lapse wrote it; someone changed it; the next run "
		"that tells Jira something writes it anew");
	return 0;
}

/* *ret NULL: there is none. */
static int read_property(struct lapse *l, const char *issue, struct arena *a,
	const char **ret, struct lapse_err *err)
{
	struct op op = {
		.step = jira_get_property,
		.name = "get anchor",
		.patience_s = CORE_PATIENCE_S,
		.issue = issue,
		.key = ANCHOR_PROPERTY,
		.arena = a,
	};
	int rc = core_jira(l, &op, err);

	if (rc == 0)
		*ret = op.outcome == OP_FOUND ? op.ret : NULL;
	op_clear(&op);
	return rc;
}

/* What an earlier run found holds until a check says otherwise. A ledger that
 * is only half rebuilt knows of holds, but the old host may still act. */
static int recall(struct lapse *l, struct ledger_about *about,
	bool *ret_unfinished, struct lapse_err *err)
{
	int64_t unfinished = 0;
	int rc = ledger_about(l->ledger, about, err);

	if (rc == 0)
		rc = ledger_cursor(l->ledger, ANCHOR_UNFINISHED, &unfinished,
			0, err);
	if (rc < 0)
		return rc;
	*ret_unfinished = unfinished != 0;
	l->stale = about->stale_since != WHEN_NONE;
	l->taken_over = about->taken_over_by[0] != '\0' || *ret_unfinished;
	return 0;
}

int anchor_check(struct lapse *l, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct ledger_about about;
	struct lapse_err why;
	const char *text = NULL;
	bool unfinished = false;
	int rc = recall(l, &about, &unfinished, err);

	if (rc < 0)
		return rc;
	if (unfinished) {
		finding(l, "of the ledger", "not taken over yet: this ledger "
			"is only half rebuilt, and does nothing; run `lapse "
			"rebuild` again");
		return 0;
	}
	if (l->taken_over) {
		finding(l, about.anchor_issue,
			"another ledger took over; this one does nothing more");
		return 0;
	}
	if (about.anchor_issue[0] == '\0')
		return 0;
	rc = core_online(l, err);
	if (rc < 0)
		return rc;
	if (l->hmac_key.len == 0)
		rc = lapse_fail(&why, LAPSE_ECONFIG,
			"its seal cannot be judged without 'ledger-key'");
	else
		rc = read_property(l, about.anchor_issue, &a, &text, &why);
	if (rc < 0) {
		struct lapse_err silent;

		/* Why, was said already where all of Jira is silent. */
		lapse_fail(&silent, why.code, "witness: not checked%s%s",
			l->jira_failed ? "; removals go on" : ": ",
			l->jira_failed ? "" : why.text);
		core_note(l, LAPSE_EXIT_OK, &silent);
		if (l->stale)
			finding(l, about.anchor_issue,
				"this ledger was found stale before");
		return 0;
	}
	if (text != NULL)
		return judge(l, &about, text, err);
	if (about.anchor_seq > 0)
		finding(l, about.anchor_issue,
			"its property '" ANCHOR_PROPERTY "' is gone, or the "
			"issue is hidden from lapse");
	return 0;
}

/* ---- For those who go by what it says ---- */

static void take_said(struct json root, struct arena *a,
	struct anchor_said *ret)
{
	struct json list = json_array(root, "replaced", JSON_MAY);

	*ret = (struct anchor_said){
		.ledger = arena_copy(a, json_text(root, "ledger", JSON_MUST)),
		.seq = json_int(root, "seq", JSON_MUST),
		.hash = arena_copy(a, json_text(root, "hash", JSON_MUST)),
		.enforced_at = json_time(root, "enforced_at", JSON_MAY),
	};
	for (struct json i = json_first(list); json_valid(i); i = json_next(i))
		if (json_as_text(i) != NULL)
			strs_add(&ret->replaced, a, json_as_text(i));
}

int anchor_read(struct lapse *l, const char *issue, struct arena *a,
	struct anchor_said *ret, struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct anchor_said said;
	const char *text = NULL;
	bool good = false;
	int rc = read_property(l, issue, a, &text, err);

	if (rc == 0 && text == NULL)
		return lapse_fail(err, LAPSE_ENOTFOUND, "anchor issue %s: it "
			"has no property '" ANCHOR_PROPERTY "'; name the issue "
			"that the old ledger wrote it on", issue);
	if (rc == 0)
		rc = json_open(&doc, text, strlen(text), err);
	if (rc == 0)
		rc = seal_check(l, json_root(doc), &good, err);
	if (rc < 0)
		return rc;
	if (!good)
		return lapse_fail(err, LAPSE_ELEDGER, "anchor issue %s: its "
			"property '" ANCHOR_PROPERTY "' is not as lapse wrote "
			"it under this 'ledger-key'", issue);
	take_said(json_root(doc), a, &said);
	rc = json_check(doc, "anchor", err);
	if (rc == 0)
		rc = arena_check(a, err);
	if (rc == 0)
		*ret = said;
	return rc;
}

/* The event stands at the chain's beginning, or behind that of `init`. */
struct begun {
	struct arena *arena;
	struct strs *ret;
};

static int take_rebuilt(void *arg, const struct evidence_row *r,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct begun *b = arg;
	struct json list;

	if (r->seq > 2)
		return LAPSE_ENOTFOUND;
	if (strcmp(r->kind, "rebuilt") != 0)
		return 0;
	if (json_open(&doc, r->data, strlen(r->data), err) < 0)
		return err->code;
	list = json_array(json_root(doc), "replaced", JSON_MAY);
	for (struct json i = json_first(list); json_valid(i); i = json_next(i))
		if (json_as_text(i) != NULL)
			strs_add(b->ret, b->arena, json_as_text(i));
	return arena_check(b->arena, err);
}

int anchor_replaced(struct lapse *l, struct arena *a, struct strs *ret,
	struct lapse_err *err)
{
	struct begun b = {a, ret};
	int rc = evidence_each(l->ledger, NULL, 0, 1, take_rebuilt, &b, err);

	return rc == LAPSE_ENOTFOUND ? 0 : rc;
}

/* ---- Writing ---- */

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
	return write_head(l, &about, err);
}

int anchor_take(struct lapse *l, const char *issue, struct lapse_err *err)
{
	struct ledger_about about;
	int rc = keep_written(l, issue, 0, err);

	if (rc == 0)
		rc = ledger_about(l->ledger, &about, err);
	return rc < 0 ? rc : write_head(l, &about, err);
}
