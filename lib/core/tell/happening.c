/* From evidence to what somebody should hear of: who, and in which words. */
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "reclaim_rows.h"
#include "review_rows.h"
#include "story.h"
#include "tell.h"

enum {
	BATCH = 200,		/* rows of evidence at a time */
	BATCHES = 5,
	DAY_S = 86400,
	WEEK_S = 7 * DAY_S,
};

/* While one row becomes a happening. */
struct making {
	struct lapse *l;
	const struct event_row *e;
	struct arena *a;
	struct json data;
	struct json text;
	struct happening *h;
};

const char *happening_url(const struct lapse *l, const char *key,
	struct arena *a)
{
	size_t n;

	if (key == NULL || l->config == NULL)
		return NULL;
	n = strlen(l->config->jira.url);
	while (n > 0 && l->config->jira.url[n - 1] == '/')
		n--;
	return arena_fmt(a, "%.*s/browse/%s", (int)n, l->config->jira.url,
		key);
}

static void hears(struct making *m, const char *account)
{
	if (account != NULL && strcmp(account, "lapse") != 0 &&
		!strs_has(&m->h->accounts, account))
		strs_add(&m->h->accounts, m->a, account);
}

static void about_issue(struct making *m, const char *key)
{
	m->h->key = m->h->words.key = key;
	m->h->url = m->h->words.url = happening_url(m->l, key, m->a);
}

static const char *about_role(const struct lapse *l, const char *role)
{
	const struct role *r = role == NULL || l->config == NULL ? NULL :
		config_role(l->config, role);

	return r != NULL ? r->about : NULL;
}

/* ---- Requests ---- */

static int about_request(struct making *m, struct request_row *row,
	bool *ret_there, struct lapse_err *err)
{
	struct happening *h = m->h;
	int rc = m->e->issue == NULL ? 0 :
		request_of_issue(m->l->ledger, m->e->issue, m->a, row, err);

	*ret_there = rc == 0 && row->id != 0;
	if (!*ret_there)
		return rc;
	h->request = row->id;
	h->thread = arena_fmt(m->a, "request:%lld", (long long)row->id);
	about_issue(m, row->key);
	h->words.role = row->role;
	h->words.about = about_role(m->l, row->role);
	h->words.duration_s = row->duration_s;
	h->words.requester = story_name(m->l, row->requester, m->a);
	h->words.beneficiary = story_name(m->l, row->beneficiary, m->a);
	h->words.reason = arena_copy(m->a, json_text(m->text, "reason",
		JSON_MAY));
	h->words.words = arena_copy(m->a, json_text(m->text, "words",
		JSON_MAY));
	return 0;
}

/* As it would be given: what was asked for may be more. Evidence of an older
 * lapse says nothing of it. */
static void read_length(struct json data, struct texts_heard *t)
{
	if (!json_here(json_at(data, "duration_s")))
		return;
	t->duration_s = json_int(data, "duration_s", JSON_MAY);
	t->until = json_time(data, "ends_at", JSON_MAY);
	t->starts_at = json_time(data, "starts_at", JSON_MAY);
	t->asked_s = json_int(data, "asked_s", JSON_MAY);
}

int happening_length(struct lapse *l, const char *issue, const char *kind,
	struct texts_heard *ret, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	AUTO_JSON *data = NULL;
	struct event_row e = {0};
	int rc = event_last(l->ledger, issue, kind, &a, &e, err);

	if (rc < 0 || e.seq == 0)
		return rc;
	rc = json_open(&data, e.data, strlen(e.data), err);
	if (rc < 0)
		return lapse_prefix(err, "evidence %lld", (long long)e.seq);
	read_length(json_root(data), ret);
	return 0;
}

/* Is this what the evidence tells of? What it was asked for before an edit must
 * not be shown as what the newer approval is about. Older evidence has no
 * approval, but the hash of the content. */
