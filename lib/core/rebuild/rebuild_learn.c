/* What there is to learn, and learning it, inside one transaction: first
 * everything that lives, so that no membership is without its hold for a
 * moment; then the ends. Nothing here owes a provider an add: what is not there
 * stays away. */
#include <string.h>

#include "changes.h"
#include "failsafe.h"
#include "grant.h"
#include "notice.h"
#include "rebuild_private.h"
#include "request.h"
#include "texts.h"

static const char not_finished[] =
	"the ledger was rebuilt while this was being granted";

/* ---- Evidence ---- */

static int tell(struct lapse *l, const struct rebuild_grant *k,
	const char *what, struct lapse_err *err)
{
	AUTO_BUF data = {0};
	struct json_out w = {.out = &data};
	struct evidence e = {
		.kind = "learnt",
		.issue = k->issue->id,
		.grant = k->id,
	};

	json_put_open(&w, NULL, '{');
	json_put_text(&w, "what", what);
	json_put_text(&w, "role", k->g->role);
	json_put_text(&w, "account", k->g->account);
	json_put_text(&w, "ledger", k->issue->claim.ledger);
	json_put_int(&w, "seq", k->issue->claim.seq);
	json_put_int(&w, "grant", k->g->id);
	json_put_text(&w, "property", k->issue->digest);
	json_put_text(&w, "approval", k->g->approval);
	json_put_text(&w, "content", k->g->content);
	json_put_text(&w, "policy", k->g->policy);
	json_put_text(&w, "state", k->g->state);
	if (k->outside.n > 0) {
		json_put_open(&w, "outside", '[');
		for (size_t i = 0; i < k->outside.n; i++)
			json_put_text(&w, NULL, k->outside.items[i]);
		json_put_close(&w, ']');
	}
	json_put_time(&w, "starts_at", k->g->starts_at);
	json_put_time(&w, "ends_at", k->verdict.ends_at);
	if (k->verdict.capped || k->verdict.why != NULL)
		json_put_time(&w, "claimed_end", k->g->ends_at);
	if (k->verdict.why != NULL)
		json_put_text(&w, "refused", k->verdict.why);
	json_put_close(&w, '}');
	if (data.failed)
		return lapse_fail_nomem(err);
	e.data = buf_text(&data);
	return core_evidence(l, &e, NULL, err);
}

static int learnt(struct lapse *l, struct rebuild *r,
	const struct rebuild_grant *k, const char *what, int64_t at,
	struct lapse_err *err)
{
	char text[WHEN_TEXT];
	int rc = tell(l, k, what, err);

	r->learnt++;
	if (rc == 0)
		rc = rebuild_say(l, k->issue, k->id, what,
			k->verdict.why != NULL ? k->verdict.why :
			at == WHEN_NONE ? "" : when_time(at, text), err);
	return rc;
}

/* ---- A grant that the ledger has not ---- */

static const char *word_of(const struct rebuild_grant *k)
{
	if (k->verdict.why != NULL)
		return "refused";
	if (rebuild_is_unfinished(k))
		return "withdrawn";
	if (k->verdict.capped)
		return "capped";
	return claim_is_live(k->g) ? "grant" : k->g->state;
}

static int add_grant(struct lapse *l, struct rebuild *r,
	struct rebuild_grant *k, struct lapse_err *err)
{
	int rc = rebuild_put_grant(l, k, err);

	rebuild_warn(l, k);
	return rc < 0 ? rc : learnt(l, r, k, word_of(k),
		claim_is_live(k->g) ? k->verdict.ends_at : WHEN_NONE, err);
}

/* ---- One that it has otherwise ---- */

static int count_row(void *arg, const struct evidence_row *r,
	struct lapse_err *err)
{
	size_t *n = arg;

	(void)r;
	(void)err;
	(*n)++;
	return 0;
}

/* What the ledger learnt of a grant after the property was written is newer
 * than that. */
static int is_newer(struct lapse *l, const struct rebuild_grant *k, bool *ret,
	struct lapse_err *err)
{
	size_t later = 0;
	int rc = evidence_each(l->ledger, NULL, k->id,
		k->issue->claim.seq + 1, count_row, &later, err);

	if (rc == 0)
		*ret = later == 0;
	return rc;
}

static int finish_adds(struct lapse *l, const struct rebuild_grant *k,
	struct lapse_err *err)
{
	const struct projection_rows *rows = &k->issue->claim.rows;
	int rc = 0;

	for (size_t i = 0; i < rows->holds.n && rc == 0; i++) {
		AUTO_ARENA a = {0};
		const struct projection_hold *h = &rows->holds.items[i];
		struct membership m = rebuild_membership(h);
		struct change_row c = {0};

		if (h->grant != k->g->id || h->verified_at == WHEN_NONE)
			continue;
		rc = change_open_on(l->ledger, &m, &a, &c, err);
		if (rc == 0 && c.id != 0 && rebuild_is_add(c.kind))
			rc = change_settle(l->ledger, c.id, "done",
				core_now(l), h->verified_at, NULL, NULL, err);
		if (rc == 0)
			rc = holds_verify(l->ledger, &m, h->verified_at, err);
	}
	return rc;
}

