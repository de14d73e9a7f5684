/* The evidence chain: appending, reading and erasing texts. hash =
 * SHA-256(hash of the row before || canonical bytes), the first row's
 * predecessor being 32 zero bytes. The canonical bytes are the fields in the
 * order of canonical(), each as a netstring; NULL is "-1:,". */
#include "evidence.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
	ADD,
	ADD_TEXT,
	HEAD,
	AT,
	PURGE,
	EACH,
	EACH_ISSUE,
	EACH_GRANT,
};

#define EACH_SELECT                                                            \
	"SELECT e.seq, e.at, e.kind, e.issue_id, e.grant_id, e.idp,"           \
	" e.group_id, e.user_id, e.actor, e.run, e.data, t.text,"              \
	" e.text_digest IS NOT NULL AND t.text IS NULL, e.hash"                \
	" FROM evidence e LEFT JOIN evidence_text t ON t.seq = e.seq WHERE "

static const char *const sql[] = {
	[ADD] = "INSERT INTO evidence (seq, at, kind, issue_id, grant_id, idp,"
		" group_id, user_id, actor, run, data, text_digest, hash)"
		" VALUES (?1, ?2, ?3, ?4, nullif(?5, 0), ?6, ?7, ?8, ?9, ?10,"
		" ?11, ?12, ?13)",
	[ADD_TEXT] = "INSERT INTO evidence_text (seq, salt, text)"
		     " VALUES (?1, ?2, ?3)",
	[HEAD] = "SELECT seq, hash FROM evidence ORDER BY seq DESC LIMIT 1",
	[AT] = "SELECT seq, hash FROM evidence WHERE seq = ?1",
	[PURGE] = "UPDATE evidence_text SET text = NULL WHERE text IS NOT NULL"
		  " AND seq IN (SELECT seq FROM evidence WHERE at < ?1)",
	[EACH] = EACH_SELECT "e.seq >= ?1 ORDER BY e.seq",
	[EACH_ISSUE] = EACH_SELECT
		"e.seq >= ?1 AND e.issue_id = ?2 ORDER BY e.seq",
	[EACH_GRANT] = EACH_SELECT
		"e.seq >= ?1 AND e.grant_id = ?2 ORDER BY e.seq",
};

const struct ledger_family evidence_family =
	LEDGER_FAMILY(evidence, EVIDENCE, sql);

/* ---- Canonical bytes ---- */

enum { DIGITS = 24 };

/* By hand, from the right: the walk formats a dozen numbers a row. */
static char *digits(char text[DIGITS], int64_t number)
{
	uint64_t left = number < 0 ? -(uint64_t)number : (uint64_t)number;
	char *p = text + DIGITS;

	do {
		*--p = (char)('0' + left % 10);
		left /= 10;
	} while (left != 0);
	if (number < 0)
		*--p = '-';
	return p;
}

static char *put_bytes(char *p, const char *bytes, size_t len)
{
	char text[DIGITS];
	const char *from = digits(text, (int64_t)len);

	p = mempcpy(p, from, (size_t)(text + DIGITS - from));
	*p++ = ':';
	p = mempcpy(p, bytes, len);
	*p++ = ',';
	return p;
}

static char *put_text(char *p, const struct hashed_text *t)
{
	return t->text == NULL ? mempcpy(p, "-1:,", 4)
			       : put_bytes(p, t->text, t->len);
}

static char *put_int(char *p, int64_t number)
{
	char text[DIGITS];
	const char *from = digits(text, number);

	return put_bytes(p, from, (size_t)(text + DIGITS - from));
}

enum {
	FIELDS = 12,
	FIELD_MORE = 2 * DIGITS + 2,	/* a number's own bytes, length, ":," */
};

/* Behind the hash of the row before: one piece to be hashed. */
static void canonical(struct buf *out, const unsigned char prev[HASH_BYTES],
	const struct hashed *h)
{
	char *p;

	buf_reset(out);
	p = buf_room(out, HASH_BYTES + FIELDS * FIELD_MORE + h->kind.len +
		h->issue.len + h->idp.len + h->group.len + h->user.len +
		h->actor.len + h->data.len + h->text_digest.len);
	if (p == NULL)
		return;
	p = mempcpy(p, prev, HASH_BYTES);
	p = put_int(p, h->seq);
	p = put_int(p, h->at);
	p = put_text(p, &h->kind);
	p = put_text(p, &h->issue);
	p = h->grant == 0 ? put_text(p, &(struct hashed_text){NULL, 0})
			  : put_int(p, h->grant);
	p = put_text(p, &h->idp);
	p = put_text(p, &h->group);
	p = put_text(p, &h->user);
	p = put_text(p, &h->actor);
	p = put_int(p, h->run);
	p = put_text(p, &h->data);
	p = put_text(p, &h->text_digest);
	buf_end(out, p);
}

