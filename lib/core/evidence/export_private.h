/* The parts of the export. */
#ifndef LAPSE_CORE_EXPORT_PRIVATE_H
#define LAPSE_CORE_EXPORT_PRIVATE_H

#include "export.h"
#include "export_csv.h"
#include "export_review_rows.h"

#define EXPORT_MANIFEST "MANIFEST.json"
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
};
int export_manifest_text(const struct export_manifest *m, struct buf *ret,
	struct lapse_err *err);

#endif
