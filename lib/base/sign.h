/* Ed25519 signatures over libcrypto; keys as PEM, as `openssl genpkey` writes
 * them. <Source> RFC 8032. */
#ifndef LAPSE_BASE_SIGN_H
#define LAPSE_BASE_SIGN_H

#include <stdbool.h>

#include "buf.h"
#include "err.h"

enum {
	SIGN_BYTES = 64,
};

/* <Errors> LAPSE_ECONFIG: not an Ed25519 key. */
int sign_bytes(const struct buf *private_pem, const void *bytes, size_t len,
	unsigned char ret[SIGN_BYTES], struct lapse_err *err);
/* Appends the public key that belongs to a private one, as PEM. */
int sign_public(const struct buf *private_pem, struct buf *ret,
	struct lapse_err *err);
/* <Errors> LAPSE_ECONFIG: not an Ed25519 public key. */
int sign_check(const struct buf *public_pem, const void *bytes, size_t len,
	const void *sig, size_t sig_len, bool *ret, struct lapse_err *err);

#endif
