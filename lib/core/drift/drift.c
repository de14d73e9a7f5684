/* `lapse drift`: each disagreement with the command that settles it. Reads the
 * ledger alone, but for --fresh (drift_read.c) and --settle
 * (drift_settle.c). */
#include "drift.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adoption.h"
#include "ledger_people.h"
#include "text.h"

enum {
	OVERDUE_AFTER = 300,	/* without a configuration */
	ACT_WITHIN_S = 600,	/* an approval is acted on by the next tick */
	BRIEF = 5,		/* more of one group are a line, not rows */
};

/* ---- What there is ---- */

static bool same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static bool is_kind(const struct drift_row *r, const char *kind)
{
	return strcmp(r->kind, kind) == 0;
}

static bool of_membership(const struct drift_row *r)
{
	return is_kind(r, "shadow") || is_kind(r, "reappeared");
}

static bool has_group(const struct role *role, const char *idp,
	const char *group)
{
	for (size_t i = 0; i < role->groups.n; i++)
		if (same(role->group_idps.items[i], idp) &&
			same(role->group_ids.items[i], group))
			return true;
	return false;
}

/* A group that the catalog has no more is not lapse's to judge. */
static bool is_governed(const struct lapse *l, const struct drift_row *r)
{
	if (l->config == NULL || !is_kind(r, "shadow"))
		return true;
	for (size_t i = 0; i < l->config->roles.n; i++)
		if (has_group(&l->config->roles.items[i], r->idp, r->group))
			return true;
	return false;
}

static int settle_s(const struct lapse *l, const char *idp)
{
	const struct idp_section *section = l->config == NULL ? NULL :
		config_idp(l->config, idp);

	return section == NULL ? 0 : section->driver->settle_s;
}

/* Seen so early after the hold was verified that a reading may have begun
 * before it. */
static bool is_too_early(const struct lapse *l, const struct drift_row *r)
{
	return is_kind(r, "ghost") &&
		r->seen_at < r->verified_at + settle_s(l, r->idp);
}

/* Somebody is being asked whether it may stay. */
static bool is_asked_about(struct lapse *l, const struct adoption_rows *open,
	const struct drift_row *r, struct arena *a)
{
	for (size_t i = 0; i < open->list.n && of_membership(r); i++) {
		const struct adoption_row *d = &open->list.items[i];
		const struct role *role = l->config == NULL ?
			NULL :
			config_role(l->config, d->role);
		struct link_row link = {0};

		if (role != NULL && has_group(role, r->idp, r->group) &&
			link_get(l->ledger, d->account, r->idp, a, &link,
				NULL) == 0 &&
			same(link.user, r->user))
			return true;
	}
	return false;
}

int drift_find(struct lapse *l, const char *idp, const char *kind,
	struct arena *a, struct drift_rows *ret, struct lapse_err *err)
{
	struct adoption_rows open = {0};
	int64_t now = core_now(l);
	int64_t after = l->config == NULL ? OVERDUE_AFTER :
					    l->config->overdue_after;
	size_t n = 0;
	int rc = drift_rows(l->ledger, idp, now - after, now - ACT_WITHIN_S, a,
		ret, err);

	if (rc == 0)
		rc = adoptions_open(l->ledger, a, &open, err);
	for (size_t i = 0; i < ret->list.n && rc == 0; i++) {
		struct drift_row *r = &ret->list.items[i];

		if ((kind != NULL && !is_kind(r, kind)) ||
			!is_governed(l, r) || is_too_early(l, r) ||
			is_asked_about(l, &open, r, a))
			continue;
		ret->list.items[n++] = *r;
	}
	ret->list.n = n;
	return rc < 0 ? rc : arena_check(a, err);
}

/* ---- What settles it ---- */

static const char *word(struct arena *a, const char *text)
{
	AUTO_BUF out = {0};

	text_word(&out, text);
	return arena_copy_buf(a, &out);
}

/* All rows, and where those of kind shadow are, in the order of their
 * memberships. */
struct listed {
	struct drift_rows rows;
	size_t shadow;
	size_t n_shadow;
};

static void index_shadow(struct listed *all)
{
	for (size_t i = 0; i < all->rows.list.n; i++) {
		if (!is_kind(&all->rows.list.items[i], "shadow"))
			continue;
		if (all->n_shadow++ == 0)
			all->shadow = i;
	}
}

static int by_membership(const void *a, const void *b)
{
	const struct drift_row *x = a;
	const struct drift_row *y = b;
	int order = strcmp(x->idp, y->idp);

	if (order == 0)
		order = strcmp(x->group, y->group);
	return order != 0 ? order : strcmp(x->user, y->user);
}

/* Adopting takes a role as a whole: the person has to be in each of its
 * groups without a grant. */
