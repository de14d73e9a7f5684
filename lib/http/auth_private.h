/* Shared by auth*.c only. */
#ifndef LAPSE_HTTP_AUTH_PRIVATE_H
#define LAPSE_HTTP_AUTH_PRIVATE_H

#include <openssl/evp.h>

#include "auth.h"
#include "http.h"

struct auth {
	struct auth_config config;
	const struct lapse_env *env;
	struct buf secret;	/* token, secret or PEM */
	bool on_next;		/* it is the one of next_secret */
	EVP_PKEY *key;
	struct buf thumbprint;	/* of its certificate, base64url */
	int64_t ends_at;	/* the certificate's, WHEN_NONE: it has none */
	struct buf owned_user;	/* from a key file, where config has none */
	struct buf owned_key_id;
	bool file_user;		/* config's are these */
	bool file_key_id;
	struct buf jwk;		/* the public half, as JSON */

	struct buf token;
	bool token_dpop;	/* its token_type is DPoP */
	int64_t expires_at;
	struct buf granted;	/* what it may do; */
	bool granted_known;	/* false: it does not say */
	bool blames_scopes;	/* the last refusal did */
	char token_nonce[256];	/* two stores: the endpoints do not share */
	char resource_nonce[256];
};

/* Reads the credential (the next one, if asked) and makes it ready. */
int auth_load(struct auth *a, bool next, struct lapse_err *err);

/* 16 random bytes in base64url. */
int auth_jti(const struct auth *a, struct buf *ret, struct lapse_err *err);

/* auth_rights.c: keeps what a token that was just given may do. scope: as the
 * answer has it, or NULL. */
void auth_keep_rights(struct auth *a, const char *token, const char *scope);

/* auth_jwt.c: header "." claims "." signature. */
int auth_jwt_sign(struct auth *a, const char *header, const char *claims,
	struct buf *ret, struct lapse_err *err);
/* The assertion of the two RFC 7523 schemes. */
int auth_jwt_assertion(struct auth *a, int64_t now, struct buf *ret,
	struct lapse_err *err);
/* PEM into a->key: RSA of 2048 bits at least, not encrypted. */
int auth_jwt_key(struct auth *a, const char *pem, size_t len,
	struct lapse_err *err);

/* auth_dpop.c: a proof for one request. token NULL: the token request. */
int auth_dpop_proof(struct auth *a, int64_t now, const char *method,
	const char *url, const char *token, const char *nonce,
	struct buf *ret, struct lapse_err *err);
/* Fills a->jwk from a->key. */
int auth_dpop_jwk(struct auth *a, struct lapse_err *err);

#endif
