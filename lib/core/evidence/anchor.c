/* The anchor: one issue per ledger whose property says how far the chain had
 * come. A ledger behind its anchor, or with another past, is not the one that
 * was in use last. */
#include "anchor.h"

#include <stdio.h>
#include <string.h>

#include "hash.h"
#include "log.h"
#include "notice.h"
#include "projection_seal.h"

enum {
	FRESH_MS = 5000,	/* so long an add may go by what was read */
};

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

static int is_replaced(struct lapse *l, const char *ledger, bool *ret,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct strs ids = {0};
	int rc = anchor_replaced(l, &a, &ids, err);

	if (rc == 0)
		*ret = strs_has(&ids, ledger);
	return rc;
}

static int tell_regained(struct lapse *l, const struct ledger_about *about,
	const struct anchor *a, struct lapse_err *err)
{
	AUTO_BUF data = {0};
	struct json_out w = {.out = &data};
	struct evidence e = {.kind = "anchor-taken",
		.issue = about->anchor_issue};
	int rc;

	json_put_open(&w, NULL, '{');
	json_put_text(&w, "old_ledger", a->ledger);
	json_put_int(&w, "old_seq", a->seq);
	json_put_text(&w, "old_hash", a->hash);
	json_put_close(&w, '}');
	rc = buf_check(&data, err, "evidence");
	if (rc == 0)
		rc = core_begin(l, err);
	if (rc < 0)
		return rc;
	e.data = buf_text(&data);
	return core_end(l, core_evidence(l, &e, NULL, err), err);
}

static int other_ledger(struct lapse *l, const struct ledger_about *about,
	const struct anchor *a, struct lapse_err *err)
{
	finding(l, about->anchor_issue,
		"another ledger took over; this one does nothing more; stop "
		"its timers, or point it at the ledger that is in use");
	return keep_taken_over(l, about, a->ledger, err);
}

/* What was written there is not there any more. Who did that may have put an
 * old copy of the ledger back too, so a person has to say that this is the one:
 * till then nothing is written over it. */
