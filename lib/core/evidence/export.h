/* The audit export: who has what (entitlements), what changed (changes), what
 * happened (events), what access reviews decided (campaigns, review items), by
 * which policies, and what all rest on (MANIFEST.json). It needs the ledger and
 * nothing else, and knows no time but the ledger's. */
#ifndef LAPSE_CORE_EXPORT_H
#define LAPSE_CORE_EXPORT_H

#include "export_rows.h"
#include "ledger.h"

enum export_format { EXPORT_CSV, EXPORT_JSONL, EXPORT_OCSF, EXPORT_ECS };

enum export_kind {
	EXPORT_ENTITLEMENTS,
	EXPORT_CHANGES,
	EXPORT_EVENTS,
	EXPORT_CAMPAIGNS,
	EXPORT_ITEMS,
	EXPORT_POLICIES,
	EXPORT_KINDS,
};

struct export_options {
	const char *out;	/* folder to make; must not exist. NULL: rows of
				   the one kind go to env.output */
	unsigned kinds;		/* 1 << EXPORT_CHANGES | .. */
	enum export_format format;	/* of entitlements, changes, events;
				   OCSF and ECS: of the last two */
	bool raw;		/* cells as they are, formulas too */
	int64_t since;		/* WHEN_NONE: no limit; of changes and events */
	int64_t until;
	int64_t as_of;		/* WHEN_NONE: as known now */
	const char *role;	/* NULL: all */
	const char *idp;	/* NULL: all */
	const char *campaign;	/* NULL: all; of reviews only */
	const struct buf *sign_key;	/* PEM; NULL: it is not signed */
};

struct export_result {
	int64_t rows[EXPORT_KINDS];
	struct strs unacknowledged;	/* campaigns that are closed */
	struct export_population population;
	int64_t known_until;	/* the ledger's time */
	int64_t head_seq;
	char head[65];
};

/* "changes" and "jsonl", and back. <Errors> LAPSE_EUSAGE (there is none of this
 * name, or no such format of it). */
int export_kind_named(const char *name, enum export_kind *ret,
	struct lapse_err *err);
int export_format_named(const char *name, enum export_kind kind,
	enum export_format *ret, struct lapse_err *err);
const char *export_format_name(enum export_format format);

/* Writes the folder, complete and on disk, or not at all; or the rows to
 * env.output. The same ledger and options give the same bytes. config_sha256
 * NULL: not known. The result's names are in the arena.
 * <Errors> LAPSE_EREFUSED (the folder exists), LAPSE_EIO, LAPSE_ELEDGER. */
int export_write(struct ledger *l, const struct lapse_env *env,
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
