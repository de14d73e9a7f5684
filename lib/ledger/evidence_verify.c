/* Walking the evidence chain: every hash is made again, every text compared
 * with its digest. It reports and repairs nothing. */
#include "evidence.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "check_beside.h"

enum {
	WALK,
	TEXTS,
	ORPHANS,
	PURGED_BEFORE,
};

static const char *const sql[] = {
	[WALK] = "SELECT e.seq, e.at, e.kind, e.issue_id, e.grant_id, e.idp,"
		 " e.group_id, e.user_id, e.actor, e.run, e.data,"
		 " e.text_digest, e.hash, t.seq, t.salt, t.text,"
		 BESIDE_COLUMNS " FROM evidence e LEFT JOIN evidence_text t"
		 " ON e.text_digest IS NOT NULL AND t.seq = e.seq"
		 BESIDE_FROM " ORDER BY e.seq",
	[TEXTS] = "SELECT count(*) FROM evidence_text",
	[ORPHANS] = "SELECT t.seq, e.seq FROM evidence_text t"
		    " LEFT JOIN evidence e ON e.seq = t.seq"
		    " WHERE e.text_digest IS NULL ORDER BY t.seq",
	[PURGED_BEFORE] = "SELECT max(json_extract(data, '$.before'))"
			  " FROM evidence WHERE kind = 'purge'"
			  " AND json_valid(data)",
};

const struct ledger_family chain_family = LEDGER_FAMILY(chain, CHAIN, sql);

enum {
	BESIDE = 16,		/* column of the walk */
	SUSPECTS = 64,		/* kept, to say what was done to them */
};

/* A row that does not fit where it stands. Texts in the walk's arena. */
struct suspect {
	struct hashed h;
	unsigned char prev[HASH_BYTES];	/* stored in the row before */
	unsigned char hash[HASH_BYTES];	/* stored in it */
};

struct walk {
	struct ledger *ledger;
	int (*found)(void *arg, int64_t seq, const char *fault);
	void *arg;
	bool purged_known;	/* asked for at the first text that is gone */
	int64_t purged_before;	/* latest time that a purge event covers */
	int64_t texts;		/* met */
	int64_t seq;		/* of the row before */
	unsigned char prev[HASH_BYTES];
	unsigned char before[HASH_BYTES];	/* prev of the row before */
	int64_t shift;		/* how much too high the numbers are now */
	struct evidence_walked seen;
	struct suspect suspects[SUSPECTS];
	size_t n_suspects;
	struct arena arena;
};

static void clear_walk(struct walk *w)
{
	arena_clear(&w->arena);
}
#define AUTO_WALK __attribute__((cleanup(clear_walk))) struct walk

static int fault(struct walk *w, int64_t seq, struct lapse_err *err,
	const char *words)
{
	if (w->found(w->arg, seq, words) < 0)
		return lapse_fail(err, LAPSE_EIO, "verify: stopped");
	return 0;
}

static struct hashed_text text_at(const struct row *r, int column)
{
	struct hashed_text t;

	t.text = row_text_len(r, column, &t.len);
	return t;
}

static struct hashed read_hashed(const struct row *r)
{
	return (struct hashed){
		.seq = row_int(r, 0),
		.at = row_int(r, 1),
		.kind = text_at(r, 2),
		.issue = text_at(r, 3),
		.grant = row_int(r, 4),
		.idp = text_at(r, 5),
		.group = text_at(r, 6),
		.user = text_at(r, 7),
		.actor = text_at(r, 8),
		.run = row_int(r, 9),
		.data = text_at(r, 10),
		.text_digest = text_at(r, 11),
	};
}

/* A NUL ends a text for whoever reads it: what SQLite keeps behind one would
 * be seen by nobody. After evidence_hash_row(), whose bytes have no other.
 * grant_id 0 would hash as NULL does. */
static bool hides_bytes(const struct walk *w, const struct row *r,
	const struct hashed *h)
{
	const struct buf *b = &w->ledger->canonical;

	return memchr(b->data + HASH_BYTES, '\0', b->len - HASH_BYTES) != NULL
		|| (h->grant == 0 && !row_null(r, 4));
}

static int check_erased(struct walk *w, const struct hashed *h,
	struct lapse_err *err)
{
	int rc = w->purged_known ? 0 : ledger_int(w->ledger, &chain_family,
		PURGED_BEFORE, &w->purged_before, INT64_MIN, err, "");

	w->purged_known = true;
	return rc < 0 || h->at < w->purged_before ? rc
		: fault(w, h->seq, err,
			  "its text was erased without a purge event");
}