static bool is_of(const struct making *m, const struct approval_row *ap,
	const char *member)
{
	const char *approval = json_text(m->data, member, JSON_MAY);
	const char *content = json_text(m->data, "content", JSON_MAY);

	return (approval == NULL || strcmp(approval, ap->approval) == 0) &&
		content != NULL && strcmp(content, ap->content_hash) == 0;
}

/* Those who are owed the answer still: an asking that was replaced by another
 * one meanwhile is nobody's. */
static int asks(struct making *m, const char *kind, const char *member,
	struct lapse_err *err)
{
	struct request_row row = {0};
	struct approval_row ap = {0};
	struct owed_rows owed = {0};
	bool there = false;
	int rc = about_request(m, &row, &there, err);

	if (rc == 0 && there)
		rc = approval_current(m->l->ledger, row.id, m->a, &ap, err);
	if (rc < 0 || ap.id == 0 || strcmp(ap.state, "open") != 0 ||
		!is_of(m, &ap, member))
		return rc;
	rc = owed_of(m->l->ledger, ap.id, m->a, &owed, err);
	for (size_t i = 0; i < owed.list.n && rc == 0; i++)
		if (strcmp(owed.list.items[i].decision, "pending") == 0)
			hears(m, owed.list.items[i].account);
	m->h->kind = kind;
	m->h->approval = ap.id;
	m->h->content_hash = ap.content_hash;
	m->h->until_at = m->e->at + WEEK_S;
	m->h->words.all = strcmp(ap.mode, "all") == 0;
	m->h->words.in_slack = strcmp(ap.method, "slack-delegate") == 0;
	m->h->words.held = story_held(m->l, row.beneficiary, m->a);
	return rc;
}

/* Once for each approval, however often it was said. */
static int was_asked(struct making *m, struct lapse_err *err)
{
	int rc = asks(m, "asked", "asks", err);

	m->h->words.again = m->h->words.words;
	read_length(m->data, &m->h->words);
	if (rc == 0 && m->h->approval != 0)
		m->h->subject = arena_fmt(m->a, "approval:%lld",
			(long long)m->h->approval);
	return rc;
}

static int was_reminded(struct making *m, struct lapse_err *err)
{
	m->h->words.reminder = true;
	return asks(m, "reminded", "approval", err);
}

/* Whose answers it rests on. */
static int decided(struct making *m, int64_t request, const char *decision,
	struct lapse_err *err)
{
	struct approval_row ap = {0};
	struct owed_rows owed = {0};
	int rc = approval_last(m->l->ledger, request, m->a, &ap, err);

	if (rc == 0 && ap.id != 0)
		rc = owed_of(m->l->ledger, ap.id, m->a, &owed, err);
	for (size_t i = 0; i < owed.list.n && rc == 0; i++)
		if (strcmp(owed.list.items[i].decision, decision) == 0)
			strs_add(&m->h->by, m->a, owed.list.items[i].account);
	return rc;
}

static int came_out(struct making *m, struct lapse_err *err)
{
	struct request_row row = {0};
	bool there = false;
	int rc = about_request(m, &row, &there, err);

	if (rc < 0 || !there)
		return rc;
	m->h->kind = "outcome";
	m->h->outcome = m->e->kind;
	m->h->until_at = m->e->at + WEEK_S;
	hears(m, row.requester);
	return strcmp(m->e->kind, "declined") != 0 ? 0 :
		decided(m, row.id, "declined", err);
}

/* ---- Grants ---- */

/* What is done by hand, and what came by an adoption, has a holder as well. */
static int about_grant(struct making *m, struct grant_row *g, bool *ret_there,
	struct lapse_err *err)
{
	struct happening *h = m->h;
	int rc = m->e->grant == 0 ? LAPSE_ENOTFOUND :
		grant_get(m->l->ledger, m->e->grant, m->a, g, err);

