/* When a lasting condition is spoken of. Which conditions there are is the
 * callers' of core_note(). */
#include "condition.h"

#include <stdio.h>
#include <string.h>

#include "changes.h"
#include "condition_rows.h"
#include "log.h"

enum {
	HOUR_S = 3600,
	DAY_S = 86400,
	WEEK_S = 7 * 86400,
};

static enum lapse_level level_of(int exit)
{
	return exit == LAPSE_EXIT_OVERDUE || exit == LAPSE_EXIT_LEDGER ?
		LAPSE_ERROR :
		LAPSE_WARNING;
}

/* Stable over the runs: the command, the exit status and the line's subject.
 * A subject ends at its colon, or at the first digit (a count). */
static const char *name_of(struct lapse *l, int exit, const char *text)
{
	size_t n = strcspn(text, ":0123456789");

	if (text[n] != ':')
		n = 0;
	return arena_fmt(&l->arena, "%s:%d:%.*s", l->command, exit, (int)n,
		text);
}

/* Is it kept for the end of the run, when what lasts is known? */
static bool is_kept(const struct lapse *l)
{
	return l->unattended && l->writable;
}

static bool has_condition(const struct lapse *l, int exit, const char *text)
{
	for (size_t i = 0; i < l->conditions.n; i++)
		if ((exit < 0 || l->conditions.items[i].exit == exit) &&
			lapse_same_failure(l->conditions.items[i].text, text,
				false))
			return true;
	return false;
}

static bool has_passing(const struct lapse *l, const char *text)
{
	for (size_t i = 0; i < l->passing.n; i++)
		if (lapse_same_failure(l->passing.items[i], text, false))
			return true;
	return false;
}

void condition_note(struct lapse *l, int exit, const struct lapse_err *err)
{
	bool said = !is_kept(l) && has_passing(l, err->text);
	struct core_condition *c;

	if (has_condition(l, exit, err->text))
		return;
	c = VEC_ADD(&l->conditions, &l->arena);
	if (c != NULL)
		*c = (struct core_condition){
			.exit = exit,
			.name = name_of(l, exit, err->text),
			.text = arena_copy(&l->arena, err->text),
		};
	if (!said && (c == NULL || !is_kept(l)))
		log_say(&l->env, level_of(exit), "%s", err->text);
}

void condition_pass(struct lapse *l, const struct lapse_err *err)
{
	const char **line;

	if (has_passing(l, err->text) || has_condition(l, -1, err->text))
		return;
	line = VEC_ADD(&l->passing, &l->arena);
	if (line != NULL)
		*line = arena_copy(&l->arena, err->text);
	if (line == NULL || !is_kept(l))
		log_say(&l->env, LAPSE_WARNING, "%s", err->text);
}

/* Begun just now, or an hour, a day, weeks have gone since it was said. */
static bool due(const struct condition_row *row, int64_t now)
{
	int64_t age = row->spoken_at - row->since;
	int64_t pause = age < HOUR_S ? HOUR_S : age < DAY_S ? DAY_S : WEEK_S;

	return now - row->spoken_at >= pause;
}

static const struct condition_row *find(const struct condition_rows *rows,
	const char *name)
{
	for (size_t i = 0; i < rows->list.n; i++)
		if (strcmp(rows->list.items[i].name, name) == 0)
			return &rows->list.items[i];
	return NULL;
}

/* Said before in this run, by another item of the same kind? */
static bool repeated(const struct lapse *l, size_t i)
{
	for (size_t n = 0; n < i; n++)
		if (strcmp(l->conditions.items[n].name,
			l->conditions.items[i].name) == 0)
			return true;
	return false;
}

static bool noted(const struct lapse *l, const char *name)
{
	for (size_t i = 0; i < l->conditions.n; i++)
		if (strcmp(l->conditions.items[i].name, name) == 0)
			return true;
	return false;
}

/* A count that grows is none. */
static bool is_news(struct lapse *l, const struct core_condition *c,
	const struct condition_rows *before)
{
	const struct condition_row *row = find(before, c->name);

	return row == NULL || due(row, core_now(l)) ||
		!lapse_same_failure(row->text, c->text, true);
}

static int say(struct lapse *l, const struct core_condition *c,
	const struct condition_rows *before, bool first, struct lapse_err *err)
{
	if (!is_news(l, c, before))
		return 0;
	log_say(&l->env, level_of(c->exit), "%s", c->text);
	if (!first)
		return 0;
	return condition_put(l->ledger, c->name, c->text, core_now(l), err);
}

static int say_over(struct lapse *l, const struct condition_row *row,
	struct lapse_err *err)
{
	/* What was to be done about it does not have to be any more. */
	log_say(&l->env, LAPSE_WARNING, "is over: %.*s",
		(int)strcspn(row->text, ";"), row->text);
	return condition_drop(l->ledger, row->name, err);
}