static int learn_start(struct lapse *l, struct rebuild *r,
	struct rebuild_grant *k, struct lapse_err *err)
{
	int rc = finish_adds(l, k, err);

	if (rc == 0)
		rc = rebuild_put_steps(l, k, err);
	if (rc == 0)
		rc = grant_set_active(l->ledger, k->id, k->g->starts_at,
			k->verdict.ends_at, err);
	if (rc == 0)
		rc = failsafe_look_at_grant(l, k->id, err);
	return rc < 0 ? rc : learnt(l, r, k, "granted", k->verdict.ends_at,
		err);
}

static int learn_deadline(struct lapse *l, struct rebuild *r,
	struct rebuild_grant *k, struct lapse_err *err)
{
	int rc = grant_set_deadline(l->ledger, k->id, k->verdict.ends_at,
		err);

	if (rc == 0)
		rc = failsafe_look_at_grant(l, k->id, err);
	return rc < 0 ? rc : learnt(l, r, k, "deadline", k->verdict.ends_at,
		err);
}

/* What there is to learn of one grant. */
enum lesson {
	NOTHING,
	ADD,			/* the ledger has not got it */
	START,			/* it began */
	DEADLINE,		/* it ends at another time */
	END,			/* it is over */
};

static int compare_grant(struct lapse *l, struct rebuild_grant *k,
	const struct grant_row *g, enum lesson *ret, struct lapse_err *err)
{
	bool newer = false;
	bool live = strcmp(g->state, "granting") == 0 ||
		strcmp(g->state, "active") == 0;
	int rc;

	k->id = g->id;
	*ret = NOTHING;
	rc = is_newer(l, k, &newer, err);
	/* An end that lapse told is no matter of the property's age. */
	if (rc < 0 || (!newer && !k->over) || !live)
		return rc;
	if (!claim_is_live(k->g))
		*ret = END;
	/* What Jira does not bear out is not learnt; what the ledger knew
	 * itself stays as it is. */
	else if (claim_is(k->g, "granting") || k->verdict.why != NULL)
		*ret = NOTHING;
	else if (strcmp(g->state, "granting") == 0)
		*ret = START;
	else if (g->ends_at != k->verdict.ends_at)
		*ret = DEADLINE;
	return 0;
}

/* Without a ledger yet, everything. */
static int lesson_of(struct lapse *l, const struct rebuild *r,
	struct rebuild_grant *k, enum lesson *ret, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct grant_rows rows = {0};
	int rc = l->ledger == NULL ? 0 :
		grants_of_issue(l->ledger, k->issue->id, &a, &rows, err);

	*ret = ADD;
	for (size_t i = 0; i < rows.list.n && rc == 0; i++) {
		if (!claim_is_row(k->g, &rows.list.items[i]))
			continue;
		rc = compare_grant(l, k, &rows.list.items[i], ret, err);
		if (r->only_new)
			*ret = NOTHING;
		return rc;
	}
	return rc;
}

static int learn_one(struct lapse *l, struct rebuild *r,
	struct rebuild_grant *k, struct lapse_err *err)
{
	enum lesson lesson = NOTHING;
	int rc = lesson_of(l, r, k, &lesson, err);

	if (rc < 0)
		return rc;
	switch (lesson) {
	case ADD:
		return add_grant(l, r, k, err);
	case START:
		return learn_start(l, r, k, err);
	case DEADLINE:
		return learn_deadline(l, r, k, err);
	case END:
		k->end = true;
		rc = rebuild_put_steps(l, k, err);
		return rc < 0 ? rc : learnt(l, r, k, "end", k->g->ending_at, err);
	case NOTHING:
		break;
	}
	return 0;
}

int rebuild_plan(struct lapse *l, struct rebuild *r, int64_t *ret_n,
	struct lapse_err *err)
{
	static const char *const words[] = {
		[START] = "granted",
		[DEADLINE] = "deadline",
		[END] = "end",
	};
	int rc = 0;

	for (size_t i = 0; i < r->grants.n && rc == 0; i++) {
		struct rebuild_grant *k = &r->grants.items[i];
		enum lesson lesson = NOTHING;
		char at[WHEN_TEXT];
		const char *detail = k->g->role;

		rc = lesson_of(l, r, k, &lesson, err);
		if (rc < 0 || lesson == NOTHING)
			continue;
		++*ret_n;
		if (lesson == ADD)
			rebuild_warn(l, k);
		if (claim_is_live(k->g) && k->verdict.ends_at != WHEN_NONE)
			detail = when_time(k->verdict.ends_at, at);
		if (k->verdict.why != NULL)
			detail = k->verdict.why;
		rc = core_plan(l, k->issue->key,
			lesson == ADD ? word_of(k) : words[lesson], detail,
			err);
	}
	return rc < 0 ? rc : rebuild_plan_reviews(l, r, ret_n, err);
}

