/* What lapse writes to those who review. */
#include "texts_sheet.h"

#include <string.h>

#include "jira.h"
#include "texts_say.h"

enum {
	NAME = 60,		/* characters of a name in a summary */
	CELL = 60,		/* of a cell of the table, at most */
	COLUMNS = 4,
};

/* ---- Pieces ---- */

static const char *person(struct arena *a, const struct item_row *i)
{
	const char *name = i->name != NULL ? i->name :
		i->login != NULL ? i->login :
		i->email != NULL ? i->email :
		i->account != NULL ? i->account : i->user;

	return clean_text(a, name, NAME);
}

static const char *access_of(struct arena *a, const struct item_row *i)
{
	const char *what = i->role != NULL ? i->role :
		i->group_name != NULL ? i->group_name :
		i->group != NULL ? i->group : i->application;

	return clean_text(a, what, NAME);
}

static const char *used(struct arena *a, const struct item_row *i)
{
	if (strcmp(i->last_use, "unknown") == 0)
		return "not known";
	return arena_fmt(a, strcmp(i->last_use, "seen") == 0 ?
		"%lld days ago" : "not for %lld days",
		(long long)i->days_inactive);
}

/* ---- Summaries ---- */

void sheet_say_campaign(struct buf *out, const struct campaign_row *c)
{
	buf_str(out, "Access review: ");
	say_clean(out, c->name, 100);
}

void sheet_say_sheet(struct buf *out, const struct campaign_row *c,
	const struct sheet_row *s, const char *reviewer)
{
	buf_str(out, "Please review who has access: ");
	say_clean(out, c->name, 100);
	if (reviewer != NULL) {
		buf_str(out, ", for ");
		say_clean(out, reviewer, NAME);
	}
	buf_fmt(out, " (%lld)", (long long)s->items);
}

void sheet_say_item(struct buf *out, const struct item_row *i)
{
	AUTO_ARENA a = {0};

	buf_fmt(out, "%lld: %s, %s", (long long)i->n, person(&a, i),
		access_of(&a, i));
	out->failed = out->failed || a.failed;
}

/* ---- The campaign ---- */

void sheet_campaign_text(struct buf *out, const struct campaign_row *c,
	size_t sheets)
{
	AUTO_ARENA a = {0};

	say_line(out, "An access review of %lld accesses, decided by %zu "
		"people, until %s.", (long long)c->items, sheets,
		clean_time(&a, c->due_at, NULL));
	say_gap(out);
	say_line(out, "Each of them has an issue with what they are asked. "
		"lapse reads the decisions, takes away what is revoked, and "
		"says here how it went.");
	say_gap(out);
	say_line(out, "The population was frozen at %s. SHA-256 of its rows: "
		"%s.", clean_time(&a, c->opened_at, NULL), c->digest);
	out->failed = out->failed || a.failed;
}

/* ---- A sheet ---- */

static void say_until(struct buf *out, struct arena *a,
	const struct campaign_row *c, const char *zone)
{
	say_line(out, "Please decide until %s. %s",
		clean_time(a, c->due_at, zone),
		strcmp(c->no_response, "revoke") == 0 ?
		"What nobody has decided by then is taken away." :
		"What nobody has decided by then stays, and is reported as "
		"not reviewed.");
}

static void say_how_tasks(struct buf *out)
{
	say_line(out, "Each sub-task is one access. Move it to Keep, Revoke or "
		"Limit. Revoke needs a reason; Limit needs an end, like 30d or "
		"2027-01-31. What lapse recommends is advice: you decide. Only "
		"your own decision counts; assign this issue to somebody else "
		"to hand it over.");
}

static void say_how_csv(struct buf *out, const struct sheet_row *s)
{
	AUTO_BUF name = {0};

	sheet_csv_name(&name, s);
	say_line(out, "The accesses are in the attached file %s. Download it, "
		"write keep, revoke or limit into the column decision, a "
		"reason beside each revoke and an end (30d or 2027-01-31) into "
		"until beside each limit, leave the other columns as they are, "
		"and attach the file here again, as CSV. You may attach it as "
		"often as you like; the newest of yours counts. What lapse "
		"recommends is advice: you decide. Only your own file counts; "
		"assign this issue to somebody else to hand it over.",
		buf_text(&name));
	out->failed = out->failed || name.failed;
}

static void say_recommended(struct buf *out, const struct item_rows *items)
{
	static const char *const words[] = {"keep", "revoke", "limit"};
	size_t counts[ARRAY_N(words)] = {0};

	for (size_t i = 0; i < items->list.n; i++)
		for (size_t n = 0; n < ARRAY_N(words); n++)
			counts[n] += strcmp(words[n],
				items->list.items[i].recommendation) == 0;
	say_line(out, "%zu accesses. lapse recommends to keep %zu, to revoke "
		"%zu and to limit %zu; the file says why.", items->list.n,
		counts[0], counts[1], counts[2]);
}

static void put_row(const char **cell, struct arena *a,
	const struct item_row *i)
{
	cell[0] = arena_fmt(a, "%lld: %s", (long long)i->n, person(a, i));
	cell[1] = access_of(a, i);
	cell[2] = used(a, i);
	cell[3] = arena_fmt(a, "%s: %s", i->recommendation,
		clean_text(a, i->recommended_why, CELL));
}