static int sha256(struct ledger *l, const void *first, size_t first_len,
	const void *second, size_t second_len, unsigned char ret[HASH_BYTES],
	struct lapse_err *err)
{
	int rc = l->hash == NULL ? hash_open(&l->hash, err) : 0;

	return rc == 0 ? hash_sha256(l->hash, first, first_len, second,
				 second_len, ret, err)
		       : rc;
}

int evidence_hash_row(struct ledger *l, const unsigned char prev[HASH_BYTES],
	const struct hashed *h, unsigned char ret[HASH_BYTES],
	struct lapse_err *err)
{
	int rc;

	canonical(&l->canonical, prev, h);
	rc = buf_check(&l->canonical, err, "evidence");
	return rc < 0 ? rc : sha256(l, l->canonical.data, l->canonical.len,
		NULL, 0, ret, err);
}

int evidence_hash_text(struct ledger *l, const void *salt, size_t salt_len,
	const char *text, char ret[HASH_HEX], struct lapse_err *err)
{
	unsigned char sum[HASH_BYTES];
	int rc;

	rc = sha256(l, salt, salt_len, text, strlen(text), sum, err);
	if (rc == 0)
		hash_to_hex(sum, ret);
	return rc;
}

/* ---- The head ---- */

struct head {
	struct ledger *ledger;
	int64_t seq;
	unsigned char hash[HASH_BYTES];
};

static int read_head(void *arg, const struct row *r, struct lapse_err *err)
{
	struct head *head = arg;
	size_t len;
	const void *hash = row_blob(r, 1, &len);

	if (len != HASH_BYTES)
		return lapse_fail(err, LAPSE_ELEDGER,
			"ledger: '%s': evidence %" PRId64 " has no hash; see "
			"`lapse verify`",
			ledger_path(head->ledger), row_int(r, 0));
	head->seq = row_int(r, 0);
	memcpy(head->hash, hash, HASH_BYTES);
	return 0;
}

/* Known for the rest of a transaction: nobody else appends meanwhile. */
static int load_head(struct ledger *l, struct lapse_err *err)
{
	struct head head = {.ledger = l};
	int rc;

	if (l->head_known)
		return 0;
	rc = ledger_query(l, &evidence_family, HEAD, read_head, &head, err,
		"");
	if (rc != 0)
		return rc;
	l->head_seq = head.seq;
	memcpy(l->head, head.hash, HASH_BYTES);
	l->head_known = ledger_in_transaction(l);
	return 0;
}

int evidence_head(struct ledger *l, int64_t *ret_seq, char ret_hex[65],
	struct lapse_err *err)
{
	int rc = load_head(l, err);

	if (rc != 0)
		return rc;
	*ret_seq = l->head_seq;
	hash_to_hex(l->head, ret_hex);
	return 0;
}

int evidence_at(struct ledger *l, int64_t seq, char ret_hex[65],
	struct lapse_err *err)
{
	struct head head = {.ledger = l};
	int rc;

	rc = ledger_query(l, &evidence_family, AT, read_head, &head, err, "i",
		seq);
	if (rc != 0)
		return rc;
	if (head.seq != seq || seq == 0)
		return lapse_fail(err, LAPSE_ENOTFOUND,
			"ledger: '%s': no evidence %" PRId64, ledger_path(l),
			seq);
	hash_to_hex(head.hash, ret_hex);
	return 0;
}

/* ---- Appending ---- */

static int add_row(struct ledger *l, const struct hashed *h,
	struct lapse_err *err)
{
	unsigned char sum[HASH_BYTES];
	int rc;

	rc = evidence_hash_row(l, l->head, h, sum, err);
	if (rc == 0)
		rc = ledger_exec(l, &evidence_family, ADD, NULL, err,
			"iittittttittb", h->seq, h->at, h->kind.text,
			h->issue.text, h->grant, h->idp.text, h->group.text,
			h->user.text, h->actor.text, h->run, h->data.text,
			h->text_digest.text, (const void *)sum, sizeof(sum));
	if (rc != 0)
		return rc;
	l->head_seq = h->seq;
	memcpy(l->head, sum, sizeof(sum));
	return 0;
}

