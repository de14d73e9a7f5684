/* Walking the evidence chain: every hash is made again, every text compared
 * with its digest. It reports and repairs nothing. */
#include "evidence.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
	WALK,
	ORPHANS,
	PURGED_BEFORE,
};

static const char *const sql[] = {
	[WALK] = "SELECT e.seq, e.at, e.kind, e.issue_id, e.grant_id, e.idp,"
		 " e.group_id, e.user_id, e.actor, e.run, e.data,"
		 " e.text_digest, e.hash, t.seq, t.salt, t.text"
		 " FROM evidence e LEFT JOIN evidence_text t ON t.seq = e.seq"
		 " ORDER BY e.seq",
	[ORPHANS] = "SELECT seq FROM evidence_text WHERE seq NOT IN"
		    " (SELECT seq FROM evidence) ORDER BY seq",
	[PURGED_BEFORE] = "SELECT max(json_extract(data, '$.before'))"
			  " FROM evidence WHERE kind = 'purge'"
			  " AND json_valid(data)",
};

const struct ledger_family chain_family = LEDGER_FAMILY(chain, CHAIN, sql);

struct walk {
	struct ledger *ledger;
	int (*found)(void *arg, int64_t seq, const char *fault);
	void *arg;
	int64_t purged_before;	/* latest time that a purge event covers */
	int64_t seq;		/* of the row before */
	unsigned char prev[HASH_BYTES];
	int64_t n;
};

static int fault(struct walk *w, int64_t seq, struct lapse_err *err,
	const char *words)
{
	if (w->found(w->arg, seq, words) < 0)
		return lapse_fail(err, LAPSE_EIO, "verify: stopped");
	return 0;
}

static struct hashed read_hashed(const struct row *r)
{
	return (struct hashed){
		.seq = row_int(r, 0),
		.at = row_int(r, 1),
		.kind = row_text(r, 2),
		.issue = row_text(r, 3),
		.grant = row_int(r, 4),
		.idp = row_text(r, 5),
		.group = row_text(r, 6),
		.user = row_text(r, 7),
		.actor = row_text(r, 8),
		.run = row_int(r, 9),
		.data = row_text(r, 10),
		.text_digest = row_text(r, 11),
	};
}

/* C strings end at a NUL; what SQLite keeps behind one would not be hashed.
 * grant_id 0 would hash as NULL does. */
static bool hides_bytes(const struct row *r, const struct hashed *h)
{
	static const int texts[] = {2, 3, 5, 6, 7, 8, 10, 11};

	for (size_t i = 0; i < ARRAY_N(texts); i++) {
		const char *text = row_text(r, texts[i]);

		if (text != NULL && strlen(text) != row_len(r, texts[i]))
			return true;
	}
	return h->grant == 0 && !row_null(r, 4);
}

static int check_text(struct walk *w, const struct row *r,
	const struct hashed *h, struct lapse_err *err)
{
	char digest[HASH_HEX];
	size_t salt_len;
	const void *salt = row_blob(r, 14, &salt_len);
	const char *text = row_text(r, 15);
	int rc;

	if (h->text_digest == NULL)
		return row_null(r, 13) ? 0
			: fault(w, h->seq, err, "its text was never hashed");
	if (row_null(r, 13))
		return fault(w, h->seq, err, "its text is missing");
	if (text == NULL)
		return h->at < w->purged_before ? 0
			: fault(w, h->seq, err,
				  "its text was erased without a purge event");
	rc = evidence_hash_text(w->ledger, salt, salt_len, text, digest, err);
	if (rc != 0)
		return rc;
	if (strlen(text) == row_len(r, 15) &&
		strcmp(digest, h->text_digest) == 0)
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

static int walk_row(void *arg, const struct row *r, struct lapse_err *err)
{
	struct walk *w = arg;
	struct hashed h = read_hashed(r);
	unsigned char sum[HASH_BYTES];
	size_t len;
	const void *hash = row_blob(r, 12, &len);
	int rc;

	rc = check_gap(w, h.seq, err);
	if (rc == 0)
		rc = evidence_hash_row(w->ledger, w->prev, &h, sum, err);
	if (rc != 0)
		return rc;
	if (len != HASH_BYTES || hides_bytes(r, &h) ||
		memcmp(hash, sum, HASH_BYTES) != 0)
		rc = fault(w, h.seq, err,
			"its hash does not fit its content and the row "
			"before");
	if (rc == 0)
		rc = check_text(w, r, &h, err);
	/* From the stored hash on, so that one change is one fault. */
	if (len == HASH_BYTES)
		memcpy(w->prev, hash, HASH_BYTES);
	w->seq = h.seq;
	w->n++;
	return rc;
}

static int walk_orphan(void *arg, const struct row *r, struct lapse_err *err)
{
	return fault(arg, row_int(r, 0), err, "a text without its row");
}

int evidence_verify(struct ledger *l,
	int (*found)(void *arg, int64_t seq, const char *fault), void *arg,
	int64_t *ret_n, struct lapse_err *err)
{
	struct walk w = {.ledger = l, .found = found, .arg = arg};
	int rc;

	rc = ledger_int(l, &chain_family, PURGED_BEFORE, &w.purged_before,
		INT64_MIN, err, "");
	if (rc == 0)
		rc = ledger_query(l, &chain_family, WALK, walk_row, &w, err,
			"");
	if (rc == 0)
		rc = ledger_query(l, &chain_family, ORPHANS, walk_orphan,
			&w, err, "");
	if (rc == 0 && ret_n != NULL)
		*ret_n = w.n;
	return rc;
}
