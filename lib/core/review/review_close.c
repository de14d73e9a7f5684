/* `review-close`: what a campaign's own tests find, its end, and asking for
 * an acknowledgement. */
#include <stdio.h>
#include <string.h>

#include "anchor.h"
#include "hand.h"
#include "hash.h"
#include "log.h"
#include "money.h"
#include "notice.h"
#include "people.h"
#include "review.h"
#include "review_file.h"
#include "review_sync.h"
#include "review_work.h"
#include "story.h"
#include "sync.h"
#include "texts_decide.h"
#include "texts_say.h"

enum {
	STAMP_KEEPS = 20,	/* so many keeps of one reviewer */
	STAMP_S = 60,		/* within so long: nobody looked */
	NAMED = 100,		/* joiners in words */
	DETAIL_CHARS = 600,	/* of them on the issue */
};

/* One campaign while it is closed. */
struct closing {
	struct lapse *l;
	struct arena arena;
	struct campaign_row c;
	struct review_counts counts;
	struct strs joined;
	char digest[HASH_HEX];	/* over the items as they are now */
	int64_t stamped;	/* keeps that came too fast */
	struct strs stampers;
	int64_t seats;		/* freed by what was removed, */
	struct money_sum freed;	/* and what they cost a month */
	struct buf summary;
};

static void clear_closing(struct closing *k)
{
	buf_clear(&k->summary);
	arena_clear(&k->arena);
}
#define AUTO_CLOSING __attribute__((cleanup(clear_closing))) struct closing

/* ---- What is found ---- */

/* The keeps of one reviewer as they come. */
struct stamping {
	struct closing *k;
	const char *by;
	int64_t times[STAMP_KEEPS];
	int64_t n;
	int64_t counted;	/* keeps up to here were counted */
};

static int look_at_keep(void *arg, const char *by, int64_t at)
{
	struct stamping *s = arg;
	struct closing *k = s->k;
	const char *name;
	int64_t first;

	if (s->by == NULL || strcmp(s->by, by) != 0) {
		s->by = arena_copy(&k->arena, by);
		s->n = s->counted = 0;
	}
	if (s->by == NULL)
		return -1;
	s->times[s->n++ % STAMP_KEEPS] = at;
	if (s->n < STAMP_KEEPS ||
		at - s->times[s->n % STAMP_KEEPS] > STAMP_S)
		return 0;
	first = s->n - STAMP_KEEPS;
	if (first < s->counted)
		first = s->counted;
	k->stamped += s->n - first;
	s->counted = s->n;
	name = story_name(k->l, by, &k->arena);
	if (!strs_has(&k->stampers, name))
		strs_add(&k->stampers, &k->arena, name);
	return 0;
}

static int add_digest(void *arg, const char *digest)
{
	struct buf *all = arg;

	buf_str(all, digest);
	return all->failed ? -1 : 0;
}

static int add_seats(void *arg, const char *cost, int64_t n,
	struct lapse_err *err)
{
	struct closing *k = arg;
	struct money one;
	int rc = money_parse(cost, &one, err);

	for (int64_t i = 0; i < n && rc == 0; i++)
		rc = money_add(&k->freed, &one, err);
	k->seats += n;
	return rc;
}

static int find(struct closing *k, struct lapse_err *err)
{
	AUTO_BUF all = {.max = 256 << 20};
	struct stamping stamping = {.k = k};
	struct ledger *l = k->l->ledger;
	int rc = review_counts(l, k->c.id, &k->counts, err);

	if (rc == 0)
		rc = review_digests(l, k->c.id, add_digest, &all, err);
	if (rc == 0)
		rc = hash_hex(buf_text(&all), all.len, k->digest, err);
	if (rc == 0)
		rc = review_keeps(l, k->c.id, look_at_keep, &stamping, err);
	if (rc == 0)
		rc = review_joined(l, k->c.id, &k->arena, &k->joined, err);
	if (rc == 0)
		rc = review_seats(l, k->c.id, add_seats, k, err);
	return rc < 0 ? rc : arena_check(&k->arena, err);
}

/* ---- What is said of it ---- */

