/* The command `verify`: what is held against what, and how faults are told.
 * The work is done beside it. */
#include "verify.h"

#include <string.h>

#include "export.h"
#include "export_proof.h"
#include "verify_chain.h"

#define FIELDS(f) (f), sizeof(f) / sizeof((f)[0])

int verify_fault(struct verify_faults *f, const char *where,
	const char *fault, const char *next, struct lapse_err *err)
{
	const struct lapse_field fields[] = {
		{"where", LAPSE_TEXT, where, 0},
		{"fault", LAPSE_TEXT, fault, 0},
		{"next", LAPSE_TEXT, next, 0},
	};

	f->n++;
	return core_record(f->l, "lapse/fault.v1", FIELDS(fields), err);
}

static int conclude(const struct verify_faults *f, const char *what,
	struct lapse_err *err)
{
	if (f->n == 0)
		return 0;
	return lapse_fail(err, LAPSE_ELEDGER, "%s: %lld fault%s found; keep it "
		"as it is and compare it with a snapshot or another copy",
		what, (long long)f->n, f->n == 1 ? "" : "s");
}

/* ---- An export ---- */

static int file_fault(void *arg, const char *file, const char *fault)
{
	struct lapse_err err;

	return verify_fault(arg, file != NULL ? file : "export", fault, NULL,
		&err);
}

static int show_proof(struct lapse *l, const struct lapse_verify *o,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct export_proof p = {0};
	int rc = export_prove(o->dir, o->row, &a, &p, err);
	const char *path = rc == 0 ? export_path_text(&p, &a) : NULL;
	const struct lapse_field f[] = {
		{"file", LAPSE_TEXT, p.file, 0},
		{"row", LAPSE_INT, NULL, p.row},
		{"leaf", LAPSE_INT, NULL, (int64_t)p.path.leaf},
		{"leaves", LAPSE_INT, NULL, (int64_t)p.path.leaves},
		{"text", LAPSE_TEXT, p.text, 0},
		{"path", LAPSE_TEXT, path, 0},
		{"merkle_root", LAPSE_TEXT, p.root, 0},
	};

	if (rc == 0)
		rc = arena_check(&a, err);
	return rc < 0 ? rc : core_record(l, "lapse/proof.v1", FIELDS(f), err);
}

static int verify_folder(struct lapse *l, const struct lapse_verify *o,
	struct lapse_err *err)
{
	struct verify_faults faults = {.l = l};
	const struct lapse_field f[] = {
		{"folder", LAPSE_TEXT, o->dir, 0},
		{"result", LAPSE_TEXT, "as its manifest says", 0},
	};
	int rc = export_verify(o->dir, o->public_key, file_fault, &faults,
		err);

	if (rc == 0)
		rc = conclude(&faults, o->dir, err);
	if (rc < 0)
		return rc;
	return o->row != NULL ? show_proof(l, o, err)
		: core_record(l, "lapse/verified-export.v1", FIELDS(f), err);
}

static int verify_proof(struct lapse *l, const struct lapse_verify *o,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct verify_faults faults = {.l = l};
	struct export_proof p = {0};
	const char *fault = NULL;
	int rc = export_check_proof(o->proof, o->manifest, &a, &p, &fault,
		err);
	const struct lapse_field f[] = {
		{"file", LAPSE_TEXT, p.file, 0},
		{"row", LAPSE_INT, NULL, p.row},
		{"text", LAPSE_TEXT, p.text, 0},
		{"merkle_root", LAPSE_TEXT, p.root, 0},
		{"result", LAPSE_TEXT, o->manifest != NULL
			? "in the manifest's file" : "under this root", 0},
	};

	if (rc == 0 && fault != NULL)
		rc = verify_fault(&faults, o->proof, fault, NULL, err);
	if (rc == 0)
		rc = conclude(&faults, o->proof, err);
	return rc < 0 ? rc : core_record(l, "lapse/verified-row.v1",
		FIELDS(f), err);
}

/* ---- The ledger ---- */

static int chain_fault(void *arg, const char *fault)
{
	struct lapse_err err;

	return verify_fault(arg, "ledger", fault, NULL, &err);
}

static int show_ledger(struct lapse *l, const struct verify_result *r,
	struct lapse_err *err)
{
	const struct lapse_field f[] = {
		{"ledger", LAPSE_TEXT, ledger_path(l->ledger), 0},
		{"rows", LAPSE_INT, NULL, r->rows},
		{"head_seq", LAPSE_INT, NULL, r->head_seq},
		{"head", LAPSE_TEXT, r->head, 0},
		{"result", LAPSE_TEXT, "unbroken", 0},
	};

	return core_record(l, "lapse/verified-ledger.v1", FIELDS(f), err);
}

static int show_seen(struct lapse *l, const struct verify_seen *s,
	struct lapse_err *err)
{
	const struct lapse_field f[] = {
		{"witness", LAPSE_TEXT, "jira", 0},
		{"issues", LAPSE_INT, NULL, s->issues},
		{"properties", LAPSE_INT, NULL, s->properties},
		{"comments", LAPSE_INT, NULL, s->comments},
		{"result", LAPSE_TEXT, "agrees", 0},
	};

	return core_record(l, "lapse/verified-jira.v1", FIELDS(f), err);
}

static int show_heads(struct lapse *l, const char *file, int64_t n,
	struct lapse_err *err)
{
	const struct lapse_field f[] = {
		{"witness", LAPSE_TEXT, file, 0},
		{"heads", LAPSE_INT, NULL, n},
		{"result", LAPSE_TEXT, "on the chain", 0},
	};

	return core_record(l, "lapse/verified-heads.v1", FIELDS(f), err);
}

/* The chain first: a witness of a broken one says little. All is looked at
 * before it is judged. */
static int verify_ledger(struct lapse *l, const struct lapse_verify *o,
	struct lapse_err *err)
{
	struct verify_faults faults = {.l = l};
	struct verify_result r = {0};
	struct verify_seen seen = {0};
	int64_t heads = 0;
	int rc = verify_chain(l->ledger, chain_fault, &faults, &r, err);

	if (rc == 0 && faults.n == 0)
		rc = show_ledger(l, &r, err);
	if (rc == 0 && o->witness != NULL)
		rc = verify_heads(&faults, o->witness, &heads, err);
	if (rc == 0 && o->witness != NULL && faults.n == 0)
		rc = show_heads(l, o->witness, heads, err);
	if (rc == 0 && o->jira)
		rc = verify_jira(&faults, &seen, err);
	if (rc == 0 && o->jira && faults.n == 0)
		rc = show_seen(l, &seen, err);
	return rc < 0 ? rc : conclude(&faults, ledger_path(l->ledger), err);
}

int lapse_verify(struct lapse *l, const struct lapse_verify *o,
	struct lapse_err *err)
{
	if (o->dir != NULL)
		return verify_folder(l, o, err);
	if (o->proof != NULL)
		return verify_proof(l, o, err);
	return verify_ledger(l, o, err);
}
