/* The commands that an auditor's files come from: snapshot, review-export.
 * The work is export.c's and the ledger's. */
#include <string.h>

#include "core.h"
#include "export.h"
#include "grants.h"
#include "review_rows.h"
#include "secret.h"

#define FIELDS(f) (f), sizeof(f) / sizeof((f)[0])

int lapse_snapshot(struct lapse *l, const char *file, struct lapse_err *err)
{
	const struct lapse_field f[] = {
		{"file", LAPSE_TEXT, file, 0},
	};
	int rc = ledger_snapshot(l->ledger, file, err);

	return rc < 0 ? rc : core_record(l, "lapse/snapshot.v1", FIELDS(f),
		err);
}

/* An export is an event too; from a snapshot nothing can be noted. */
static int tell_export(struct lapse *l, const struct export_options *o,
	const struct export_result *r, struct lapse_err *err)
{
	AUTO_BUF data = {0};
	struct json_out w = {.out = &data};
	struct evidence e = {.kind = "exported"};
	int rc;

	json_put_open(&w, NULL, '{');
	json_put_int(&w, "entitlements", r->entitlements);
	json_put_int(&w, "changes", r->changes);
	json_put_text(&w, "role", o->role);
	json_put_text(&w, "idp", o->idp);
	json_put_int(&w, "head_seq", r->head_seq);
	json_put_close(&w, '}');
	if (data.failed)
		return lapse_fail_nomem(err);
	e.data = buf_text(&data);
	rc = core_begin(l, err);
	return rc < 0 ? rc : core_end(l, core_evidence(l, &e, NULL, err), err);
}

/* A population that cannot have rows is a mistake, not an empty answer. */
static int check_filters(struct lapse *l, const struct lapse_review_export *o,
	struct lapse_err *err)
{
	bool known = true;
	int rc = 0;

	if (o->since != WHEN_NONE && o->until != WHEN_NONE &&
		o->since > o->until)
		return lapse_fail(err, LAPSE_EUSAGE,
			"--since: is after --until; give the earlier one first");
	if (o->role != NULL &&
		(l->config == NULL || config_role(l->config, o->role) == NULL))
		rc = grants_know_role(l->ledger, o->role, &known, err);
	if (rc == 0 && !known)
		return lapse_fail(err, LAPSE_ENOTFOUND,
			"role: '%s': neither in the catalog nor in the ledger",
			o->role);
	if (rc == 0 && o->idp != NULL &&
		(l->config == NULL || config_idp(l->config, o->idp) == NULL))
		rc = grants_know_idp(l->ledger, o->idp, &known, err);
	if (rc == 0 && !known)
		return lapse_fail(err, LAPSE_ENOTFOUND,
			"idp: '%s': neither in the configuration nor in the "
			"ledger", o->idp);
	return rc;
}

/* The files are there, and complete; what they show is nobody's word yet. */
static void note_unacknowledged(struct lapse *l, const struct strs *names)
{
	struct lapse_err why;

	for (size_t i = 0; i < names->n; i++) {
		lapse_fail(&why, LAPSE_EREFUSED, "review %s: closed, and not "
			"acknowledged; see `lapse review-close %s "
			"--acknowledger EMAIL`", names->items[i],
			names->items[i]);
		core_note(l, LAPSE_EXIT_REFUSED, &why);
	}
}

static int check_campaign(struct lapse *l, const char *name,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct campaign_row c = {0};

	return name == NULL ? 0 :
		campaign_named(l->ledger, name, &a, &c, err);
}

int lapse_review_export(struct lapse *l, const struct lapse_review_export *o,
	struct lapse_err *err)
{
	struct export_options options = {
		.out = o->out,
		.raw = o->raw,
		.since = o->since,
		.until = o->until,
		.role = o->role,
		.idp = o->idp,
		.campaign = o->campaign,
	};
	AUTO_ARENA a = {0};
	struct export_result r = {0};
	__attribute__((cleanup(buf_wipe))) struct buf key = {0};
	int rc = check_filters(l, o, err);

	if (rc == 0 && l->config != NULL && l->config->sign_key != NULL) {
		rc = secret_read(l->config->sign_key, l->env.getenv, &key,
			err);
		options.sign_key = &key;
	}
	if (rc == 0)
		rc = check_campaign(l, o->campaign, err);
	if (rc == 0)
		rc = export_review(l->ledger, &l->env, core_now(l), &options,
			l->config != NULL ? l->config->sha256 : NULL, &a, &r,
			err);
	const struct lapse_field f[] = {
		{"folder", LAPSE_TEXT, o->out, 0},
		{"entitlements", LAPSE_INT, NULL, r.entitlements},
		{"changes", LAPSE_INT, NULL, r.changes},
		{"head_seq", LAPSE_INT, NULL, r.head_seq},
		{"head", LAPSE_TEXT, r.head, 0},
		{"campaigns", LAPSE_INT, NULL, r.campaigns},
		{"review_items", LAPSE_INT, NULL, r.items},
	};

	if (rc == 0 && l->writable)
		rc = tell_export(l, &options, &r, err);
	if (rc == 0)
		note_unacknowledged(l, &r.unacknowledged);
	return rc < 0 ? rc : core_record(l, "lapse/export.v1", FIELDS(f), err);
}