static bool is_whole(const struct listed *all, const struct role *role,
	const struct drift_row *r)
{
	for (size_t i = 0; i < role->groups.n; i++) {
		const struct drift_row key = {
			.idp = role->group_idps.items[i],
			.group = role->group_ids.items[i],
			.user = r->user,
		};

		if (by_membership(&key, r) != 0 && (all->n_shadow == 0 ||
			bsearch(&key, &all->rows.list.items[all->shadow],
				all->n_shadow, sizeof(key),
				by_membership) == NULL))
			return false;
	}
	return true;
}

static const struct role *role_to_adopt(struct lapse *l,
	const struct listed *all, const struct drift_row *r)
{
	for (size_t i = 0; l->config != NULL && r->present &&
		i < l->config->roles.n; i++) {
		const struct role *role = &l->config->roles.items[i];

		if (has_group(role, r->idp, r->group) && is_whole(all, role, r))
			return role;
	}
	return NULL;
}

static const char *settle_by_word(const struct drift_row *r, struct arena *a)
{
	const char *what = of_membership(r) ?
		arena_fmt(a, "%s:%s:%s", r->idp, r->group, r->user) :
		r->issue_key != NULL ? r->issue_key : r->issue;

	return what == NULL ? NULL : arena_fmt(a,
		"lapse drift --settle %s --reason TEXT", word(a, what));
}

/* A request for who is suspended or gone would be refused. */
static bool is_active(struct lapse *l, const struct drift_row *r,
	struct arena *a)
{
	struct user_row u = {0};

	return user_get(l->ledger, r->idp, r->user, a, &u, NULL) < 0 ||
		u.status == NULL || strcmp(u.status, "active") == 0;
}

static const char *adopt(struct lapse *l, const struct listed *all,
	struct drift_row *r, struct arena *a)
{
	const struct role *role = role_to_adopt(l, all, r);

	if (role == NULL)
		return settle_by_word(r, a);
	r->role = role->name;
	if (config_mode(l->config, NULL, NULL, role) == MODE_OBSERVE)
		return settle_by_word(r, a);
	return arena_fmt(a, "lapse adopt %s %s %s --reason TEXT",
		word(a, r->login != NULL ? r->login : r->user),
		word(a, role->name),
		is_active(l, r, a) && adoption_can_ask(l, role) ? "--ask" :
								 "--for TIME");
}

static const char *command_of(struct lapse *l, const struct listed *all,
	struct drift_row *r, struct arena *a)
{
	if (is_kind(r, "ghost"))
		return arena_fmt(a, "lapse revoke %lld --reason TEXT",
			(long long)r->grant);
	if (is_kind(r, "overdue") && same(r->change_state, "parked"))
		return arena_fmt(a, "lapse parked retry %lld --reason TEXT",
			(long long)r->change);
	if (is_kind(r, "overdue"))
		return "lapse expire";
	if (of_membership(r))
		return adopt(l, all, r, a);
	if (is_kind(r, "unevidenced") && r->issue == NULL)
		return "lapse sync";
	if (is_kind(r, "approved-not-done"))
		return arena_fmt(a, "lapse grant %s --reason TEXT",
			word(a, r->issue_key));
	return settle_by_word(r, a);
}

/* ---- Telling ---- */

static const char *who_added(const struct drift_row *r)
{
	if (r->added_by != NULL || r->added_source == NULL)
		return r->added_by;
	return "unknown";
}

static int record(struct lapse *l, const struct listed *all,
	struct drift_row *r, struct arena *a, struct lapse_err *err)
{
	char grant[24];
	const char *command = command_of(l, all, r, a);
	const struct lapse_field fields[] = {
		{"kind", LAPSE_TEXT, r->kind, 0},
		{"idp", LAPSE_TEXT, r->idp, 0},
		{"group", LAPSE_TEXT, r->group, 0},
		{"group_name", LAPSE_TEXT, r->group_name, 0},
		{"user", LAPSE_TEXT, r->user, 0},
		{"login", LAPSE_TEXT, r->login, 0},
		{"role", LAPSE_TEXT, r->role, 0},
		{"grant", LAPSE_TEXT, r->grant != 0 ? grant : NULL, 0},
		{"issue", LAPSE_TEXT, r->issue_key, 0},
		{"since", LAPSE_TIME, NULL, r->since},
		{"seen_at", LAPSE_TIME, NULL, r->seen_at},
		{"added_by", LAPSE_TEXT, who_added(r), 0},
		{"added_at", LAPSE_TIME, NULL, r->added_at},
		{"added_source", LAPSE_TEXT, r->added_source, 0},
		{"command", LAPSE_TEXT, command, 0},
		{"account", LAPSE_TEXT, r->account, 0},
	};

	if (command == NULL)
		return lapse_fail_nomem(err);
	snprintf(grant, sizeof(grant), "%lld", (long long)r->grant);
	return core_record(l, "lapse/drift.v1", fields, ARRAY_N(fields), err);
}

/* Who was in a group before lapse looked at it, in one line: what settles
 * them together, and where they are to be seen. */
