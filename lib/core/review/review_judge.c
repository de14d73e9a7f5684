/* Decisions of reviewers: who may say what of an item, and what it becomes.
 * Nothing is taken away here. */
#include <stdio.h>
#include <string.h>

#include "notice.h"
#include "people.h"
#include "review_sync.h"
#include "review_work.h"
#include "story.h"
#include "takeover.h"
#include "texts_decide.h"

enum {
	DATE_CHARS = 10,	/* "2026-12-01" */
};

static bool same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

void review_form(const struct lapse *l, struct jira_form *ret)
{
	*ret = (struct jira_form){
		.how_long = l->config->review.field_until,
		.why = l->config->review.field_why,
	};
}

bool review_is_closed(const struct campaign_row *c)
{
	return strcmp(c->state, "closed") == 0;
}

bool review_is_open(const struct item_row *i)
{
	return strcmp(i->state, "open") == 0 ||
		strcmp(i->state, "decided") == 0 ||
		strcmp(i->state, "held") == 0 ||
		(strcmp(i->state, "done") == 0 && same(i->decision, "keep"));
}

/* ---- What a vote says ---- */

/* A day means all of it. */
static int parse_until(const struct review_vote *v, int64_t *ret,
	struct lapse_err *err)
{
	char day[64];
	int64_t s = 0;

	if (when_parse_duration(v->until, &s, NULL) == 0) {
		*ret = v->at + s;
		return 0;
	}
	if (strlen(v->until) != DATE_CHARS)
		return when_parse_time(v->until, ret, err);
	snprintf(day, sizeof(day), "%sT23:59:59Z", v->until);
	return when_parse_time(day, ret, err);
}

static struct review_no no(const char *code, const char *words)
{
	return (struct review_no){code, words};
}

/* What is missing is filled in where it was left out; the decision itself
 * need not be made again. */
static const char *fill_in(const struct review_vote *v, struct arena *a,
	const char *needs, const char *what)
{
	return arena_fmt(a, "%s: please fill in the %s for %s%s", needs,
		v->digest != NULL ? "column" : "field", what,
		v->digest != NULL ? "" : "; that is enough");
}

static struct review_no no_limit(struct lapse *l, const struct item_row *i,
	const struct review_vote *v, struct arena *a, int64_t *ret_until)
{
	const struct role *role = i->role != NULL ?
		config_role(l->config, i->role) : NULL;
	struct lapse_err err;
	char most[WHEN_TEXT];

	if (role == NULL)
		return no("no-role", "this access is no role of the catalog, "
			"so that there is no longest time for it; please "
			"decide on Keep or Revoke");
	if (v->until == NULL)
		return no("no-end", fill_in(v, a, "Limit needs an end",
			"until when, or how long (\"30d\", \"2026-12-01\")"));
	if (parse_until(v, ret_until, &err) < 0)
		return no("bad-end", arena_fmt(a, "\"%.60s\" is neither a "
			"duration like \"30d\" nor a day like "
			"\"2026-12-01\"; please correct it", v->until));
	if (*ret_until <= core_now(l))
		return no("end-passed", "that end has passed already; please "
			"set a later one, or decide on Revoke");
	if (role->max_duration > 0 && *ret_until > v->at + role->max_duration)
		return no("too-long", arena_fmt(a, "that is longer than this "
			"role may be held, which is %s; please set an earlier "
			"end", when_duration(role->max_duration, most)));
	return no(NULL, NULL);
}

static bool blank(const char *text)
{
	return text == NULL || text[strspn(text, " \t\r\n")] == '\0';
}

static struct review_no why_not(struct lapse *l, const struct campaign_row *c,
	const struct sheet_row *s, const struct item_row *i,
	const struct review_vote *v, struct arena *a, int64_t *ret_until)
{
	if (v->digest != NULL && strcmp(v->digest, i->digest) != 0)
		return no("digest", "the row is not the one that was put into "
			"the review: its digest differs");
	if (!same(v->by, s->reviewer))
		return no("not-asked", arena_fmt(a, "%s is asked to decide on "
			"this, and only that decision counts",
			story_name(l, s->reviewer, a)));
	if (review_is_closed(c))
		return no("too-late", "it came too late: the review is closed");
	if (!review_is_open(i))
		return no("too-late", arena_fmt(a, "it came too late, the "
			"review has gone on: %s", i->outcome != NULL ? i->outcome :
			i->state));
	if (strcmp(v->what, "revoke") == 0 && blank(v->reason))
		return no("no-reason", fill_in(v, a, "Revoke needs a reason",
			"it"));
	if (v->changed != NULL && strcmp(v->what, "keep") != 0)
		return no("field-changed", arena_fmt(a, "the field for the %s "
			"was changed by %s; please set it again, that is "
			"enough", v->changed, v->changed_by));
	return strcmp(v->what, "limit") == 0 ?
		no_limit(l, i, v, a, ret_until) : no(NULL, NULL);
}

/* What lapse cannot carry out is no decision. */
static int can_end(struct lapse *l, const struct item_row *i,
	const struct review_vote *v, struct arena *a, struct review_no *ret,
	struct lapse_err *err)
{
	const struct membership m = {i->idp, i->group, i->user};
	const char *why = NULL;
	int rc;

