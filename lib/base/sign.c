/* Ed25519. No files and no formats but PEM: whose key it is, the caller
 * knows. */
#include "sign.h"

#include <limits.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

static void key_cleanup(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
}
#define AUTO_KEY __attribute__((cleanup(key_cleanup))) EVP_PKEY

static void context_cleanup(EVP_MD_CTX **ctx)
{
	EVP_MD_CTX_free(*ctx);
}
#define AUTO_CONTEXT __attribute__((cleanup(context_cleanup))) EVP_MD_CTX

static void bio_cleanup(BIO **bio)
{
	BIO_free(*bio);
}
#define AUTO_BIO __attribute__((cleanup(bio_cleanup))) BIO

static int fail(struct lapse_err *err, const char *what)
{
	ERR_clear_error();
	return lapse_fail(err, LAPSE_EINTERNAL, "ed25519: %s", what);
}

/* A key with a pass phrase is none: nobody is there to be asked. */
static int no_phrase(char *text, int size, int writes, void *arg)
{
	(void)text;
	(void)size;
	(void)writes;
	(void)arg;
	return -1;
}

static int read_key(const struct buf *pem, bool private, EVP_PKEY **ret,
	struct lapse_err *err)
{
	AUTO_BIO *bio = pem->len > INT_MAX ? NULL
		: BIO_new_mem_buf(buf_text(pem), (int)pem->len);
	AUTO_KEY *key = NULL;

	if (bio == NULL)
		return lapse_fail_nomem(err);
	key = private ? PEM_read_bio_PrivateKey(bio, NULL, no_phrase, NULL)
		      : PEM_read_bio_PUBKEY(bio, NULL, no_phrase, NULL);
	ERR_clear_error();
	if (key == NULL || EVP_PKEY_get_id(key) != EVP_PKEY_ED25519)
		return lapse_fail(err, LAPSE_ECONFIG,
			"ed25519: not a %s key in PEM; `openssl %s` makes one",
			private ? "private" : "public",
			private ? "genpkey -algorithm ed25519"
				: "pkey -pubout");
	*ret = key;
	key = NULL;
	return 0;
}

int sign_bytes(const struct buf *private_pem, const void *bytes, size_t len,
	unsigned char ret[SIGN_BYTES], struct lapse_err *err)
{
	AUTO_CONTEXT *ctx = EVP_MD_CTX_new();
	AUTO_KEY *key = NULL;
	size_t n = SIGN_BYTES;
	int rc = read_key(private_pem, true, &key, err);

	if (rc < 0)
		return rc;
	if (ctx == NULL ||
		EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) != 1 ||
		EVP_DigestSign(ctx, ret, &n, bytes, len) != 1 ||
		n != SIGN_BYTES)
		return fail(err, "signing failed");
	return 0;
}

int sign_public(const struct buf *private_pem, struct buf *ret,
	struct lapse_err *err)
{
	AUTO_BIO *bio = BIO_new(BIO_s_mem());
	AUTO_KEY *key = NULL;
	const char *text = NULL;
	long len;
	int rc = read_key(private_pem, true, &key, err);

	if (rc < 0)
		return rc;
	if (bio == NULL || PEM_write_bio_PUBKEY(bio, key) != 1)
		return fail(err, "the public key cannot be written");
	len = BIO_get_mem_data(bio, &text);
	buf_add(ret, text, (size_t)len);
	return buf_check(ret, err, "public key");
}

int sign_check(const struct buf *public_pem, const void *bytes, size_t len,
	const void *sig, size_t sig_len, bool *ret, struct lapse_err *err)
{
	AUTO_CONTEXT *ctx = EVP_MD_CTX_new();
	AUTO_KEY *key = NULL;
	int rc = read_key(public_pem, false, &key, err);

	if (rc < 0)
		return rc;
	if (ctx == NULL ||
		EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) != 1)
		return fail(err, "checking failed");
	*ret = EVP_DigestVerify(ctx, sig, sig_len, bytes, len) == 1;
	ERR_clear_error();
	return 0;
}
