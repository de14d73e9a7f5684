/* SHA-256, HMAC and base64 over libcrypto. No signatures: those are part of
 * the credentials in http/. */
#include "hash.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

/* Fetching the digest costs more than hashing an evidence row: once a run. */
struct hash {
	EVP_MD *md;
	EVP_MD_CTX *ctx;
	bool begun;		/* ctx knows its digest */
	bool open;		/* and has got a part of a text */
};

static int hash_fail(struct lapse_err *err)
{
	return lapse_fail(err, LAPSE_EINTERNAL, "sha-256: libcrypto failed");
}

void hash_free(struct hash *h)
{
	if (h == NULL)
		return;
	EVP_MD_CTX_free(h->ctx);
	EVP_MD_free(h->md);
	free(h);
}

static void hash_cleanup(struct hash **h)
{
	hash_free(*h);
}
#define AUTO_HASH __attribute__((cleanup(hash_cleanup))) struct hash

int hash_open(struct hash **ret, struct lapse_err *err)
{
	AUTO_HASH *h = calloc(1, sizeof(*h));

	/* Fetching does not survive a libcrypto that could not begin. */
	if (h == NULL || OSSL_LIB_CTX_get0_global_default() == NULL)
		return lapse_fail_nomem(err);
	h->md = EVP_MD_fetch(NULL, "SHA256", NULL);
	h->ctx = EVP_MD_CTX_new();
	if (h->md == NULL || h->ctx == NULL)
		return hash_fail(err);
	*ret = h;
	h = NULL;
	return 0;
}

/* To begin again is cheaper without naming the digest. */
static bool begin(struct hash *h)
{
	if (h->open)
		return true;
	if (EVP_DigestInit_ex2(h->ctx, h->begun ? NULL : h->md, NULL) != 1)
		return false;
	h->begun = true;
	h->open = true;
	return true;
}

int hash_add(struct hash *h, const void *bytes, size_t len,
	struct lapse_err *err)
{
	if (!begin(h) || (len > 0 &&
		EVP_DigestUpdate(h->ctx, bytes, len) != 1))
		return hash_fail(err);
	return 0;
}

int hash_end(struct hash *h, unsigned char ret[HASH_BYTES],
	struct lapse_err *err)
{
	unsigned char sum[HASH_BYTES];

	if (!begin(h) || EVP_DigestFinal_ex(h->ctx, sum, NULL) != 1)
		return hash_fail(err);
	h->open = false;
	memcpy(ret, sum, sizeof(sum));
	return 0;
}

int hash_sha256(struct hash *h, const void *first, size_t first_len,
	const void *second, size_t second_len, unsigned char ret[HASH_BYTES],
	struct lapse_err *err)
{
	int rc = hash_add(h, first, first_len, err);

	if (rc == 0)
		rc = hash_add(h, second, second_len, err);
	return rc == 0 ? hash_end(h, ret, err) : rc;
}

void hash_to_hex(const unsigned char bytes[HASH_BYTES], char ret[HASH_HEX])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < HASH_BYTES; i++) {
		ret[2 * i] = digits[bytes[i] >> 4];
		ret[2 * i + 1] = digits[bytes[i] & 15];
	}
	ret[HASH_HEX - 1] = '\0';
}

int hash_hex(const void *bytes, size_t len, char ret[HASH_HEX],
	struct lapse_err *err)
{
	unsigned char sum[HASH_BYTES];
	AUTO_HASH *h = NULL;
	int rc;

	rc = hash_open(&h, err);
	if (rc == 0)
		rc = hash_sha256(h, bytes, len, NULL, 0, sum, err);
	if (rc == 0)
		hash_to_hex(sum, ret);
	return rc;
}

int hash_hmac_hex(const void *key, size_t key_len, const void *bytes,
	size_t len, char ret[HASH_HEX], struct lapse_err *err)
{
	unsigned char sum[HASH_BYTES];

	if (key_len == 0 || key_len > INT_MAX)
		return lapse_fail(err, LAPSE_EINTERNAL,
			"hmac: a key of %zu bytes", key_len);
	if (HMAC(EVP_sha256(), key, (int)key_len,
		len == 0 ? (const void *)"" : bytes, len, sum, NULL) == NULL)
		return hash_fail(err);
	hash_to_hex(sum, ret);
	return 0;
}

/* Reads by position, so that the caller's own offset stays as it is. */
static int hash_feed(struct hash *h, int fd, struct lapse_err *err)
{
	unsigned char part[1 << 15];
	off_t at = 0;
	ssize_t got;

	do {
		got = pread(fd, part, sizeof(part), at);
		if (got < 0 && errno != EINTR)
			return lapse_fail(err, LAPSE_EIO,
				"sha-256: cannot read the file: %s",
				strerror(errno));
		if (got > 0 && hash_add(h, part, (size_t)got, err) < 0)
			return err->code;
		if (got > 0)
			at += got;
	} while (got != 0);
	return 0;
}

int hash_file_hex(int fd, char ret[HASH_HEX], struct lapse_err *err)
{
	unsigned char sum[HASH_BYTES];
	AUTO_HASH *h = NULL;
	int rc;

	rc = hash_open(&h, err);
	if (rc == 0)
		rc = hash_feed(h, fd, err);
	if (rc == 0)
		rc = hash_end(h, sum, err);
	if (rc == 0)
		hash_to_hex(sum, ret);
	return rc;
}

bool hash_same(const char *a, const char *b)
{
	size_t len;

	if (a == NULL || b == NULL)
		return false;
	len = strlen(a);
	return len == strlen(b) && CRYPTO_memcmp(a, b, len) == 0;
}

/* RFC 4648, by the alphabet's last two letters; pad is '\0' for none. */
static void base64_any(struct buf *out, const unsigned char *p, size_t len,
	char c62, char c63, char pad)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz0123456789";

	for (size_t i = 0; i < len; i += 3) {
		size_t left = len - i < 3 ? len - i : 3;
		unsigned bits = (unsigned)p[i] << 16;

		if (left > 1)
			bits |= (unsigned)p[i + 1] << 8;
		if (left > 2)
			bits |= p[i + 2];
		for (size_t k = 0; k < 4; k++) {
			unsigned six = bits >> (18 - 6 * k) & 63;

			if (k <= left)
				buf_char(out, six == 62 ? c62
					: six == 63 ? c63 : letters[six]);
			else if (pad != '\0')
				buf_char(out, pad);
		}
	}
}

void base64url(struct buf *out, const void *bytes, size_t len)
{
	base64_any(out, bytes, len, '-', '_', '\0');
}

void base64(struct buf *out, const void *bytes, size_t len)
{
	base64_any(out, bytes, len, '+', '/', '=');
}

/* 0..63, or -1. */
static int base64url_value(char c)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"abcdefghijklmnopqrstuvwxyz0123456789-_";
	const char *at = c != '\0' ? strchr(alphabet, c) : NULL;

	return at != NULL ? (int)(at - alphabet) : -1;
}

bool base64url_read(struct buf *out, const char *text, size_t len)
{
	unsigned bits = 0;
	int n = 0;

	for (size_t i = 0; i < len; i++) {
		int value = base64url_value(text[i]);

		if (value < 0)
			return false;
		bits = (bits << 6 | (unsigned)value) & 0xffff;
		n += 6;
		if (n < 8)
			continue;
		n -= 8;
		buf_char(out, (char)(bits >> n & 0xff));
	}
	/* what is left over must be padding, not half a byte */
	return len % 4 != 1 && (bits & ((1U << n) - 1)) == 0 && !out->failed;
}
