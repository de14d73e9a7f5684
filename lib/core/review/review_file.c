/* The files of a campaign: made of frozen rows, so that they are the same at
 * any time, and attached once. */
#include "review_file.h"

#include <stdio.h>
#include <string.h>

#include "notice.h"
#include "projection_seal.h"
#include "review.h"
#include "review_make.h"

enum {
	PART_MAX = 3 << 20,	/* bytes; Jira gives back a little more */
	DAY_S = 86400,
	THERE = -1,		/* the cursor's value when nothing is owed */
};

#define SCHEMA "lapse/review-file.v1"

static const char *const names[] = {
	[REVIEW_POPULATION] = "population",
	[REVIEW_RESULT] = "result",
};

/* ---- How far it is: the campaign's row has no column for it ---- */

static const char *cursor_of(int64_t campaign, enum review_file which,
	char name[64])
{
	snprintf(name, 64, "review-%s:%lld", names[which],
		(long long)campaign);
	return name;
}

int review_file_known(struct lapse *l, int64_t campaign,
	enum review_file which, struct lapse_err *err)
{
	char name[64];

	return ledger_set_cursor(l->ledger, cursor_of(campaign, which, name),
		THERE, err);
}

/* *ret_before: when it was tried before, 0: never. A time to come: Jira said
 * no, and is not asked again until then. */
static int claim(struct lapse *l, const struct campaign_row *c,
	enum review_file which, bool *ret_mine, int64_t *ret_before,
	struct lapse_err *err)
{
	char name[64];
	int64_t tried = 0;
	int rc = core_begin(l, err);

	if (rc < 0)
		return rc;
	rc = ledger_cursor(l->ledger, cursor_of(c->id, which, name), &tried,
		0, err);
	*ret_mine = rc == 0 && tried != THERE &&
		core_now(l) - tried >= REVIEW_SETTLE_S;
	*ret_before = tried;
	if (*ret_mine)
		rc = ledger_set_cursor(l->ledger, name, core_now(l), err);
	return core_end(l, rc, err);
}

static int put_off(struct lapse *l, const struct campaign_row *c,
	enum review_file which, struct lapse_err *err)
{
	char name[64];
	int rc = core_begin(l, err);

	return rc < 0 ? rc : core_end(l, ledger_set_cursor(l->ledger,
		cursor_of(c->id, which, name), core_now(l) + DAY_S, err), err);
}

static int finish(struct lapse *l, const struct campaign_row *c,
	enum review_file which, struct lapse_err *err)
{
	int rc = core_begin(l, err);

	if (rc < 0)
		return rc;
	rc = review_file_known(l, c->id, which, err);
	if (rc == 0)
		rc = notice_owe(l, c->issue, NOTICE_PROPERTY, NULL, NULL, 0,
			err);
	rc = core_end(l, rc, err);
	return rc < 0 ? rc : projection_write(l, c->issue, err);
}

/* ---- Its bytes ---- */

struct making {
	struct lapse *l;
	const struct campaign_row *c;
	struct arena *arena;
	struct ledger_about about;
	enum review_file which;
	struct buf part;
	VEC(const char *) parts;
};

static void clear_making(struct making *m)
{
	buf_clear(&m->part);
}
#define AUTO_MAKING __attribute__((cleanup(clear_making))) struct making

static int end_part(struct making *m, struct lapse_err *err)
{
	const char **part = VEC_ADD(&m->parts, m->arena);

	if (buf_check(&m->part, err, "review file") < 0)
		return LAPSE_ENOMEM;
	if (part != NULL)
		*part = arena_copy(m->arena, buf_text(&m->part));
	buf_reset(&m->part);
	return arena_check(m->arena, err);
}

/* The object of the line is open; seals and adds it. */
static int end_line(struct making *m, struct buf *line, struct json_out *w,
	struct lapse_err *err)
{
	int rc;

	json_put_close(w, '}');
	rc = seal_add(m->l, line, err);
	if (rc == 0 && m->part.len + line->len >= PART_MAX)
		rc = end_part(m, err);
	if (rc < 0)
		return rc;
	buf_str(&m->part, buf_text(line));
	buf_char(&m->part, '\n');
	return 0;
}

static void begin_line(const struct making *m, const char *kind,
	struct json_out *w)
{
	json_put_open(w, NULL, '{');
	json_put_text(w, "schema", SCHEMA);
	json_put_text(w, "ledger", m->about.id);
	json_put_text(w, "kind", kind);
}

static int put_item(void *arg, const struct item_row *i, struct lapse_err *err)
{
	struct making *m = arg;
	AUTO_BUF line = {0};
	struct json_out w = {.out = &line};

	if (m->which == REVIEW_POPULATION) {
		begin_line(m, "item", &w);
		json_put_int(&w, "campaign", m->c->id);
		review_columns_put_frozen(&w, i);
	} else {
		begin_line(m, "outcome", &w);
		review_columns_put_outcome(&w, i);
	}
	return end_line(m, &line, &w, err);
}

