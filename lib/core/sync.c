/* `lapse sync`: the request half at every tick, the observation half when it
 * is due. The search index only says where to look; a daily sweep finds what
 * it missed. */
#include <stdio.h>
#include <string.h>

#include "anchor.h"
#include "budget.h"
#include "failsafe.h"
#include "grants.h"
#include "log.h"
#include "metrics.h"
#include "notice.h"
#include "projection.h"
#include "request.h"
#include "projection_baseline.h"
#include "review.h"
#include "sync.h"
#include "tell.h"
#include "text.h"
#include "witness.h"

enum {
	FIRST_S = 86400,	/* how far back the first search looks */
	SWEEP_S = 86400,	/* every so often, */
	SWEEP_BACK_S = 2 * 86400, /* and so far back */
};

/* An issue to look at. */
struct look {
	const char *id;
	int64_t updated_at;	/* WHEN_NONE: open, so found without a search */
};

struct hits {
	struct lapse *l;
	struct arena *arena;
	VEC(struct look) looks;
	int64_t since;		/* the newest change that was seen before */
	int64_t newest;
	int64_t reach;		/* what the last run could not judge; 0: nothing */
	int64_t missed;		/* the same of this run */
	bool sweep;		/* what is seldom looked at is so now */
};

static void miss(struct hits *h, int64_t updated_at)
{
	if (updated_at != WHEN_NONE && updated_at != 0 &&
		(h->missed == 0 || updated_at < h->missed))
		h->missed = updated_at;
}

static bool is_hit(const struct hits *h, const char *id)
{
	for (size_t i = 0; i < h->looks.n; i++)
		if (strcmp(h->looks.items[i].id, id) == 0)
			return true;
	return false;
}

static int add_look(struct hits *h, const char *id, int64_t updated_at,
	struct lapse_err *err)
{
	struct look *o = is_hit(h, id) ? NULL : VEC_ADD(&h->looks, h->arena);

	if (o != NULL)
		*o = (struct look){arena_copy(h->arena, id), updated_at};
	return arena_check(h->arena, err);
}

/* Nothing to look at when a request that is over, or only waits for its
 * deadline, did not change since it was read. Stamps are whole seconds: in
 * the newest one something may have changed after it was read. */
static int unchanged(struct hits *h, const struct jira_hit *hit, bool *ret,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct request_row row = {0};
	int rc = request_of_issue(h->l->ledger, hit->id, &a, &row, err);

	*ret = rc == 0 && row.id != 0 && strcmp(row.state, "seen") != 0 &&
		strcmp(row.state, "asked") != 0 &&
		row.updated_at == hit->updated_at &&
		hit->updated_at < h->since;
	return rc;
}

static int take_hit(void *arg, const void *item, struct lapse_err *err)
{
	struct hits *h = arg;
	const struct jira_hit *hit = item;
	bool same = false;

	if (hit->updated_at > h->newest)
		h->newest = hit->updated_at;
	/* Before anything is granted: the cursor of an old copy is old, so it
	 * finds all that was done on issues since. */
	if (anchor_hold_property(h->l, hit->key, hit->property, err) < 0)
		return err->code;
	if (unchanged(h, hit, &same, err) < 0)
		return err->code;
	return same ? 0 : add_look(h, hit->id, hit->updated_at, err);
}

static const char *cursor_name(const struct project *p, char name[128])
{
	snprintf(name, 128, "search:%s", p->id);
	return name;
}

/* Reviewers move thousands of issues in a day, none of which is a request. */
static void leave_out_reviews(const struct lapse *l, const struct project *p,
	struct buf *jql)
{
	const struct review_section *v = &l->config->review;

	if (v->project == NULL || strcmp(v->project, p->id) != 0)
		return;
	buf_str(jql, " AND issuetype NOT IN (");
	text_jql(jql, v->issue_type);
	buf_str(jql, ", ");
	text_jql(jql, v->subtask_type);
	buf_char(jql, ')');
}

static int search(struct lapse *l, const struct project *p, int64_t back_s,
	struct hits *h, struct lapse_err *err)
{
	AUTO_BUF jql = {0};
	struct op op = {.id = PROJECTION_PROPERTY, .sink = take_hit, .arg = h};

