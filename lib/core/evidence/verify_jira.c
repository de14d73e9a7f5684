/* `verify --jira`: what Jira has, held against the ledger. Several issues side
 * by side, page by page; nothing is written anywhere. */
#include "verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "anchor.h"
#include "notice_issue.h"
#include "projection.h"
#include "projection_seal.h"
#include "texts_reclaim.h"
#include "verify_chain.h"
#include "witness_rows.h"

enum {
	PAGE = 500,		/* issues of one reading of the ledger */
	SIDE_BY_SIDE = 8,	/* issues, of two operations each */
	PATIENCE_S = 12 * 3600,	/* a big company's history takes its time */
};

/* Nobody writes this by hand; it stands where a date was put in. */
#define DATE_PLACE "\xE2\x90\x9A"

struct standing {
	const char *id;
	const char *author;
	const char *text;
	int64_t at;
};

/* One issue while it is looked at. */
struct look {
	struct check *c;
	const struct told_issue *told;
	struct arena arena;
	struct op property;
	struct op comments;
	VEC(struct standing) standing;
	struct lapse_err why;	/* of an operation that failed */
	int rc;
};

struct check {
	struct verify_faults *f;
	struct lapse *l;
	struct ledger_about about;
	int64_t head;
	int64_t since;		/* what is older may be of a known gap */
	struct verify_seen seen;
	struct look looks[SIDE_BY_SIDE];
};

static void clear_look(struct look *k)
{
	op_clear(&k->property);
	op_clear(&k->comments);
	arena_clear(&k->arena);
	*k = (struct look){0};
}

static int tell(struct check *c, const char *where, const char *fault,
	const char *next, struct lapse_err *err)
{
	return verify_fault(c->f, where, fault, next, err);
}

#define NEXT_NEWER "put the newest copy of the ledger back, or `lapse rebuild`"
#define NEXT_HISTORY "ask Jira's audit log who did it"

/* ---- The anchor ---- */

static int hold_anchor(struct check *c, const struct anchor_said *a,
	const char *where, struct lapse_err *err)
{
	const char *fault = NULL;
	char words[160];
	int rc;

	if (strcmp(a->ledger, c->about.id) != 0)
		return tell(c, where, "another ledger took over",
			"use that one; this one does nothing more", err);
	rc = verify_witness(c->l->ledger, a->seq, a->hash, &fault, err);
	if (rc < 0)
		return rc;
	if (fault != NULL) {
		snprintf(words, sizeof(words), "evidence %" PRId64 ": %s",
			a->seq, fault);
		return tell(c, where, words, NEXT_NEWER, err);
	}
	if (a->seq >= c->about.anchor_seq)
		return 0;
	snprintf(words, sizeof(words), "an older one was put back: it names "
		"evidence %" PRId64 ", and %" PRId64 " was written",
		a->seq, c->about.anchor_seq);
	return tell(c, where, words, NEXT_HISTORY, err);
}

static int check_anchor(struct check *c, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct anchor_said said = {0};
	struct lapse_err why;
	char where[96];
	int rc;

	if (c->about.anchor_issue[0] == '\0')
		return tell(c, "anchor", "there is none: a cut tail cannot be "
			"seen", "run `lapse init --project ID --issue-type "
			"ID`", err);
	snprintf(where, sizeof(where), "anchor issue %s",
		c->about.anchor_issue);
	rc = anchor_read(c->l, c->about.anchor_issue, &a, &said, &why);
	if (rc == 0)
		return hold_anchor(c, &said, where, err);
	if (rc == LAPSE_ELEDGER)
		return tell(c, where, "its property is not as lapse wrote it",
			NEXT_HISTORY "; `lapse rebuild --forward` writes it "
			"anew", err);
	if (rc != LAPSE_ENOTFOUND) {
		*err = why;
		return rc;
	}
	return c->about.anchor_seq == 0 ? 0 : tell(c, where, "its property is "
		"gone, or the issue is hidden from lapse",
		NEXT_HISTORY "; `lapse init` makes a new anchor", err);
}

