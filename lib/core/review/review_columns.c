/* Campaigns, sheets and items as members of JSON objects, and back. */
#include "review_columns.h"

#include <stddef.h>
#include <string.h>

enum kind {
	TEXT,			/* may be null */
	MUST,			/* may not */
	NUMBER,			/* 0: left out */
	TIME,
	BOOL,
	DAYS,			/* -1: left out */
};

struct column {
	const char *key;
	size_t at;
	enum kind kind;
};

struct columns {
	const struct column *list;
	size_t n;
};

#define COLUMN(row, member, kind) {#member, offsetof(struct row, member), kind}
#define COLUMNS(list) (&(const struct columns){list, ARRAY_N(list)})

static const struct column campaign[] = {
	COLUMN(campaign_row, id, NUMBER),
	COLUMN(campaign_row, name, MUST),
	COLUMN(campaign_row, scope, MUST),
	COLUMN(campaign_row, state, MUST),
	COLUMN(campaign_row, no_response, MUST),
	COLUMN(campaign_row, opened_by, MUST),
	COLUMN(campaign_row, opened_at, TIME),
	COLUMN(campaign_row, due_at, TIME),
	COLUMN(campaign_row, items, NUMBER),
	COLUMN(campaign_row, digest, MUST),
	COLUMN(campaign_row, closed_at, TIME),
	COLUMN(campaign_row, closed_by, TEXT),
	COLUMN(campaign_row, acknowledger, TEXT),
	COLUMN(campaign_row, approval, TEXT),
	COLUMN(campaign_row, asked_at, TIME),
	COLUMN(campaign_row, acknowledged_by, TEXT),
	COLUMN(campaign_row, acknowledged_at, TIME),
	COLUMN(campaign_row, rejected_at, TIME),
};

static const struct column sheet[] = {
	COLUMN(sheet_row, id, NUMBER),
	COLUMN(sheet_row, campaign, NUMBER),
	COLUMN(sheet_row, reviewer, MUST),
	COLUMN(sheet_row, why, MUST),
	COLUMN(sheet_row, csv, BOOL),
	COLUMN(sheet_row, told_at, TIME),
	COLUMN(sheet_row, reminded_at, TIME),
	COLUMN(sheet_row, escalated_at, TIME),
	COLUMN(sheet_row, attachment, TEXT),
};

static const struct column frozen[] = {
	COLUMN(item_row, n, NUMBER),
	COLUMN(item_row, source, MUST),
	COLUMN(item_row, application, TEXT),
	COLUMN(item_row, role, TEXT),
	COLUMN(item_row, idp, TEXT),
	COLUMN(item_row, group, TEXT),
	COLUMN(item_row, group_name, TEXT),
	COLUMN(item_row, user, TEXT),
	COLUMN(item_row, account, TEXT),
	COLUMN(item_row, login, TEXT),
	COLUMN(item_row, name, TEXT),
	COLUMN(item_row, email, TEXT),
	COLUMN(item_row, status, TEXT),
	COLUMN(item_row, department, TEXT),
	COLUMN(item_row, title, TEXT),
	COLUMN(item_row, manager, TEXT),
	COLUMN(item_row, orphan, BOOL),
	COLUMN(item_row, elevated, BOOL),
	COLUMN(item_row, via, MUST),
	COLUMN(item_row, grant, NUMBER),
	COLUMN(item_row, granted_at, TIME),
	COLUMN(item_row, expires_at, TIME),
	COLUMN(item_row, request_key, TEXT),
	COLUMN(item_row, justification, TEXT),
	COLUMN(item_row, provisioned_by, TEXT),
	COLUMN(item_row, last_use, MUST),
	COLUMN(item_row, last_use_at, TIME),
	COLUMN(item_row, last_use_source, TEXT),
	COLUMN(item_row, last_use_why, TEXT),
	COLUMN(item_row, days_inactive, DAYS),
	COLUMN(item_row, other_roles, TEXT),
	COLUMN(item_row, seat_cost, TEXT),
	COLUMN(item_row, recommendation, MUST),
	COLUMN(item_row, recommended_why, MUST),
	COLUMN(item_row, digest, MUST),
};

static const struct column outcome[] = {
	COLUMN(item_row, campaign, NUMBER),
	COLUMN(item_row, n, NUMBER),
	COLUMN(item_row, sheet, NUMBER),
	COLUMN(item_row, task, TEXT),
	COLUMN(item_row, task_key, TEXT),
	COLUMN(item_row, decision, TEXT),
	COLUMN(item_row, decided_at, TIME),
	COLUMN(item_row, decided_by, TEXT),
	COLUMN(item_row, decision_ref, TEXT),
	COLUMN(item_row, decision_reason, TEXT),
	COLUMN(item_row, limit_until, TIME),
	COLUMN(item_row, state, MUST),
	COLUMN(item_row, outcome, TEXT),
	COLUMN(item_row, remediation, NUMBER),
	COLUMN(item_row, acted_at, TIME),
	COLUMN(item_row, settled_at, TIME),
};