/* ---- Ends ---- */

static int end_one(struct lapse *l, const struct rebuild_grant *k,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct grant_row g = {0};
	const char *reason = "withdrawn";
	const char *by = "lapse";
	const char *note = not_finished;
	int rc;

	if (!k->end)
		return 0;
	rc = grant_get(l->ledger, k->id, &a, &g, err);
	if (rc < 0)
		return rc;
	if (k->verdict.why != NULL)
		note = k->verdict.why;
	if (!claim_is_live(k->g)) {
		reason = k->g->end_reason != NULL ? k->g->end_reason :
						    "revoked";
		by = k->g->end_by != NULL ? k->g->end_by : "lapse";
		note = NULL;
	}
	return grant_end(l, &g, reason, by, note, core_now(l), err);
}

/* It stands where access is, or was asked back: somebody may wait for its end.
 * What was over is over. */
static bool is_awaited(const struct lapse *l, const struct rebuild_issue *i)
{
	const struct request_type *t = config_request_type(l->config,
		i->project, i->type);

	return t != NULL && strcmp(i->status, t->status_ended) != 0;
}

static int tell_lost(struct lapse *l, const struct rebuild_issue *i,
	struct lapse_err *err)
{
	AUTO_BUF text = {0};
	AUTO_BUF data = {0};
	struct json_out w = {.out = &data};
	struct evidence e = {.kind = "stale", .issue = i->id};
	int64_t seq = 0;
	int rc;

	if (!is_awaited(l, i))
		return 0;
	texts_not_rebuilt(&text);
	json_put_open(&w, NULL, '{');
	json_put_text(&w, "request", i->key);
	json_put_text(&w, "requester", i->requester);
	json_put_text(&w, "code", REQUEST_NOT_REBUILT);
	json_put_close(&w, '}');
	rc = buf_check(&data, err, "evidence");
	if (rc == 0)
		rc = buf_check(&text, err, "text");
	e.data = buf_text(&data);
	if (rc == 0)
		rc = core_evidence(l, &e, &seq, err);
	if (rc == 0)
		rc = notice_owe(l, i->id, NOTICE_INTERNAL, buf_text(&text),
			NULL, seq, err);
	return rc < 0 ? rc : rebuild_say(l, i, 0, "not-rebuilt", i->refused,
		err);
}

/* Once: what the ledger knows it has told. */
static int put_lost(struct lapse *l, const struct rebuild_issue *i,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct request_row before = {0};
	int64_t request = 0;
	int rc = request_of_issue(l->ledger, i->id, &a, &before, err);

	if (rc == 0)
		rc = rebuild_put_request(l, i, NULL, &request, err);
	return rc < 0 || before.id != 0 || request == 0 ? rc :
		tell_lost(l, i, err);
}

static int put_others(struct lapse *l, struct rebuild *r,
	struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < r->issues.n && rc == 0; i++)
		if (r->issues.items[i].refused != NULL &&
			!r->issues.items[i].ungranted)
			rc = put_lost(l, &r->issues.items[i], err);
	return rc;
}

/* Written anew under this ledger's name and with its ids. */
static int owe_properties(struct lapse *l, struct rebuild *r,
	struct lapse_err *err)
{
	char head[65];
	int64_t seq = 0;
	int rc = evidence_head(l->ledger, &seq, head, err);

	for (size_t i = 0; i < r->issues.n && rc == 0; i++)
		if (r->issues.items[i].refused == NULL &&
			!rebuild_is_lost_review(r, &r->issues.items[i]))
			rc = notice_owe(l, r->issues.items[i].id,
				NOTICE_PROPERTY, NULL, NULL, seq, err);
	return rc;
}

static int keep_baseline(struct lapse *l, const struct rebuild *r,
	struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < r->issues.n && rc == 0; i++) {
		const struct rebuild_issue *k = &r->issues.items[i];

		for (size_t n = 0; k->refused == NULL &&
			strcmp(k->id, r->anchor) == 0 &&
			n < k->claim.baseline.list.n && rc == 0; n++)
			rc = baseline_keep(l->ledger,
				&k->claim.baseline.list.items[n], err);
	}
	return rc;
}

int rebuild_learn(struct lapse *l, struct rebuild *r, struct lapse_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < r->grants.n && rc == 0; i++)
		rc = learn_one(l, r, &r->grants.items[i], err);
	if (rc == 0)
		rc = rebuild_put_proofs(l, r, err);
	for (size_t i = 0; i < r->grants.n && rc == 0; i++)
		rc = rebuild_put_rest(l, &r->grants.items[i], err);
	for (size_t i = 0; i < r->grants.n && rc == 0; i++)
		rc = end_one(l, &r->grants.items[i], err);
	if (rc == 0)
		rc = put_others(l, r, err);
	if (rc == 0)
		rc = rebuild_put_reviews(l, r, err);
	if (rc == 0)
		rc = keep_baseline(l, r, err);
	return rc < 0 ? rc : owe_properties(l, r, err);
}
