/*
 * jws.c - signed tokens: base64url, compact JWS with RS, PS and ES of 256, 384
 * or 512 bits, JWK and certificate thumbprints. It only verifies.
 * Source: RFC 7515, 7517, 7518, 7638, 9449.
 */
#include "jws.h"

#include <stdio.h>
#include <string.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

static void key_cleanup(EVP_PKEY **key) { EVP_PKEY_free(*key); }
static void ctx_cleanup(EVP_MD_CTX **ctx) { EVP_MD_CTX_free(*ctx); }

#define autokey __attribute__((cleanup(key_cleanup))) EVP_PKEY
#define autoctx __attribute__((cleanup(ctx_cleanup))) EVP_MD_CTX

static int digit(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijkl"
		"mnopqrstuvwxyz0123456789+/";
	const char *at;

	if (c == '-')
		c = '+';
	if (c == '_')
		c = '/';
	at = c != '\0' ? strchr(digits, c) : NULL;
	return at != NULL ? (int)(at - digits) : -1;
}

char *jws_unbase64(const char *from, size_t length, size_t *ret_length)
{
	char *made = calloc(length + 1, 1);
	unsigned bits = 0;
	int held = 0;
	size_t n = 0;

	if (made == NULL)
		abort();
	while (length > 0 && from[length - 1] == '=')
		length--;
	for (size_t i = 0; i < length; i++) {
		int value = digit(from[i]);

		if (value < 0) {
			free(made);
			return NULL;
		}
		bits = bits << 6 | (unsigned)value;
		held += 6;
		if (held >= 8) {
			held -= 8;
			made[n++] = (char)(bits >> held & 0xff);
		}
	}
	if (ret_length != NULL)
		*ret_length = n;
	return made;
}

static char *base64url(const unsigned char *from, size_t length)
{
	char *made = calloc(length * 2 + 4, 1);
	int n;

	if (made == NULL)
		abort();
	n = EVP_EncodeBlock((unsigned char *)made, from, (int)length);
	while (n > 0 && made[n - 1] == '=')
		made[--n] = '\0';
	for (char *at = made; *at != '\0'; at++)
		*at = *at == '+' ? '-' : *at == '/' ? '_' : *at;
	return made;
}

char *jws_hash(const char *from)
{
	unsigned char hash[SHA256_DIGEST_LENGTH];

	SHA256((const unsigned char *)from, strlen(from), hash);
	return base64url(hash, sizeof(hash));
}

static char *base64url_text(const char *from)
{
	return base64url((const unsigned char *)from, strlen(from));
}

char *jws_look_alike(const cJSON *claims, const char *chance)
{
	autotext *plain = json_print(claims);
	autotext *head = base64url_text("{\"alg\":\"RS256\",\"typ\":\"JWT\"}");
	autotext *body = base64url_text(plain);
	autotext *tail = base64url_text(chance);

	return text("%s.%s.%s", head, body, tail);
}

char *jws_key_from_pem(const char *file)
{
	FILE *in = fopen(file, "re");
	char *pem = NULL;
	size_t size = 0;

	if (in == NULL)
		return NULL;
	if (getdelim(&pem, &size, '\0', in) < 0) {
		free(pem);
		pem = NULL;
	}
	fclose(in);
	return pem;
}

static const EVP_MD *digest_of(const char *algorithm)
{
	if (algorithm == NULL || strlen(algorithm) != 5)
		return NULL;
	if (strcmp(algorithm + 2, "256") == 0)
		return EVP_sha256();
	if (strcmp(algorithm + 2, "384") == 0)
		return EVP_sha384();
	if (strcmp(algorithm + 2, "512") == 0)
		return EVP_sha512();
	return NULL;
}

/* JWS holds an ECDSA signature as r and s side by side; OpenSSL wants
 * DER. */
static unsigned char *ec_to_der(const char *raw, size_t length, int *ret)
{
	const unsigned char *bytes = (const unsigned char *)raw;
	int half = (int)(length / 2);
	ECDSA_SIG *pair = ECDSA_SIG_new();
	unsigned char *der = NULL;

	ECDSA_SIG_set0(pair, BN_bin2bn(bytes, half, NULL),
		BN_bin2bn(bytes + half, half, NULL));
	*ret = i2d_ECDSA_SIG(pair, &der);
	ECDSA_SIG_free(pair);
	return der;
}

