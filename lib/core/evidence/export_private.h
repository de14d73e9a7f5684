/* The parts of the export. */
#ifndef LAPSE_CORE_EXPORT_PRIVATE_H
#define LAPSE_CORE_EXPORT_PRIVATE_H

#include "export.h"
#include "export_csv.h"
#include "export_review_rows.h"
#include "json.h"

#define EXPORT_MANIFEST "MANIFEST.json"
#define EXPORT_SIGNATURE "MANIFEST.json.sig"
#define EXPORT_SCHEMA "lapse/manifest.v1"

/* What the population consists of, by where its rows come from. */
struct export_counts {
	int64_t members;	/* read at the provider */
	int64_t since;		/* verified by lapse after that reading */
	int64_t manual;		/* by hand */
};

/* export_entitlements.c */
int export_entitlements(struct ledger *l, int64_t now,
	const struct export_filter *filter, struct csv_file *csv,
	struct export_counts *ret, struct lapse_err *err);

/* export_table.c: header and rows of one file. */
int export_put_changes(struct ledger *l, const struct export_filter *filter,
	struct csv_file *csv, struct lapse_err *err);
int export_put_campaigns(struct ledger *l, const char *campaign,
	struct csv_file *csv, struct lapse_err *err);
int export_put_items(struct ledger *l, const char *campaign,
	struct csv_file *csv, struct lapse_err *err);

enum {
	EXPORT_FILES = 4,
};

/* export_manifest.c */
struct export_manifest {
	int64_t now;
	const struct export_options *options;
	const char *config_sha256;
	struct ledger_about about;
	int64_t head_seq;
	char head[65];
	struct export_population population;
	struct export_counts counts;
	struct arena *arena;
	struct strs unacknowledged;
	struct csv_about files[EXPORT_FILES];
	const char *public_key;	/* PEM; NULL: not signed */
};
int export_manifest_text(const struct export_manifest *m, struct buf *ret,
	struct lapse_err *err);

/* export_verify.c: small files, in a folder or (AT_FDCWD) anywhere, of at
 * most ret->max bytes but for 4 KiB of room. */
int export_read(int folder, const char *name, struct buf *ret,
	struct lapse_err *err);
/* <Errors> LAPSE_ELEDGER: not a manifest. */
int export_manifest_open(struct json_doc **ret, const struct buf *text,
	struct lapse_err *err);
/* What does not parse is damaged evidence here, not a remote's fault. */
int export_damaged(int rc, struct lapse_err *err);

#endif
