/* What an export consists of: the files of a folder with its manifest, or one
 * stream of rows. All of it from one view of the ledger. */
#include "export_private.h"

#include <string.h>

#include "sign.h"

/* What the files are filled from. */
struct filling {
	struct ledger *l;
	struct export_manifest *m;
	struct export_filter filter;
};

typedef int put_fn(struct filling *f, enum export_kind kind,
	struct csv_file *csv, struct lapse_err *err);

static enum export_format format_of(const struct filling *f,
	enum export_kind kind);

static int put_entitlements(struct filling *f, enum export_kind kind,
	struct csv_file *csv, struct lapse_err *err)
{
	(void)kind;
	return export_entitlements(f->l, f->m->now, &f->filter, csv,
		&f->m->counts, err);
}

static int put_siem(struct filling *f, enum export_kind kind,
	struct csv_file *csv, struct lapse_err *err)
{
	return export_put_siem(f->l, f->m->about.id, &f->filter,
		kind == EXPORT_CHANGES, format_of(f, kind), csv, err);
}

static int put_changes(struct filling *f, enum export_kind kind,
	struct csv_file *csv, struct lapse_err *err)
{
	if (csv->table == NULL)
		return put_siem(f, kind, csv, err);
	return export_changes(f->l, &f->filter, export_put_row, csv, err);
}

static int put_events(struct filling *f, enum export_kind kind,
	struct csv_file *csv, struct lapse_err *err)
{
	if (csv->table == NULL)
		return put_siem(f, kind, csv, err);
	return export_events(f->l, &f->filter, export_put_row, csv, err);
}

static int put_campaigns(struct filling *f, enum export_kind kind,
	struct csv_file *csv, struct lapse_err *err)
{
	(void)kind;
	return export_campaigns(f->l, f->m->options->campaign, export_put_row,
		csv, err);
}

static int put_items(struct filling *f, enum export_kind kind,
	struct csv_file *csv, struct lapse_err *err)
{
	(void)kind;
	return export_items(f->l, f->m->options->campaign, export_put_row, csv,
		err);
}

static int put_policies(struct filling *f, enum export_kind kind,
	struct csv_file *csv, struct lapse_err *err)
{
	(void)kind;
	return export_policies(f->l, &f->filter, export_put_row, csv, err);
}

/* ---- Kinds and formats ---- */

enum { FORMATS = EXPORT_ECS + 1 };

static const struct {
	const char *name;
	const struct export_table *table;
	put_fn *put;
	bool alone;		/* may be asked for by name */
	const char *files[FORMATS];	/* NULL: not in this format */
} kinds[EXPORT_KINDS] = {
	[EXPORT_ENTITLEMENTS] = {"entitlements", &export_entitlement_table,
		put_entitlements, true,
		{"entitlements.csv", "entitlements.jsonl", NULL, NULL}},
	[EXPORT_CHANGES] = {"changes", &export_change_table, put_changes, true,
		{"changes.csv", "changes.jsonl", "changes.ocsf.jsonl",
			"changes.ecs.jsonl"}},
	[EXPORT_EVENTS] = {"events", &export_event_table, put_events, true,
		{"events.csv", "events.jsonl", "events.ocsf.jsonl",
			"events.ecs.jsonl"}},
	[EXPORT_CAMPAIGNS] = {"campaigns", &export_campaign_table,
		put_campaigns, false,
		{"campaigns.csv", NULL, NULL, NULL}},
	[EXPORT_ITEMS] = {"review_items", &export_item_table, put_items, false,
		{"review_items.csv", NULL, NULL, NULL}},
	[EXPORT_POLICIES] = {"policies", &export_policy_table, put_policies,
		false, {NULL, "policies.jsonl", NULL, NULL}},
};

static const char *const formats[FORMATS] = {"csv", "jsonl", "ocsf", "ecs"};

int export_kind_named(const char *name, enum export_kind *ret,
	struct lapse_err *err)
{
	for (size_t i = 0; i < EXPORT_KINDS; i++) {
		if (kinds[i].alone && strcmp(kinds[i].name, name) == 0) {
			*ret = (enum export_kind)i;
			return 0;
		}
	}
	return lapse_fail(err, LAPSE_EUSAGE, "export: '%s' is not changes, "
		"events or entitlements", name);
}

int export_format_named(const char *name, enum export_kind kind,
	enum export_format *ret, struct lapse_err *err)
{
	size_t i = 0;

	while (i < FORMATS && strcmp(formats[i], name) != 0)
		i++;
	if (i == FORMATS)
		return lapse_fail(err, LAPSE_EUSAGE, "option '--format': '%s' "
			"is not csv, jsonl, ocsf or ecs", name);
	if (kinds[kind].files[i] == NULL)
		return lapse_fail(err, LAPSE_EUSAGE, "option '--format': %s "
			"has no events of %s; csv and jsonl have them",
			formats[i], kinds[kind].name);
	*ret = (enum export_format)i;
	return 0;
}

const char *export_format_name(enum export_format format)
{
	return formats[format];
}

/* What has one format only has that one. */
static enum export_format format_of(const struct filling *f,
	enum export_kind kind)
{
	enum export_format format = f->m->options->format;

	if (kinds[kind].files[format] != NULL)
		return format;
	return kind == EXPORT_POLICIES ? EXPORT_JSONL : EXPORT_CSV;
}

static bool is_wanted(const struct filling *f, size_t kind)
{
	return (f->m->options->kinds & 1u << kind) != 0;
}

/* ---- Files ---- */