static int check(struct closing *k, const char *name, bool fine,
	int64_t count, const char *detail, struct lapse_err *err)
{
	const struct lapse_field f[] = {
		{"campaign", LAPSE_TEXT, k->c.name, 0},
		{"check", LAPSE_TEXT, name, 0},
		{"result", LAPSE_TEXT, fine ? "ok" : "flagged", 0},
		{"count", LAPSE_INT, NULL, count},
		{"detail", LAPSE_TEXT, detail, 0},
	};

	say_line(&k->summary, "%s: %s, %lld", name, fine ? "ok" : "flagged",
		(long long)count);
	if (detail != NULL)
		buf_fmt(&k->summary, " (%s)",
			clean_text(&k->arena, detail, DETAIL_CHARS));
	return core_record(k->l, "lapse/review-check.v1", f, ARRAY_N(f), err);
}

static const char *some_of(struct closing *k, const struct strs *all)
{
	struct strs some = {.items = all->items,
		.n = all->n < NAMED ? all->n : NAMED};

	return all->n == 0 ? NULL : strs_join(&some, &k->arena, ", ");
}

static int check_population(struct closing *k, struct lapse_err *err)
{
	bool whole = k->counts.rows == k->c.items &&
		hash_same(k->digest, k->c.digest);
	const char *detail = arena_fmt(&k->arena, "%lld rows of %lld, digest "
		"%s", (long long)k->counts.rows, (long long)k->c.items,
		hash_same(k->digest, k->c.digest) ? "as it was frozen" :
		"differs from what was frozen");
	int rc = check(k, "coverage", whole, k->counts.rows, detail, err);

	return rc < 0 ? rc : check(k, "joined-after-freeze", true,
		(int64_t)k->joined.n, some_of(k, &k->joined), err);
}

/* No test: what the removals are worth. */
static int say_seats(struct closing *k, struct lapse_err *err)
{
	AUTO_BUF money = {0};

	money_sum_text(&k->freed, &money);
	if (k->seats > 0)
		buf_str(&money, " a month");
	if (buf_check(&money, err, "seats") < 0)
		return LAPSE_ENOMEM;
	return check(k, "seats-freed", true, k->seats,
		k->seats > 0 ? buf_text(&money) : NULL, err);
}

static int check_all(struct closing *k, struct lapse_err *err)
{
	const struct review_counts *n = &k->counts;
	const char *given_up = n->abandoned == 0 ? NULL :
		arena_fmt(&k->arena, "%lld given up by a person",
			(long long)n->abandoned);
	const char *left = n->unreviewed == 0 ? NULL : arena_fmt(&k->arena,
		"nobody decided; %lld of them the policy revoked",
		(long long)n->revoked_by_policy);
	int rc;

	texts_review_numbers(&k->summary, n);
	rc = check_population(k, err);
	if (rc == 0)
		rc = check(k, "self-review", n->self == 0, n->self, NULL, err);
	if (rc == 0)
		rc = check(k, "reviewer-provisioned-it", n->provisioned == 0,
			n->provisioned, NULL, err);
	if (rc == 0)
		rc = check(k, "unremoved-revokes", n->unremoved == 0,
			n->unremoved, given_up, err);
	if (rc == 0)
		rc = check(k, "not-reviewed", n->unreviewed == 0,
			n->unreviewed, left, err);
	if (rc == 0)
		rc = check(k, "rubber-stamping", k->stamped == 0, k->stamped,
			some_of(k, &k->stampers), err);
	if (rc == 0)
		rc = check(k, "stale", true, n->stale, NULL, err);
	return rc < 0 ? rc : say_seats(k, err);
}