/* ---- Writing: what there is not is left out ---- */

static void put(struct json_out *w, const void *row, const struct column *c)
{
	const void *at = (const char *)row + c->at;
	const char *text;
	int64_t number;

	switch (c->kind) {
	case TEXT:
	case MUST:
		text = *(const char *const *)at;
		if (text != NULL)
			json_put_text(w, c->key, text);
		return;
	case BOOL:
		if (*(const bool *)at)
			json_put_bool(w, c->key, true);
		return;
	case TIME:
		number = *(const int64_t *)at;
		if (number != WHEN_NONE)
			json_put_time(w, c->key, number);
		return;
	case NUMBER:
	case DAYS:
		number = *(const int64_t *)at;
		if (number != (c->kind == DAYS ? -1 : 0))
			json_put_int(w, c->key, number);
		return;
	}
}

static void put_all(struct json_out *w, const void *row,
	const struct columns *all)
{
	for (size_t i = 0; i < all->n; i++)
		put(w, row, &all->list[i]);
}

/* ---- Reading ---- */

static void take(struct json from, struct arena *a, void *row,
	const struct column *c)
{
	void *at = (char *)row + c->at;

	switch (c->kind) {
	case TEXT:
	case MUST:
		*(const char **)at = arena_copy(a, json_text(from, c->key,
			c->kind == MUST ? JSON_MUST : JSON_MAY));
		return;
	case BOOL:
		*(bool *)at = json_bool(from, c->key, JSON_MAY);
		return;
	case TIME:
		*(int64_t *)at = json_time(from, c->key, JSON_MAY);
		return;
	case NUMBER:
		*(int64_t *)at = json_int(from, c->key, JSON_MAY);
		return;
	case DAYS:
		*(int64_t *)at = json_here(json_at(from, c->key)) ?
			json_int(from, c->key, JSON_MUST) : -1;
		return;
	}
}

static void read_all(struct json from, struct arena *a, void *row,
	const struct columns *all)
{
	for (size_t i = 0; i < all->n; i++)
		take(from, a, row, &all->list[i]);
}

/* ---- Campaigns and sheets ---- */

void review_columns_put_campaign(struct json_out *w,
	const struct campaign_row *c)
{
	put_all(w, c, COLUMNS(campaign));
}

void review_columns_read_campaign(struct json at, struct arena *a,
	struct campaign_row *ret)
{
	read_all(at, a, ret, COLUMNS(campaign));
	ret->sought_at = ret->opened_at;
	if (ret->id <= 0)
		json_fault(at, "id", "is not that of a campaign");
}

static bool is_kept_by(const struct item_row *i, const char *ref)
{
	return i->decision != NULL && strcmp(i->decision, "keep") == 0 &&
		i->decision_ref != NULL && (ref == NULL ||
		strcmp(i->decision_ref, ref) == 0);
}

/* A bit an item, in its order; the first of four is the highest. ref NULL: all
 * of them, else those that it kept. */
static void put_bits(struct json_out *w, const struct item_rows *items,
	const char *ref)
{
	AUTO_BUF bits = {0};
	int64_t last = 0;
	int nibble = 0;

	for (size_t i = 0; i < items->list.n; i++) {
		int64_t at = items->list.items[i].n - 1;

		if (ref != NULL && !is_kept_by(&items->list.items[i], ref))
			continue;
		for (; last < at / 4; last++, nibble = 0)
			buf_char(&bits, "0123456789abcdef"[nibble]);
		nibble |= 8 >> at % 4;
	}
	if (items->list.n > 0)
		buf_char(&bits, "0123456789abcdef"[nibble]);
	json_put_text(w, "items", buf_text(&bits));
	if (bits.failed)
		w->out->failed = true;
}

/* Once for each file: where the first of its rows is met. */
static void put_keeps(struct json_out *w, const struct item_rows *items)
{
	AUTO_ARENA a = {0};
	struct strs refs = {0};

	json_put_open(w, "keeps", '[');
	for (size_t i = 0; i < items->list.n; i++) {
		const struct item_row *k = &items->list.items[i];

		if (!is_kept_by(k, NULL) || strs_has(&refs, k->decision_ref))
			continue;
		strs_add(&refs, &a, k->decision_ref);
		json_put_open(w, NULL, '{');
		json_put_text(w, "ref", k->decision_ref);
		json_put_text(w, "by", k->decided_by);
		json_put_time(w, "at", k->decided_at);
		put_bits(w, items, k->decision_ref);
		json_put_close(w, '}');
	}
	json_put_close(w, ']');
	if (a.failed)
		w->out->failed = true;
}

