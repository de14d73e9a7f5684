/* The audit export: who has what (entitlements.csv), what changed
 * (changes.csv), what access reviews decided (campaigns.csv,
 * review_items.csv), and what all rest on (MANIFEST.json). It needs the ledger
 * and nothing else. */
#ifndef LAPSE_CORE_EXPORT_H
#define LAPSE_CORE_EXPORT_H

#include "ledger.h"

struct export_options {
	const char *out;	/* folder to make; must not exist */
	bool raw;		/* cells as they are, formulas too */
	int64_t since;		/* WHEN_NONE: no limit; of changes only */
	int64_t until;
	const char *role;	/* NULL: all */
	const char *idp;	/* NULL: all */
	const char *campaign;	/* NULL: all; of reviews only */
	const struct buf *sign_key;	/* PEM; NULL: it is not signed */
};

struct export_result {
	int64_t entitlements;	/* rows */
	int64_t changes;
	int64_t campaigns;
	int64_t items;
	struct strs unacknowledged;	/* campaigns that are closed */
	int64_t head_seq;
	char head[65];
};

/* Writes the folder, complete and on disk, or not at all. The same ledger,
 * options and now give the same bytes. config_sha256 NULL: not known. The
 * result's names are in the arena.
 * <Errors> LAPSE_EREFUSED (the folder exists), LAPSE_EIO, LAPSE_ELEDGER. */
int export_review(struct ledger *l, const struct lapse_env *env, int64_t now,
	const struct export_options *o, const char *config_sha256,
	struct arena *a, struct export_result *ret, struct lapse_err *err);

/* Compares a folder with its manifest: each file there, its rows, its bytes;
 * nothing else beside them; and its signature, by the key in the file
 * public_key (NULL: by the one that it names itself, if any). found is called for each fault (file NULL: the
 * whole); negative ends. Returns 0 also when faults were found.
 * <Errors> LAPSE_ENOTFOUND (no folder or manifest), LAPSE_ELEDGER (a manifest
 * that cannot be understood), LAPSE_EIO. */
int export_verify(const char *dir, const char *public_key,
	int (*found)(void *arg, const char *file, const char *fault), void *arg,
	struct lapse_err *err);

#endif
