/* Proofs of rows, as anybody may have written them: a proof that climbs
 * to a root has that row there, and one that is changed leads elsewhere. */
#include "export_proof.h"
#include "fuzz.h"

/* As an unhurried reader of RFC 9162 climbs: from the top down. */
static void below(const struct merkle_path *p, uint64_t first, uint64_t n,
	size_t depth, const unsigned char leaf[HASH_BYTES],
	unsigned char ret[HASH_BYTES], struct hash *h, bool *ret_fits)
{
	unsigned char both[1 + 2 * HASH_BYTES] = {1};
	unsigned char inner[HASH_BYTES];
	bool left;
	uint64_t k = 1;

	if (n == 1) {
		*ret_fits = depth == 0;
		memcpy(ret, leaf, HASH_BYTES);
		return;
	}
	if (depth == 0) {
		*ret_fits = false;
		return;
	}
	while (k < n - k)
		k *= 2;
	left = p->leaf - first < k;
	below(p, left ? first : first + k, left ? k : n - k, depth - 1, leaf,
		inner, h, ret_fits);
	memcpy(both + 1 + (left ? 0 : HASH_BYTES), inner, HASH_BYTES);
	memcpy(both + 1 + (left ? HASH_BYTES : 0), p->beside[depth - 1],
		HASH_BYTES);
	must(hash_sha256(h, both, sizeof(both), NULL, 0, ret, NULL) == 0);
}

static void climbs(const struct export_proof *p)
{
	unsigned char leaf[HASH_BYTES], top[HASH_BYTES], other[HASH_BYTES];
	struct hash *h = NULL;
	bool fits = false;
	bool also = false;

	must(merkle_climb(p->text, strlen(p->text), &p->path, top, &fits,
		NULL) == 0);
	if (p->path.leaf >= p->path.leaves)
		must(!fits);
	if (p->path.leaf >= p->path.leaves || p->path.leaves > 1 << 30)
		return;
	must(hash_open(&h, NULL) == 0);
	must(hash_sha256(h, "\0", 1, p->text, strlen(p->text), leaf, NULL) ==
		0);
	below(&p->path, 0, p->path.leaves, p->path.n, leaf, other, h, &also);
	hash_free(h);
	must(fits == also);
	must(!fits || memcmp(top, other, HASH_BYTES) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_FUZZ *text = fuzz_text(data, size);
	AUTO_ARENA a = {0};
	struct export_proof p = {0};
	struct lapse_err err = {0};
	int rc = export_proof_parse(text, size, &a, &p, &err);

	must_be_clean(rc, &err);
	must(rc == 0 || rc == LAPSE_ELEDGER || rc == LAPSE_ENOMEM);
	if (rc == 0)
		climbs(&p);
	return 0;
}