static bool signature_fits(EVP_PKEY *key, const char *algorithm,
	const char *signed_text, size_t signed_length, const char *signature,
	size_t length)
{
	bool elliptic = algorithm[0] == 'E';
	bool pss = algorithm[0] == 'P';
	const EVP_MD *digest = digest_of(algorithm);
	autoctx *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pk = NULL;
	unsigned char *der = NULL;
	int der_length = 0, result;

	if (digest == NULL || EVP_PKEY_is_a(key, "EC") != elliptic ||
		EVP_DigestVerifyInit(ctx, &pk, digest, NULL, key) != 1)
		return false;
	if (pss && (EVP_PKEY_CTX_set_rsa_padding(pk, RSA_PKCS1_PSS_PADDING) !=
			   1 ||
		EVP_PKEY_CTX_set_rsa_pss_saltlen(pk, RSA_PSS_SALTLEN_DIGEST) !=
			1))
		return false;
	if (elliptic)
		der = ec_to_der(signature, length, &der_length);
	result = EVP_DigestVerify(ctx,
		elliptic ? der : (const unsigned char *)signature,
		elliptic ? (size_t)der_length : length,
		(const unsigned char *)signed_text, signed_length);
	OPENSSL_free(der);
	return result == 1;
}

static cJSON *part(const char *from, size_t length)
{
	autotext *plain = jws_unbase64(from, length, NULL);

	return plain != NULL ? cJSON_Parse(plain) : NULL;
}

static cJSON *verify(const char *token, EVP_PKEY *key, const cJSON *header)
{
	const char *payload = strchr(token, '.');
	const char *last = payload != NULL ? strchr(payload + 1, '.') : NULL;
	const char *algorithm = json_str(header, "alg");
	size_t length = 0;

	if (last == NULL || key == NULL || digest_of(algorithm) == NULL)
		return NULL;
	autotext *signature = jws_unbase64(last + 1, strlen(last + 1),
		&length);
	if (signature == NULL ||
		!signature_fits(key, algorithm, token,
			(size_t)(last - token), signature, length))
		return NULL;
	return part(payload + 1, (size_t)(last - payload - 1));
}

cJSON *jws_verify_pem(const char *token, const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	autokey *key = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
	autojson *header = part(token, strcspn(token, "."));

	BIO_free(bio);
	return verify(token, key, header);
}

static char *x509_thumbprint(const X509 *x)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned int length = 0;

	X509_digest(x, EVP_sha256(), hash, &length);
	return base64url(hash, length);
}

cJSON *jws_verify_certificate(const char *token, const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509 *x = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	autokey *key = x != NULL ? X509_get_pubkey(x) : NULL;
	autojson *header = part(token, strcspn(token, "."));
	autotext *thumbprint = x != NULL ? x509_thumbprint(x) : NULL;

	BIO_free(bio);
	X509_free(x);
	if (!same(json_str(header, "alg"), "PS256") ||
		!same(json_str(header, "x5t#S256"), thumbprint))
		return NULL;
	return verify(token, key, header);
}

static BIGNUM *number(const cJSON *jwk, const char *member)
{
	const char *from = json_str(jwk, member);
	size_t length = 0;

	if (from == NULL)
		return NULL;
	autotext *bytes = jws_unbase64(from, strlen(from), &length);
	return bytes == NULL ? NULL
		: BN_bin2bn((unsigned char *)bytes, (int)length, NULL);
}

static EVP_PKEY *rsa_key(const cJSON *jwk)
{
	BIGNUM *n = number(jwk, "n"), *e = number(jwk, "e");
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	OSSL_PARAM *params = NULL;
	EVP_PKEY *key = NULL;

	if (n != NULL && e != NULL &&
		OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) &&
		OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e))
		params = OSSL_PARAM_BLD_to_param(build);
	if (params != NULL && EVP_PKEY_fromdata_init(ctx) == 1 &&
		EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	BN_free(n);
	BN_free(e);
	return key;
}

cJSON *jws_verify_proof(const char *token, char **ret_thumbprint)
{
	autojson *header = part(token, strcspn(token, "."));
	const cJSON *jwk = json_get(header, "jwk");
	autokey *key = NULL;

	if (!same(json_str(header, "typ"), "dpop+jwt") ||
		!same(json_str(jwk, "kty"), "RSA") ||
		json_get(jwk, "d") != NULL)
		return NULL;
	key = rsa_key(jwk);
	cJSON *claims = verify(token, key, header);
	if (claims != NULL) {
		autotext *canonical = text(
			"{\"e\":\"%s\",\"kty\":\"RSA\",\"n\":\"%s\"}",
			json_str(jwk, "e"), json_str(jwk, "n"));

		*ret_thumbprint = jws_hash(canonical);
	}
	return claims;
}