static int check_text(struct walk *w, const struct row *r,
	const struct hashed *h, struct lapse_err *err)
{
	char digest[HASH_HEX];
	size_t salt_len;
	const void *salt;
	const char *text;
	int rc;

	if (h->text_digest.text == NULL)
		return 0;
	if (row_null(r, 13))
		return fault(w, h->seq, err, "its text is missing");
	w->texts++;
	salt = row_blob(r, 14, &salt_len);
	text = row_text(r, 15);
	if (text == NULL)
		return check_erased(w, h, err);
	rc = evidence_hash_text(w->ledger, salt, salt_len, text, digest, err);
	if (rc != 0)
		return rc;
	if (strlen(text) == row_len(r, 15) && salt_len == EVIDENCE_SALT &&
		strcmp(digest, h->text_digest.text) == 0)
		return 0;
	return fault(w, h->seq, err, "its text was changed");
}

static int check_gap(struct walk *w, int64_t seq, struct lapse_err *err)
{
	char words[96];

	if (seq == w->seq + 1)
		return 0;
	if (seq == w->seq + 2)
		snprintf(words, sizeof(words), "row %" PRId64 " is missing",
			seq - 1);
	else
		snprintf(words, sizeof(words),
			"rows %" PRId64 " to %" PRId64 " are missing",
			w->seq + 1, seq - 1);
	return fault(w, seq, err, words);
}

/* ---- What was done to a row that does not fit ---- */

/* Would the row have this hash as number seq behind such a one? */
static int fits(struct walk *w, const unsigned char prev[HASH_BYTES],
	struct hashed h, int64_t seq, const unsigned char *hash, bool *ret,
	struct lapse_err *err)
{
	unsigned char sum[HASH_BYTES];
	int rc;

	h.seq = seq;
	rc = evidence_hash_row(w->ledger, prev, &h, sum, err);
	*ret = rc == 0 && memcmp(sum, hash, HASH_BYTES) == 0;
	return rc;
}

static void keep_text(struct arena *a, struct hashed_text *t)
{
	if (t->text != NULL)
		t->text = arena_copy_n(a, t->text, t->len);
}

static int keep_suspect(struct walk *w, const struct hashed *h,
	const unsigned char *hash, struct lapse_err *err)
{
	struct suspect *s = &w->suspects[w->n_suspects];
	struct arena *a = &w->arena;

	if (w->n_suspects == SUSPECTS)
		return 0;
	s->h = *h;
	keep_text(a, &s->h.kind);
	keep_text(a, &s->h.issue);
	keep_text(a, &s->h.idp);
	keep_text(a, &s->h.group);
	keep_text(a, &s->h.user);
	keep_text(a, &s->h.actor);
	keep_text(a, &s->h.data);
	keep_text(a, &s->h.text_digest);
	memcpy(s->prev, w->prev, HASH_BYTES);
	memcpy(s->hash, hash, HASH_BYTES);
	w->n_suspects++;
	return arena_check(a, err);
}

/* Do both rows fit in each other's place? first is the one before. */
static int were_swapped(struct walk *w, const struct suspect *first,
	const struct suspect *second, bool *ret, struct lapse_err *err)
{
	bool adjacent = second->h.seq == first->h.seq + 1;
	bool here = false;
	int rc = fits(w, first->prev, second->h, first->h.seq, second->hash,
		&here, err);

	*ret = false;
	if (rc == 0 && here)
		rc = fits(w, adjacent ? second->hash : second->prev, first->h,
			second->h.seq, first->hash, ret, err);
	return rc;
}

static int say_swapped(struct walk *w, const struct suspect *first,
	const struct suspect *second, struct lapse_err *err)
{
	char words[96];

	snprintf(words, sizeof(words), "it and evidence %" PRId64
		" were swapped", second->h.seq);
	return fault(w, first->h.seq, err, words);
}

static int explain(struct walk *w, struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < w->n_suspects; i++)
		for (size_t k = i + 1; rc == 0 && k < w->n_suspects; k++) {
			bool yes = false;

			rc = were_swapped(w, &w->suspects[i],
				&w->suspects[k], &yes, err);
			if (rc == 0 && yes)
				rc = say_swapped(w, &w->suspects[i],
					&w->suspects[k], err);
		}
	return rc;
}

/* Is it the second of two neighbours that were swapped? */
static int ends_swap(struct walk *w, const struct hashed *h,
	const unsigned char *hash, bool *ret, struct lapse_err *err)
{
	struct suspect second = {.h = *h};
	const struct suspect *first;

	if (w->n_suspects == 0)
		return 0;
	first = &w->suspects[w->n_suspects - 1];
	memcpy(second.hash, hash, HASH_BYTES);
	return first->h.seq != w->seq ? 0
		: were_swapped(w, first, &second, ret, err);
}

/* A row that was taken out, or put in, with all after it renumbered: from
 * then on the rows fit under other numbers. *ret_words NULL: it is not that. */
static int renumbered(struct walk *w, const struct hashed *h,
	const unsigned char *hash, const char **ret_words,
	struct lapse_err *err)
{
	int64_t was = h->seq - w->shift;
	bool swapped = false;
	bool yes = false;
	int rc = fits(w, w->prev, *h, was + 1, hash, &yes, err);

