/* SHA-256, HMAC and base64 against published vectors. */
#include "unit.h"

#include <stdio.h>
#include <unistd.h>

#include "hash.h"

#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/* Source: FIPS 180-2, appendix B. */
static void sha256(void **state)
{
	struct lapse_err err;
	char hex[HASH_HEX];

	(void)state;
	assert_ok(hash_hex("abc", 3, hex, &err));
	assert_string_equal(hex, ABC);
	assert_ok(hash_hex("", 0, hex, &err));
	assert_string_equal(hex, EMPTY);
	assert_ok(hash_hex(NULL, 0, hex, &err));
	assert_string_equal(hex, EMPTY);
}

static void context_is_reused(void **state)
{
	unsigned char sum[HASH_BYTES];
	struct lapse_err err;
	char hex[HASH_HEX];
	struct hash *h = NULL;

	(void)state;
	assert_ok(hash_open(&h, &err));
	for (int i = 0; i < 3; i++) {
		assert_ok(hash_sha256(h, "a", 1, "bc", 2, sum, &err));
		hash_to_hex(sum, hex);
		assert_string_equal(hex, ABC);
		assert_ok(hash_sha256(h, NULL, 0, NULL, 0, sum, &err));
		hash_to_hex(sum, hex);
		assert_string_equal(hex, EMPTY);
	}
	hash_free(h);
	hash_free(NULL);
}

/* Source: RFC 4231, cases 2 and 6. */
static void hmac(void **state)
{
	unsigned char key[131];
	struct lapse_err err;
	char hex[HASH_HEX];

	(void)state;
	assert_ok(hash_hmac_hex("Jefe", 4, "what do ya want for nothing?", 28,
		hex, &err));
	assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c7"
		"5a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof(key));
	assert_ok(hash_hmac_hex(key, sizeof(key),
		"Test Using Larger Than Block-Size Key - Hash Key First", 54,
		hex, &err));
	assert_string_equal(hex, "60e431591ee0b67f0d8a26aacbf5b77f"
		"8e0bc6213728c5140546040f0ee37f54");
	assert_ok(hash_hmac_hex("k", 1, NULL, 0, hex, &err));
	/* An empty key would be a MAC that everybody can make. */
	assert_err(hash_hmac_hex("", 0, "x", 1, hex, &err), LAPSE_EINTERNAL);
}

static void files(void **state)
{
	struct lapse_err err;
	char hex[HASH_HEX], want[HASH_HEX];
	static char big[100000];
	FILE *f = tmpfile();

	(void)state;
	assert_non_null(f);
	assert_ok(hash_file_hex(fileno(f), hex, &err));
	assert_string_equal(hex, EMPTY);
	memset(big, 'z', sizeof(big));
	assert_int_equal(fwrite(big, 1, sizeof(big), f), sizeof(big));
	fflush(f);
	assert_ok(hash_file_hex(fileno(f), hex, &err));
	assert_ok(hash_hex(big, sizeof(big), want, &err));
	assert_string_equal(hex, want);
	assert_int_equal(lseek(fileno(f), 0, SEEK_CUR), sizeof(big));
	fclose(f);
	assert_err(hash_file_hex(-1, hex, &err), LAPSE_EIO);
}

static void same(void **state)
{
	(void)state;
	assert_true(hash_same("abc", "abc"));
	assert_true(hash_same("", ""));
	assert_false(hash_same("abc", "abd"));
	assert_false(hash_same("abc", "ab"));
	assert_false(hash_same("ab", "abc"));
	assert_false(hash_same(NULL, NULL));
	assert_false(hash_same("a", NULL));
}

/* Source: RFC 4648, section 10. */
static void base64s(void **state)
{
	static const struct {
		const char *bytes, *padded, *url;
	} table[] = {{"", "", ""}, {"f", "Zg==", "Zg"}, {"fo", "Zm8=", "Zm8"},
		{"foo", "Zm9v", "Zm9v"}, {"foob", "Zm9vYg==", "Zm9vYg"},
		{"fooba", "Zm9vYmE=", "Zm9vYmE"},
		{"foobar", "Zm9vYmFy", "Zm9vYmFy"},
		{"\xfb\xff\xfe", "+//+", "-__-"}};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		AUTO_BUF padded = {0};
		AUTO_BUF url = {0};

		base64(&padded, table[i].bytes, strlen(table[i].bytes));
		assert_string_equal(buf_text(&padded), table[i].padded);
		base64url(&url, table[i].bytes, strlen(table[i].bytes));
		assert_string_equal(buf_text(&url), table[i].url);
	}
}

static void base64url_is_read_back(void **state)
{
	static const char *const none[] = {
		"Z", "Zg==", "Zm9vY", "Zh", "Zm9=", "Zm 9", "+//+", "Zm9v.", "\xc3",
	};
	AUTO_BUF all = {0};
	AUTO_BUF text = {0};
	AUTO_BUF back = {0};

	(void)state;
	for (int c = 0; c < 256; c++) {
		buf_char(&all, (char)c);
		buf_reset(&text);
		buf_reset(&back);
		base64url(&text, all.data, all.len);
		assert_true(base64url_read(&back, text.data, text.len));
		assert_int_equal(back.len, all.len);
		assert_memory_equal(back.data, all.data, all.len);
	}
	for (size_t i = 0; i < COUNT(none); i++)
		if (base64url_read(&back, none[i], strlen(none[i])))
			fail_msg("'%s' was taken", none[i]);
	assert_false(base64url_read(&back, "a\0bc", 4));
}

static void parts_are_one_text(void **state)
{
	struct lapse_err err = {0};
	struct hash *h = NULL;
	unsigned char whole[HASH_BYTES];
	unsigned char parts[HASH_BYTES];

	(void)state;
	assert_int_equal(hash_open(&h, &err), 0);
	assert_int_equal(hash_sha256(h, "abc", 3, NULL, 0, whole, &err), 0);
	for (int again = 0; again < 2; again++) {
		assert_int_equal(hash_add(h, "a", 1, &err), 0);
		assert_int_equal(hash_add(h, NULL, 0, &err), 0);
		assert_int_equal(hash_add(h, "bc", 2, &err), 0);
		assert_int_equal(hash_end(h, parts, &err), 0);
		assert_memory_equal(parts, whole, HASH_BYTES);
	}
	assert_int_equal(hash_end(h, parts, &err), 0);
	assert_int_equal(hash_sha256(h, NULL, 0, NULL, 0, whole, &err), 0);
	assert_memory_equal(parts, whole, HASH_BYTES);
	hash_free(h);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha256),
		cmocka_unit_test(context_is_reused),
		cmocka_unit_test(parts_are_one_text),
		cmocka_unit_test(hmac),
		cmocka_unit_test(files),
		cmocka_unit_test(same),
		cmocka_unit_test(base64s),
		cmocka_unit_test(base64url_is_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