/* ---- An issue's property ---- */

static void put_members(struct json at, const char *const *keys,
	struct json_out *w, struct buf *scalar)
{
	for (; *keys != NULL; keys++) {
		buf_reset(scalar);
		json_print(json_at(at, *keys), scalar);
		json_put_raw(w, *keys, buf_text(scalar));
	}
}

/* What no event but one of the grant itself changes. How far its changes are
 * and what other grants hold goes on without its property's being owed. */
static int grants_of(const char *text, struct buf *ret, struct lapse_err *err)
{
	static const char *const grant[] = {"id", "role", "account", "state",
		"starts_at", "ends_at", "approval", "end_reason", NULL};
	static const char *const hold[] = {"idp", "group", "user", "before",
		"placed_at", NULL};
	AUTO_JSON *doc = NULL;
	AUTO_BUF scalar = {0};
	struct json_out w = {.out = ret};
	int rc = json_open(&doc, text, strlen(text), err);

	if (rc < 0)
		return rc;
	json_put_open(&w, NULL, '{');
	json_put_open(&w, "grants", '[');
	for (struct json g = json_first(json_at(json_root(doc), "grants"));
		json_valid(g); g = json_next(g)) {
		json_put_open(&w, NULL, '{');
		put_members(g, grant, &w, &scalar);
		json_put_open(&w, "holds", '[');
		for (struct json h = json_first(json_at(g, "holds"));
			json_valid(h); h = json_next(h)) {
			json_put_open(&w, NULL, '{');
			put_members(h, hold, &w, &scalar);
			json_put_close(&w, '}');
		}
		json_put_close(&w, ']');
		json_put_close(&w, '}');
	}
	json_put_close(&w, ']');
	json_put_close(&w, '}');
	return scalar.failed ? lapse_fail_nomem(err)
			     : buf_check(ret, err, "property");
}

/* The ledger's own projection says now what it said then, unless something
 * happened since. */
static int compare_content(struct look *k, const char *text, bool *ret_same,
	struct lapse_err *err)
{
	__attribute__((cleanup(projection_clear))) struct projection p = {0};
	AUTO_BUF here = {0};
	AUTO_BUF there = {0};
	int rc = projection_make(k->c->l, k->told->issue, &p, err);

	if (rc == 0)
		rc = grants_of(buf_text(&p.text), &here, err);
	if (rc == 0)
		rc = grants_of(text, &there, err);
	if (rc == 0)
		rc = seal_same(buf_text(&here), buf_text(&there), ret_same,
			err);
	return rc;
}

static int older_property(struct look *k, int64_t seq, struct lapse_err *err)
{
	char words[200];

	snprintf(words, sizeof(words), "property: an older one was put back: "
		"it tells of evidence %" PRId64 ", and %" PRId64
		" was written", seq, k->told->property_seq);
	return tell(k->c, k->told->key, words, NEXT_HISTORY, err);
}

static int hold_property(struct look *k, struct json root, const char *text,
	struct lapse_err *err)
{
	struct check *c = k->c;
	const char *ledger = json_text(root, "ledger", JSON_MAY);
	const char *hash = json_text(root, "hash", JSON_MAY);
	int64_t seq = json_int(root, "seq", JSON_MAY);
	const char *fault = NULL;
	bool same = true;
	char words[200];
	char here[65];
	int rc = 0;

