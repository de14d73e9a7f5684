/* An empty ledger from Jira alone. Everything is read before anything is
 * written; one transaction puts it all in, and marks the ledger as half
 * rebuilt until the anchor is its own: till then no command acts by it. */
#include <string.h>
#include <unistd.h>

#include "init.h"
#include "ledger_people.h"
#include "notice.h"
#include "people.h"
#include "rebuild_private.h"
#include "rebuild_rows.h"
#include "tell.h"

enum {
	TELL_MS = 60000,		/* for properties; the rest is sync's */
};

/* ---- The ledger to be filled ---- */

static int need_empty(struct lapse *l, struct lapse_err *err)
{
	bool empty = false;
	int rc = rebuild_rows_empty(l->ledger, &empty, err);

	if (rc == 0 && !empty)
		rc = lapse_fail(err, LAPSE_EREFUSED, "ledger: '%s': is not "
			"empty; `lapse rebuild --forward` brings an old copy up "
			"to date; to begin anew move it away",
			ledger_path(l->ledger));
	return rc;
}

/* *ret_unfinished: it was filled before, and the anchor is not its own. */
static int open_there(struct lapse *l, bool *ret_unfinished,
	struct lapse_err *err)
{
	int64_t unfinished = 0;
	int rc = ledger_open(&l->ledger, l->config->ledger,
		l->dry_run ? LEDGER_READ : LEDGER_WRITE, &l->env, err);

	if (rc == 0)
		rc = ledger_cursor(l->ledger, ANCHOR_UNFINISHED, &unfinished,
			0, err);
	if (rc < 0)
		return rc;
	*ret_unfinished = unfinished != 0;
	return *ret_unfinished ? 0 : need_empty(l, err);
}

static int make_ledger(struct lapse *l, struct lapse_err *err)
{
	int rc;

	if (l->ledger != NULL)
		return 0;
	rc = init_make_parent(l->config->ledger, 0750, err);
	return rc < 0 ? rc : ledger_open(&l->ledger, l->config->ledger,
		LEDGER_CREATE, &l->env, err);
}

/* ---- Filling it ---- */

static int tell_rebuilt(struct lapse *l, const struct rebuild *r,
	const char *reason, struct lapse_err *err)
{
	AUTO_BUF data = {0};
	AUTO_BUF text = {0};
	struct json_out w = {.out = &data};
	struct evidence e = {.kind = "rebuilt", .issue = r->anchor};
	struct ledger_about about;
	int rc = ledger_about(l->ledger, &about, err);

	if (rc < 0)
		return rc;
	json_put_open(&w, NULL, '{');
	json_put_text(&w, "ledger", about.id);
	json_put_text(&w, "version", LAPSE_VERSION);
	json_put_text(&w, "old_ledger", r->said.ledger);
	json_put_int(&w, "old_seq", r->said.seq);
	json_put_text(&w, "old_hash", r->said.hash);
	json_put_open(&w, "replaced", '[');
	for (size_t i = 0; i < r->ledgers.n; i++)
		json_put_text(&w, NULL, r->ledgers.items[i]);
	json_put_close(&w, ']');
	rebuild_put_digests(&w, r);
	json_put_close(&w, '}');
	rc = buf_check(&data, err, "evidence");
	if (rc == 0)
		rc = rebuild_reason(reason, &text, err);
	e.data = buf_text(&data);
	e.text = buf_text(&text);
	return rc < 0 ? rc : core_evidence(l, &e, NULL, err);
}

static int fill(struct lapse *l, struct rebuild *r, const char *reason,
	struct lapse_err *err)
{
	int rc = tell_rebuilt(l, r, reason, err);

	if (rc == 0)
		rc = ledger_set_cursor(l->ledger, ANCHOR_UNFINISHED, 1, err);
	if (rc == 0 && r->said.enforced_at != WHEN_NONE)
		rc = ledger_set_enforced(l->ledger, r->said.enforced_at, err);
	if (rc == 0)
		rc = rebuild_learn(l, r, err);
	return rc < 0 ? rc : tell_from_now(l, err);
}

static int plan(struct lapse *l, struct rebuild *r, struct lapse_err *err)
{
	int64_t n = 0;
	int rc = core_plan(l, "ledger", "rebuild", r->said.ledger, err);

	return rc < 0 ? rc : rebuild_plan(l, r, &n, err);
}

/* ---- Taking over ---- */

/* What stood in the anchor when this ledger was filled. */
static int take_old(void *arg, const struct evidence_row *e,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct rebuild *r = arg;
	struct json root;

	if (strcmp(e->kind, "rebuilt") != 0)
		return e->seq > 2 ? LAPSE_ENOTFOUND : 0;
	if (json_open(&doc, e->data, strlen(e->data), err) < 0)
		return err->code;
	root = json_root(doc);
	r->anchor = arena_copy(&r->arena, e->issue);
	r->said.ledger = arena_copy(&r->arena,
		json_text(root, "old_ledger", JSON_MUST));
	r->said.seq = json_int(root, "old_seq", JSON_MUST);
	r->said.hash = arena_copy(&r->arena,
		json_text(root, "old_hash", JSON_MUST));
	if (json_check(doc, "rebuilt", err) < 0)
		return err->code;
	return LAPSE_ENOTFOUND;
}