	if (i->idp == NULL || strcmp(v->what, "keep") == 0)
		return 0;
	rc = takeover_why_not(l, &m, a, &why, err);
	if (rc == 0 && why != NULL)
		*ret = no("not-ours", arena_fmt(a, "%s; or decide on Keep",
			why));
	return rc < 0 ? rc : arena_check(a, err);
}

/* ---- Writing ---- */

static int write(struct lapse *l, const struct campaign_row *c,
	const struct sheet_row *s, struct item_row *i,
	const struct review_vote *v, struct lapse_err *err)
{
	const struct review_said said = {
		.kind = "review-decided",
		.campaign = c,
		.sheet = s,
		.item = i,
		.grant = i->grant,
		.actor = v->by,
		.ref = v->ref,
		.words = v->reason,
	};
	bool own;
	int rc = review_begin(l, &own, err);

	if (rc == 0)
		rc = item_put(l->ledger, i, err);
	if (rc == 0)
		rc = review_say(l, &said, NULL, err);
	if (rc == 0 && i->idp != NULL)
		rc = review_note_moved(l->ledger, i, core_now(l), err);
	/* A sub-task's own history says it again; a file may be gone. */
	if (rc == 0 && s->csv)
		rc = notice_owe(l, i->task, NOTICE_PROPERTY, NULL, NULL, 0,
			err);
	return review_end(l, own, rc, err);
}

static bool was_refused(const struct item_row *i, const char *ref)
{
	size_t n = strlen(ref);

	return i->refused_ref != NULL &&
		strncmp(i->refused_ref, ref, n) == 0 &&
		i->refused_ref[n] == ' ';
}

static void take(struct lapse *l, struct item_row *i,
	const struct review_vote *v, int64_t until)
{
	bool keep = strcmp(v->what, "keep") == 0;

	i->decision = v->what;
	i->decided_at = v->at;
	i->decided_by = v->by;
	i->decision_ref = v->ref;
	/* Words of somebody else are not the reviewer's reason to keep. */
	i->decision_reason = blank(v->reason) || v->changed != NULL ? NULL :
								      v->reason;
	i->limit_until = until;
	i->state = keep ? "done" : "decided";
	i->outcome = keep ? "kept" : NULL;
	i->settled_at = keep ? core_now(l) : WHEN_NONE;
}

int review_vote(struct lapse *l, const struct campaign_row *c,
	const struct sheet_row *s, struct item_row *i,
	const struct review_vote *v, struct arena *a, struct review_no *ret_no,
	struct lapse_err *err)
{
	int64_t until = WHEN_NONE;
	int rc;

	*ret_no = no(NULL, NULL);
	if (same(i->decision_ref, v->ref) && same(i->decision, v->what))
		return 0;
	/* What did not count before the end was told of then. */
	if (review_is_closed(c) && was_refused(i, v->ref))
		return 0;
	*ret_no = why_not(l, c, s, i, v, a, &until);
	rc = arena_check(a, err);
	if (rc == 0 && ret_no->code == NULL)
		rc = can_end(l, i, v, a, ret_no, err);
	if (rc < 0 || ret_no->code != NULL || l->dry_run)
		return rc;
	take(l, i, v, until);
	return write(l, c, s, i, v, err);
}

int review_refuse(struct lapse *l, const struct campaign_row *c,
	const struct sheet_row *s, struct item_row *i,
	const struct review_vote *v, const struct review_no *why,
	struct arena *a, struct lapse_err *err)
{
	AUTO_BUF text = {0};
	/* The same move with something else wrong is news; that it came too
	 * late is told once, however the removal goes on. */
	const char *ref = arena_fmt(a, "%s %s %.40s", v->ref, why->code,
		same(why->code, "too-late") ? "" : why->words);
	const struct review_said said = {
		.kind = "review-refused",
		.campaign = c,
		.sheet = s,
		.item = i,
		.actor = v->by,
		.ref = v->ref,
		.detail = why->code,
		.refused = v->what,
		.words = why->words,
	};
	bool foreign = same(why->code, "not-asked");
	bool before = same(i->refused_ref, ref);
	bool own;
	int rc = 0;

	if (ref == NULL)
		return lapse_fail_nomem(err);
	/* Of others' moves there may be many, and each is told of once. */
	if (foreign)
		rc = review_was_said(l, &said, &before, err);
	if (rc < 0 || before || l->dry_run)
		return rc;
	texts_vote_refused(&text, v->by_name != NULL ? v->by_name :
		story_name(l, v->by, a), v->what, why->words);
	if (i->decision != NULL)
		texts_vote_stands(&text, i->decision,
			story_name(l, i->decided_by, a));
	if (!foreign)
		i->refused_ref = ref;
	rc = review_begin(l, &own, err);
	if (rc == 0)
		rc = item_put(l->ledger, i, err);
	if (rc == 0)
		rc = review_tell(l, &said, &text, err);
	return review_end(l, own, rc, err);
}
