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

enum {
	EXPORT_FILES_MAX = EXPORT_KINDS + 2,	/* with manifest, signature */
};

/* What the population consists of, by where its rows come from. */
struct export_counts {
	int64_t members;	/* read at the provider */
	int64_t since;		/* verified by lapse after that reading */
	int64_t manual;		/* by hand */
};

/* export_folder.c
 * <Shape> {.fd = -1}: the folder while it is built; removed unless it
 * appeared. */
struct export_folder {
	char *path;		/* its final name, without trailing slashes */
	char *temporary;	/* NULL: none */
	int fd;
	const char *names[EXPORT_FILES_MAX];	/* of the files in it */
	size_t n;
};
int export_folder_open(struct export_folder *f, const char *out,
	struct lapse_err *err);
/* A file of this name is going to be made; the name is borrowed. */
int export_folder_file(struct export_folder *f, const char *name,
	struct lapse_err *err);
int export_folder_appear(struct export_folder *f, struct lapse_err *err);
void export_folder_discard(struct export_folder *f);
#define AUTO_FOLDER                                                            \
	__attribute__((cleanup(export_folder_discard))) struct export_folder

/* export_manifest.c */
struct export_manifest {
	int64_t now;		/* what ages are counted to */
	int64_t known_until;
	const struct export_options *options;
	const char *config_sha256;
	struct ledger_about about;
	int64_t head_seq;
	char head[65];
	struct export_population population;
	struct export_counts counts;
	struct arena *arena;
	struct strs unacknowledged;
	struct csv_about files[EXPORT_KINDS];	/* by kind; no name: none */
	const char *public_key;	/* PEM; NULL: not signed */
};
int export_manifest_text(const struct export_manifest *m, struct buf *ret,
	struct lapse_err *err);

/* export_entitlements.c */
extern const struct export_table export_entitlement_table;
int export_entitlements(struct ledger *l, int64_t now,
	const struct export_filter *filter, struct csv_file *csv,
	struct export_counts *ret, struct lapse_err *err);

/* export_table.c: rows that come from one statement as they are; arg is the
 * file. */
int export_put_row(void *arg, const struct row *row, struct lapse_err *err);

/* export_siem.c: changes of a group's membership, one a line, as the words of
 * a SIEM. changes: of the grants that the filter's times choose; else those
 * that happened in them. */
int export_put_siem(struct ledger *l, const char *ledger_id,
	const struct export_filter *filter, bool changes,
	enum export_format format, struct csv_file *csv, struct lapse_err *err);

/* export_verify.c: small files, in a folder or (AT_FDCWD) anywhere, of at
 * most ret->max bytes but for 4 KiB of room. */
int export_read(int folder, const char *name, struct buf *ret,
	struct lapse_err *err);
/* <Errors> LAPSE_ELEDGER: not a manifest. */
int export_manifest_open(struct json_doc **ret, const struct buf *text,
	const char *where, struct lapse_err *err);
/* What does not parse is damaged evidence here, not a remote's fault. */
int export_damaged(int rc, struct lapse_err *err);

#endif