static int recall(struct lapse *l, struct rebuild *r, struct lapse_err *err)
{
	struct lapse_err why;
	int rc = evidence_each(l->ledger, NULL, 0, 1, take_old, r, &why);

	if (rc == LAPSE_ENOTFOUND && r->said.ledger != NULL)
		return 0;
	return lapse_fail(err, LAPSE_ELEDGER, "ledger: '%s': half rebuilt, and "
		"it does not say from what; move it away and rebuild again",
		ledger_path(l->ledger));
}

/* Nobody may have written on after all was read; ours: taken over before, by
 * a run that was killed right after. */
static int old_stands(struct lapse *l, const struct rebuild *r, bool *ret_ours,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct anchor_said now = {0};
	struct ledger_about about;
	int rc = ledger_about(l->ledger, &about, err);

	if (rc == 0)
		rc = anchor_read(l, r->anchor, &a, &now, err);
	if (rc < 0)
		return rc;
	*ret_ours = strcmp(now.ledger, about.id) == 0;
	if (*ret_ours || (strcmp(now.ledger, r->said.ledger) == 0 &&
		now.seq == r->said.seq && strcmp(now.hash, r->said.hash) == 0))
		return 0;
	return lapse_fail(err, LAPSE_EGUARD, "anchor issue %s: the old host "
		"wrote on while its ledger was rebuilt here; stop its timers, "
		"remove '%s' and rebuild again", r->anchor,
		ledger_path(l->ledger));
}

static int finish(struct lapse *l, const struct rebuild *r,
	struct lapse_err *err)
{
	const struct evidence e = {.kind = "anchor-taken", .issue = r->anchor};
	bool ours = false;
	int rc = old_stands(l, r, &ours, err);

	if (rc == 0)
		rc = anchor_take(l, r->anchor, err);
	if (rc == 0)
		rc = core_begin(l, err);
	if (rc < 0)
		return rc;
	rc = core_evidence(l, &e, NULL, err);
	if (rc == 0)
		rc = ledger_set_cursor(l->ledger, ANCHOR_UNFINISHED, 0, err);
	rc = core_end(l, rc, err);
	if (rc == 0)
		rc = notice_deliver(l, NULL, TELL_MS, err);
	return rc < 0 ? rc : anchor_write(l, err);
}

static void meet(struct lapse *l, const char *account)
{
	AUTO_ARENA a = {0};
	struct account_row row = {0};
	struct jira_person p = {0};
	struct lapse_err why;

	if (!l->jira_failed &&
		account_get(l->ledger, account, &a, &row, NULL) < 0)
		(void)people_account_fresh(l, account, &a, &p, &why);
}

/* Texts call people by name; nobody is met again while a grant only waits for
 * its end, or an item for its reviewer. Without an answer they are called by
 * their account. */
static void meet_people(struct lapse *l, const struct rebuild *r)
{
	for (size_t i = 0; i < r->grants.n; i++)
		if (!claim_is(r->grants.items[i].g, "ended"))
			meet(l, r->grants.items[i].g->account);
	for (size_t i = 0; i < r->campaigns.n; i++) {
		const struct rebuild_campaign *c = &r->campaigns.items[i];

		for (size_t n = 0; c->put && n < c->sheets.n; n++)
			meet(l, c->sheets.items[n].reviewer);
	}
}

static int begin(struct lapse *l, const char *anchor, const char *reason,
	struct rebuild *r, struct lapse_err *err)
{
	int rc;

	if (anchor == NULL)
		return lapse_fail(err, LAPSE_EUSAGE, "rebuild: which ledger? "
			"name its anchor issue with --anchor ISSUE");
	rc = rebuild_read(l, anchor, r, err);
	if (rc == 0)
		rc = rebuild_weigh(l, r, err);
	if (rc < 0 || l->dry_run)
		return rc < 0 ? rc : plan(l, r, err);
	rc = make_ledger(l, err);
	if (rc == 0)
		rc = core_begin(l, err);
	if (rc == 0)
		rc = core_end(l, fill(l, r, reason, err), err);
	if (rc == 0)
		meet_people(l, r);
	return rc;
}

int rebuild_new(struct lapse *l, const char *anchor, const char *reason,
	struct lapse_err *err)
{
	AUTO_REBUILD r = {0};
	bool unfinished = false;
	int rc = 0;

	if (access(l->config->ledger, F_OK) == 0)
		rc = open_there(l, &unfinished, err);
	if (rc == 0 && unfinished)
		rc = recall(l, &r, err);
	else if (rc == 0)
		rc = begin(l, anchor, reason, &r, err);
	if (rc < 0 || l->dry_run)
		return rc;
	rc = finish(l, &r, err);
	return rc < 0 ? rc : rebuild_conclude(l, &r, "rebuilt", err);
}
