/* `verify --witness`: heads that somebody noted outside. */
#include "verify.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "export_private.h"
#include "verify_chain.h"

/* Texts live in the line's document. */
struct head {
	const char *ledger;
	const char *hash;
	int64_t seq;
};

/* In a manifest "ledger" is an object, in a noted head a text. */
static void read_head(struct json root, struct head *h)
{
	struct json in = json_at(root, "ledger");

	if (json_is_object(in)) {
		h->ledger = json_text(in, "id", JSON_MUST);
		h->seq = json_int(in, "head_seq", JSON_MUST);
		h->hash = json_text(in, "head_sha256", JSON_MUST);
		return;
	}
	h->ledger = json_text(root, "ledger", JSON_MUST);
	h->seq = json_int(root, "seq", JSON_MUST);
	h->hash = json_text(root, "hash", JSON_MUST);
}

static int hold(struct verify_faults *f, const struct head *h,
	const char *where, struct lapse_err *err)
{
	struct ledger_about about;
	const char *fault = NULL;
	char words[200];
	int rc = ledger_about(f->l->ledger, &about, err);

	if (rc == 0 && strcmp(h->ledger, about.id) != 0)
		return verify_fault(f, where, "is of another ledger",
			"compare it with the ledger that it names", err);
	if (rc == 0)
		rc = verify_witness(f->l->ledger, h->seq, h->hash, &fault,
			err);
	if (rc < 0 || fault == NULL)
		return rc;
	snprintf(words, sizeof(words), "evidence %" PRId64 ": %s", h->seq,
		fault);
	return verify_fault(f, where, words,
		"keep this file apart, and put back a copy that has it", err);
}

static int hold_line(struct verify_faults *f, const char *line, size_t len,
	const char *where, struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct head h = {0};
	struct lapse_err why;
	int rc = json_open(&doc, line, len, &why);

	if (rc == 0) {
		read_head(json_root(doc), &h);
		rc = json_check(doc, "head", &why);
	}
	if (rc < 0)
		return lapse_fail(err, LAPSE_ELEDGER,
			"%s: neither a head nor a manifest: %s", where,
			why.text);
	return hold(f, &h, where, err);
}

int verify_heads(struct verify_faults *f, const char *file, int64_t *ret_n,
	struct lapse_err *err)
{
	AUTO_BUF text = {.max = (64 << 20) + 8192};
	char where[256];
	int64_t number = 0;
	int64_t n = 0;
	int rc = export_read(AT_FDCWD, file, &text, err);
	const char *at = buf_text(&text);
	const char *end = at + text.len;

	while (rc == 0 && at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((stop == NULL ? end : stop) - at);

		snprintf(where, sizeof(where), "%s:%" PRId64, file, ++number);
		if (len > 0) {
			rc = hold_line(f, at, len, where, err);
			n++;
		}
		at += len + 1;
	}
	if (rc == 0 && n == 0)
		rc = verify_fault(f, file, "holds no head",
			"take the file that the witness wrote", err);
	if (rc == 0)
		*ret_n = n;
	return rc;
}
