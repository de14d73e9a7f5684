/* Where least privilege is lost. The unit is a case: one request, or one
 * membership, that went another way than the designed one; so buckets can be
 * held against each other without weights that somebody would have to
 * believe. Each rule is told in lapse-report(7). */
#include "diagnose.h"

#include <string.h>

#include "diagnose_private.h"
#include "figures.h"

enum {
	CASES_MIN = 10,		/* fewer say nothing about a company */
	ELSEWHERE = 20,		/* one in so many may come another way */
};

const char *diagnose_answer_text(enum diagnose_answer answer)
{
	static const char *const names[] = {
		[DIAGNOSE_UNKNOWN] = "not known",
		[DIAGNOSE_NO] = "no",
		[DIAGNOSE_YES] = "yes",
	};

	return names[answer];
}

const char *diagnose_bucket_text(enum diagnose_bucket bucket)
{
	static const char *const names[DIAGNOSE_BUCKETS] = {
		[DIAGNOSE_INTAKE] = "intake",
		[DIAGNOSE_APPROVAL] = "approval",
		[DIAGNOSE_ENFORCEMENT] = "enforcement",
	};

	return names[bucket];
}

int64_t diagnose_count(const struct report_counts *counts, const char *name)
{
	int64_t n = 0;

	for (size_t i = 0; i < counts->list.n; i++) {
		if (strcmp(counts->list.items[i].name, name) == 0)
			n += counts->list.items[i].n;
	}
	return n;
}

const struct report_count *diagnose_busiest(const struct report_counts *counts,
	const struct report_count *but)
{
	const struct report_count *most = NULL;

	for (size_t i = 0; i < counts->list.n; i++) {
		const struct report_count *c = &counts->list.items[i];

		if (c == but || c->n <= 0 || strcmp(c->name, "unknown") == 0)
			continue;
		if (most == NULL || c->n > most->n)
			most = c;
	}
	return most;
}

/* ---- The three questions ---- */

/* "portal 5, mail 1": what is known of how requests came. */
static const char *channels_text(const struct report_counts *channels,
	struct arena *a)
{
	const char *text = "";

	for (size_t i = 0; i < channels->list.n && text != NULL; i++) {
		const struct report_count *c = &channels->list.items[i];
		char n[FIGURES_TEXT];

		if (c->n > 0)
			text = arena_fmt(a, "%s%s%s %s", text,
				text[0] == '\0' ? "" : ", ",
				strcmp(c->name, "unknown") == 0 ? "not known"
					: c->name, figures_count(c->n, n));
	}
	return text == NULL ? "" : text;
}

/* What comes by one way in twenty is an exception; more is a second door. A
 * request that came another way is one also where there are few. */
static void ask_intake(const struct report *r, struct arena *a,
	struct diagnose_question *q)
{
	const struct report_counts *channels = &r->requests.channels;
	const struct report_count *most = diagnose_busiest(channels, NULL);
	int64_t unknown = diagnose_count(channels, "unknown");
	char many[FIGURES_TEXT], of[FIGURES_TEXT], rest[FIGURES_TEXT];
	int64_t known = 0, ways = 0;
	bool few;

	for (size_t i = 0; i < channels->list.n; i++) {
		known += channels->list.items[i].n;
		ways += channels->list.items[i].n > 0;
	}
	known -= unknown;
	ways -= unknown > 0;
	few = known < CASES_MIN;
	q->of = known;
	q->lost = most != NULL && known > most->n ? known - most->n : -1;
	if (few || unknown > known) {
		q->evidence = known + unknown == 0 ? "no request was filed in "
			"the window" : arena_fmt(a, "by channel: %s; %s",
			channels_text(channels, a), few ? "fewer than ten are "
			"known, too few to tell" : "of more it is not known "
			"than known");
		return;
	}
	q->lost = known - most->n;
	q->answer = q->lost * ELSEWHERE > known ? DIAGNOSE_YES : DIAGNOSE_NO;
	q->evidence = arena_fmt(a, "%s of %s did not come by %s, the busiest "
		"of %lld channels; how %s more came is not known",
		figures_count(q->lost, many), figures_many(known, "request",
		"requests", of), most->name, (long long)ways,
		figures_count(unknown, rest));
}