static int sum_up(struct closing *k, struct lapse_err *err)
{
	const struct review_counts *n = &k->counts;
	char at[WHEN_TEXT];
	const struct lapse_field f[] = {
		{"campaign", LAPSE_TEXT, k->c.name, 0},
		{"state", LAPSE_TEXT, k->c.state, 0},
		{"items", LAPSE_INT, NULL, n->rows},
		{"keep", LAPSE_INT, NULL, n->kept},
		{"revoke", LAPSE_INT, NULL, n->revoked},
		{"limit", LAPSE_INT, NULL, n->limited},
		{"not_reviewed", LAPSE_INT, NULL, n->not_reviewed},
		{"stale", LAPSE_INT, NULL, n->stale},
		{"closed_at", LAPSE_TIME, NULL, k->c.closed_at},
		{"acknowledger", LAPSE_TEXT, k->c.acknowledger, 0},
		{"acknowledged_at", LAPSE_TIME, NULL, k->c.acknowledged_at},
		{"removed", LAPSE_INT, NULL, n->removed},
		{"revoke_stale", LAPSE_INT, NULL, n->revoked_stale},
		{"revoke_by_policy", LAPSE_INT, NULL, n->revoked_by_policy},
	};

	log_say(&k->l->env, LAPSE_INFO, "review %s: %lld items, closed at %s",
		k->c.name, (long long)n->rows, when_time(k->c.closed_at, at));
	return core_record(k->l, "lapse/review-close.v1", f, ARRAY_N(f), err);
}

/* ---- What stands in the way ---- */

static int still_open(const struct closing *k, struct lapse_err *err)
{
	const struct review_counts *n = &k->counts;
	char due[WHEN_TEXT];

	if (n->open > 0)
		return lapse_fail(err, LAPSE_EREFUSED, "review %s: not "
			"closed: %lld item%s undecided; %s is due at %s, then "
			"`lapse sync` settles what nobody decided (%s)",
			k->c.name, (long long)n->open, n->open == 1 ? " is" :
			"s are", "it", when_time(k->c.due_at, due),
			k->c.no_response);
	if (n->moving > 0)
		return lapse_fail(err, LAPSE_EREFUSED, "review %s: not "
			"closed: %lld decision%s not carried out yet; `lapse "
			"sync` goes on with %s, and says what holds it up",
			k->c.name, (long long)n->moving, n->moving == 1 ?
			" is" : "s are", n->moving == 1 ? "it" : "them");
	return 0;
}

/* Neither a reviewer of it, nor who opened or closes it. */
static int find_acknowledger(struct closing *k, const char *named,
	const char **ret, struct lapse_err *err)
{
	struct policy_approver who = {0};
	bool decided = false;
	int rc;

	if (named == NULL)
		named = k->l->config->review.acknowledger;
	if (named == NULL)
		return 0;
	rc = people_named(k->l, named, &k->arena, &who, err);
	if (rc == 0 && (who.account == NULL || !who.active))
		return lapse_fail(err, LAPSE_EREFUSED, "acknowledger: '%s': "
			"not one active person", named);
	if (rc == 0)
		rc = review_decided_by(k->l->ledger, k->c.id, who.account,
			&decided, err);
	if (rc < 0)
		return rc;
	if (decided)
		return lapse_fail(err, LAPSE_EREFUSED, "acknowledger: '%s': "
			"decided on items of %s; name somebody who reviewed "
			"nothing of it", named, k->c.name);
	if (strcmp(who.account, k->c.opened_by) == 0 ||
		strcmp(who.account, k->l->operator) == 0)
		return lapse_fail(err, LAPSE_EREFUSED, "acknowledger: '%s': "
			"opened or closes %s; name somebody else", named,
			k->c.name);
	*ret = who.account;
	return 0;
}

/* ---- Closing ---- */

static int close_sheets(struct closing *k, int64_t seq, struct lapse_err *err)
{
	struct sheet_rows rows = {0};
	int rc = sheets(k->l->ledger, k->c.id, &k->arena, &rows, err);

	for (size_t i = 0; i < rows.list.n && rc == 0; i++)
		rc = notice_owe(k->l, rows.list.items[i].issue,
			NOTICE_TRANSITION, k->l->config->review.status_closed,
			NULL, seq, err);
	return rc;
}