static int unseated(struct lapse *l, const struct ledger_about *about,
	const char *what, struct lapse_err *err)
{
	char words[300];

	snprintf(words, sizeof(words), "%s; nothing is granted until `lapse "
		"rebuild --forward --reason TEXT` has read the properties and "
		"written it anew", what);
	finding(l, about->anchor_issue, words);
	return keep_stale(l, about, true, err);
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

/* A run of the old host that was under way when its ledger was replaced. What
 * it did is not known here, so this run gives nothing. */
static int old_host_wrote(struct lapse *l, const struct ledger_about *about,
	const struct anchor *a, struct lapse_err *err)
{
	finding(l, about->anchor_issue,
		"the old host wrote there after its ledger was replaced by "
		"this one; it is written anew; stop the old host's timers and "
		"run `lapse rebuild --check`, which names what it did");
	l->unwitnessed = true;
	if (l->dry_run || l->anchor_regained)
		return 0;
	l->anchor_regained = true;
	return tell_regained(l, about, a, err);
}

static int not_ours(struct lapse *l, const struct ledger_about *about,
	const struct anchor *a, struct lapse_err *err)
{
	bool ours = false;
	int rc = is_replaced(l, a->ledger, &ours, err);

	if (rc < 0)
		return rc;
	return ours ? old_host_wrote(l, about, a, err) :
		      other_ledger(l, about, a, err);
}

static int compare(struct lapse *l, const struct ledger_about *about,
	const struct anchor *a, struct lapse_err *err)
{
	char hash[65] = "";
	int64_t head = 0;
	bool ahead = false;
	int rc;

	if (strcmp(a->ledger, about->id) != 0)
		return not_ours(l, about, a, err);
	rc = evidence_head(l->ledger, &head, hash, err);
	if (rc < 0)
		return rc;
	if (a->seq > head)
		return behind(l, about, err);
	if (a->seq < about->anchor_seq)
		return unseated(l, about, "an older property '" ANCHOR_PROPERTY
			"' was put back", err);
	if (a->seq != head)
		rc = evidence_at(l->ledger, a->seq, hash, err);
	if (rc < 0 && rc != LAPSE_ENOTFOUND)
		return rc;
	if (rc == LAPSE_ENOTFOUND || !hash_same(hash, a->hash))
		return other_past(l, about, err);
	rc = anchor_recall_ahead(l, &ahead, err);
	return rc < 0 ? rc : keep_stale(l, about, ahead, err);
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
	if (about->anchor_seq > 0)
		return unseated(l, about, "its property '" ANCHOR_PROPERTY
			"' is not as lapse wrote it; someone changed it", err);
	finding(l, about->anchor_issue,
		"its property '" ANCHOR_PROPERTY
		"' is not as this ledger writes it; the next run that tells "
		"Jira something writes it anew");
	return 0;
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
	l->unwitnessed = false;
	return 0;
}

static void seen(struct lapse *l)
{
	l->anchor_seen = true;
	l->anchor_seen_ms = l->env.ticks_ms(l->env.arg);
}

int anchor_look(struct lapse *l, const struct ledger_about *about,
	struct lapse_err *ret_unread, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	const char *text = NULL;
	int rc = l->hmac_key.len == 0 ?
		lapse_fail(ret_unread, LAPSE_ECONFIG,
			"its seal cannot be judged without 'ledger-key'") :
		anchor_property(l, about->anchor_issue, &a, &text, ret_unread);

	if (rc < 0)
		return 0;
	ret_unread->code = 0;
	seen(l);
	if (text != NULL)
		return judge(l, about, text, err);
	return about->anchor_seq == 0 ? 0 :
		unseated(l, about, "its property '" ANCHOR_PROPERTY "' is gone, "
			"or the issue is hidden from lapse (`lapse init` makes "
			"another for one that was deleted)", err);
}

/* This copy may be an old one that forgot what it gave and took: so nothing
 * is given, but for break-glass, which is a person's word. */
static void not_checked(struct lapse *l, const struct ledger_about *about,
	const struct lapse_err *why)
{
	struct lapse_err err;

	l->unwitnessed = true;
	/* Why, was said already where all of Jira is silent. */
	lapse_fail(&err, why->code, "witness: not checked; nothing is granted, "
		"removals go on%s%s", l->jira_failed ? "" : ": ",
		l->jira_failed ? "" : why->text);
	core_note(l, l->jira_failed ? LAPSE_EXIT_OK : lapse_exit_of(why->code),
		&err);
	if (l->stale)
		finding(l, about->anchor_issue,
			"this ledger was found stale before");
}

/* Found by an earlier run; a ledger that this one replaced is no successor. */
static int still_taken(struct lapse *l, struct ledger_about *about,
	struct lapse_err *err)
{
	bool ours = false;
	int rc = is_replaced(l, about->taken_over_by, &ours, err);

	if (rc < 0 || !ours)
		return rc;
	l->taken_over = false;
	if (l->dry_run)
		return 0;
	rc = core_begin(l, err);
	if (rc < 0)
		return rc;
	return core_end(l, ledger_set_taken_over(l->ledger, "", err), err);
}

static int check(struct lapse *l, struct ledger_about *about,
	struct lapse_err *err)
{
	struct lapse_err unread = {0};
	int rc = l->taken_over ? still_taken(l, about, err) : 0;

	if (rc < 0)
		return rc;
	if (l->taken_over) {
		finding(l, about->anchor_issue,
			"another ledger took over; this one does nothing more");
		return 0;
	}
	if (about->anchor_issue[0] == '\0')
		return 0;
	rc = core_online(l, err);
	if (rc == 0)
		rc = anchor_look(l, about, &unread, err);
	if (rc == 0 && unread.code < 0)
		not_checked(l, about, &unread);
	return rc;
}

int anchor_check(struct lapse *l, struct lapse_err *err)
{
	struct ledger_about about;
	struct lapse_err why;
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
	rc = check(l, &about, err);
	seen(l);
	/* At once: till then the old host may go on. */
	if (rc == 0 && l->anchor_regained && anchor_write(l, &why) < 0)
		core_note(l, LAPSE_EXIT_RETRY, &why);
	return rc;
}

bool anchor_is_fresh(struct lapse *l)
{
	return l->anchor_seen &&
		l->env.ticks_ms(l->env.arg) - l->anchor_seen_ms < FRESH_MS;
}

int anchor_check_again(struct lapse *l, struct lapse_err *err)
{
	if (l->dry_run || l->stale || l->taken_over || l->unwitnessed ||
		anchor_is_fresh(l))
		return 0;
	return anchor_check(l, err);
}
