/* A campaign's sheets: an issue for each reviewer, made many at once, and
 * claimed in the ledger before it is sent for. */
#include "review_deliver.h"

#include <string.h>

#include "hash.h"
#include "ledger_people.h"
#include "texts_sheet.h"

static int put_sheet(struct delivering *d, struct sheet_row *s,
	int64_t sought_at, const char *issue, const char *key,
	bool *ret_claimed, struct lapse_err *err)
{
	struct sheet_row now;
	int rc = sheet_get(d->l->ledger, s->id, d->arena, &now, err);

	*ret_claimed = rc == 0 && now.issue == NULL && (issue != NULL ||
		sought_at == WHEN_NONE || now.sought_at == WHEN_NONE);
	if (*ret_claimed) {
		now.sought_at = sought_at;
		now.issue = issue;
		now.issue_key = key;
		rc = sheet_put(d->l->ledger, &now, err);
	}
	if (rc == 0)
		*s = now;
	return rc;
}

static int put_sheet_mark(struct delivering *d, const struct sheet_row *s,
	struct json_out *w, struct lapse_err *err)
{
	const struct review_mark mark = {.campaign = d->c.id,
		.sheet = s->id};
	AUTO_BUF file = {0};
	char sha256[HASH_HEX];
	int rc = 0;

	if (s->csv)
		rc = deliver_file_bytes(d, s, &file, err);
	if (rc == 0 && s->csv)
		rc = hash_hex(buf_text(&file), file.len, sha256, err);
	if (rc < 0)
		return rc;
	json_put_open(w, "properties", '[');
	json_put_open(w, NULL, '{');
	json_put_text(w, "key", REVIEW_PROPERTY);
	review_put_mark(w, "value", d->about.id, &mark, s->csv ? sha256 :
		NULL);
	json_put_close(w, '}');
	json_put_close(w, ']');
	return 0;
}

static int sheet_element(struct delivering *d, const struct sheet_row *s,
	bool assigned, struct review_made *ret, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	AUTO_BUF summary = {0};
	AUTO_BUF adf = {0};
	AUTO_BUF out = {0};
	struct json_out w = {.out = &out};
	struct item_rows items = {0};
	struct account_row reviewer = {0};
	int rc = items_of_sheet(d->l->ledger, s->id, &a, &items, err);

	if (rc < 0)
		return rc;
	if (account_get(d->l->ledger, s->reviewer, &a, &reviewer, NULL) < 0)
		reviewer.name = NULL;
	sheet_say_sheet(&summary, &d->c, s, reviewer.name);
	sheet_document(&adf, &d->c, s, &items, delivering_zone(d, s->reviewer,
		&a));
	json_put_open(&w, NULL, '{');
	json_put_open(&w, "fields", '{');
	delivering_put_fields(&w, d, d->l->config->review.issue_type,
		buf_text(&summary), buf_text(&adf), assigned ? s->reviewer :
		NULL);
	json_put_close(&w, '}');
	rc = put_sheet_mark(d, s, &w, err);
	json_put_close(&w, '}');
	if (rc == 0 && (summary.failed || adf.failed || out.failed))
		return lapse_fail_nomem(err);
	*ret = (struct review_made){.element = arena_copy(d->arena,
		buf_text(&out))};
	return rc < 0 ? rc : arena_check(d->arena, err);
}

struct sheets_owed {
	struct sheet_row **rows;
	struct review_made *made;
	size_t n;
};

static int claim_sheets(struct delivering *d, struct sheets_owed *o,
	struct lapse_err *err)
{
	int rc = core_begin(d->l, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < d->sheets.list.n && rc == 0; i++) {
		struct sheet_row *s = &d->sheets.list.items[i];
		bool claimed = false;

		if (s->issue != NULL || s->sought_at != WHEN_NONE)
			continue;
		rc = put_sheet(d, s, core_now(d->l), NULL, NULL, &claimed,
			err);
		if (claimed)
			o->rows[o->n++] = s;
	}
	return core_end(d->l, rc, err);
}

