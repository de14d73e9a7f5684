/* Proofs of possession (RFC 9449): each request carries a fresh token that
 * names it, signed by the key that the access token is bound to. */
#include "auth_private.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>

#include "hash.h"
#include "json.h"

static void bn_cleanup(BIGNUM **n)
{
	BN_free(*n);
}

static int put_number(const struct auth *a, const char *param,
	struct json_out *w, const char *key)
{
	__attribute__((cleanup(bn_cleanup))) BIGNUM *n = NULL;
	unsigned char bytes[1024];
	AUTO_BUF text = {0};
	int len;

	if (EVP_PKEY_get_bn_param(a->key, param, &n) != 1 ||
		BN_num_bytes(n) > (int)sizeof(bytes))
		return -1;
	len = BN_bn2bin(n, bytes);
	base64url(&text, bytes, (size_t)len);
	json_put_text(w, key, buf_text(&text));
	return text.failed ? -1 : 0;
}

int auth_dpop_jwk(struct auth *a, struct lapse_err *err)
{
	struct json_out w = {.out = &a->jwk};

	buf_reset(&a->jwk);
	json_put_open(&w, NULL, '{');
	json_put_text(&w, "kty", "RSA");
	if (put_number(a, OSSL_PKEY_PARAM_RSA_N, &w, "n") < 0 ||
		put_number(a, OSSL_PKEY_PARAM_RSA_E, &w, "e") < 0)
		return lapse_fail(err, LAPSE_ECONFIG,
			"'%s': the key has no readable public half",
			a->config.secret);
	json_put_close(&w, '}');
	return buf_check(&a->jwk, err, "jwk");
}

static void put_header(const struct auth *a, struct buf *out)
{
	struct json_out w = {.out = out};
	const char *alg = a->config.algorithm;

	json_put_open(&w, NULL, '{');
	json_put_text(&w, "typ", "dpop+jwt");
	json_put_text(&w, "alg", alg != NULL ? alg : "RS256");
	json_put_raw(&w, "jwk", a->jwk.data);
	json_put_close(&w, '}');
}

/* The hash of the access token that the proof goes with: RFC 9449, 4.2. */
static int put_ath(struct json_out *w, const char *token)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned int len = 0;
	AUTO_BUF text = {0};

	if (EVP_Digest(token, strlen(token), md, &len, EVP_sha256(), NULL) !=
		1)
		return -1;
	base64url(&text, md, len);
	json_put_text(w, "ath", buf_text(&text));
	return text.failed ? -1 : 0;
}

static int put_htu(struct json_out *w, const char *url)
{
	AUTO_BUF text = {0};

	buf_add(&text, url, strcspn(url, "?#"));
	json_put_text(w, "htu", buf_text(&text));
	return text.failed ? -1 : 0;
}

int auth_dpop_proof(struct auth *a, int64_t now, const char *method,
	const char *url, const char *token, const char *nonce,
	struct buf *ret, struct lapse_err *err)
{
	AUTO_BUF header = {0};
	AUTO_BUF claims = {0};
	AUTO_BUF jti = {0};
	struct json_out w = {.out = &claims};
	int rc;

	rc = auth_jti(a, &jti, err);
	if (rc < 0)
		return rc;
	put_header(a, &header);
	json_put_open(&w, NULL, '{');
	json_put_text(&w, "htm", method);
	rc |= put_htu(&w, url);
	json_put_int(&w, "iat", now);
	json_put_text(&w, "jti", jti.data);
	if (nonce[0] != '\0')
		json_put_text(&w, "nonce", nonce);
	if (token != NULL)
		rc |= put_ath(&w, token);
	json_put_close(&w, '}');
	if (rc != 0 || header.failed || claims.failed)
		return lapse_fail_nomem(err);
	return auth_jwt_sign(a, header.data, claims.data, ret, err);
}