static int record_group(struct lapse *l, const struct drift_row *r, size_t n,
	struct arena *a, struct lapse_err *err)
{
	const char *what = arena_fmt(a, "%s:%s", r->idp, r->group);
	const char *command = what == NULL ? NULL :
		arena_fmt(a, "lapse drift --settle %s --reason TEXT",
			word(a, what));
	const struct lapse_field fields[] = {
		{"kind", LAPSE_TEXT, r->kind, 0},
		{"idp", LAPSE_TEXT, r->idp, 0},
		{"group", LAPSE_TEXT, r->group, 0},
		{"group_name", LAPSE_TEXT, r->group_name, 0},
		{"members", LAPSE_INT, NULL, (int64_t)n},
		{"seen_at", LAPSE_TIME, NULL, r->seen_at},
		{"command", LAPSE_TEXT, command, 0},
	};

	if (command == NULL)
		return lapse_fail_nomem(err);
	return core_record(l, "lapse/drift-group.v1", fields, ARRAY_N(fields),
		err);
}

/* Without a row of its own it was there when the group was first read. */
static bool was_before(const struct drift_row *r)
{
	return is_kind(r, "shadow") && r->id == 0;
}

/* How many of one group from here on; they follow each other, but for those
 * who joined later. */
static size_t count_before(const struct drift_rows *all, size_t from)
{
	const struct drift_row *first = &all->list.items[from];
	size_t n = 0;

	for (size_t i = from; i < all->list.n; i++) {
		const struct drift_row *r = &all->list.items[i];

		if (!is_kind(r, "shadow") || !same(r->idp, first->idp) ||
			!same(r->group, first->group))
			break;
		n += was_before(r);
	}
	return n;
}

struct brief {
	const struct drift_row *group;	/* whose first row came last */
	size_t n;
};

static bool is_summed_up(const struct drift_rows *all, size_t at,
	struct brief *b)
{
	const struct drift_row *r = &all->list.items[at];

	if (!is_kind(r, "shadow"))
		return false;
	if (b->group == NULL || !same(b->group->idp, r->idp) ||
		!same(b->group->group, r->group))
		*b = (struct brief){r, count_before(all, at)};
	return was_before(r) && b->n > BRIEF;
}

static int tell_groups(struct lapse *l, const struct drift_rows *all,
	struct arena *a, struct lapse_err *err)
{
	struct brief b = {0};
	const struct drift_row *told = NULL;
	int rc = 0;

	for (size_t i = 0; i < all->list.n && rc == 0; i++) {
		if (!is_summed_up(all, i, &b) || told == b.group)
			continue;
		told = b.group;
		rc = record_group(l, b.group, b.n, a, err);
	}
	return rc;
}

static int tell(struct lapse *l, struct listed *all, bool brief,
	struct arena *a, struct lapse_err *err)
{
	struct brief b = {0};
	struct drift_rows *rows = &all->rows;
	int rc = 0;

	index_shadow(all);
	for (size_t i = 0; i < rows->list.n && rc == 0; i++)
		if (!brief || !is_summed_up(rows, i, &b))
			rc = record(l, all, &rows->list.items[i], a, err);
	if (rc == 0 && brief)
		rc = tell_groups(l, rows, a, err);
	if (rc == 0 && rows->list.n > 0)
		core_note(l, LAPSE_EXIT_PENDING, NULL);
	return rc;
}

static int check_kind(const char *kind, struct lapse_err *err)
{
	static const char *const kinds[] = {"ghost", "overdue", "shadow",
		"unevidenced", "approved-not-done", "reappeared",
		"orphan-issue"};

	for (size_t i = 0; i < ARRAY_N(kinds); i++)
		if (kind == NULL || strcmp(kind, kinds[i]) == 0)
			return 0;
	return lapse_fail(err, LAPSE_EUSAGE, "--kind: '%s': ghost, overdue, "
		"shadow, unevidenced, approved-not-done, reappeared and "
		"orphan-issue are there", kind);
}

static int check_idp(struct lapse *l, const char *idp, struct lapse_err *err)
{
	if (idp == NULL || l->config == NULL ||
		config_idp(l->config, idp) != NULL)
		return 0;
	return lapse_fail(err, LAPSE_ENOTFOUND,
		"idp: '%s': not in the configuration", idp);
}

int lapse_drift(struct lapse *l, const struct lapse_drift *o,
	struct lapse_err *err)
{
	AUTO_ARENA a = {.max = (size_t)1 << 30};
	struct listed all = {0};
	int rc = check_kind(o->kind, err);

	if (rc == 0)
		rc = check_idp(l, o->idp, err);
	if (rc == 0 && o->settle != NULL)
		return drift_settle_named(l, o->settle, o->reason, err);
	if (rc == 0 && o->fresh)
		rc = drift_read(l, o->idp, err);
	if (rc == 0)
		rc = drift_find(l, o->idp, o->kind, &a, &all.rows, err);
	return rc < 0 ? rc : tell(l, &all, o->brief, &a, err);
}
