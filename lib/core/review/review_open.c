/* Opening a campaign: what was asked for is checked, the population is read
 * and judged, and all of it is frozen in one transaction. Asking people comes
 * after that, and is gone on with by `sync`. Nobody's access changes. */
#include "review_private.h"

#include <stdlib.h>
#include <string.h>

#include "hand.h"
#include "json.h"
#include "list.h"
#include "log.h"
#include "notice.h"
#include "review.h"
#include "sync.h"

enum {
	NAME_MAX_BYTES = 80,
	DUE_MIN_S = 60,
	DUE_MAX_S = 365 * REVIEW_DAY_S,
	TELL_MS = 60000,
};

/* ---- What was asked for ---- */

static int split(const char *list, struct arena *a, struct strs *ret,
	struct lapse_err *err)
{
	for (const char *p = list; p != NULL && *p != '\0';) {
		size_t n = strcspn(p, ",");
		const char *from = p + strspn(p, " ");
		const char *to = p + n;

		p += n + (p[n] == ',');
		while (to > from && to[-1] == ' ')
			to--;
		if (to > from)
			strs_add(ret, a, arena_copy_n(a, from,
				(size_t)(to - from)));
	}
	return arena_check(a, err);
}

static int check_names(const struct config *c, const struct review_scope *s,
	struct lapse_err *err)
{
	for (size_t i = 0; i < s->roles.n; i++)
		if (config_role(c, s->roles.items[i]) == NULL)
			return lapse_fail(err, LAPSE_ENOTFOUND, "role '%s': "
				"not in the catalog; see `lapse catalog list`",
				s->roles.items[i]);
	for (size_t i = 0; i < s->applications.n; i++)
		if (config_application(c, s->applications.items[i]) == NULL)
			return lapse_fail(err, LAPSE_ENOTFOUND, "application "
				"'%s': not in the catalog; see `lapse catalog "
				"list`", s->applications.items[i]);
	if (s->idp != NULL && config_idp(c, s->idp) == NULL)
		return lapse_fail(err, LAPSE_ENOTFOUND, "idp '%s': not in the "
			"configuration", s->idp);
	return 0;
}

static int check_file(const struct config *c,
	const struct lapse_review_open *w, struct review_scope *s,
	struct lapse_err *err)
{
	s->file = w->population;
	if ((w->population == NULL) != (w->population_of == NULL))
		return lapse_fail(err, LAPSE_EUSAGE, "population: give both "
			"--population FILE and --for APPLICATION");
	if (w->population == NULL)
		return 0;
	if (s->roles.n > 0 || s->applications.n > 0 || s->idp != NULL ||
		s->elevated || s->moved_since != WHEN_NONE)
		return lapse_fail(err, LAPSE_EUSAGE, "population: the file "
			"says who is reviewed; leave --role, --application, "
			"--provider, --elevated and --moved-since out");
	s->file_of = config_application(c, w->population_of);
	if (s->file_of == NULL)
		return lapse_fail(err, LAPSE_ENOTFOUND, "application '%s': not "
			"in the catalog; see `lapse catalog list`",
			w->population_of);
	for (size_t i = 0; i < c->roles.n; i++)
		if (c->roles.items[i].application == s->file_of &&
			c->roles.items[i].groups.n > 0)
			return lapse_fail(err, LAPSE_EREFUSED, "application "
				"'%s': has groups, whose members are read at "
				"the provider; review it with --application",
				w->population_of);
	return 0;
}