static int put_sheet(struct making *m, const struct sheet_row *s,
	struct lapse_err *err)
{
	AUTO_ARENA a = {.max = 256 << 20};
	AUTO_BUF line = {0};
	struct json_out w = {.out = &line};
	struct item_rows items = {0};
	int rc = items_of_sheet(m->l->ledger, s->id, &a, &items, err);

	if (rc < 0)
		return rc;
	begin_line(m, "sheet", &w);
	review_columns_put_sheet(&w, s, &items);
	return end_line(m, &line, &w, err);
}

static int make(struct making *m, struct lapse_err *err)
{
	struct sheet_rows all = {0};
	int rc = ledger_about(m->l->ledger, &m->about, err);

	if (rc == 0)
		rc = items_of_campaign(m->l->ledger, m->c->id, put_item, m,
			err);
	if (rc == 0)
		rc = sheets(m->l->ledger, m->c->id, m->arena, &all, err);
	for (size_t i = 0; i < all.list.n && rc == 0; i++)
		rc = put_sheet(m, &all.list.items[i], err);
	return rc < 0 ? rc : end_part(m, err);
}

/* ---- Attaching ---- */

static void put_stem(struct buf *out, int64_t campaign, enum review_file which)
{
	buf_fmt(out, "lapse-campaign-%lld-%s-", (long long)campaign,
		names[which]);
}

static int list(struct lapse *l, const char *issue, struct arena *a,
	const struct jira_attachments **ret, struct lapse_err *err)
{
	struct op op = {
		.step = jira_get_attachments,
		.name = "get attachments",
		.issue = issue,
		.arena = a,
	};
	int rc = core_self(l, err);

	if (rc == 0)
		rc = core_jira(l, &op, err);
	*ret = rc == 0 && op.outcome != OP_GONE ? op.ret : NULL;
	op_clear(&op);
	return rc;
}

static bool is_own(const struct lapse *l, const struct jira_attachment *at)
{
	return at->author.account != NULL &&
		strcmp(at->author.account, l->self.account) == 0;
}

static bool is_there(const struct lapse *l,
	const struct jira_attachments *all, const char *name)
{
	for (size_t i = 0; all != NULL && i < all->items.n; i++)
		if (is_own(l, &all->items.items[i]) &&
			strcmp(all->items.items[i].name, name) == 0)
			return true;
	return false;
}

static int attach(struct making *m, size_t part, const char *name,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct op op = {
		.step = jira_attach,
		.name = "attach",
		.issue = m->c->issue,
		.key = name,
		.body = m->parts.items[part],
		.arena = &a,
	};
	int rc = core_jira(m->l, &op, err);

	m->l->told_jira = true;
	op_clear(&op);
	return rc;
}

static int attach_all(struct making *m, bool tried, struct lapse_err *err)
{
	const struct jira_attachments *all = NULL;
	int rc = tried ? list(m->l, m->c->issue, m->arena, &all, err) : 0;

	for (size_t i = 0; i < m->parts.n && rc == 0; i++) {
		AUTO_BUF name = {0};

		put_stem(&name, m->c->id, m->which);
		buf_fmt(&name, "%zu.jsonl", i + 1);
		rc = buf_check(&name, err, "file name");
		if (rc == 0 && !is_there(m->l, all, buf_text(&name)))
			rc = attach(m, i, buf_text(&name), err);
	}
	return rc;
}

/* An issue that is gone, or takes no files, must not be asked at each tick. */
int review_file_deliver(struct lapse *l, const struct campaign_row *c,
	enum review_file which, struct lapse_err *err)
{
	AUTO_ARENA a = {.max = 512 << 20};
	AUTO_MAKING m = {.l = l, .c = c, .arena = &a, .which = which,
		.part.max = 2 * PART_MAX};
	struct lapse_err why;
	int64_t before = 0;
	bool mine = false;
	int rc = c->issue == NULL ? 0 :
		claim(l, c, which, &mine, &before, err);

	if (rc < 0 || !mine)
		return rc;
	rc = make(&m, err);
	if (rc == 0)
		rc = attach_all(&m, before != 0, err);
	if (rc == 0)
		return finish(l, c, which, err);
	if ((rc == LAPSE_EREFUSED || rc == LAPSE_ENOTFOUND) &&
		put_off(l, c, which, &why) < 0)
		*err = why;
	return lapse_prefix(err, "review %s: the %s for `lapse rebuild` is "
		"not on %s", c->name, names[which], c->issue_key);
}

/* ---- Those that are owed ---- */

static int deliver_one(struct lapse *l, const struct campaign_row *c,
	enum review_file which, struct lapse_err *err)
{
	char name[64];
	int64_t at = 0;
	struct lapse_err why;
	int rc = ledger_cursor(l->ledger, cursor_of(c->id, which, name), &at,
		0, err);

	if (rc < 0 || at == THERE ||
		core_now(l) - at < REVIEW_SETTLE_S)
		return rc;
	rc = review_file_deliver(l, c, which, &why);
	if (rc == 0 || rc > LAPSE_EINTERNAL) {
		if (rc < 0)
			core_note(l, LAPSE_EXIT_RETRY, &why);
		return 0;
	}
	*err = why;
	return rc;
}