/* Seen only where groups were read: before that there is no "no". */
static void ask_enforcement(const struct report *r, struct arena *a,
	struct diagnose_question *q)
{
	const struct report_point *last = r->series.n == 0 ? NULL
		: &r->series.items[r->series.n - 1];
	char added[FIGURES_TEXT], removed[FIGURES_TEXT], of[FIGURES_TEXT];

	q->lost = -1;
	q->of = last == NULL ? 0 : last->standing + last->bound;
	if (r->story.shadow_adds < 0 ||
		(r->story.shadow_adds == 0 && q->of == 0)) {
		q->evidence = "no member of a governed group is known";
		return;
	}
	q->lost = r->story.shadow_adds;
	q->answer = q->lost > 0 ? DIAGNOSE_YES : DIAGNOSE_NO;
	q->evidence = arena_fmt(a, "%s added and %s taken away past lapse, of "
		"%s in its groups", figures_many(q->lost, "membership",
		"memberships", added), figures_many(r->story.removed_outside,
		"grant", "grants", removed), figures_many(q->of, "membership",
		"memberships", of));
}

static void ask_story(const struct report *r, struct arena *a,
	struct diagnose_question *q)
{
	char bare[FIGURES_TEXT], owed[FIGURES_TEXT], of[FIGURES_TEXT];
	int64_t silent = r->story.unevidenced;

	q->lost = -1;
	q->of = diagnose_count(&r->requests.outcomes, "granted");
	if (silent < 0 || r->story.undelivered < 0 ||
		(q->of == 0 && silent == 0)) {
		q->evidence = "nothing was granted in the window";
		return;
	}
	q->lost = silent + r->story.undelivered;
	q->answer = q->lost == 0 ? DIAGNOSE_YES : DIAGNOSE_NO;
	q->evidence = arena_fmt(a, "%s without an issue that tells of it, and "
		"%s that Jira does not have yet; %s granted",
		figures_many(silent, "grant", "grants", bare),
		figures_many(r->story.undelivered, "notice", "notices", owed),
		figures_many(q->of, "request", "requests", of));
}

/* ---- The bucket ---- */

/* A zero is known of what was looked at in full only, and of enough requests:
 * else it says that nobody asked. */
static int64_t known_cases(const struct report *r, int64_t n, bool full)
{
	return n > 0 || (full && r->requests.closed >= CASES_MIN) ? n : -1;
}

static void weigh(const struct report *r, struct diagnosis *d)
{
	d->lost[DIAGNOSE_INTAKE] = d->questions[0].lost;
	d->lost[DIAGNOSE_APPROVAL] = known_cases(r, r->lost.approval,
		r->hops.read > 0 && d->questions[2].lost >= 0);
	d->lost[DIAGNOSE_ENFORCEMENT] = known_cases(r, r->lost.enforcement,
		d->questions[1].lost >= 0);
	/* "Nowhere" is said of what was looked at in full only. */
	d->lossless = true;
	for (size_t i = 0; i < ARRAY_N(d->questions); i++)
		if (d->questions[i].answer == DIAGNOSE_UNKNOWN)
			d->lossless = false;
	for (int b = 0; b < DIAGNOSE_BUCKETS; b++) {
		if (d->lost[b] != 0)
			d->lossless = false;
		if (d->lost[b] > 0)
			d->known = true;
		if (d->lost[b] > 0 && d->lost[b] >= d->lost[d->bucket])
			d->bucket = (enum diagnose_bucket)b;
	}
	if (d->lossless)
		d->known = true;
}

int diagnose(const struct report *r, struct arena *a, struct diagnosis *ret,
	struct lapse_err *err)
{
	struct diagnosis d = {.questions = {
		{
			.question = "Is access asked for in more than one "
				    "place?",
			.bucket = DIAGNOSE_INTAKE,
		},
		{
			.question = "Do people add people to groups past "
				    "lapse?",
			.bucket = DIAGNOSE_ENFORCEMENT,
		},
		{
			.question = "Does one record tell the whole story?",
			.bucket = DIAGNOSE_APPROVAL,
		},
	}};
	int rc;