static void put_tasks(struct json_out *w, const struct item_rows *items)
{
	json_put_open(w, "tasks", '[');
	for (size_t i = 0; i < items->list.n; i++) {
		const struct item_row *k = &items->list.items[i];

		if (k->task == NULL)
			continue;
		json_put_open(w, NULL, '{');
		json_put_int(w, "n", k->n);
		json_put_text(w, "task", k->task);
		json_put_text(w, "key", k->task_key);
		json_put_close(w, '}');
	}
	json_put_close(w, ']');
}

static bool is_loose(const struct item_row *i)
{
	return i->task == NULL && (strcmp(i->state, "decided") == 0 ||
		strcmp(i->state, "held") == 0 ||
		strcmp(i->state, "acting") == 0);
}

void review_columns_put_sheet(struct json_out *w, const struct sheet_row *s,
	const struct item_rows *items)
{
	struct sheet_row row = *s;

	/* Its last file is to be read again where an end that it decided on
	 * stands nowhere else. */
	for (size_t i = 0; i < items->list.n; i++)
		if (is_loose(&items->list.items[i]))
			row.attachment = NULL;
	put_all(w, &row, COLUMNS(sheet));
	put_bits(w, items, NULL);
	if (s->csv)
		put_keeps(w, items);
	else
		put_tasks(w, items);
}

static void read_bits(struct json at, struct arena *a,
	struct review_numbers *ret)
{
	static const char digits[] = "0123456789abcdef";
	const char *bits = json_text(at, "items", JSON_MUST);

	for (size_t i = 0; bits != NULL && bits[i] != '\0'; i++) {
		const char *digit = strchr(digits, bits[i]);

		if (digit == NULL) {
			json_fault(at, "items", "is not hexadecimal");
			return;
		}
		for (int bit = 0; bit < 4; bit++) {
			int64_t *n = (digit - digits) & 8 >> bit ?
				VEC_ADD(&ret->list, a) : NULL;

			if (n != NULL)
				*n = (int64_t)i * 4 + bit + 1;
		}
	}
}

static void read_keeps(struct json at, struct arena *a,
	struct review_sheet *ret)
{
	for (struct json i = json_first(json_array(at, "keeps", JSON_MAY));
		json_valid(i); i = json_next(i)) {
		struct review_keeps *k = VEC_ADD(&ret->keeps, a);

		if (k == NULL)
			return;
		k->ref = arena_copy(a, json_text(i, "ref", JSON_MUST));
		k->by = arena_copy(a, json_text(i, "by", JSON_MUST));
		k->at = json_time(i, "at", JSON_MUST);
		read_bits(i, a, &k->items);
	}
}

void review_columns_read_sheet(struct json at, struct arena *a,
	struct review_sheet *ret)
{
	read_all(at, a, &ret->row, COLUMNS(sheet));
	ret->row.sought_at = WHEN_NONE;
	ret->row.updated_at = WHEN_NONE;
	read_bits(at, a, &ret->items);
	read_keeps(at, a, ret);
	for (struct json i = json_first(json_array(at, "tasks", JSON_MAY));
		json_valid(i); i = json_next(i)) {
		struct review_task *t = VEC_ADD(&ret->tasks, a);

		if (t == NULL)
			return;
		t->n = json_int(i, "n", JSON_MUST);
		t->id = arena_copy(a, json_text(i, "task", JSON_MUST));
		t->key = arena_copy(a, json_text(i, "key", JSON_MUST));
	}
	if (ret->row.id <= 0 || ret->row.campaign <= 0)
		json_fault(at, "id", "is not that of a sheet");
}

/* ---- Items ---- */

void review_columns_put_frozen(struct json_out *w, const struct item_row *i)
{
	put_all(w, i, COLUMNS(frozen));
}

void review_columns_read_frozen(struct json at, struct arena *a,
	struct item_row *ret)
{
	read_all(at, a, ret, COLUMNS(frozen));
	ret->task_sought_at = WHEN_NONE;
	ret->task_updated_at = WHEN_NONE;
	if (ret->n <= 0)
		json_fault(at, "n", "is not that of an item");
}

void review_columns_put_outcome(struct json_out *w, const struct item_row *i)
{
	put_all(w, i, COLUMNS(outcome));
}

void review_columns_read_outcome(struct json at, struct arena *a,
	struct item_row *ret)
{
	read_all(at, a, ret, COLUMNS(outcome));
	if (ret->n <= 0)
		json_fault(at, "n", "is not that of an item");
}

static void copy_texts(struct arena *a, void *row, const struct columns *all)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct column *c = &all->list[i];
		const char **at = (const char **)((char *)row + c->at);

		if (c->kind == TEXT || c->kind == MUST)
			*at = arena_copy(a, *at);
	}
}

void review_columns_own_item(struct arena *a, struct item_row *i)
{
	copy_texts(a, i, COLUMNS(frozen));
	copy_texts(a, i, COLUMNS(outcome));
}

void review_columns_own_sheet(struct arena *a, struct sheet_row *s)
{
	copy_texts(a, s, COLUMNS(sheet));
}