	if (ledger == NULL || strcmp(ledger, c->about.id) != 0)
		return tell(c, k->told->key, "property: another ledger wrote "
			"it", "find out which host holds that ledger", err);
	if (hash == NULL && seq <= c->head)
		rc = evidence_at(c->l->ledger, seq, here, err);
	if (rc == 0)
		rc = verify_witness(c->l->ledger, seq,
			hash != NULL ? hash : here, &fault, err);
	if (rc < 0)
		return rc;
	/* It stands there from before the gap, and is about to be replaced. */
	if (fault != NULL && k->told->property_owed &&
		c->since > c->about.created_at)
		return 0;
	if (fault != NULL) {
		snprintf(words, sizeof(words), "property: evidence %" PRId64
			": %s", seq, fault);
		return tell(c, k->told->key, words, NEXT_NEWER, err);
	}
	if (seq < k->told->property_seq)
		return older_property(k, seq, err);
	if (k->told->property_owed || k->told->last_seq > seq)
		return 0;
	rc = compare_content(k, text, &same, err);
	return rc < 0 || same ? rc : tell(c, k->told->key, "property: its "
		"grants are not the ledger's", "compare it with `lapse show`; "
		"someone has changed one of them", err);
}

static int check_property(struct look *k, struct lapse_err *err)
{
	const char *text = k->property.ret;
	AUTO_JSON *doc = NULL;
	bool good = false;
	int rc;

	if (k->told->property_seq == 0)
		return 0;
	k->c->seen.properties++;
	if (k->property.outcome != OP_FOUND)
		return tell(k->c, k->told->key, "property: is gone, or the "
			"issue is hidden from lapse", NEXT_HISTORY, err);
	rc = json_open(&doc, text, strlen(text), err);
	if (rc == 0)
		rc = seal_check(k->c->l, json_root(doc), &good, err);
	if (rc < 0)
		return rc;
	if (!good)
		return tell(k->c, k->told->key, "property: is not as lapse "
			"wrote it", NEXT_HISTORY, err);
	return hold_property(k, json_root(doc), text, err);
}

/* ---- Its comments ---- */

static int keep_comment(void *arg, const void *item, struct lapse_err *err)
{
	struct look *k = arg;
	const struct jira_comment *c = item;
	struct standing *s = VEC_ADD(&k->standing, &k->arena);

	if (s == NULL)
		return lapse_fail_nomem(err);
	s->id = arena_copy(&k->arena, c->id);
	s->author = arena_copy(&k->arena, c->author);
	s->text = arena_copy(&k->arena, c->text);
	s->at = c->created_at;
	return arena_check(&k->arena, err);
}

static const struct standing *standing(const struct look *k, const char *id)
{
	for (size_t i = 0; i < k->standing.n; i++)
		if (strcmp(k->standing.items[i].id, id) == 0)
			return &k->standing.items[i];
	return NULL;
}

/* The date that went in stands nowhere here. */
static const char *body_of(struct look *k, const struct told_comment *t)
{
	const char *body = t->body != NULL ? t->body : "";
	const char *place = t->graced ? strstr(body, TEXTS_DUE) : NULL;

	if (place == NULL)
		return body;
	return arena_fmt(&k->arena, "%.*s" DATE_PLACE "%s",
		(int)(place - body), body, place + strlen(TEXTS_DUE));
}

static int check_comment(struct look *k, const struct told_comment *t,
	struct lapse_err *err)
{
	const struct standing *s = standing(k, t->id);
	char marker[48];
	char words[200];
	struct jira_meant meant = {
		.body = body_of(k, t),
		.marker = marker,
		.place = t->graced ? DATE_PLACE : NULL,
		.public = t->public,
	};
	bool same = true;
	int rc = arena_check(&k->arena, err);

	notice_marker(t->seq, t->notice, !t->public, marker, sizeof(marker));
	if (rc == 0 && s != NULL)
		rc = jira_comment_same(&meant, s->text, &same, err);
	if (rc < 0 || (s != NULL && same))
		return rc;
	snprintf(words, sizeof(words), "comment %s (%s): was %s", t->id,
		marker, s == NULL ? "deleted" : "edited");
	return tell(k->c, k->told->key, words, NEXT_HISTORY, err);
}