	*ret_there = rc == 0;
	if (rc < 0)
		return rc == LAPSE_ENOTFOUND ? 0 : rc;
	h->request = g->request;
	h->thread = g->request != 0 ?
		arena_fmt(m->a, "request:%lld", (long long)g->request) :
		arena_fmt(m->a, "grant:%lld", (long long)g->id);
	about_issue(m, g->issue_key);
	h->words.role = g->role;
	h->words.beneficiary = story_name(m->l, g->account, m->a);
	h->words.until = g->ends_at;
	h->words.end_reason = g->end_reason;
	return 0;
}

static int holder_and_requester(struct making *m, const struct grant_row *g,
	struct lapse_err *err)
{
	struct request_row row = {0};
	int rc = g->request == 0 ? 0 :
		request_get(m->l->ledger, g->request, m->a, &row, err);

	hears(m, g->account);
	if (rc == 0 && row.id != 0) {
		hears(m, row.requester);
		m->h->words.requester = story_name(m->l, row.requester, m->a);
	}
	return rc;
}

static int was_granted(struct making *m, struct lapse_err *err)
{
	struct slack_decision_rows said = {0};
	struct texts_heard length = {0};
	struct grant_row g = {0};
	bool there = false;
	int rc = about_grant(m, &g, &there, err);

	if (rc < 0 || !there)
		return rc;
	if (g.approval != 0)
		rc = slack_decisions_of(m->l->ledger, g.approval, m->a, &said,
			err);
	if (rc < 0)
		return rc;
	m->h->words.words = story_slack_words(m->l, &said, "approved", m->a);
	if (g.issue != NULL)
		rc = happening_length(m->l, g.issue, "approved", &length, err);
	m->h->kind = "granted";
	m->h->words.asked_s = length.asked_s;
	m->h->until_at = g.ends_at != WHEN_NONE ? g.ends_at :
						  m->e->at + WEEK_S;
	if (rc == 0 && g.request != 0)
		rc = decided(m, g.request, "approved", err);
	return rc < 0 ? rc : holder_and_requester(m, &g, err);
}

static int ends_soon(struct making *m, struct lapse_err *err)
{
	struct grant_row g = {0};
	bool there = false;
	int rc = about_grant(m, &g, &there, err);

	if (rc < 0 || !there || strcmp(g.state, "active") != 0 ||
		g.ends_at == WHEN_NONE)
		return rc;
	m->h->kind = "ending";
	m->h->until_at = g.ends_at;
	hears(m, g.account);
	return 0;
}

/* What a person did has a name and perhaps a reason, as the issue says. */
static void who_ended(struct making *m, const struct grant_row *g)
{
	static const char *const by_hand[] = {"revoked", "declined", NULL};

	for (size_t i = 0; by_hand[i] != NULL && g->end_reason != NULL; i++)
		if (strcmp(by_hand[i], g->end_reason) == 0) {
			strs_add(&m->h->by, m->a, g->end_by);
			m->h->words.by = story_name(m->l, g->end_by, m->a);
			m->h->words.words = g->end_note;
		}
}

/* An extension took the place of the old one: nothing has ended. */
static int has_ended(struct making *m, struct lapse_err *err)
{
	struct grant_row g = {0};
	bool there = false;
	int rc = about_grant(m, &g, &there, err);

	if (rc < 0 || !there || (g.end_reason != NULL &&
		strcmp(g.end_reason, "superseded") == 0))
		return rc;
	m->h->kind = "ended";
	m->h->until_at = m->e->at + WEEK_S;
	m->h->words.kept = arena_copy(m->a, json_text(m->data, "kept_by",
		JSON_MAY));
	m->h->words.kept_until = json_time(m->data, "kept_until", JSON_MAY);
	who_ended(m, &g);
	return holder_and_requester(m, &g, err);
}

/* ---- Reviews and reclaim ---- */

