/* Signed JSON web tokens (RFC 7515, 7519) by libcrypto, and the assertions of
 * RFC 7523 made of them. */
#include "auth_private.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "hash.h"
#include "json.h"

enum {
	KEY_BITS_MIN = 2048,
	ASSERTION_S = 300,	/* short: servers refuse over an hour */
	GRANT_S = 1800,
	FAST_CLOCK_S = 20,	/* Google refuses an iat of the future */
};

static void bio_cleanup(BIO **bio)
{
	BIO_free(*bio);
}

static void digest_cleanup(EVP_MD_CTX **ctx)
{
	EVP_MD_CTX_free(*ctx);
}

/* Instead of libcrypto's own, which would ask at the terminal. */
static int no_password(char *ret, int size, int writing, void *arg)
{
	(void)ret;
	(void)size;
	(void)writing;
	(void)arg;
	return 0;
}

static int64_t end_of(const X509 *x)
{
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int days = 0;
	int seconds = 0;
	bool known = epoch != NULL && ASN1_TIME_diff(&days, &seconds, epoch,
		X509_get0_notAfter(x)) == 1;

	ASN1_TIME_free(epoch);
	return known ? (int64_t)days * 86400 + seconds : WHEN_NONE;
}

static bool take_certificate(struct auth *a, const X509 *x)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned int len = 0;

	if (X509_check_private_key(x, a->key) != 1 ||
		X509_digest(x, EVP_sha256(), hash, &len) != 1)
		return false;
	buf_reset(&a->thumbprint);
	base64url(&a->thumbprint, hash, len);
	a->ends_at = end_of(x);
	return true;
}

/* The key's own among the certificates beside it. Source: RFC 7515, 4.1.8. */
static int load_certificate(struct auth *a, const char *pem, size_t len,
	struct lapse_err *err)
{
	__attribute__((cleanup(bio_cleanup))) BIO *bio =
		BIO_new_mem_buf(pem, (int)len);
	bool found = false;
	X509 *x;

	if (bio == NULL)
		return lapse_fail_nomem(err);
	while (!found && (x = PEM_read_bio_X509(bio, NULL, no_password,
		NULL)) != NULL) {
		found = take_certificate(a, x);
		X509_free(x);
	}
	ERR_clear_error();
	if (!found)
		return lapse_fail(err, LAPSE_ECONFIG,
			"'%s': holds no certificate of its key; put both into "
			"one PEM file", a->config.secret);
	return buf_check(&a->thumbprint, err, "certificate");
}

int auth_jwt_key(struct auth *a, const char *pem, size_t len,
	struct lapse_err *err)
{
	__attribute__((cleanup(bio_cleanup))) BIO *bio = NULL;
	EVP_PKEY *key;

	bio = BIO_new_mem_buf(pem, (int)len);
	if (bio == NULL)
		return lapse_fail_nomem(err);
	key = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
	if (key == NULL)
		return lapse_fail(err, LAPSE_ECONFIG,
			"'%s': not a private key in PEM form without a "
			"password", a->config.secret);
	if (!EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_bits(key) < KEY_BITS_MIN) {
		EVP_PKEY_free(key);
		return lapse_fail(err, LAPSE_ECONFIG,
			"'%s': not an RSA key of %d bits or more",
			a->config.secret, KEY_BITS_MIN);
	}
	EVP_PKEY_free(a->key);
	a->key = key;
	return a->config.certificate ? load_certificate(a, pem, len, err) : 0;
}

static bool sign_setup(const struct auth *a, EVP_MD_CTX *ctx)
{
	EVP_PKEY_CTX *pk = NULL;
	const char *alg = a->config.algorithm;

	if (EVP_DigestSignInit(ctx, &pk, EVP_sha256(), NULL, a->key) != 1)
		return false;
	if (alg == NULL || strcmp(alg, "PS256") != 0)
		return true;
	return EVP_PKEY_CTX_set_rsa_padding(pk, RSA_PKCS1_PSS_PADDING) == 1 &&
		EVP_PKEY_CTX_set_rsa_pss_saltlen(pk,
			RSA_PSS_SALTLEN_DIGEST) == 1;
}

