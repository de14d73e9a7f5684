/* Merkle trees, streamed. Knows hashes only: what a leaf is, the caller says. */
#include "merkle.h"

#include <string.h>

static int sum_leaf(struct hash *h, const void *bytes, size_t len,
	unsigned char ret[HASH_BYTES], struct lapse_err *err)
{
	return hash_sha256(h, "\0", 1, bytes, len, ret, err);
}

static int sum_node(struct hash *h, const unsigned char left[HASH_BYTES],
	const unsigned char right[HASH_BYTES], unsigned char ret[HASH_BYTES],
	struct lapse_err *err)
{
	unsigned char both[1 + 2 * HASH_BYTES] = {1};

	memcpy(both + 1, left, HASH_BYTES);
	memcpy(both + 1 + HASH_BYTES, right, HASH_BYTES);
	return hash_sha256(h, both, sizeof(both), NULL, 0, ret, err);
}

void merkle_clear(struct merkle *m)
{
	hash_free(m->hash);
	*m = (struct merkle){0};
}

/* The wanted leaf is below one of two subtrees: the other stands beside it. */
static void keep_beside(struct merkle *m, size_t left)
{
	struct merkle_path *p = m->want;
	bool in_right;

	if (p == NULL || p->leaf >= m->n || p->n == MERKLE_DEPTH ||
		p->leaf < m->whole[left].first)
		return;
	in_right = p->leaf >= m->whole[left + 1].first;
	memcpy(p->beside[p->n++], m->whole[in_right ? left : left + 1].sum,
		HASH_BYTES);
}

/* The two last subtrees become one. */
static int join(struct merkle *m, struct lapse_err *err)
{
	size_t left = m->depth - 2;

	keep_beside(m, left);
	m->depth--;
	return sum_node(m->hash, m->whole[left].sum, m->whole[left + 1].sum,
		m->whole[left].sum, err);
}

int merkle_add(struct merkle *m, const void *bytes, size_t len,
	struct lapse_err *err)
{
	int rc = m->hash == NULL ? hash_open(&m->hash, err) : 0;

	if (rc == 0)
		rc = sum_leaf(m->hash, bytes, len, m->whole[m->depth].sum,
			err);
	if (rc != 0)
		return rc;
	m->whole[m->depth++].first = m->n++;
	/* As many subtrees become whole as n has zeros at its end. */
	for (uint64_t n = m->n; rc == 0 && (n & 1) == 0; n >>= 1)
		rc = join(m, err);
	return rc;
}

int merkle_root(struct merkle *m, unsigned char ret[HASH_BYTES],
	struct lapse_err *err)
{
	int rc = m->hash == NULL ? hash_open(&m->hash, err) : 0;

	if (rc == 0 && m->n == 0)
		return hash_sha256(m->hash, NULL, 0, NULL, 0, ret, err);
	while (rc == 0 && m->depth > 1)
		rc = join(m, err);
	if (rc != 0)
		return rc;
	if (m->want != NULL)
		m->want->leaves = m->n;
	memcpy(ret, m->whole[0].sum, HASH_BYTES);
	return 0;
}

/* <Source> RFC 9162, 2.1.3.2. */
static int climb(struct hash *h, const struct merkle_path *p,
	unsigned char sum[HASH_BYTES], bool *ret_fits, struct lapse_err *err)
{
	uint64_t at = p->leaf;
	uint64_t last = p->leaves - 1;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < p->n; i++) {
		if (last == 0)
			return 0;
		if ((at & 1) == 1 || at == last) {
			rc = sum_node(h, p->beside[i], sum, sum, err);
			while ((at & 1) == 0 && at != 0) {
				at >>= 1;
				last >>= 1;
			}
		} else {
			rc = sum_node(h, sum, p->beside[i], sum, err);
		}
		at >>= 1;
		last >>= 1;
	}
	*ret_fits = last == 0;
	return rc;
}

static void hash_cleanup(struct hash **h)
{
	hash_free(*h);
}

int merkle_climb(const void *bytes, size_t len, const struct merkle_path *p,
	unsigned char ret[HASH_BYTES], bool *ret_fits, struct lapse_err *err)
{
	__attribute__((cleanup(hash_cleanup))) struct hash *h = NULL;
	int rc = hash_open(&h, err);

	*ret_fits = false;
	if (rc == 0)
		rc = sum_leaf(h, bytes, len, ret, err);
	return rc != 0 || p->leaf >= p->leaves ? rc
		: climb(h, p, ret, ret_fits, err);
}