	/* Relative minutes: an absolute time would be read in the zone of
	 * the bot's profile. */
	buf_str(&jql, "project = ");
	text_jql(&jql, p->id);
	leave_out_reviews(l, p, &jql);
	buf_fmt(&jql, " AND updated >= -%lldm ORDER BY updated ASC, key ASC",
		(long long)(back_s / 60 + 1));
	return core_search(l, &op, &jql, err);
}

static int keep_cursor(struct lapse *l, const char *name, int64_t value,
	struct lapse_err *err)
{
	int rc;

	if (l->dry_run)
		return 0;
	rc = core_begin(l, err);
	if (rc < 0)
		return rc;
	return core_end(l, ledger_set_cursor(l->ledger, name, value, err),
		err);
}

static int search_project(struct lapse *l, const struct project *p,
	bool sweep, struct hits *h, struct lapse_err *err)
{
	char name[128];
	int64_t cursor = 0;
	int64_t now = core_now(l);
	int64_t back;
	int rc = ledger_cursor(l->ledger, cursor_name(p, name), &cursor,
		now - FIRST_S, err);

	if (rc < 0)
		return rc;
	back = now - cursor;
	if (h->reach != 0 && h->reach < cursor)
		back = now - h->reach;
	back += l->config->search_overlap;
	if (sweep && back < SWEEP_BACK_S)
		back = SWEEP_BACK_S;
	h->since = cursor;
	h->newest = cursor;
	rc = search(l, p, back, h, err);
	if (rc == 0 && h->newest > cursor)
		rc = keep_cursor(l, name, h->newest, err);
	return rc;
}

static int search_all(struct lapse *l, bool full, struct hits *h,
	struct lapse_err *err)
{
	int64_t swept = 0;
	int64_t now = core_now(l);
	bool sweep;
	int rc = ledger_cursor(l->ledger, "swept", &swept, 0, err);

	if (rc < 0)
		return rc;
	sweep = full || now - swept >= SWEEP_S;
	h->sweep = sweep;
	for (size_t i = 0; i < l->config->projects.n; i++) {
		struct lapse_err why;

		rc = search_project(l, &l->config->projects.items[i], sweep,
			h, &why);
		if (rc < 0) {
			core_note(l, lapse_exit_of(rc), &why);
			miss(h, h->reach);
			sweep = false;
		}
	}
	return sweep ? keep_cursor(l, "swept", now, err) : 0;
}

/* A property changes without a trace in the search. What a rebuild did not put
 * back may have got one since, from the host before. */
static int find_open(struct lapse *l, struct hits *h, struct request_rows *ret,
	struct lapse_err *err)
{
	int rc = requests_open(l->ledger, h->arena, ret, err);

	if (rc == 0)
		rc = requests_why(l->ledger, "stale", REQUEST_UNKNOWN_GRANT,
			h->arena, ret, err);
	if (rc == 0 && h->sweep)
		rc = requests_why(l->ledger, "stale", REQUEST_NOT_REBUILT,
			h->arena, ret, err);
	return rc;
}

static int add_open(struct lapse *l, struct hits *h, struct lapse_err *err)
{
	struct request_rows open = {0};
	int rc = find_open(l, h, &open, err);

	for (size_t i = 0; i < open.list.n && rc == 0; i++)
		rc = add_look(h, open.list.items[i].issue, WHEN_NONE, err);
	return rc;
}

/* What ends the run, as opposed to what this request or service did. */
static bool ends_run(int rc)
{
	return rc <= LAPSE_EINTERNAL;
}

static int advance_all(struct lapse *l, struct hits *h, struct lapse_err *err)
{
	for (size_t i = 0; i < h->looks.n; i++) {
		const struct look *look = &h->looks.items[i];
		struct lapse_err why;
		int rc;

		if (l->jira_failed || core_stopped(l)) {
			miss(h, look->updated_at);
			continue;
		}
		rc = request_advance(l, look->id, false, &why);
		if (rc == 0)
			continue;
		if (ends_run(rc)) {
			*err = why;
			return rc;
		}
		if (rc == LAPSE_ENOTFOUND) {
			log_say(&l->env, LAPSE_INFO, "%s", why.text);
			continue;
		}
		if (rc <= LAPSE_EUNAVAIL)
			miss(h, look->updated_at);
		core_note(l, rc == LAPSE_EUNKNOWN || rc == LAPSE_EITEM ?
			LAPSE_EXIT_RETRY : lapse_exit_of(rc), &why);
	}
	return 0;
}