static int review_waits(struct making *m, struct lapse_err *err)
{
	struct sheet_row s = {0};
	struct campaign_row c = {0};
	int rc = m->e->issue == NULL ? LAPSE_ENOTFOUND :
		sheet_of_issue(m->l->ledger, m->e->issue, m->a, &s, err);

	if (rc == 0)
		rc = campaign_get(m->l->ledger, s.campaign, m->a, &c, err);
	if (rc < 0)
		return rc == LAPSE_ENOTFOUND ? 0 : rc;
	m->h->kind = "review";
	m->h->sheet = s.id;
	m->h->thread = arena_fmt(m->a, "sheet:%lld", (long long)s.id);
	m->h->until_at = c.due_at;
	m->h->words.until = c.due_at;
	m->h->words.total = s.open;
	about_issue(m, s.issue_key);
	hears(m, s.reviewer);
	return 0;
}

/* Of several groups of one role it is one warning. */
static int unused(struct making *m, struct lapse_err *err)
{
	const char *account = json_text(m->data, "account", JSON_MAY);
	const char *role = json_text(m->data, "role", JSON_MAY);
	struct reclaim_rows rows = {0};
	int rc = reclaims_open(m->l->ledger, m->a, &rows, err);

	for (size_t i = 0; i < rows.list.n && rc == 0; i++) {
		const struct reclaim_row *r = &rows.list.items[i];

		if (account == NULL || role == NULL ||
			strcmp(r->account, account) != 0 ||
			strcmp(r->role, role) != 0)
			continue;
		m->h->kind = "reclaim";
		m->h->subject = arena_fmt(m->a, "reclaim:%s:%lld", r->role,
			(long long)r->warned_at);
		m->h->thread = m->h->subject;
		m->h->grant = r->grant;
		m->h->until_at = r->due_at;
		m->h->words.until = r->due_at;
		m->h->words.role = r->role;
		m->h->issue = r->issue;
		about_issue(m, r->issue_key);
		hears(m, r->account);
		return 0;
	}
	return rc;
}

/* It was warned about, and stays. What ended otherwise is told as ended. */
static int is_kept(struct making *m, struct lapse_err *err)
{
	const char *account = json_text(m->data, "account", JSON_MAY);
	const char *role = json_text(m->data, "role", JSON_MAY);
	int64_t warned_at = json_time(m->data, "warned_at", JSON_MAY);
	struct grant_row g = {0};
	bool granted = false;
	int rc = about_grant(m, &g, &granted, err);

	if (rc < 0 || account == NULL || role == NULL ||
		(granted && strcmp(g.state, "active") != 0))
		return rc;
	m->h->kind = "kept";
	m->h->subject = arena_fmt(m->a, "reclaim:%s:%lld", role,
		(long long)warned_at);
	m->h->thread = m->h->subject;
	m->h->until_at = m->e->at + WEEK_S;
	m->h->words.role = arena_copy(m->a, role);
	m->h->words.words = arena_copy(m->a, json_text(m->data, "why",
		JSON_MAY));
	hears(m, arena_copy(m->a, account));
	return 0;
}

/* ---- The table ---- */

static const struct {
	const char *evidence;
	int (*make)(struct making *m, struct lapse_err *err);
} makers[] = {
	{"asked", was_asked},
	{"reminded", was_reminded},
	{"declined", came_out},
	{"refused", came_out},
	{"stale", came_out},
	{"cancelled", came_out},
	{"granted", was_granted},
	{"ending-soon", ends_soon},
	{"revoked", has_ended},
	{"gone", has_ended},
	{"abandoned", has_ended},
	{"review-asked", review_waits},
	{"review-reminded", review_waits},
	{"reclaim-warned", unused},
	{"reclaim-cancelled", is_kept},
};