static int keep_sheets(struct delivering *d, const struct sheets_owed *o,
	struct lapse_err *err)
{
	int rc = core_begin(d->l, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < o->n && rc == 0; i++) {
		const struct review_made *m = &o->made[i];
		bool any;

		if (!m->doubtful)
			rc = put_sheet(d, o->rows[i], m->id != NULL ?
				o->rows[i]->sought_at : WHEN_NONE, m->id,
				m->key, &any, err);
	}
	return core_end(d->l, rc, err);
}

/* Who cannot be assigned is asked all the same: the ledger knows whose it
 * is. */
static int make_bare(struct delivering *d, struct sheets_owed *o,
	struct lapse_err *ret_why, struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < o->n && rc == 0; i++) {
		if (!o->made[i].refused)
			continue;
		*ret_why = (struct lapse_err){0};
		rc = sheet_element(d, o->rows[i], false, &o->made[i], err);
		if (rc == 0)
			rc = review_make(d->l, &o->made[i], 1, d->arena,
				ret_why, err);
	}
	return rc;
}

int deliver_sheets(struct delivering *d, struct lapse_err *err)
{
	struct sheets_owed o = {
		.rows = arena_alloc(d->arena, (d->sheets.list.n + 1) *
			sizeof(struct sheet_row *)),
		.made = arena_alloc(d->arena, (d->sheets.list.n + 1) *
			sizeof(*o.made)),
	};
	struct lapse_err why = {0};
	int rc = o.rows == NULL || o.made == NULL ? lapse_fail_nomem(err) :
		claim_sheets(d, &o, err);

	for (size_t i = 0; i < o.n && rc == 0; i++)
		rc = sheet_element(d, o.rows[i], true, &o.made[i], err);
	if (rc == 0 && o.n > 0)
		rc = review_make(d->l, o.made, o.n, d->arena, &why, err);
	if (rc == 0)
		rc = make_bare(d, &o, &why, err);
	if (rc == 0 && o.n > 0)
		rc = keep_sheets(d, &o, err);
	return rc < 0 ? rc : delivering_note(d, why.code, &why, err);
}

static int match_sheet(struct delivering *d, const char *id, const char *key,
	struct lapse_err *err)
{
	struct review_mark mark = {0};
	struct sheet_row known;
	bool any;
	int rc = sheet_of_issue(d->l->ledger, id, d->arena, &known, err);

	if (rc == 0 || rc != LAPSE_ENOTFOUND)
		return rc;
	rc = review_mark_of(d->l, id, &mark, err);
	for (size_t i = 0; i < d->sheets.list.n && rc == 0; i++) {
		struct sheet_row *s = &d->sheets.list.items[i];

		if (s->issue != NULL || mark.campaign != d->c.id ||
			mark.sheet != s->id)
			continue;
		rc = core_begin(d->l, err);
		if (rc == 0)
			rc = core_end(d->l, put_sheet(d, s, s->sought_at, id,
				key, &any, err), err);
	}
	return rc;
}

static bool is_doubtful(const struct delivering *d, const struct sheet_row *s)
{
	return s->issue == NULL && s->sought_at != WHEN_NONE &&
		core_now(d->l) - s->sought_at >= REVIEW_SETTLE_S;
}

int deliver_sheet_doubts(struct delivering *d, struct lapse_err *err)
{
	struct strs ids = {0};
	struct strs keys = {0};
	int64_t since = WHEN_NONE;
	int rc = 0;

	for (size_t i = 0; i < d->sheets.list.n; i++) {
		const struct sheet_row *s = &d->sheets.list.items[i];

		if (is_doubtful(d, s) && (since == WHEN_NONE ||
			s->sought_at < since))
			since = s->sought_at;
	}
	if (since == WHEN_NONE)
		return 0;
	rc = review_created_since(d->l, since, d->arena, &ids, &keys, err);
	for (size_t i = 0; i < ids.n && rc == 0; i++)
		rc = match_sheet(d, ids.items[i], keys.items[i], err);
	if (rc == 0)
		rc = core_begin(d->l, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < d->sheets.list.n && rc == 0; i++) {
		struct sheet_row *s = &d->sheets.list.items[i];
		bool any;

		if (is_doubtful(d, s))
			rc = put_sheet(d, s, WHEN_NONE, NULL, NULL, &any, err);
	}
	return core_end(d->l, rc, err);
}
