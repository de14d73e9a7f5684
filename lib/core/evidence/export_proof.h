/* One row of an export and what shows that it is there: the hashes beside it
 * on its way to the root that the manifest has for the file. */
#ifndef LAPSE_CORE_EXPORT_PROOF_H
#define LAPSE_CORE_EXPORT_PROOF_H

#include "export_tree.h"
#include "ledger.h"

/* <Shape> texts in the arena given. */
struct export_proof {
	const char *file;
	int64_t row;
	const char *text;	/* the row's bytes, with its line end */
	struct merkle_path path;
	const char *root;	/* in hexadecimal */
};

/* what: "FILE:N". <Errors> LAPSE_EUSAGE, LAPSE_ENOTFOUND: no such file or
 * row; LAPSE_EREFUSED: the row is no UTF-8. */
int export_prove(const char *dir, const char *what, struct arena *a,
	struct export_proof *ret, struct lapse_err *err);
/* The hashes of the way, separated by blanks. */
const char *export_path_text(const struct export_proof *p, struct arena *a);

/* A "lapse/proof.v1" row. <Errors> LAPSE_ELEDGER. */
int export_proof_parse(const char *bytes, size_t len, struct arena *a,
	struct export_proof *ret, struct lapse_err *err);
/* Reads a proof, a "lapse/proof.v1" row, and climbs. *ret_fault NULL: the row
 * is where it says, under ret->root; with a manifest's file, that is also the
 * manifest's root for that file.
 * <Errors> LAPSE_ENOTFOUND, LAPSE_ELEDGER: it cannot be understood. */
int export_check_proof(const char *proof, const char *manifest,
	struct arena *a, struct export_proof *ret, const char **ret_fault,
	struct lapse_err *err);

#endif
