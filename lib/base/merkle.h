/* A tree of SHA-256 over a list of byte strings, so that one of them can be
 * shown to be in the list by its neighbours' hashes alone.
 *
 *	leaf = SHA-256(0x00 || bytes)
 *	node = SHA-256(0x01 || left || right)
 *	root of none = SHA-256 of nothing
 *
 * The left half of a list of n has the largest power of two that is less than
 * n. The two first bytes keep a leaf from being taken for a node.
 * <Source> RFC 9162, 2.1.1 to 2.1.3. */
#ifndef LAPSE_BASE_MERKLE_H
#define LAPSE_BASE_MERKLE_H

#include "hash.h"

enum {
	MERKLE_DEPTH = 64,
};

/* The way from a leaf to the root: the hashes beside it, lowest first. */
struct merkle_path {
	uint64_t leaf;		/* counted from 0 */
	uint64_t leaves;
	size_t n;
	unsigned char beside[MERKLE_DEPTH][HASH_BYTES];
};

/* <Shape> {0}: empty, and no path is wanted. Leaves stream through it; it
 * keeps one hash for each whole subtree. */
struct merkle {
	struct hash *hash;
	uint64_t n;
	size_t depth;
	struct {
		uint64_t first;		/* leaf */
		unsigned char sum[HASH_BYTES];
	} whole[MERKLE_DEPTH];
	struct merkle_path *want;	/* whose leaf is set; NULL: none */
};

int merkle_add(struct merkle *m, const void *bytes, size_t len,
	struct lapse_err *err);
/* The root of what was added, and the end of the wanted path. Nothing may be
 * added after it. */
int merkle_root(struct merkle *m, unsigned char ret[HASH_BYTES],
	struct lapse_err *err);
void merkle_clear(struct merkle *m);
#define AUTO_MERKLE __attribute__((cleanup(merkle_clear))) struct merkle

/* The root that a leaf's path leads to; *ret_fits false: no tree of so many
 * leaves has a path of this length. */
int merkle_climb(const void *bytes, size_t len, const struct merkle_path *p,
	unsigned char ret[HASH_BYTES], bool *ret_fits, struct lapse_err *err);

#endif
