/* Trees and paths: the roots of RFC 6962's definition, by a second, recursive
 * way, and that no leaf climbs to another's place. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "merkle.h"

enum { LEAVES = 70 };

static struct hash *hash;
static struct lapse_err err;

static void leaf_text(uint64_t i, char text[16])
{
	snprintf(text, 16, "row %u", (unsigned)i);
}

/* MTH(D[from:from + n]), as the definition says it. */
static void defined(uint64_t from, uint64_t n, unsigned char ret[HASH_BYTES])
{
	unsigned char both[2 * HASH_BYTES];
	char text[16];
	uint64_t k = 1;

	if (n == 0) {
		assert_ok(hash_sha256(hash, "", 0, "", 0, ret, &err));
	} else if (n == 1) {
		leaf_text(from, text);
		assert_ok(hash_sha256(hash, "\0", 1, text, strlen(text), ret,
			&err));
	} else {
		while (2 * k < n)
			k *= 2;
		defined(from, k, both);
		defined(from + k, n - k, both + HASH_BYTES);
		assert_ok(hash_sha256(hash, "\1", 1, both, sizeof(both), ret,
			&err));
	}
}

static void build(uint64_t n, struct merkle_path *want,
	unsigned char ret[HASH_BYTES])
{
	AUTO_MERKLE m = {.want = want};
	char text[16];

	for (uint64_t i = 0; i < n; i++) {
		leaf_text(i, text);
		assert_ok(merkle_add(&m, text, strlen(text), &err));
	}
	assert_ok(merkle_root(&m, ret, &err));
}

static void roots_are_as_defined(void **state)
{
	unsigned char root[HASH_BYTES], there[HASH_BYTES];

	(void)state;
	for (uint64_t n = 0; n <= LEAVES; n++) {
		build(n, NULL, root);
		defined(0, n, there);
		assert_memory_equal(root, there, HASH_BYTES);
	}
}

static bool climbs(const char *text, const struct merkle_path *p,
	const unsigned char root[HASH_BYTES])
{
	unsigned char top[HASH_BYTES];
	bool fits = false;

	assert_ok(merkle_climb(text, strlen(text), p, top, &fits, &err));
	return fits && memcmp(top, root, HASH_BYTES) == 0;
}

/* The path of leaf i leads nowhere for what is not leaf i. */
static void check_path(uint64_t n, uint64_t i)
{
	struct merkle_path p = {.leaf = i};
	unsigned char root[HASH_BYTES];
	char text[16];

	build(n, &p, root);
	assert_int_equal(p.leaves, n);
	leaf_text(i, text);
	assert_true(climbs(text, &p, root));
	assert_false(climbs("row x", &p, root));
	for (p.leaf = 0; p.leaf <= n; p.leaf++)
		assert_true(p.leaf == i || !climbs(text, &p, root));
	p.leaf = i;
	if (p.n > 0) {
		p.beside[p.n - 1][31] ^= 1;
		assert_false(climbs(text, &p, root));
		p.beside[p.n - 1][31] ^= 1;
		p.n--;
		assert_false(climbs(text, &p, root));
		p.n++;
	}
	memset(p.beside[p.n++], 0, HASH_BYTES);
	assert_false(climbs(text, &p, root));
}

static void every_leaf_has_its_path(void **state)
{
	(void)state;
	for (uint64_t n = 1; n <= LEAVES; n++)
		for (uint64_t i = 0; i < n; i++)
			check_path(n, i);
}

/* What a node is the hash of, given as the bytes of a leaf, is another leaf. */
static void a_node_is_no_leaf(void **state)
{
	struct merkle_path of[2] = {{.leaf = 0}, {.leaf = 1}};
	struct merkle_path p = {.leaves = 1};
	unsigned char root[HASH_BYTES], top[HASH_BYTES];
	unsigned char both[1 + 2 * HASH_BYTES] = {1};
	bool fits = false;

	(void)state;
	build(2, &of[0], root);
	build(2, &of[1], root);
	memcpy(both + 1, of[1].beside[0], HASH_BYTES);
	memcpy(both + 1 + HASH_BYTES, of[0].beside[0], HASH_BYTES);
	assert_ok(merkle_climb(both, sizeof(both), &p, top, &fits, &err));
	assert_true(fits);
	assert_true(memcmp(top, root, HASH_BYTES) != 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roots_are_as_defined),
		cmocka_unit_test(every_leaf_has_its_path),
		cmocka_unit_test(a_node_is_no_leaf),
	};
	int rc;

	if (hash_open(&hash, NULL) != 0)
		return 1;
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	hash_free(hash);
	return rc;
}