	ask_intake(r, a, &d.questions[0]);
	ask_enforcement(r, a, &d.questions[1]);
	ask_story(r, a, &d.questions[2]);
	d.questions[0].good = d.questions[0].answer == DIAGNOSE_NO;
	d.questions[1].good = d.questions[1].answer == DIAGNOSE_NO;
	d.questions[2].good = d.questions[2].answer == DIAGNOSE_YES;
	weigh(r, &d);
	diagnose_steps(r, a, &d);
	rc = arena_check(a, err);
	if (rc == 0)
		*ret = d;
	return rc;
}

/* ---- As records ---- */

#define TEXT(name, text) {name, LAPSE_TEXT, text, 0}
#define COUNT(name, n) {name, LAPSE_INT, NULL, n}

static int record_question(struct lapse *l, const struct diagnose_question *q,
	struct lapse_err *err)
{
	const struct lapse_field fields[] = {
		TEXT("question", q->question),
		TEXT("answer", diagnose_answer_text(q->answer)),
		TEXT("evidence", q->evidence),
		COUNT("lost", q->lost),
		COUNT("of", q->of),
		TEXT("bucket", diagnose_bucket_text(q->bucket)),
		{"good", LAPSE_BOOL, NULL, q->good},
	};

	return core_record(l, "lapse/diagnosis.v1", fields, ARRAY_N(fields),
		err);
}

const char *diagnose_lost_text(const struct diagnosis *d, struct arena *a)
{
	const char *texts[DIAGNOSE_BUCKETS];
	bool unknown = false;

	for (int b = 0; b < DIAGNOSE_BUCKETS; b++) {
		char many[FIGURES_TEXT];

		unknown = unknown || d->lost[b] < 0;
		texts[b] = arena_copy(a, figures_count(d->lost[b], many));
		if (texts[b] == NULL)
			return "";
	}
	return arena_fmt(a, "cases lost: intake %s, approval %s, "
		"enforcement %s%s", texts[DIAGNOSE_INTAKE],
		texts[DIAGNOSE_APPROVAL], texts[DIAGNOSE_ENFORCEMENT],
		d->known && !d->lossless && unknown ?
		"; what is not known could be more" : "");
}

const char *diagnose_verdict_text(const struct diagnosis *d)
{
	if (!d->known)
		return "not known";
	return d->lossless ? "nowhere" : diagnose_bucket_text(d->bucket);
}

static int record_verdict(struct lapse *l, const struct diagnosis *d,
	struct arena *a, struct lapse_err *err)
{
	const bool lost = d->known && !d->lossless;
	const struct lapse_field fields[] = {
		TEXT("question", "Where is most lost?"),
		TEXT("answer", diagnose_verdict_text(d)),
		TEXT("evidence", diagnose_lost_text(d, a)),
		COUNT("lost", !d->known ? -1 : lost ? d->lost[d->bucket] : 0),
		COUNT("of", -1),
		TEXT("bucket", lost ? diagnose_bucket_text(d->bucket) : NULL),
		{"good", LAPSE_BOOL, NULL, d->lossless},
	};

	return core_record(l, "lapse/diagnosis.v1", fields, ARRAY_N(fields),
		err);
}

static int record_step(struct lapse *l, const struct diagnose_step *s,
	struct lapse_err *err)
{
	const struct lapse_field fields[] = {
		TEXT("bucket", diagnose_bucket_text(s->bucket)),
		TEXT("move", s->move),
		TEXT("command", s->command),
	};

	return core_record(l, "lapse/diagnosis-step.v1", fields,
		ARRAY_N(fields), err);
}

int diagnose_record(struct lapse *l, const struct report *r,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct diagnosis d;
	int rc = diagnose(r, &a, &d, err);

	for (size_t i = 0; i < ARRAY_N(d.questions) && rc == 0; i++)
		rc = record_question(l, &d.questions[i], err);
	if (rc == 0)
		rc = record_verdict(l, &d, &a, err);
	for (size_t i = 0; rc == 0 && i < d.steps.n; i++)
		rc = record_step(l, &d.steps.items[i], err);
	return rc;
}
