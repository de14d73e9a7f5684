/* The commands that an auditor's files come from: snapshot, review-export,
 * export. The work is export.c's and the ledger's. */
#include <string.h>

#include "core.h"
#include "export.h"
#include "grants.h"
#include "log.h"
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
	json_put_int(&w, "entitlements", r->rows[EXPORT_ENTITLEMENTS]);
	json_put_int(&w, "changes", r->rows[EXPORT_CHANGES]);
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
static int check_filters(struct lapse *l, const struct export_options *o,
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

static int write_export(struct lapse *l, const struct export_options *o,
	struct arena *a, struct export_result *ret, struct lapse_err *err)
{
	const char *reference = l->config != NULL && o->out != NULL
		? l->config->sign_key : NULL;
	__attribute__((cleanup(buf_wipe))) struct buf key = {0};
	struct export_options with = *o;
	int rc = 0;

	if (reference != NULL)
		rc = secret_read(reference, l->env.getenv, &key, err);
	if (reference != NULL)
		with.sign_key = &key;
	return rc < 0 ? rc : export_write(l->ledger, &l->env, &with,
		l->config != NULL ? l->config->sha256 : NULL, a, ret, err);
}

int lapse_review_export(struct lapse *l, const struct lapse_review_export *o,
	struct lapse_err *err)
{
	const struct export_options options = {
		.out = o->out,
		.kinds = 1u << EXPORT_ENTITLEMENTS | 1u << EXPORT_CHANGES |
			1u << EXPORT_CAMPAIGNS | 1u << EXPORT_ITEMS |
			1u << EXPORT_POLICIES,
		.raw = o->raw,
		.since = o->since,
		.until = o->until,
		.as_of = WHEN_NONE,
		.role = o->role,
		.idp = o->idp,
		.campaign = o->campaign,
	};
	AUTO_ARENA a = {0};
	struct export_result r = {0};
	int rc = check_filters(l, &options, err);

	if (rc == 0)
		rc = check_campaign(l, o->campaign, err);
	if (rc == 0)
		rc = write_export(l, &options, &a, &r, err);
	const struct lapse_field f[] = {
		{"folder", LAPSE_TEXT, o->out, 0},
		{"entitlements", LAPSE_INT, NULL,
			r.rows[EXPORT_ENTITLEMENTS]},
		{"changes", LAPSE_INT, NULL,
			r.rows[EXPORT_CHANGES]},
		{"head_seq", LAPSE_INT, NULL, r.head_seq},
		{"head", LAPSE_TEXT, r.head, 0},
		{"campaigns", LAPSE_INT, NULL,
			r.rows[EXPORT_CAMPAIGNS]},
		{"review_items", LAPSE_INT, NULL,
			r.rows[EXPORT_ITEMS]},
	};

	if (rc == 0 && l->writable)
		rc = tell_export(l, &options, &r, err);
	if (rc == 0)
		note_unacknowledged(l, &r.unacknowledged);
	return rc < 0 ? rc : core_record(l, "lapse/export.v1", FIELDS(f), err);
}

/* A time that nothing was recorded of yet is no mistake, but not evidence. */
static void warn_unknown(struct lapse *l, int64_t as_of, int64_t known_until)
{
	char then[WHEN_TEXT];
	char known[WHEN_TEXT];

	if (as_of != WHEN_NONE && as_of > known_until)
		log_say(&l->env, LAPSE_WARNING, "export: --as-of %s: the ledger "
			"knows nothing of later than %s",
			when_time(as_of, then), when_time(known_until, known));
}

/* What nobody had read yet is not empty, but not known. */
static void note_unread(struct lapse *l, int64_t as_of,
	const struct export_population *p)
{
	char then[WHEN_TEXT];
	char first[WHEN_TEXT];
	struct lapse_err why;

	if (p->unknown == 0)
		return;
	lapse_fail(&why, LAPSE_ENOTFOUND, "entitlements: not known at %s: "
		"lapse was not watching %lld of %lld groups yet%s%s; of these "
		"only what it knew all the same is there",
		when_time(as_of, then), (long long)p->unknown,
		(long long)p->groups, p->first == WHEN_NONE ? "" :
		", the first of them was first read at ",
		p->first == WHEN_NONE ? "" : when_time(p->first, first));
	core_note(l, LAPSE_EXIT_NOT_FOUND, &why);
}

static int tell_file(struct lapse *l, const struct export_options *o,
	const char *what, int64_t rows, const struct export_result *r,
	struct lapse_err *err)
{
	const struct lapse_field f[] = {
		{"folder", LAPSE_TEXT, o->out, 0},
		{"what", LAPSE_TEXT, what, 0},
		{"format", LAPSE_TEXT, export_format_name(o->format), 0},
		{"rows", LAPSE_INT, NULL, rows},
		{"policies", LAPSE_INT, NULL, r->rows[EXPORT_POLICIES]},
		{"head_seq", LAPSE_INT, NULL, r->head_seq},
		{"head", LAPSE_TEXT, r->head, 0},
	};

	return core_record(l, "lapse/export-file.v1", FIELDS(f), err);
}

int lapse_export(struct lapse *l, const struct lapse_export *o,
	struct lapse_err *err)
{
	struct export_options options = {
		.out = o->out,
		.raw = o->raw,
		.since = o->since,
		.until = o->until,
		.as_of = o->as_of,
		.role = o->role,
		.idp = o->idp,
	};
	AUTO_ARENA a = {0};
	struct export_result r = {0};
	enum export_kind kind = EXPORT_CHANGES;
	int rc = export_kind_named(o->what, &kind, err);

	if (rc == 0)
		rc = export_format_named(o->format, kind, &options.format, err);
	if (rc == 0)
		rc = check_filters(l, &options, err);
	if (rc < 0)
		return rc;
	options.kinds = 1u << kind;
	if (o->out != NULL)
		options.kinds |= 1u << EXPORT_POLICIES;
	rc = write_export(l, &options, &a, &r, err);
	if (rc == 0)
		warn_unknown(l, o->as_of, r.known_until);
	if (rc == 0 && kind == EXPORT_ENTITLEMENTS && o->as_of != WHEN_NONE)
		note_unread(l, o->as_of, &r.population);
	return rc < 0 || o->out == NULL ? rc
		: tell_file(l, &options, o->what, r.rows[kind], &r, err);
}