int review_files(struct lapse *l, struct lapse_err *err)
{
	AUTO_ARENA a = {.max = 64 << 20};
	struct campaign_rows all = {0};
	int rc = l->dry_run ? 0 : campaigns(l->ledger, false, &a, &all, err);

	for (size_t i = 0; i < all.list.n && rc == 0 && !l->jira_failed &&
		!core_stopped(l); i++) {
		const struct campaign_row *c = &all.list.items[i];

		/* One that is being opened gets it in its turn. */
		if (c->issue == NULL || strcmp(c->state, "opening") == 0)
			continue;
		rc = deliver_one(l, c, REVIEW_POPULATION, err);
		if (rc == 0 && strcmp(c->state, "closed") == 0)
			rc = deliver_one(l, c, REVIEW_RESULT, err);
	}
	return rc;
}

/* ---- Reading ---- */

/* One file as it is gone through. */
struct reading {
	struct lapse *l;
	int64_t campaign;
	const struct strs *ledgers;
	struct arena *arena;
	struct review_kept *kept;
};

/* Whatever else is under a seal of lapse's, as a property's value is, is no
 * line of such a file. */
static bool is_line(struct json root)
{
	const char *schema = json_text(root, "schema", JSON_MAY);

	return schema != NULL && strcmp(schema, SCHEMA) == 0;
}

static void take_line(const struct reading *r, struct json root)
{
	const char *kind = json_text(root, "kind", JSON_MUST);

	if (kind == NULL || json_int(root, "campaign", JSON_MUST) !=
		r->campaign)
		return;
	if (strcmp(kind, "item") == 0) {
		struct item_row *i = VEC_ADD(&r->kept->items, r->arena);

		if (i != NULL)
			review_columns_read_frozen(root, r->arena, i);
	} else if (strcmp(kind, "sheet") == 0) {
		struct review_sheet *s = VEC_ADD(&r->kept->sheets, r->arena);

		if (s != NULL)
			review_columns_read_sheet(root, r->arena, s);
	} else if (strcmp(kind, "outcome") == 0) {
		struct item_row *i = VEC_ADD(&r->kept->outcomes, r->arena);

		if (i != NULL)
			review_columns_read_outcome(root, r->arena, i);
	}
}

/* A line that lapse did not seal, or that does not read, says nothing. */
static int read_line(const struct reading *r, const char *line, size_t n,
	struct lapse_err *err)
{
	AUTO_JSON *doc = NULL;
	struct lapse_err why;
	const struct review_kept before = *r->kept;
	const char *ledger;
	bool good = false;
	int rc = json_open(&doc, line, n, &why);

	if (rc == LAPSE_EPROTO)
		return 0;
	if (rc == 0 && json_is_object(json_root(doc)))
		rc = seal_check(r->l, json_root(doc), &good, &why);
	if (rc < 0)
		return lapse_fail(err, rc, "%s", why.text);
	ledger = good ? json_text(json_root(doc), "ledger", JSON_MAY) : NULL;
	if (ledger == NULL || !strs_has(r->ledgers, ledger) ||
		!is_line(json_root(doc)))
		return 0;
	take_line(r, json_root(doc));
	if (json_check(doc, "review file", &why) < 0) {
		r->kept->items.n = before.items.n;
		r->kept->sheets.n = before.sheets.n;
		r->kept->outcomes.n = before.outcomes.n;
	}
	return arena_check(r->arena, err);
}

static int read_one(const struct reading *r, const char *id,
	struct lapse_err *err)
{
	AUTO_ARENA a = {.max = 64 << 20};
	struct op op = {
		.step = jira_get_attachment,
		.name = "review file",
		.id = id,
		.arena = &a,
	};
	const struct jira_file *file;
	int rc = core_jira(r->l, &op, err);

	file = rc == 0 && op.outcome != OP_GONE ? op.ret : NULL;
	for (const char *p = file != NULL ? file->bytes : ""; *p != '\0' &&
		rc == 0;) {
		size_t n = strcspn(p, "\n");

		if (n > 0)
			rc = read_line(r, p, n, err);
		p += n + (p[n] == '\n');
	}
	op_clear(&op);
	return rc;
}

static bool is_file(int64_t campaign, enum review_file which,
	const char *name)
{
	AUTO_BUF stem = {0};

	put_stem(&stem, campaign, which);
	return !stem.failed && strncmp(name, buf_text(&stem), stem.len) == 0;
}

int review_file_read(struct lapse *l, const char *issue, int64_t campaign,
	const struct strs *ledgers, struct arena *a, struct review_kept *ret,
	struct lapse_err *err)
{
	AUTO_ARENA names_of = {0};
	const struct reading r = {l, campaign, ledgers, a, ret};
	const struct jira_attachments *all = NULL;
	int rc = list(l, issue, &names_of, &all, err);

	for (size_t i = 0; rc == 0 && all != NULL && i < all->items.n; i++) {
		const struct jira_attachment *at = &all->items.items[i];

		if (is_own(l, at) &&
			(is_file(campaign, REVIEW_POPULATION, at->name) ||
				is_file(campaign, REVIEW_RESULT, at->name)))
			rc = read_one(&r, at->id, err);
	}
	return rc;
}