static int write(struct closing *k, struct lapse_err *err)
{
	AUTO_BUF text = {0};
	const struct review_said said = {
		.kind = "review-closed",
		.campaign = &k->c,
		.actor = k->l->operator,
		.ref = k->digest,
		.words = buf_text(&k->summary),
	};
	int64_t seq = 0;
	int rc = campaign_put(k->l->ledger, &k->c, err);

	texts_review_closed(&text, k->c.name, buf_text(&k->summary));
	if (rc == 0)
		rc = buf_check(&text, err, "comment");
	if (rc == 0)
		rc = review_say(k->l, &said, &seq, err);
	if (rc == 0)
		rc = notice_owe(k->l, k->c.issue, NOTICE_COMMENT,
			buf_text(&text), NULL, seq, err);
	if (rc == 0)
		rc = notice_owe(k->l, k->c.issue, NOTICE_PROPERTY, NULL, NULL,
			seq, err);
	return rc < 0 ? rc : close_sheets(k, seq, err);
}

static int close_campaign(struct closing *k, struct lapse_err *err)
{
	int rc = core_begin(k->l, err);

	if (rc < 0)
		return rc;
	k->c.state = "closed";
	k->c.closed_at = core_now(k->l);
	k->c.closed_by = k->l->operator;
	return core_end(k->l, write(k, err), err);
}

/* Sub-tasks that nobody decided, as far as their workflow offers it: what it
 * does not offer for one it offers for none. */
static int close_tasks(struct closing *k, struct lapse_err *err)
{
	struct item_rows items = {0};
	struct lapse_err why;
	bool offered = true;
	int rc = review_items_in(k->l->ledger, k->c.id, "stale", &k->arena,
		&items, err);

	for (size_t i = 0; i < items.list.n && rc == 0 && offered; i++) {
		struct op op = {
			.step = jira_transition,
			.name = "close",
			.issue = items.list.items[i].task,
			.serial = items.list.items[i].task,
			.id = k->l->config->review.status_closed,
		};

		if (op.issue == NULL || items.list.items[i].decision != NULL)
			continue;
		offered = core_jira(k->l, &op, &why) == 0 &&
			op.outcome != OP_ABSENT;
		op_clear(&op);
	}
	return rc;
}

static int ask(struct closing *k, const char *account, struct lapse_err *err)
{
	struct lapse_err why;
	int rc;

	if (account == NULL) {
		log_say(&k->l->env, LAPSE_WARNING, "review %s: closed, and "
			"nobody was asked to acknowledge it; name somebody "
			"with --acknowledger", k->c.name);
		return 0;
	}
	rc = review_ask(k->l, &k->c, account, buf_text(&k->summary),
		&k->arena, &why);
	if (rc <= LAPSE_EINTERNAL) {
		*err = why;
		return rc;
	}
	if (rc < 0)
		core_note(k->l, rc == LAPSE_EITEM || rc == LAPSE_EUNKNOWN ?
			LAPSE_EXIT_RETRY : lapse_exit_of(rc), &why);
	return 0;
}

static int go_online(struct closing *k, struct lapse_err *err)
{
	int rc = core_online(k->l, err);

	if (rc == 0)
		rc = anchor_check(k->l, err);
	if (rc == 0)
		rc = core_self(k->l, err);
	if (rc == 0 && (k->l->suspect || k->l->stale || k->l->taken_over ||
		!k->l->time_known))
		return lapse_fail(err, LAPSE_EGUARD, "review %s: not now: "
			"clock, ledger or anchor cannot be trusted",
			k->c.name);
	/* Till the end of the command. */
	return rc < 0 ? rc : core_alone_or_fail(k->l, LEDGER_REVIEW, "review",
		err);
}

/* The last decisions count. */
static int catch_up(struct closing *k, struct lapse_err *err)
{
	int rc = review_tick(k->l, err);

	if (rc == 0)
		rc = settle(k->l, err);
	if (rc == 0)
		rc = review_settled(k->l, err);
	return rc < 0 ? rc : campaign_get(k->l->ledger, k->c.id, &k->arena,
		&k->c, err);
}

static int first_time(struct closing *k, const char *named,
	struct lapse_err *err)
{
	const char *account = NULL;
	int rc = check_all(k, err);