static int put_rows(struct filling *f, enum export_kind kind,
	struct csv_file *csv, struct lapse_err *err)
{
	enum export_format format = format_of(f, kind);
	bool cells = format == EXPORT_CSV || format == EXPORT_JSONL;
	int rc = csv_begin(csv, cells ? kinds[kind].table : NULL, format, err);

	if (rc == 0)
		rc = kinds[kind].put(f, kind, csv, err);
	if (rc == 0)
		rc = csv_close(csv, err);
	f->m->files[kind] = csv->about;
	return rc;
}

static int put_file(struct filling *f, struct export_folder *folder,
	enum export_kind kind, struct lapse_err *err)
{
	const char *name = kinds[kind].files[format_of(f, kind)];
	AUTO_CSV csv = {.fd = -1};
	int rc = export_folder_file(folder, name, err);

	if (rc == 0)
		rc = csv_open(&csv, folder->fd, name, !f->m->options->raw, err);
	return rc == 0 ? put_rows(f, kind, &csv, err) : rc;
}

static int put_bytes(struct export_folder *folder, const char *name,
	const void *bytes, size_t len, struct lapse_err *err)
{
	AUTO_CSV file = {.fd = -1};
	int rc = export_folder_file(folder, name, err);

	if (rc == 0)
		rc = csv_open(&file, folder->fd, name, true, err);
	buf_add(&file.buf, bytes, len);
	return rc == 0 ? csv_close(&file, err) : rc;
}

/* The manifest names every other file by its digest: one signature over it is
 * one over all. */
static int put_manifest(struct export_folder *folder,
	struct export_manifest *m, struct lapse_err *err)
{
	const struct buf *key = m->options->sign_key;
	unsigned char sig[SIGN_BYTES];
	AUTO_BUF public = {0};
	AUTO_BUF text = {0};
	int rc = key == NULL ? 0 : sign_public(key, &public, err);

	m->public_key = key == NULL ? NULL : buf_text(&public);
	if (rc == 0)
		rc = export_manifest_text(m, &text, err);
	m->public_key = NULL;
	if (rc == 0)
		rc = put_bytes(folder, EXPORT_MANIFEST, text.data, text.len,
			err);
	if (rc == 0 && key != NULL)
		rc = sign_bytes(key, text.data, text.len, sig, err);
	return rc < 0 || key == NULL ? rc : put_bytes(folder,
		EXPORT_SIGNATURE, sig, sizeof(sig), err);
}

static int put_folder(struct filling *f, struct export_folder *folder,
	struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < EXPORT_KINDS && rc == 0; i++) {
		if (is_wanted(f, i))
			rc = put_file(f, folder, (enum export_kind)i, err);
	}
	if (rc == 0 && is_wanted(f, EXPORT_CAMPAIGNS))
		rc = export_unacknowledged(f->l, f->m->options->campaign,
			f->m->arena, &f->m->unacknowledged, err);
	return rc == 0 ? put_manifest(folder, f->m, err) : rc;
}

static int put_stream(struct filling *f, const struct lapse_env *env,
	struct lapse_err *err)
{
	AUTO_CSV csv = {.fd = -1};
	size_t kind = 0;

	while (kind < EXPORT_KINDS && !is_wanted(f, kind))
		kind++;
	csv_stream(&csv, env, "standard output", !f->m->options->raw);
	return put_rows(f, (enum export_kind)kind, &csv, err);
}

/* While others may write. */
static int put_all(struct filling *f, struct export_folder *folder,
	const struct lapse_env *env, struct lapse_err *err)
{
	struct export_manifest *m = f->m;
	struct ledger *AUTO_TX tx = NULL;
	bool then = m->options->as_of != WHEN_NONE;
	int rc = ledger_begin_read(f->l, err);

	if (rc != 0)
		return rc;
	tx = f->l;
	rc = ledger_about(f->l, &m->about, err);
	if (rc == 0)
		rc = evidence_head(f->l, &m->head_seq, m->head, err);
	if (rc == 0)
		rc = export_known_until(f->l, &m->known_until, err);
	m->now = then ? m->options->as_of : m->known_until;
	if (rc == 0)
		rc = (then ? export_population_then : export_population)(f->l,
			&f->filter, &m->population, err);
	if (rc != 0)
		return rc;
	return folder->fd >= 0 ? put_folder(f, folder, err)
			       : put_stream(f, env, err);
}

int export_write(struct ledger *l, const struct lapse_env *env,
	const struct export_options *o, const char *config_sha256,
	struct arena *a, struct export_result *ret, struct lapse_err *err)
{
	AUTO_FOLDER folder = {.fd = -1};
	struct export_manifest m = {
		.arena = a,
		.options = o,
		.config_sha256 = config_sha256,
	};
	struct filling f = {l, &m, {o->idp, o->role, o->since, o->until,
					  o->as_of}};
	int rc = 0;

	if (o->out != NULL)
		rc = export_folder_open(&folder, o->out, err);
	if (rc == 0)
		rc = put_all(&f, &folder, env, err);
	if (rc == 0 && o->out != NULL)
		rc = export_folder_appear(&folder, err);
	if (rc != 0)
		return rc;
	for (size_t i = 0; i < EXPORT_KINDS; i++)
		ret->rows[i] = m.files[i].rows;
	ret->unacknowledged = m.unacknowledged;
	ret->known_until = m.known_until;
	ret->population = m.population;
	ret->head_seq = m.head_seq;
	memcpy(ret->head, m.head, sizeof(ret->head));
	return 0;
}