int auth_jwt_sign(struct auth *a, const char *header, const char *claims,
	struct buf *ret, struct lapse_err *err)
{
	__attribute__((cleanup(digest_cleanup))) EVP_MD_CTX *ctx = NULL;
	unsigned char sig[1024];	/* RSA keys up to 8192 bits */
	size_t sig_len = sizeof(sig);
	AUTO_BUF text = {0};

	base64url(&text, header, strlen(header));
	buf_char(&text, '.');
	base64url(&text, claims, strlen(claims));
	if (text.failed)
		return lapse_fail_nomem(err);
	ctx = EVP_MD_CTX_new();
	if (ctx == NULL)
		return lapse_fail_nomem(err);
	if (!sign_setup(a, ctx) ||
		EVP_DigestSign(ctx, sig, &sig_len,
			(const unsigned char *)text.data, text.len) != 1)
		return lapse_fail(err, LAPSE_ECONFIG,
			"'%s': the key cannot sign", a->config.secret);
	buf_add(ret, text.data, text.len);
	buf_char(ret, '.');
	base64url(ret, sig, sig_len);
	return buf_check(ret, err, "jwt");
}

static const char *algorithm(const struct auth *a)
{
	return a->config.algorithm != NULL ? a->config.algorithm : "RS256";
}

static void put_header(const struct auth *a, struct buf *out)
{
	struct json_out w = {.out = out};

	json_put_open(&w, NULL, '{');
	json_put_text(&w, "alg", algorithm(a));
	json_put_text(&w, "typ", "JWT");
	if (a->config.key_id != NULL)
		json_put_text(&w, "kid", a->config.key_id);
	if (a->config.certificate)
		json_put_text(&w, "x5t#S256", buf_text(&a->thumbprint));
	json_put_close(&w, '}');
}

/* Source: RFC 7523, 3; Okta "Implement OAuth for a service app"; Microsoft
 * "certificate credentials". */
static void put_client_claims(const struct auth *a, int64_t now,
	const char *jti, struct buf *out)
{
	struct json_out w = {.out = out};

	json_put_open(&w, NULL, '{');
	json_put_text(&w, "iss", a->config.client_id);
	json_put_text(&w, "sub", a->config.client_id);
	json_put_text(&w, "aud", a->config.token_url);
	json_put_int(&w, "iat", now);
	json_put_int(&w, "nbf", now);
	json_put_int(&w, "exp", now + ASSERTION_S);
	json_put_text(&w, "jti", jti);
	json_put_close(&w, '}');
}

/* Source: Google "OAuth 2.0 for server to server applications"; the jti is RFC
 * 7523's, so that who sees one assertion cannot use it again. */
static void put_grant_claims(const struct auth *a, int64_t now,
	const char *jti, struct buf *out)
{
	struct json_out w = {.out = out};

	json_put_open(&w, NULL, '{');
	json_put_text(&w, "iss", a->config.client_id);
	if (a->config.subject != NULL)
		json_put_text(&w, "sub", a->config.subject);
	json_put_text(&w, "scope", a->config.scope);
	json_put_text(&w, "aud", a->config.token_url);
	json_put_int(&w, "iat", now - FAST_CLOCK_S);
	json_put_int(&w, "exp", now + GRANT_S);
	json_put_text(&w, "jti", jti);
	json_put_close(&w, '}');
}

int auth_jwt_assertion(struct auth *a, int64_t now, struct buf *ret,
	struct lapse_err *err)
{
	AUTO_BUF header = {0};
	AUTO_BUF claims = {0};
	AUTO_BUF jti = {0};
	int rc;

	rc = auth_jti(a, &jti, err);
	if (rc < 0)
		return rc;
	put_header(a, &header);
	if (a->config.scheme == AUTH_JWT_BEARER)
		put_grant_claims(a, now, jti.data, &claims);
	else
		put_client_claims(a, now, jti.data, &claims);
	if (header.failed || claims.failed)
		return lapse_fail_nomem(err);
	return auth_jwt_sign(a, header.data, claims.data, ret, err);
}