	if (rc == 0)
		rc = still_open(k, err);
	if (rc == 0)
		rc = find_acknowledger(k, named, &account, err);
	if (rc == 0 && k->l->dry_run)
		return core_plan(k->l, k->c.name, "close", account, err);
	if (rc == 0)
		rc = close_campaign(k, err);
	if (rc == 0)
		rc = close_tasks(k, err);
	if (rc == 0)
		rc = review_files(k->l, err);
	if (rc == 0)
		rc = ask(k, account, err);
	if (rc == 0)
		rc = settle(k->l, err);
	return rc;
}

/* account NULL: nobody was named. */
static int not_twice(struct closing *k, const char *account,
	struct lapse_err *err)
{
	char at[WHEN_TEXT];
	bool waits = false;
	int rc = 0;

	if (account == NULL || (k->c.acknowledger != NULL &&
		strcmp(account, k->c.acknowledger) == 0))
		rc = review_awaits(k->l, &k->c, &waits, err);
	if (rc == 0 && waits)
		return lapse_fail(err, LAPSE_EREFUSED, "review %s: %s is "
			"asked already since %s, on %s; wait, or name somebody "
			"else with --acknowledger", k->c.name,
			story_name(k->l, k->c.acknowledger, &k->arena),
			when_time(k->c.asked_at, at), k->c.issue_key);
	return rc;
}

/* Closed before: only the acknowledgement is missing. */
static int once_more(struct closing *k, const char *named,
	struct lapse_err *err)
{
	const char *account = NULL;
	int rc;

	if (k->c.acknowledged_at != WHEN_NONE)
		return lapse_fail(err, LAPSE_EREFUSED, "review %s: is closed "
			"and acknowledged already", k->c.name);
	rc = named != NULL ? find_acknowledger(k, named, &account, err) : 0;
	if (rc == 0)
		rc = not_twice(k, account, err);
	if (rc == 0 && named == NULL)
		rc = find_acknowledger(k, NULL, &account, err);
	if (rc == 0)
		rc = check_all(k, err);
	if (rc == 0 && k->l->dry_run)
		return core_plan(k->l, k->c.name, "ask", account, err);
	if (rc == 0)
		rc = ask(k, account, err);
	return rc < 0 ? rc : settle(k->l, err);
}

/* One that rebuild could not bring back stands in Jira alone. */
static int find_campaign(struct closing *k, const char *name,
	struct lapse_err *err)
{
	struct strs replaced = {0};
	struct lapse_err why;
	int rc = campaign_named(k->l->ledger, name, &k->arena, &k->c, err);

	if (rc != LAPSE_ENOTFOUND)
		return rc;
	rc = anchor_replaced(k->l, &k->arena, &replaced, &why);
	if (rc < 0 || replaced.n == 0)
		return LAPSE_ENOTFOUND;
	return lapse_fail(err, LAPSE_ENOTFOUND, "campaign: '%s': there is none "
		"in this ledger, which was rebuilt: of one that was opened "
		"before, nothing is carried out any more; close its issues in "
		"Jira, and open it anew with `lapse review-open`", name);
}

int lapse_review_close(struct lapse *l, const struct lapse_review_close *o,
	struct lapse_err *err)
{
	AUTO_CLOSING k = {.l = l};
	int rc;

	k.arena.max = 64 << 20;
	rc = find_campaign(&k, o->name, err);
	if (rc == 0)
		rc = hand_operator(l, err);
	if (rc == 0 && l->config->review.project == NULL)
		rc = lapse_fail(err, LAPSE_ECONFIG, "%s: review: there is no "
			"section; see lapse.conf(5)", l->config->path);
	if (rc == 0)
		rc = go_online(&k, err);
	if (rc == 0)
		rc = catch_up(&k, err);
	if (rc == 0 && strcmp(k.c.state, "opening") == 0)
		rc = lapse_fail(err, LAPSE_EREFUSED, "review %s: its issues "
			"are still being made; `lapse sync` goes on with them",
			k.c.name);
	if (rc == 0)
		hand_note_operator(l);
	if (rc == 0)
		rc = find(&k, err);
	if (rc == 0)
		rc = strcmp(k.c.state, "closed") == 0 ?
			once_more(&k, o->acknowledger, err) :
			first_time(&k, o->acknowledger, err);
	return rc < 0 || l->dry_run ? rc : sum_up(&k, err);
}