static struct hashed_text whole(const char *text)
{
	return (struct hashed_text){text, text == NULL ? 0 : strlen(text)};
}

static int salt_text(struct ledger *l, const char *text,
	unsigned char salt[EVIDENCE_SALT], char digest[HASH_HEX],
	struct lapse_err *err)
{
	if (l->env.random(l->env.arg, salt, EVIDENCE_SALT) != 0)
		return lapse_fail(err, LAPSE_EIO,
			"ledger: no random numbers to be had");
	return evidence_hash_text(l, salt, EVIDENCE_SALT, text, digest, err);
}

int evidence_add(struct ledger *l, int64_t now, const struct evidence *e,
	int64_t *ret_seq, struct lapse_err *err)
{
	unsigned char salt[EVIDENCE_SALT];
	char digest[HASH_HEX];
	struct hashed h = {
		.at = now,
		.kind = whole(e->kind),
		.issue = whole(e->issue),
		.grant = e->grant,
		.idp = whole(e->idp),
		.group = whole(e->group),
		.user = whole(e->user),
		.actor = whole(e->actor == NULL ? "lapse" : e->actor),
		.run = l->run,
		.data = whole(e->data == NULL ? "{}" : e->data),
	};
	int rc;

	if (!ledger_in_transaction(l))
		return lapse_fail(err, LAPSE_EINTERNAL,
			"ledger: evidence '%s' outside a transaction", e->kind);
	rc = load_head(l, err);
	if (rc == 0 && e->text != NULL)
		rc = salt_text(l, e->text, salt, digest, err);
	if (rc != 0)
		return rc;
	if (e->text != NULL)
		h.text_digest = whole(digest);
	h.seq = l->head_seq + 1;
	rc = add_row(l, &h, err);
	if (rc == 0 && e->text != NULL)
		rc = ledger_exec(l, &evidence_family, ADD_TEXT, NULL, err,
			"ibt", h.seq, (const void *)salt, sizeof(salt),
			e->text);
	if (rc == 0 && ret_seq != NULL)
		*ret_seq = h.seq;
	return rc;
}

int evidence_purge(struct ledger *l, int64_t now, int64_t before,
	int64_t *ret_n, struct lapse_err *err)
{
	struct evidence event = {.kind = "purge"};
	char data[80];
	int64_t n;
	int rc;

	if (!ledger_in_transaction(l))
		return lapse_fail(err, LAPSE_EINTERNAL,
			"ledger: purge outside a transaction");
	rc = ledger_exec(l, &evidence_family, PURGE, &n, err, "i", before);
	if (rc == 0 && n > 0) {
		snprintf(data, sizeof(data),
			"{\"before\":%" PRId64 ",\"rows\":%" PRId64 "}",
			before, n);
		event.data = data;
		rc = evidence_add(l, now, &event, NULL, err);
	}
	if (rc == 0 && ret_n != NULL)
		*ret_n = n;
	return rc;
}

/* ---- Reading ---- */

struct each {
	int (*each)(void *arg, const struct evidence_row *r,
		struct lapse_err *err);
	void *arg;
};

static int read_row(void *arg, const struct row *r, struct lapse_err *err)
{
	const struct each *each = arg;
	struct evidence_row row = {
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
		.text = row_text(r, 11),
		.purged = row_int(r, 12) != 0,
	};
	size_t len;
	const void *hash = row_blob(r, 13, &len);

	if (len == HASH_BYTES)
		hash_to_hex(hash, row.hash);
	return each->each(each->arg, &row, err);
}

int evidence_each(struct ledger *l, const char *issue, int64_t grant,
	int64_t from_seq,
	int (*each)(void *arg, const struct evidence_row *r,
		struct lapse_err *err),
	void *arg, struct lapse_err *err)
{
	struct each e = {each, arg};

	if (issue != NULL)
		return ledger_query(l, &evidence_family, EACH_ISSUE, read_row,
			&e, err, "it", from_seq, issue);
	if (grant != 0)
		return ledger_query(l, &evidence_family, EACH_GRANT, read_row,
			&e, err, "ii", from_seq, grant);
	return ledger_query(l, &evidence_family, EACH, read_row, &e, err, "i",
		from_seq);
}
