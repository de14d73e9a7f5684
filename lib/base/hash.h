/* SHA-256, HMAC and base64url over libcrypto. */
#ifndef LAPSE_BASE_HASH_H
#define LAPSE_BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "err.h"

enum {
	HASH_BYTES = 32,
	HASH_HEX = 65,		/* with the NUL */
};

struct hash;	/* one EVP context, reused */

int hash_open(struct hash **ret, struct lapse_err *err);
void hash_free(struct hash *h);
/* SHA-256 of first, then second (either may be empty). */
int hash_sha256(struct hash *h, const void *first, size_t first_len,
	const void *second, size_t second_len, unsigned char ret[HASH_BYTES],
	struct lapse_err *err);
/* The same in parts, as they come; nothing else may be hashed meanwhile. What
 * was added since the last end, or the beginning, is one text. */
int hash_add(struct hash *h, const void *bytes, size_t len,
	struct lapse_err *err);
int hash_end(struct hash *h, unsigned char ret[HASH_BYTES],
	struct lapse_err *err);
/* One-shot, for the rare cases; hex is lower case. */
int hash_hex(const void *bytes, size_t len, char ret[HASH_HEX],
	struct lapse_err *err);
int hash_hmac_hex(const void *key, size_t key_len, const void *bytes,
	size_t len, char ret[HASH_HEX], struct lapse_err *err);
/* SHA-256 of an open file from its start. */
int hash_file_hex(int fd, char ret[HASH_HEX], struct lapse_err *err);
void hash_to_hex(const unsigned char bytes[HASH_BYTES], char ret[HASH_HEX]);
bool hash_same(const char *a, const char *b);	/* constant time */
void base64url(struct buf *out, const void *bytes, size_t len);
/* Appends the bytes that such a text, which has no padding, stands for. False:
 * it is none; out may have got a part. */
bool base64url_read(struct buf *out, const char *text, size_t len);
/* Standard alphabet with padding, for Basic authorization. */
void base64(struct buf *out, const void *bytes, size_t len);

#endif
