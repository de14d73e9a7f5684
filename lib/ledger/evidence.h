/* What appending and verifying the chain share: the bytes that are hashed. */
#ifndef LAPSE_LEDGER_EVIDENCE_H
#define LAPSE_LEDGER_EVIDENCE_H

#include "db.h"

enum {
	EVIDENCE_SALT = 16,	/* bytes before each text; with another length
				   a part of the text could pass for it */
};

/* What is hashed of a row, and in this order; NULL hashes as "-1:,". */
struct hashed {
	int64_t seq;
	int64_t at;
	const char *kind;
	const char *issue;
	int64_t grant;		/* 0: NULL */
	const char *idp;
	const char *group;
	const char *user;
	const char *actor;
	int64_t run;
	const char *data;
	const char *text_digest;
};

int evidence_hash_row(struct ledger *l, const unsigned char prev[HASH_BYTES],
	const struct hashed *h, unsigned char ret[HASH_BYTES],
	struct lapse_err *err);
/* The digest of a text as it stands in its row. */
int evidence_hash_text(struct ledger *l, const void *salt, size_t salt_len,
	const char *text, char ret[HASH_HEX], struct lapse_err *err);

#endif
