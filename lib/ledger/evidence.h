/* What appending and verifying the chain share: the bytes that are hashed. */
#ifndef LAPSE_LEDGER_EVIDENCE_H
#define LAPSE_LEDGER_EVIDENCE_H

#include "db.h"

enum {
	EVIDENCE_SALT = 16,	/* bytes before each text; with another length
				   a part of the text could pass for it */
};

/* text NULL is NULL. */
struct hashed_text {
	const char *text;
	size_t len;
};

/* What is hashed of a row, and in this order; NULL hashes as "-1:,". */
struct hashed {
	int64_t seq;
	int64_t at;
	struct hashed_text kind;
	struct hashed_text issue;
	int64_t grant;		/* 0: NULL */
	struct hashed_text idp;
	struct hashed_text group;
	struct hashed_text user;
	struct hashed_text actor;
	int64_t run;
	struct hashed_text data;
	struct hashed_text text_digest;
};

int evidence_hash_row(struct ledger *l, const unsigned char prev[HASH_BYTES],
	const struct hashed *h, unsigned char ret[HASH_BYTES],
	struct lapse_err *err);
/* The digest of a text as it stands in its row. */
int evidence_hash_text(struct ledger *l, const void *salt, size_t salt_len,
	const char *text, char ret[HASH_HEX], struct lapse_err *err);

#endif