static void put_table(struct buf *out, const char *text,
	const struct item_rows *items, struct arena *a)
{
	static const char *const head[COLUMNS] = {"Person", "Access",
		"Last use", "lapse recommends"};
	struct adf_table t = {.columns = COLUMNS, .rows = items->list.n + 1};
	const char **cells = arena_alloc(a, t.rows * COLUMNS *
		sizeof(const char *));

	if (cells == NULL) {
		out->failed = true;
		return;
	}
	memcpy(cells, head, sizeof(head));
	for (size_t i = 0; i < items->list.n; i++)
		put_row(cells + (i + 1) * COLUMNS, a, &items->list.items[i]);
	t.cells = cells;
	adf_with_table(out, text, &t);
}

void sheet_document(struct buf *out, const struct campaign_row *c,
	const struct sheet_row *s, const struct item_rows *items,
	const char *zone)
{
	AUTO_ARENA a = {0};
	AUTO_BUF text = {0};

	say_line(&text, "%lld accesses wait for your decision, in the review "
		"%s%s%s.", (long long)s->items, clean_text(&a, c->name, 100),
		c->issue_key != NULL ? ", " : "",
		c->issue_key != NULL ? c->issue_key : "");
	say_gap(&text);
	say_until(&text, &a, c, zone);
	say_gap(&text);
	if (s->csv) {
		say_how_csv(&text, s);
		say_gap(&text);
		say_recommended(&text, items);
	} else {
		say_how_tasks(&text);
	}
	if (s->csv)
		adf_from_text(out, buf_text(&text));
	else
		put_table(out, buf_text(&text), items, &a);
	out->failed = out->failed || text.failed || a.failed;
}

/* ---- An item ---- */

static void say_fact(struct buf *out, struct arena *a, const char *label,
	const char *text)
{
	if (text != NULL && *text != '\0')
		say_line(out, "%s: %s", label, clean_text(a, text, 300));
}

static void say_person(struct buf *out, struct arena *a,
	const struct item_row *i)
{
	say_fact(out, a, "Person", person(a, i));
	say_fact(out, a, "Login", i->login);
	say_fact(out, a, "E-mail", i->email);
	say_fact(out, a, "Title", i->title);
	say_fact(out, a, "Department", i->department);
	say_fact(out, a, "Manager", i->manager);
	say_fact(out, a, "Account", i->status);
	if (i->orphan)
		say_line(out, "Nobody that the providers know has this "
			"account.");
}

/* Of access that lapse did not give. */
static const char *found(struct arena *a, const struct item_row *i,
	const char *zone)
{
	const char *when = i->granted_at == WHEN_NONE ? NULL :
		clean_time(a, i->granted_at, zone);

	if (i->provisioned_by != NULL)
		return arena_fmt(a, "not by lapse; added%s%s by %s",
			when != NULL ? " " : "", when != NULL ? when : "",
			i->provisioned_by);
	return when == NULL ? "not by lapse; not known when" :
		arena_fmt(a, "not by lapse; first seen %s", when);
}

static const char *came_about(struct arena *a, const struct item_row *i,
	const char *zone)
{
	if (strcmp(i->via, "grant") == 0)
		return "granted by lapse";
	if (strcmp(i->via, "by-hand") == 0)
		return "done by hand, for a grant of lapse";
	if (strcmp(i->via, "import") == 0)
		return "as the application tells";
	return found(a, i, zone);
}

static void say_access(struct buf *out, struct arena *a,
	const struct item_row *i, const char *about, const char *zone)
{
	say_fact(out, a, "Application", i->application);
	say_fact(out, a, "Role", i->role);
	say_fact(out, a, "With it they can", about);
	if (i->elevated)
		say_line(out, "It can change data, users or configuration.");
	say_fact(out, a, "Group", i->group_name != NULL ? i->group_name :
		i->group);
	say_fact(out, a, "Came about", came_about(a, i, zone));
	if (strcmp(i->via, "standing") != 0 && i->granted_at != WHEN_NONE)
		say_fact(out, a, "Since", clean_time(a, i->granted_at, zone));
	say_fact(out, a, "Until", i->expires_at != WHEN_NONE ?
		clean_time(a, i->expires_at, zone) : "no end");
	say_fact(out, a, "Original request", i->request_key);
	say_fact(out, a, "Other roles", i->other_roles);
	say_fact(out, a, "A seat costs", i->seat_cost);
	say_quoted(out, "The reason given then:", i->justification);
}

void sheet_item_text(struct buf *out, const struct campaign_row *c,
	const struct item_row *i, const char *about, const char *zone)
{
	AUTO_ARENA a = {0};

	say_person(out, &a, i);
	say_gap(out);
	say_access(out, &a, i, about, zone);
	say_gap(out);
	say_line(out, "Last use: %s%s%s%s", used(&a, i),
		i->last_use_source != NULL ? " (" : i->last_use_why != NULL ?
		", " : "", i->last_use_source != NULL ?
		clean_text(&a, i->last_use_source, 200) :
		i->last_use_why != NULL ?
		clean_text(&a, i->last_use_why, 300) : "",
		i->last_use_source != NULL ? ")" : "");
	say_line(out, "lapse recommends: %s, %s", i->recommendation,
		clean_text(&a, i->recommended_why, 300));
	say_gap(out);
	say_until(out, &a, c, zone);
	out->failed = out->failed || a.failed;
}