static int make(struct making *m, size_t which, struct lapse_err *err)
{
	AUTO_JSON *data = NULL;
	AUTO_JSON *text = NULL;
	int rc = json_open(&data, m->e->data, strlen(m->e->data), err);

	if (rc == 0 && m->e->text != NULL)
		rc = json_open(&text, m->e->text, strlen(m->e->text), err);
	if (rc < 0)
		return lapse_prefix(err, "evidence %lld",
			(long long)m->e->seq);
	m->data = json_root(data);
	if (text != NULL)
		m->text = json_root(text);
	rc = makers[which].make(m, err);
	return rc < 0 ? rc : arena_check(m->a, err);
}

int happening_of(struct lapse *l, const struct event_row *e, struct arena *a,
	struct happening *ret, bool *ret_any, struct lapse_err *err)
{
	struct happening h = {
		.seq = e->seq,
		.at = e->at,
		.issue = e->issue,
		.grant = e->grant,
		.words = {.until = WHEN_NONE},
	};
	struct making m = {.l = l, .e = e, .a = a, .h = &h};
	int rc = 0;

	h.subject = arena_fmt(a, "seq:%lld", (long long)e->seq);
	for (size_t i = 0; i < ARRAY_N(makers) && rc == 0; i++)
		if (strcmp(makers[i].evidence, e->kind) == 0)
			rc = make(&m, i, err);
	if (rc < 0)
		return rc;
	*ret_any = h.kind != NULL && h.accounts.n > 0;
	*ret = h;
	return 0;
}

/* ---- What is new ---- */

struct stream {
	struct lapse *l;
	const char *cursor;
	int64_t seq;
	bool in_transaction;
	int (*each)(void *arg, const struct happening *h,
		struct lapse_err *err);
	void *arg;
};

static int keep(struct stream *s, int64_t seq, struct lapse_err *err)
{
	int rc = s->in_transaction ? 0 : core_begin(s->l, err);

	if (rc < 0)
		return rc;
	rc = ledger_set_cursor(s->l->ledger, s->cursor, seq, err);
	if (!s->in_transaction)
		rc = core_end(s->l, rc, err);
	if (rc == 0)
		s->seq = seq;
	return rc;
}

static int give(struct stream *s, const struct event_row *e, struct arena *a,
	struct lapse_err *err)
{
	struct happening h = {0};
	bool any = false;
	int rc = happening_of(s->l, e, a, &h, &any, err);

	if (rc == 0 && any)
		rc = s->each(s->arg, &h, err);
	/* One commit for each that was given, or for all. */
	if (rc == 0 && any && !s->in_transaction)
		rc = keep(s, e->seq, err);
	return rc;
}

static int one_batch(struct stream *s, bool *ret_more, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct event_rows rows = {0};
	int64_t last;
	int rc = events_after(s->l->ledger, s->seq, BATCH, &a, &rows, err);

	*ret_more = rows.items.n == BATCH;
	if (rc < 0 || rows.items.n == 0)
		return rc;
	last = rows.items.items[rows.items.n - 1].seq;
	if (s->in_transaction)
		rc = core_begin(s->l, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < rows.items.n && rc == 0; i++)
		rc = give(s, &rows.items.items[i], &a, err);
	if (rc == 0 && s->seq < last)
		rc = keep(s, last, err);
	return s->in_transaction ? core_end(s->l, rc, err) : rc;
}

int happenings(struct lapse *l, const char *cursor, bool in_transaction,
	int (*each)(void *arg, const struct happening *h,
		struct lapse_err *err),
	void *arg, struct lapse_err *err)
{
	struct stream s = {l, cursor, 0, in_transaction, each, arg};
	char hash[65];
	bool more = true;
	int64_t head = 0;
	int rc = ledger_cursor(l->ledger, cursor, &s.seq, -1, err);

	if (rc == 0 && s.seq < 0) {
		rc = evidence_head(l->ledger, &head, hash, err);
		s.in_transaction = false;
		return rc < 0 ? rc : keep(&s, head, err);
	}
	for (int i = 0; i < BATCHES && more && rc == 0; i++)
		rc = one_batch(&s, &more, err);
	return rc;
}