/* ---- Was it looked at? ---- */

static bool is_about(const char *text, const char *idp)
{
	size_t n = strlen(idp);

	return strncmp(text, idp, n) == 0 && text[n] == ':';
}

static bool is_parked(const struct change_rows *parked, const char *text)
{
	for (size_t i = 0; i < parked->list.n; i++)
		if (is_about(text, parked->list.items[i].m.idp))
			return true;
	return false;
}

static bool is_slacks(const char *text)
{
	return is_about(text, "slack");
}

static bool was_looked_at(const struct lapse *l, const char *text,
	const struct change_rows *parked)
{
	for (size_t i = 0; i < l->n_idps; i++)
		if (is_about(text, l->idps[i].section->name))
			return !l->idps[i].failed && !is_parked(parked, text);
	if (is_slacks(text))
		return l->slack_open && !l->slack_failed;
	return !l->jira_failed;
}

/* Leaves those that may be over: nothing of this run noted them, and it would
 * have. */
static int keep_over(struct lapse *l, int rc, struct arena *a,
	const struct condition_rows *before, struct condition_rows *ret,
	struct lapse_err *err)
{
	struct change_rows parked = {0};

	if (rc < 0 || l->idle || core_stopped(l))
		return 0;
	rc = changes_parked(l->ledger, a, &parked, err);
	for (size_t i = 0; i < before->list.n && rc == 0; i++) {
		const struct condition_row *row = &before->list.items[i];
		struct condition_row *slot;

		if (noted(l, row->name) ||
			!was_looked_at(l, row->text, &parked))
			continue;
		slot = VEC_ADD(&ret->list, a);
		if (slot == NULL)
			return lapse_fail_nomem(err);
		*slot = *row;
	}
	return rc;
}

static bool anything(struct lapse *l, const struct condition_rows *before)
{
	for (size_t i = 0; i < l->conditions.n; i++)
		if (is_news(l, &l->conditions.items[i], before))
			return true;
	return false;
}

/* Whose timer went well otherwise, and ended non-zero, is told each time what
 * for: neither the work nor the stamp of the last success shows it. */
static void say_slack_again(struct lapse *l,
	const struct condition_rows *before)
{
	const struct core_condition *first = NULL;
	const struct condition_row *row;
	char since[WHEN_TEXT];

	for (size_t i = 0; i < l->conditions.n; i++) {
		const struct core_condition *c = &l->conditions.items[i];

		if (!is_slacks(c->text))
			continue;
		if (is_news(l, c, before))
			return;
		if (first == NULL)
			first = c;
	}
	row = first != NULL ? find(before, first->name) : NULL;
	if (row != NULL)
		log_say(&l->env, level_of(first->exit), "%s (since %s)",
			first->text, when_time(row->since, since));
}

static int tell(struct lapse *l, const struct condition_rows *before,
	const struct condition_rows *over, struct lapse_err *err)
{
	int rc = core_begin(l, err);

	for (size_t i = 0; i < l->conditions.n && rc == 0; i++)
		rc = say(l, &l->conditions.items[i], before, !repeated(l, i),
			err);
	for (size_t i = 0; i < over->list.n && rc == 0; i++)
		rc = say_over(l, &over->list.items[i], err);
	return core_end(l, rc, err);
}

static void say_passing(struct lapse *l)
{
	for (size_t i = 0; i < l->passing.n; i++)
		if (!has_condition(l, -1, l->passing.items[i]))
			log_say(&l->env, LAPSE_WARNING, "%s",
				l->passing.items[i]);
}

void conditions_tell(struct lapse *l, int ended)
{
	AUTO_ARENA a = {0};
	struct condition_rows before = {0};
	struct condition_rows over = {0};
	struct lapse_err err;
	char prefix[64];
	int rc;

	if (!is_kept(l) || l->ledger == NULL)
		return;
	say_passing(l);
	snprintf(prefix, sizeof(prefix), "%s:", l->command);
	rc = conditions_get(l->ledger, prefix, &a, &before, &err);
	if (rc == 0)
		rc = keep_over(l, ended, &a, &before, &over, &err);
	if (rc == 0)
		say_slack_again(l, &before);
	if (rc == 0 && (over.list.n > 0 || anything(l, &before)))
		rc = tell(l, &before, &over, &err);
	if (rc == 0)
		return;
	/* The ledger cannot keep it: better said too often than not. */
	for (size_t i = 0; i < l->conditions.n; i++)
		log_say(&l->env, LAPSE_ERROR, "%s",
			l->conditions.items[i].text);
	log_say(&l->env, LAPSE_ERROR, "%s", err.text);
}