/* The number of the evidence that one of ours tells of; 0: none. */
static int64_t tells_of(const char *text)
{
	const char *line = strrchr(text, '\n');
	long long seq = 0;

	line = line == NULL ? text : line + 1;
	return sscanf(line, "lapse-%lld", &seq) == 1 ? seq : 0;
}

/* Ours, about what this ledger never knew. */
static int check_unknown(struct look *k, const struct standing *s,
	struct lapse_err *err)
{
	int64_t seq = tells_of(s->text);
	char words[200];

	/* Stamps are whole seconds: in the first one the old host may have
	 * told it. */
	if (seq <= k->c->head || s->at <= k->c->since || s->author == NULL ||
		strcmp(s->author, k->c->l->self.account) != 0)
		return 0;
	snprintf(words, sizeof(words), "comment %s: tells of evidence %" PRId64
		", and the ledger ends at %" PRId64 ": its tail was cut, or "
		"an old copy restored", s->id, seq, k->c->head);
	return tell(k->c, k->told->key, words, NEXT_NEWER, err);
}

static int check_comments(struct look *k, struct lapse_err *err)
{
	int rc = 0;

	if (k->comments.outcome != OP_FOUND)
		return tell(k->c, k->told->key, "the issue is gone, or hidden "
			"from lapse", NEXT_HISTORY, err);
	for (size_t i = 0; rc == 0 && i < k->told->comments.n; i++) {
		const struct told_comment *t = &k->told->comments.items[i];

		k->c->seen.comments++;
		if (t->id != NULL)
			rc = check_comment(k, t, err);
	}
	for (size_t i = 0; rc == 0 && i < k->standing.n; i++)
		rc = check_unknown(k, &k->standing.items[i], err);
	return rc;
}

/* ---- All issues ---- */

static void looked(void *arg, struct op *op, int rc,
	const struct lapse_err *err)
{
	struct look *k = arg;

	(void)op;
	if (rc == 0 || k->rc < 0)
		return;
	k->rc = rc;
	k->why = *err;
}

static int begin_look(struct check *c, struct look *k,
	const struct told_issue *told, struct lapse_err *err)
{
	int rc;

	*k = (struct look){.c = c, .told = told};
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

static int end_look(struct look *k, struct lapse_err *err)
{
	int rc = 0;

	if (k->rc < 0)
		return lapse_fail(err, k->rc, "%s: not checked: %s",
			k->told->key, k->why.text);
	k->c->seen.issues++;
	if (k->comments.outcome == OP_FOUND)
		rc = check_property(k, err);
	return rc < 0 ? rc : check_comments(k, err);
}

/* What could not be looked at is no fault, and ends the command: a part that
 * was not checked must not look like one that was. */
static int look_at(struct check *c, const struct told_issue *first, size_t n,
	struct lapse_err *err)
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

static int look_at_all(struct check *c, struct lapse_err *err)
{
	char after[64] = "";

	for (;;) {
		AUTO_ARENA a = {0};
		struct told told = {0};
		int rc = witness_told(c->l->ledger, after, PAGE, &a, &told,
			err);
		size_t n = told.issues.n;

		for (size_t i = 0; rc == 0 && i < n; i += SIDE_BY_SIDE)
			rc = core_stopped(c->l) ? lapse_fail(err, LAPSE_EAGAIN,
				"verify: stopped") : look_at(c,
				&told.issues.items[i], n - i < SIDE_BY_SIDE
				? n - i : SIDE_BY_SIDE, err);
		if (rc < 0 || n == 0)
			return rc;
		snprintf(after, sizeof(after), "%s",
			told.issues.items[n - 1].issue);
	}
}

static int begin(struct check *c, struct lapse_err *err)
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
	struct check c = {.f = f, .l = f->l};
	int rc = begin(&c, err);

	if (rc == 0)
		rc = check_anchor(&c, err);
	if (rc == 0)
		rc = look_at_all(&c, err);
	if (rc == 0)
		rc = verify_unknown(f, err);
	if (rc == 0)
		*ret = c.seen;
	return rc;
}
