/* `verify --jira`: what Jira has, held against the ledger. Several issues side
 * by side, page by page; nothing is written anywhere. */
#include "verify_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "anchor.h"
#include "projection.h"
#include "verify_chain.h"

enum {
	PAGE = 500,		/* issues of one reading of the ledger */
	PATIENCE_S = 12 * 3600,	/* a big company's history takes its time */
};

static void clear_look(struct verify_look *k)
{
	op_clear(&k->property);
	op_clear(&k->comments);
	arena_clear(&k->arena);
	*k = (struct verify_look){0};
}

int verify_say(struct verify_check *c, const char *where, const char *fault,
	const char *next, struct lapse_err *err)
{
	return verify_fault(c->f, where, fault, next, err);
}

/* ---- The anchor ---- */

static int hold_anchor(struct verify_check *c, const struct anchor_said *a,
	const char *where, struct lapse_err *err)
{
	const char *fault = NULL;
	char words[160];
	int rc;

	if (strcmp(a->ledger, c->about.id) != 0)
		return verify_say(c, where, "another ledger took over",
			"use that one; this one does nothing more", err);
	rc = verify_witness(c->l->ledger, a->seq, a->hash, &fault, err);
	if (rc < 0)
		return rc;
	if (fault != NULL) {
		snprintf(words, sizeof(words), "evidence %" PRId64 ": %s",
			a->seq, fault);
		return verify_say(c, where, words, VERIFY_NEXT_NEWER, err);
	}
	if (a->seq >= c->about.anchor_seq)
		return 0;
	snprintf(words, sizeof(words), "an older one was put back: it names "
		"evidence %" PRId64 ", and %" PRId64 " was written",
		a->seq, c->about.anchor_seq);
	return verify_say(c, where, words, VERIFY_NEXT_HISTORY, err);
}

static int check_anchor(struct verify_check *c, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct anchor_said said = {0};
	struct lapse_err why;
	char where[96];
	int rc;

	if (c->about.anchor_issue[0] == '\0')
		return verify_say(c, "anchor", "there is none: a cut tail "
			"cannot be seen", "run `lapse init --project ID "
			"--issue-type ID`", err);
	snprintf(where, sizeof(where), "anchor issue %s",
		c->about.anchor_issue);
	rc = anchor_read(c->l, c->about.anchor_issue, &a, &said, &why);
	if (rc == 0)
		return hold_anchor(c, &said, where, err);
	if (rc == LAPSE_ELEDGER)
		return verify_say(c, where, "its property is not as lapse wrote it",
			VERIFY_NEXT_HISTORY "; `lapse rebuild --forward` writes it "
			"anew", err);
	if (rc != LAPSE_ENOTFOUND) {
		*err = why;
		return rc;
	}
	return c->about.anchor_seq == 0 ? 0 : verify_say(c, where,
		"its property is gone, or the issue is hidden from lapse",
		VERIFY_NEXT_HISTORY "; `lapse init` makes a new anchor", err);
}

/* ---- All issues ---- */

static int keep_comment(void *arg, const void *item, struct lapse_err *err)
{
	struct verify_look *k = arg;
	const struct jira_comment *c = item;
	struct verify_standing *s = VEC_ADD(&k->standing, &k->arena);

	if (s == NULL)
		return lapse_fail_nomem(err);
	s->id = arena_copy(&k->arena, c->id);
	s->author = arena_copy(&k->arena, c->author);
	s->text = arena_copy(&k->arena, c->text);
	s->at = c->created_at;
	return arena_check(&k->arena, err);
}

static void looked(void *arg, struct op *op, int rc,
	const struct lapse_err *err)
{
	struct verify_look *k = arg;

	(void)op;
	if (rc == 0 || k->rc < 0)
		return;
	k->rc = rc;
	k->why = *err;
}

static int begin_look(struct verify_check *c, struct verify_look *k,
	const struct told_issue *told, struct lapse_err *err)
{
	int rc;

	*k = (struct verify_look){.c = c, .told = told};
	k->property = (struct op){
		.step = jira_get_property,
		.name = "get property",
		.issue = told->issue,
		.key = PROJECTION_PROPERTY,
		.arena = &k->arena,
	};
	k->comments = (struct op){
		.step = jira_get_comments,
		.name = "get comments",
		.issue = told->issue,
		.sink = keep_comment,
		.arg = k,
		.arena = &k->arena,
	};
	rc = engine_add(c->l->engine, &c->l->jira, &k->property, false, looked,
		k, err);
	return rc < 0 ? rc : engine_add(c->l->engine, &c->l->jira,
		&k->comments, false, looked, k, err);
}

static int end_look(struct verify_look *k, struct lapse_err *err)
{
	int rc = 0;

	if (k->rc < 0)
		return lapse_fail(err, k->rc, "%s: not checked: %s",
			k->told->key, k->why.text);
	k->c->seen.issues++;
	if (k->comments.outcome == OP_FOUND)
		rc = verify_property(k, err);
	return rc < 0 ? rc : verify_comments(k, err);
}

/* What could not be looked at is no fault, and ends the command: a part that
 * was not checked must not look like one that was. */
static int look_at(struct verify_check *c, const struct told_issue *first,
	size_t n, struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++)
		rc = begin_look(c, &c->looks[i], &first[i], err);
	if (rc == 0)
		rc = engine_run(c->l->engine, err);
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = end_look(&c->looks[i], err);
	for (size_t i = 0; i < n; i++)
		clear_look(&c->looks[i]);
	return rc;
}

static int look_at_all(struct verify_check *c, struct lapse_err *err)
{
	char after[64] = "";

	for (;;) {
		AUTO_ARENA a = {0};
		struct told told = {0};
		int rc = witness_told(c->l->ledger, after, PAGE, &a, &told,
			err);
		size_t n = told.issues.n;

		for (size_t i = 0; rc == 0 && i < n; i += VERIFY_SIDE_BY_SIDE)
			rc = core_stopped(c->l) ? lapse_fail(err, LAPSE_EAGAIN,
				"verify: stopped") : look_at(c,
				&told.issues.items[i], n - i < VERIFY_SIDE_BY_SIDE
				? n - i : VERIFY_SIDE_BY_SIDE, err);
		if (rc < 0 || n == 0)
			return rc;
		snprintf(after, sizeof(after), "%s",
			told.issues.items[n - 1].issue);
	}
}

static int begin(struct verify_check *c, struct lapse_err *err)
{
	char hash[65];
	int rc;

	c->l->config->run_deadline = PATIENCE_S;
	rc = core_online(c->l, err);
	if (rc == 0 && c->l->hmac_key.len == 0)
		rc = lapse_fail(err, LAPSE_ECONFIG, "verify: without "
			"'ledger-key' no property can be judged");
	if (rc == 0)
		rc = core_self(c->l, err);
	if (rc == 0)
		rc = ledger_about(c->l->ledger, &c->about, err);
	if (rc == 0)
		rc = witness_since(c->l->ledger, &c->since, err);
	return rc < 0 ? rc : evidence_head(c->l->ledger, &c->head, hash, err);
}

int verify_jira(struct verify_faults *f, struct verify_seen *ret,
	struct lapse_err *err)
{
	struct verify_check c = {.f = f, .l = f->l};
	int rc = begin(&c, err);

	if (rc == 0)
		rc = check_anchor(&c, err);
	if (rc == 0)
		rc = look_at_all(&c, err);
	if (rc == 0)
		rc = verify_unknown(&c, err);
	if (rc == 0)
		*ret = c.seen;
	return rc;
}