static int check_rest(const struct lapse_review_open *w, struct lapse_err *err)
{
	if (w->name[strspn(w->name, " ")] == '\0')
		return lapse_fail(err, LAPSE_EUSAGE, "name: is empty; give "
			"the review one, like 2026-q4");
	if (strlen(w->name) > NAME_MAX_BYTES)
		return lapse_fail(err, LAPSE_EUSAGE, "name: is longer than %d "
			"bytes", NAME_MAX_BYTES);
	for (const char *p = w->name; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return lapse_fail(err, LAPSE_EUSAGE,
				"name: has control characters");
	if (w->due_s != 0 && (w->due_s < DUE_MIN_S || w->due_s > DUE_MAX_S))
		return lapse_fail(err, LAPSE_EUSAGE,
			"due: takes 1 minute to 365 days");
	if (w->no_response != NULL &&
		strcmp(w->no_response, "keep-and-flag") != 0 &&
		strcmp(w->no_response, "revoke") != 0)
		return lapse_fail(err, LAPSE_EUSAGE, "no-response: '%s': "
			"keep-and-flag or revoke", w->no_response);
	return hand_reason(w->reason, err);
}

static int check_free(struct review_opening *o, const char *name,
	struct lapse_err *err)
{
	struct campaign_row old;
	int rc = campaign_named(o->l->ledger, name, o->arena, &old, err);

	if (rc == 0 && strcmp(old.state, "opening") == 0) {
		o->opening = old.id;
		return 0;
	}
	if (rc == 0)
		return lapse_fail(err, LAPSE_EREFUSED, "review '%s': there is "
			"a campaign of that name; take another", name);
	return rc == LAPSE_ENOTFOUND ? 0 : rc;
}

static int check(struct review_opening *o, const struct lapse_review_open *w,
	struct lapse_err *err)
{
	struct review_scope *s = &o->scope;
	int rc;

	if (o->l->config->review.project == NULL)
		return lapse_fail(err, LAPSE_ECONFIG, "%s: 'review': there is "
			"no such section; lapse.conf(5) says what reviews need",
			o->l->config->path);
	s->elevated = w->elevated;
	s->moved_since = w->moved_since;
	s->idp = w->idp;
	rc = check_rest(w, err);
	if (rc == 0)
		rc = split(w->roles, o->arena, &s->roles, err);
	if (rc == 0)
		rc = split(w->applications, o->arena, &s->applications, err);
	if (rc == 0)
		rc = split(w->reviewers != NULL ? w->reviewers : "manager",
			o->arena, &s->reviewers, err);
	if (rc == 0)
		rc = check_names(o->l->config, s, err);
	if (rc == 0)
		rc = check_file(o->l->config, w, s, err);
	if (rc < 0)
		return rc;
	strs_sort(&s->roles);
	strs_sort(&s->applications);
	return check_free(o, w->name, err);
}

static void put_list(struct json_out *w, const char *key,
	const struct strs *list)
{
	json_put_open(w, key, '[');
	for (size_t i = 0; i < list->n; i++)
		json_put_text(w, NULL, list->items[i]);
	json_put_close(w, ']');
}

/* Members in the order of their names, so that equal scopes are equal text. */
static void put_scope(const struct review_scope *s, struct buf *out)
{
	struct json_out w = {.out = out};

	json_put_open(&w, NULL, '{');
	put_list(&w, "applications", &s->applications);
	json_put_bool(&w, "elevated", s->elevated);
	json_put_time(&w, "moved_since", s->moved_since);
	json_put_text(&w, "population", s->file != NULL ? s->file_sha256 :
		NULL);
	json_put_text(&w, "population_of", s->file != NULL ?
		s->file_of->name : NULL);
	json_put_text(&w, "provider", s->idp);
	put_list(&w, "reviewers", &s->reviewers);
	put_list(&w, "roles", &s->roles);
	json_put_close(&w, '}');
}

/* ---- Freezing ---- */

struct sheet_plan {
	const char *account;
	const char *why;
	const char *name;
	int64_t n;
	int64_t id;
};

struct frozen {
	struct campaign_row row;
	VEC(struct sheet_plan) sheets;	/* by account */
	int64_t orphans;
	int64_t fixed;			/* that lapse cannot take away */
	char digest[65];
};

static int by_account(const void *a, const void *b)
{
	return strcmp(((const struct sheet_plan *)a)->account,
		((const struct sheet_plan *)b)->account);
}

static struct sheet_plan *sheet_of(const struct frozen *f, const char *account)
{
	for (size_t i = 0; i < f->sheets.n; i++)
		if (strcmp(f->sheets.items[i].account, account) == 0)
			return &f->sheets.items[i];
	return NULL;
}

static int plan_sheets(struct review_opening *o, struct frozen *f,
	struct lapse_err *err)
{
	for (size_t i = 0; i < o->cases.n; i++) {
		const struct review_case *c = &o->cases.items[i];
		const char *account = c->reviewer->who.account;
		struct sheet_plan *s = sheet_of(f, account);

		if (s == NULL)
			s = VEC_ADD(&f->sheets, o->arena);
		if (s == NULL)
			return lapse_fail_nomem(err);
		if (s->n++ == 0) {
			s->account = account;
			s->why = c->why;
			s->name = c->reviewer->who.name;
		}
		f->orphans += c->row.orphan;
		f->fixed += c->fixed;
	}
	qsort(f->sheets.items, f->sheets.n, sizeof(*f->sheets.items),
		by_account);
	return 0;
}

static int tell_opened(struct lapse *l, const struct frozen *f,
	const char *reason, struct lapse_err *err)
{
	AUTO_BUF data = {0};
	AUTO_BUF text = {0};
	struct json_out w = {.out = &data};
	struct json_out t = {.out = &text};
	const struct campaign_row *c = &f->row;
	struct evidence e = {.kind = "review-opened", .actor = c->opened_by};

	json_put_open(&w, NULL, '{');
	json_put_int(&w, "campaign", c->id);
	json_put_int(&w, "items", c->items);
	json_put_int(&w, "orphans", f->orphans);
	json_put_int(&w, "sheets", (int64_t)f->sheets.n);
	json_put_text(&w, "digest", c->digest);
	json_put_time(&w, "due_at", c->due_at);
	json_put_text(&w, "no_response", c->no_response);
	json_put_text(&w, "policy", l->config->sha256);
	json_put_close(&w, '}');
	json_put_open(&t, NULL, '{');
	json_put_text(&t, "name", c->name);
	json_put_raw(&t, "scope", c->scope);
	json_put_text(&t, "reason", reason);
	json_put_close(&t, '}');
	if (data.failed || text.failed)
		return lapse_fail_nomem(err);
	e.data = buf_text(&data);
	e.text = buf_text(&text);
	return core_evidence(l, &e, NULL, err);
}

static int write_all(struct review_opening *o, struct frozen *f,
	const char *reason, struct lapse_err *err)
{
	struct ledger *ledger = o->l->ledger;
	int rc = campaign_add(ledger, &f->row, &f->row.id, err);

	for (size_t i = 0; i < f->sheets.n && rc == 0; i++) {
		struct sheet_plan *s = &f->sheets.items[i];
		const struct sheet_row row = {.campaign = f->row.id,
			.reviewer = s->account, .why = s->why,
			.csv = s->n > REVIEW_TASKS};

		rc = sheet_add(ledger, &row, &s->id, err);
	}
	for (size_t i = 0; i < o->cases.n && rc == 0; i++) {
		const struct review_case *c = &o->cases.items[i];
		struct item_row row = c->row;
		int64_t id;

		row.campaign = f->row.id;
		row.sheet = sheet_of(f, c->reviewer->who.account)->id;
		rc = item_add(ledger, &row, &id, err);
	}
	return rc < 0 ? rc : tell_opened(o->l, f, reason, err);
}

static int freeze(struct review_opening *o, const struct lapse_review_open *w,
	struct frozen *f, struct lapse_err *err)
{
	AUTO_BUF scope = {0};
	int rc = plan_sheets(o, f, err);

	if (rc == 0)
		rc = review_freeze(o, f->digest, err);
	put_scope(&o->scope, &scope);
	if (rc == 0)
		rc = buf_check(&scope, err, "scope");
	if (rc < 0)
		return rc;
	f->row = (struct campaign_row){
		.name = w->name,
		.scope = arena_copy(o->arena, buf_text(&scope)),
		.state = "opening",
		.no_response = w->no_response != NULL ? w->no_response :
							"keep-and-flag",
		.opened_by = o->l->operator != NULL ? o->l->operator :
			o->l->operator_login != NULL ?
			hand_actor(o->l, o->arena) : "lapse",
		.opened_at = o->now,
		.due_at = o->now + (w->due_s != 0 ? w->due_s :
			o->l->config->review.due_within),
		.items = (int64_t)o->cases.n,
		.digest = f->digest,
	};
	return arena_check(o->arena, err);
}

/* ---- Telling ---- */

static int plan(struct lapse *l, const struct review_opening *o,
	const struct frozen *f, struct lapse_err *err)
{
	int rc = core_plan(l, f->row.name, "open review", arena_fmt(o->arena,
		"%lld accesses, %lld of nobody, %lld that lapse cannot take "
		"away, by %zu people, digest %s", (long long)f->row.items,
		(long long)f->orphans, (long long)f->fixed, f->sheets.n,
		f->digest), err);

	for (size_t i = 0; i < f->sheets.n && rc == 0; i++) {
		const struct sheet_plan *s = &f->sheets.items[i];

		rc = core_plan(l, s->name != NULL ? s->name : s->account,
			"ask", arena_fmt(o->arena, "%lld accesses, as %s",
			(long long)s->n, s->why), err);
	}
	return rc;
}

static int show(struct lapse *l, const struct frozen *f, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct campaign_row c = {0};
	int rc = campaign_get(l->ledger, f->row.id, &a, &c, err);
	const struct lapse_field fields[] = {
		{"review", LAPSE_TEXT, c.name, 0},
		{"issue", LAPSE_TEXT, c.issue_key, 0},
		{"state", LAPSE_TEXT, c.state, 0},
		{"items", LAPSE_INT, NULL, c.items},
		{"orphans", LAPSE_INT, NULL, f->orphans},
		{"sheets", LAPSE_INT, NULL, (int64_t)f->sheets.n},
		{"due_at", LAPSE_TIME, NULL, c.due_at},
		{"digest", LAPSE_TEXT, c.digest, 0},
	};

	return rc < 0 ? rc : core_record(l, "lapse/review-open.v1", fields,
		ARRAY_N(fields), err);
}

/* ---- All of it ---- */

static int read_all(struct review_opening *o, struct lapse_err *err)
{
	int rc = review_reviewers(o, err);

	if (rc == 0)
		rc = review_read(o, err);
	if (rc == 0 && o->scope.file != NULL)
		rc = review_import(o, err);
	if (rc == 0)
		rc = review_cases(o, err);
	if (rc == 0 && o->cases.n == 0)
		return lapse_fail(err, LAPSE_ENOTFOUND, "review: nobody has "
			"what was asked for");
	if (rc == 0)
		rc = review_advise(o, err);
	if (rc == 0)
		rc = review_assign(o, err);
	return rc < 0 ? lapse_prefix(err, "no campaign was opened") : 0;
}

/* Till the end of the command. Reading the population took its time: was one
 * of that name opened meanwhile? */
static int be_alone(struct review_opening *o, const char *name,
	struct lapse_err *err)
{
	int rc = core_alone_or_fail(o->l, LEDGER_REVIEW, "review", err);

	if (rc == 0)
		rc = check_free(o, name, err);
	return rc < 0 || o->opening == 0 ? rc : lapse_fail(err,
		LAPSE_EAGAIN, "review '%s': another run opened it just now; "
		"the same command goes on with it", name);
}

static int run(struct review_opening *o, const struct lapse_review_open *w,
	struct lapse_err *err)
{
	struct lapse *l = o->l;
	struct frozen f = {0};
	int rc;

	if (l->suspect || l->stale || l->taken_over || !l->time_known)
		return lapse_fail(err, LAPSE_EGUARD, "review: not now: clock, "
			"ledger or anchor cannot be trusted");
	o->now = core_now(l);
	rc = read_all(o, err);
	if (rc == 0)
		rc = freeze(o, w, &f, err);
	if (rc == 0)
		rc = plan(l, o, &f, err);
	if (rc < 0 || l->dry_run)
		return rc;
	hand_note_operator(l);
	rc = be_alone(o, w->name, err);
	if (rc == 0)
		rc = core_begin(l, err);
	if (rc == 0)
		rc = core_end(l, write_all(o, &f, w->reason, err), err);
	if (rc == 0)
		rc = review_deliver(l, f.row.id, err);
	if (rc == 0)
		rc = notice_deliver(l, NULL, TELL_MS, err);
	return rc < 0 ? rc : show(l, &f, err);
}

/* Its population is frozen, whatever is asked for now. */
static int go_on(struct lapse *l, int64_t campaign, const char *name,
	struct lapse_err *err)
{
	int rc;

	log_say(&l->env, LAPSE_WARNING, "review %s: was opened before, and "
		"its issues are still being made; this goes on with them, as "
		"`lapse sync` does, and changes nothing of it", name);
	if (l->suspect || l->stale || l->taken_over || !l->time_known)
		return lapse_fail(err, LAPSE_EGUARD, "review: not now: clock, "
			"ledger or anchor cannot be trusted");
	if (l->dry_run)
		return core_plan(l, name, "go on opening", NULL, err);
	rc = core_alone_or_fail(l, LEDGER_REVIEW, "review", err);
	if (rc == 0)
		rc = review_deliver(l, campaign, err);
	if (rc == 0)
		rc = notice_deliver(l, NULL, TELL_MS, err);
	return rc < 0 ? rc : list_emit(l, LIST_REVIEWS,
		&(struct list_filter){.review = name, .all = true}, NULL, err);
}

int lapse_review_open(struct lapse *l, const struct lapse_review_open *w,
	struct lapse_err *err)
{
	AUTO_ARENA a = {.max = (size_t)1 << 30};
	struct review_opening o = {.l = l, .arena = &a};
	int rc = check(&o, w, err);

	if (rc == 0)
		rc = core_online(l, err);
	if (rc == 0)
		rc = anchor_check(l, err);
	if (rc == 0 && o.opening != 0)
		return go_on(l, o.opening, w->name, err);
	return rc < 0 ? rc : run(&o, w, err);
}
