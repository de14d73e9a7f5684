/* `verify --jira`: what stands on one issue, held against the ledger: its
 * property and our comments. Nothing is read from Jira here. */
#include "verify_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "notice_issue.h"
#include "projection.h"
#include "projection_seal.h"
#include "texts_reclaim.h"
#include "verify_chain.h"

/* Nobody writes this by hand; it stands where a date was put in. */
#define DATE_PLACE "\xE2\x90\x9A"

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
static int compare_content(struct verify_look *k, const char *text,
	bool *ret_same, struct lapse_err *err)
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

static int older_property(struct verify_look *k, int64_t seq,
	struct lapse_err *err)
{
	char words[200];

	snprintf(words, sizeof(words), "property: an older one was put back: "
		"it tells of evidence %" PRId64 ", and %" PRId64
		" was written", seq, k->told->property_seq);
	return verify_say(k->c, k->told->key, words, VERIFY_NEXT_HISTORY, err);
}

static int hold_property(struct verify_look *k, struct json root,
	const char *text, struct lapse_err *err)
{
	struct verify_check *c = k->c;
	const char *ledger = json_text(root, "ledger", JSON_MAY);
	const char *hash = json_text(root, "hash", JSON_MAY);
	int64_t seq = json_int(root, "seq", JSON_MAY);
	const char *fault = NULL;
	bool same = true;
	char words[200];
	char here[65];
	int rc = 0;

	if (ledger == NULL || strcmp(ledger, c->about.id) != 0)
		return verify_say(c, k->told->key, "property: another ledger wrote "
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
		return verify_say(c, k->told->key, words, VERIFY_NEXT_NEWER, err);
	}
	if (seq < k->told->property_seq)
		return older_property(k, seq, err);
	if (k->told->property_owed || k->told->last_seq > seq)
		return 0;
	rc = compare_content(k, text, &same, err);
	return rc < 0 || same ? rc : verify_say(c, k->told->key, "property: its "
		"grants are not the ledger's", "compare it with `lapse show`; "
		"someone has changed one of them", err);
}

int verify_property(struct verify_look *k, struct lapse_err *err)
{
	const char *text = k->property.ret;
	AUTO_JSON *doc = NULL;
	bool good = false;
	int rc;

	if (k->told->property_seq == 0)
		return k->property.outcome == OP_FOUND &&
			!k->told->property_known ?
			verify_unowed(k->c, k->told->key, text, err) : 0;
	k->c->seen.properties++;
	if (k->property.outcome != OP_FOUND)
		return verify_say(k->c, k->told->key, "property: is gone, or the "
			"issue is hidden from lapse", VERIFY_NEXT_HISTORY, err);
	rc = json_open(&doc, text, strlen(text), err);
	if (rc == 0)
		rc = seal_check(k->c->l, json_root(doc), &good, err);
	if (rc < 0)
		return rc;
	if (!good)
		return verify_say(k->c, k->told->key, "property: is not as lapse "
			"wrote it", VERIFY_NEXT_HISTORY, err);
	return hold_property(k, json_root(doc), text, err);
}

/* ---- Its comments ---- */

static const struct verify_standing *find(const struct verify_look *k,
	const char *id)
{
	for (size_t i = 0; i < k->standing.n; i++)
		if (strcmp(k->standing.items[i].id, id) == 0)
			return &k->standing.items[i];
	return NULL;
}

/* The date that went in stands nowhere here. */
static const char *body_of(struct verify_look *k, const struct told_comment *t)
{
	const char *body = t->body != NULL ? t->body : "";
	const char *place = t->graced ? strstr(body, TEXTS_DUE) : NULL;

	if (place == NULL)
		return body;
	return arena_fmt(&k->arena, "%.*s" DATE_PLACE "%s",
		(int)(place - body), body, place + strlen(TEXTS_DUE));
}

static int check_comment(struct verify_look *k, const struct told_comment *t,
	struct lapse_err *err)
{
	const struct verify_standing *s = find(k, t->id);
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
	return verify_say(k->c, k->told->key, words, VERIFY_NEXT_HISTORY, err);
}

static const char *last_line(const char *text)
{
	const char *line = strrchr(text, '\n');

	return line == NULL ? text : line + 1;
}

/* The number of the evidence that one of ours tells of; 0: none. */
static int64_t tells_of(const char *text)
{
	long long seq = 0;

	return sscanf(last_line(text), "lapse-%lld", &seq) == 1 ? seq : 0;
}

/* By its id, or, where that was not learnt, by its marker. */
static bool has_row(const struct verify_look *k,
	const struct verify_standing *s)
{
	char marker[48];

	for (size_t i = 0; i < k->told->comments.n; i++) {
		const struct told_comment *t = &k->told->comments.items[i];

		notice_marker(t->seq, t->notice, !t->public, marker,
			sizeof(marker));
		if ((t->id != NULL && strcmp(t->id, s->id) == 0) ||
			strcmp(last_line(s->text), marker) == 0)
			return true;
	}
	return false;
}

/* The ledger has the event, and nothing of having told it: without its row
 * nobody would miss the comment, or see that it was edited. */
static int rowless(struct verify_look *k, const struct verify_standing *s,
	struct lapse_err *err)
{
	char words[200];

	if (strncmp(last_line(s->text), "lapse-", 6) != 0 || has_row(k, s))
		return 0;
	snprintf(words, sizeof(words), "comment %s (%.40s): the ledger has no "
		"row of having written it: that was deleted", s->id,
		last_line(s->text));
	return verify_say(k->c, k->told->key, words, VERIFY_NEXT_NEWER, err);
}

/* Ours, about what this ledger never knew. */
static int check_unknown(struct verify_look *k, const struct verify_standing *s,
	struct lapse_err *err)
{
	int64_t seq = tells_of(s->text);
	char words[200];

	/* Stamps are whole seconds: in the first one the old host may have
	 * told it. */
	if (s->at <= k->c->since || s->author == NULL ||
		strcmp(s->author, k->c->l->self.account) != 0)
		return 0;
	if (seq <= k->c->head)
		return rowless(k, s, err);
	snprintf(words, sizeof(words), "comment %s: tells of evidence %" PRId64
		", and the ledger ends at %" PRId64 ": its tail was cut, or "
		"an old copy restored", s->id, seq, k->c->head);
	return verify_say(k->c, k->told->key, words, VERIFY_NEXT_NEWER, err);
}

int verify_comments(struct verify_look *k, struct lapse_err *err)
{
	int rc = 0;

	if (k->comments.outcome != OP_FOUND)
		return verify_say(k->c, k->told->key, "the issue is gone, or "
			"hidden from lapse", VERIFY_NEXT_HISTORY, err);
	for (size_t i = 0; rc == 0 && i < k->told->comments.n; i++) {
		const struct told_comment *t = &k->told->comments.items[i];

		k->c->seen.comments += t->done;
		if (t->done && t->id != NULL)
			rc = check_comment(k, t, err);
	}
	for (size_t i = 0; rc == 0 && i < k->standing.n; i++)
		rc = check_unknown(k, &k->standing.items[i], err);
	return rc;
}