	*ret_words = NULL;
	if (rc == 0 && yes) {
		w->shift--;
		*ret_words = "it had the next number: a row before it was "
			     "taken out";
		return 0;
	}
	/* The second of two that were swapped looks the same, but leaves the
	 * first one behind. */
	if (rc == 0)
		rc = ends_swap(w, h, hash, &swapped, err);
	if (rc == 0 && !swapped)
		rc = fits(w, w->before, *h, was - 1, hash, &yes, err);
	if (rc == 0 && yes) {
		w->shift++;
		*ret_words = "it had the number of the row before, which was "
			     "put in";
	}
	return rc;
}

static int misfit(struct walk *w, const struct hashed *h,
	const unsigned char *hash, size_t len, struct lapse_err *err)
{
	const char *words = NULL;
	int rc = 0;

	if (len == HASH_BYTES)
		rc = renumbered(w, h, hash, &words, err);
	if (rc == 0 && words == NULL && len == HASH_BYTES)
		rc = keep_suspect(w, h, hash, err);
	return rc < 0 ? rc : fault(w, h->seq, err, words != NULL ? words
		: "its hash does not fit its content and the row before");
}

/* ---- The walk ---- */

static int note_differing(void *arg, const char *words, int64_t seq,
	struct lapse_err *err)
{
	struct walk *w = arg;

	(void)words;
	(void)seq;
	(void)err;
	w->seen.differs = true;
	return 0;
}

/* What the tables have beside a row that fits. One that differs is enough:
 * all of them are told later, and only of a whole chain. */
static int look_beside(struct walk *w, const struct row *r,
	const struct hashed *h, struct lapse_err *err)
{
	const struct said_event e = {
		.seq = h->seq,
		.at = h->at,
		.kind = h->kind.text,
		.data = h->data.text,
		.data_len = h->data.len,
	};

	w->seen.kinds |= check_tells_of(e.kind);
	return w->seen.differs ? 0 : check_beside(w->ledger, &e, r, BESIDE,
		note_differing, w, err);
}

static int walk_row(void *arg, const struct row *r, struct lapse_err *err)
{
	struct walk *w = arg;
	struct hashed h = read_hashed(r);
	unsigned char sum[HASH_BYTES];
	size_t len;
	const void *hash = row_blob(r, 12, &len);
	int rc;

	rc = check_gap(w, h.seq, err);
	h.seq -= w->shift;
	if (rc == 0)
		rc = evidence_hash_row(w->ledger, w->prev, &h, sum, err);
	h.seq += w->shift;
	if (rc != 0)
		return rc;
	if (hides_bytes(w, r, &h))
		rc = fault(w, h.seq, err, "it has bytes that its hash does "
			"not cover");
	else if (len != HASH_BYTES || memcmp(hash, sum, HASH_BYTES) != 0)
		rc = misfit(w, &h, hash, len, err);
	else
		rc = look_beside(w, r, &h, err);
	if (rc == 0)
		rc = check_text(w, r, &h, err);
	/* From the stored hash on, so that one change is one fault. */
	memcpy(w->before, w->prev, HASH_BYTES);
	if (len == HASH_BYTES)
		memcpy(w->prev, hash, HASH_BYTES);
	w->seq = h.seq;
	w->seen.rows++;
	return rc;
}

static int walk_orphan(void *arg, const struct row *r, struct lapse_err *err)
{
	return fault(arg, row_int(r, 0), err, row_null(r, 1)
		? "a text without its row" : "its text was never hashed");
}

/* The walk looks for a text only where there is a digest: are there others? */
static int check_orphans(struct walk *w, struct lapse_err *err)
{
	int64_t texts = 0;
	int rc = ledger_int(w->ledger, &chain_family, TEXTS, &texts, 0, err,
		"");

	return rc < 0 || texts == w->texts ? rc
		: ledger_query(w->ledger, &chain_family, ORPHANS, walk_orphan,
			  w, err, "");
}

int evidence_walk(struct ledger *l,
	int (*found)(void *arg, int64_t seq, const char *fault), void *arg,
	struct evidence_walked *ret, struct lapse_err *err)
{
	AUTO_WALK w = {.ledger = l, .found = found, .arg = arg};
	int rc = ledger_query(l, &chain_family, WALK, walk_row, &w, err, "");

	if (rc == 0)
		rc = explain(&w, err);
	if (rc == 0)
		rc = check_orphans(&w, err);
	if (rc == 0)
		*ret = w.seen;
	return rc;
}

int evidence_verify(struct ledger *l,
	int (*found)(void *arg, int64_t seq, const char *fault), void *arg,
	int64_t *ret_n, struct lapse_err *err)
{
	struct evidence_walked w;
	int rc = evidence_walk(l, found, arg, &w, err);

	if (rc == 0 && ret_n != NULL)
		*ret_n = w.rows;
	return rc;
}