/* Another run at once may have missed more, or begun with more: the next
 * search reaches back to the older of both. */
static int keep_missed(struct lapse *l, const struct hits *h,
	struct lapse_err *err)
{
	int64_t at = h->missed;
	int64_t now = 0;
	int rc = l->dry_run || h->missed == h->reach ? 0 : core_begin(l, err);

	if (rc < 0 || l->dry_run || h->missed == h->reach)
		return rc;
	rc = ledger_cursor(l->ledger, "missed", &now, 0, err);
	if (now != h->reach && now != 0 && (at == 0 || now < at))
		at = now;
	if (rc == 0)
		rc = ledger_set_cursor(l->ledger, "missed", at, err);
	return core_end(l, rc, err);
}

/* A request that a service's outage kept from being judged has no row yet, and
 * the cursor goes on: the next search reaches back to it. */
static int request_half(struct lapse *l, bool full, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct hits h = {.l = l, .arena = &a};
	int rc = ledger_cursor(l->ledger, "missed", &h.reach, 0, err);

	if (rc == 0)
		rc = search_all(l, full, &h, err);
	if (rc == 0)
		rc = add_open(l, &h, err);
	if (rc == 0)
		rc = advance_all(l, &h, err);
	return rc < 0 ? rc : keep_missed(l, &h, err);
}

/* The first enforcing run: requests from before it are a person's to start. */
static int note_enforced(struct lapse *l, struct lapse_err *err)
{
	struct ledger_about about;
	int rc = ledger_about(l->ledger, &about, err);

	if (rc < 0 || l->dry_run || l->config->mode == MODE_OBSERVE ||
		about.enforced_at != WHEN_NONE || !l->time_known ||
		l->suspect)
		return rc;
	rc = core_begin(l, err);
	if (rc < 0)
		return rc;
	return core_end(l, ledger_set_enforced(l->ledger, core_now(l), err),
		err);
}

int lapse_sync(struct lapse *l, const struct lapse_sync *o,
	struct lapse_err *err)
{
	int rc = 0;

	l->confirmed = o->confirm_incident;
	if (l->confirmed != NULL && l->operator == NULL)
		rc = lapse_fail(err, LAPSE_EREFUSED, "confirm-incident: a "
			"named operator says so; see operator in lapse.conf(5)");
	if (rc == 0)
		rc = budget_confirm(l, o->confirm_removals, err);
	if (rc == 0)
		rc = core_online(l, err);
	if (rc == 0)
		rc = anchor_check(l, err);
	if (rc == 0)
		rc = note_enforced(l, err);
	if (rc == 0)
		rc = metrics_credentials(l, err);
	/* Due removals go first, before requests and reads. */
	if (rc == 0)
		rc = expire_due(l, err);
	if (rc == 0 && o->full)
		rc = failsafe_reread(l, err);
	if (rc == 0)
		rc = settle(l, err);
	/* Without a time nothing can be judged as late, old or missed. */
	if (rc == 0 && !l->jira_failed && l->time_known)
		rc = request_half(l, o->full, err);
	if (rc == 0)
		rc = review_tick(l, err);
	/* What was decided does not wait until all is observed. */
	if (rc == 0)
		rc = settle(l, err);
	if (rc == 0 && l->time_known)
		rc = observe(l, o->full, err);
	if (rc == 0)
		rc = projection_tell_baseline(l, err);
	if (rc == 0 && l->time_known)
		rc = remind_ending(l, err);
	if (rc == 0)
		rc = settle(l, err);
	if (rc == 0)
		rc = review_settled(l, err);
	/* Last: whatever becomes of it, access was not delayed. */
	if (rc == 0)
		rc = tell_all(l, err);
	return rc < 0 ? rc : witness_tell(l, err);
}
