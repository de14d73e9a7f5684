/* Checking the roles, and filling in what follows from other sections:
 * application, full group names, both sides of a conflict, durations. */
#include <string.h>

#include "config_private.h"
#include "text.h"
#include "when.h"

struct check {
	struct config *c;
	const struct scan *s;
	struct lapse_err *err;
	struct role *r;
};

#define FAULT(k, key, ...)                                                     \
	config_fault((k)->s, (k)->err, "role", (k)->r->name, key, __VA_ARGS__)

static int check_application(struct check *k)
{
	struct role *r = k->r;

	r->application = config_application(k->c, r->application_name);
	if (r->application != NULL)
		return 0;
	return FAULT(k, "application", "there is no application '%s'",
		r->application_name);
}

/* ---- Groups ---- */

/* "00g1" becomes "okta:00g1", "idp:00g1" stays. NULL: cannot be one. */
static const char *full_group(struct check *k, const char *text)
{
	struct arena *a = &k->c->arena;
	const char *idp, *group;

	if (config_split_group(text, a, &idp, &group))
		return config_idp(k->c, idp) != NULL && text_is_id(group) ?
			text :
			NULL;
	if (k->r->application->idp == NULL || !text_is_id(text))
		return NULL;
	return arena_fmt(a, "%s:%s", k->r->application->idp, text);
}

static int fill_groups(struct check *k, struct strs *list, const char *key)
{
	struct strs full = {0};

	for (size_t i = 0; i < list->n; i++) {
		const char *name = full_group(k, list->items[i]);
		int prefix = (int)strcspn(list->items[i], ":");

		if (name == NULL && list->items[i][prefix] == ':' &&
			config_idp(k->c, arena_copy_n(&k->c->arena,
				list->items[i], (size_t)prefix)) == NULL)
			return FAULT(k, key, "'%s': there is no idp '%.*s'",
				list->items[i], prefix, list->items[i]);
		if (name == NULL)
			return FAULT(k, key, "'%s' is no group id; write ID, "
				"or IDP:ID where the application has no idp",
				list->items[i]);
		if (strs_has(&full, name))
			return FAULT(k, key, "'%s' stands in it twice", name);
		strs_add(&full, &k->c->arena, name);
	}
	*list = full;
	return 0;
}

static int check_groups(struct check *k)
{
	struct role *r = k->r;
	bool by_hand = r->application->idp == NULL;

	if (by_hand && r->groups.n > 0)
		return FAULT(k, "groups", "application '%s' has no idp, so "
			"there are no groups", r->application->name);
	if (!by_hand && r->groups.n == 0)
		return FAULT(k, "groups", "is missing; the groups of '%s' "
			"give access", r->application->idp);
	if (!by_hand && (r->manual_grant || r->manual_remove))
		return FAULT(k, r->manual_grant ? "manual-grant" :
			"manual-remove", "is for applications without an idp");
	if (fill_groups(k, &r->groups, "groups") < 0 ||
		fill_groups(k, &r->requestable_by, "requestable-by") < 0)
		return LAPSE_ECONFIG;
	for (size_t i = 0; i < r->groups.n; i++) {
		const char *idp = NULL, *group = NULL;
		config_split_group(r->groups.items[i], &k->c->arena, &idp,
			&group);
		strs_add(&r->group_idps, &k->c->arena, idp);
		strs_add(&r->group_ids, &k->c->arena, group);
	}
	return 0;
}

/* ---- Durations ---- */

static int check_default(struct check *k, int64_t first)
{
	struct role *r = k->r;
	char text[WHEN_TEXT];

	if (r->max_duration > 0 && r->default_duration > r->max_duration)
		return FAULT(k, "default-duration",
			"is over max-duration, %s",
			when_duration(r->max_duration, text));
	if (r->default_duration == 0)
		r->default_duration = first > 0 ? first : r->max_duration;
	if (r->default_duration == 0 && !r->standing)
		return FAULT(k, "max-duration", "is missing; a role that is "
			"not standing needs it, or default-duration");
	if (r->max_total > 0 && r->max_total < r->max_duration)
		return FAULT(k, "max-total", "is below max-duration, %s",
			when_duration(r->max_duration, text));
	return 0;
}

static int check_durations(struct check *k)
{
	struct role *r = k->r;
	char text[WHEN_TEXT];
	int64_t first = 0, seconds;

	for (size_t i = 0; i < r->durations.n; i++) {
		const char *d = r->durations.items[i];
		if (when_parse_duration(d, &seconds, NULL) < 0)
			return FAULT(k, "durations", "'%s' is no duration; "
				"write it like 90m, 8h or 2d", d);
		if (r->max_duration > 0 && seconds > r->max_duration)
			return FAULT(k, "durations",
				"'%s' is over max-duration, %s", d,
				when_duration(r->max_duration, text));
		if (first == 0)
			first = seconds;
	}
	return check_default(k, first);
}

static int check_elevated(struct check *k)
{
	const struct role *r = k->r;

	if (r->standing && r->max_duration > 0)
		return FAULT(k, "standing",
			"a standing role has no max-duration; drop one");
	if (!r->elevated)
		return 0;
	if (r->standing)
		return FAULT(k, "standing",
			"an elevated role always has an end");
	if (r->max_duration == 0)
		return FAULT(k, "max-duration",
			"is missing; an elevated role always has an end");
	if (r->auto_approve)
		return FAULT(k, "auto-approve",
			"an elevated role is never approved by itself");
	return 0;
}

/* ---- Approvers ---- */

/* Someone by e-mail or accountId. */
static bool is_person(const char *text)
{
	const char *at = strchr(text, '@');

	if (at == NULL)
		return text_is_id(text);
	return at != text && at[1] != '\0' && strchr(at + 1, '@') == NULL &&
		strpbrk(text, " \t\r\n\"<>,;") == NULL;
}

static int fill_approver_group(struct check *k, size_t i)
{
	const char **item = &k->r->approvers.items[i];
	const char *name = full_group(k, *item + 6);

	if (name == NULL)
		return FAULT(k, "approvers", "'%s' is no group; write "
			"group:ID, or group:IDP:ID", *item);
	*item = arena_fmt(&k->c->arena, "group:%s", name);
	return 0;
}

static int check_approver(struct check *k, size_t i)
{
	const char *text = k->r->approvers.items[i];
	static const char *const words[] = {"manager", "owner", NULL};
	const char *near;

	if (strcmp(text, "manager") == 0)
		return 0;
	if (strcmp(text, "owner") == 0) {
		if (k->r->application->owner != NULL)
			return 0;
		return FAULT(k, "approvers", "application '%s' has no owner",
			k->r->application->name);
	}
	if (strncmp(text, "group:", 6) == 0)
		return fill_approver_group(k, i);
	near = suggest(text, words);
	if (near != NULL)
		return FAULT(k, "approvers", "'%s' is nobody; did you mean "
			"'%s'?", text, near);
	if (is_person(text))
		return 0;
	return FAULT(k, "approvers", "'%s' is neither manager, owner, "
		"group:ID, an e-mail nor an accountId", text);
}

static int check_approvers(struct check *k)
{
	const struct role *r = k->r;

	if (r->approvers.n == 0 && !r->auto_approve)
		return FAULT(k, "approvers", "is missing; name someone, or "
			"set auto-approve");
	if (r->approvers.n > 0 && r->auto_approve)
		return FAULT(k, "auto-approve",
			"the role has approvers too; drop one");
	if (r->fallback_approver != NULL && !is_person(r->fallback_approver))
		return FAULT(k, "fallback-approver",
			"'%s' is neither an e-mail nor an accountId",
			r->fallback_approver);
	for (size_t i = 0; i < r->approvers.n; i++)
		if (check_approver(k, i) < 0)
			return LAPSE_ECONFIG;
	return 0;
}

/* ---- Reviews and reclaim ---- */

enum { DAY_S = 86400 };

static int check_exception(struct check *k, size_t i)
{
	const char **item = &k->r->reclaim_except.items[i];
	const char *name;

	if (strncmp(*item, "group:", 6) != 0)
		return is_person(*item) ? 0 : FAULT(k, "reclaim-except",
			"'%s' is neither group:ID, an e-mail nor an accountId",
			*item);
	name = full_group(k, *item + 6);
	if (name == NULL)
		return FAULT(k, "reclaim-except", "'%s' is no group; write "
			"group:ID, or group:IDP:ID", *item);
	*item = arena_fmt(&k->c->arena, "group:%s", name);
	return 0;
}

static int check_reviews(struct check *k)
{
	struct role *r = k->r;

	if (r->review_every == 0)
		r->review_every = r->application->review_every;
	if (r->review_every == 0)
		r->review_every = (r->elevated ? 90 : 365) * (int64_t)DAY_S;
	if (r->reclaim != RECLAIM_NO && r->groups.n == 0)
		return FAULT(k, "reclaim", "application '%s' has no idp; "
			"nothing says when it was used", r->application->name);
	for (size_t i = 0; i < r->reclaim_except.n; i++)
		if (check_exception(k, i) < 0)
			return LAPSE_ECONFIG;
	return 0;
}

/* ---- Conflicts ---- */

static struct role *find_role(struct config *c, const char *name)
{
	for (size_t i = 0; i < c->roles.n; i++)
		if (strcmp(c->roles.items[i].name, name) == 0)
			return &c->roles.items[i];
	return NULL;
}

static int check_conflicts(struct check *k)
{
	struct role *r = k->r;

	for (size_t i = 0; i < r->conflicts.n; i++) {
		const char *name = r->conflicts.items[i];
		struct role *other = find_role(k->c, name);
		if (other == NULL)
			return FAULT(k, "conflicts", "there is no role '%s'",
				name);
		if (other == r)
			return FAULT(k, "conflicts",
				"a role has no conflict with itself");
		if (!strs_has(&other->conflicts, r->name))
			strs_add(&other->conflicts, &k->c->arena, r->name);
	}
	return 0;
}

/* Name and label are values of options in Jira. */
static int check_name(struct check *k)
{
	const char *slash = strchr(k->r->name, '/');

	if (strlen(k->r->name) > 200 || strpbrk(k->r->name, "\r\n\t*") != NULL)
		return FAULT(k, "role", "the name is too long, or has a tab, "
			"a line break or *");
	k->r->label = slash != NULL ? slash + 1 : k->r->name;
	if (*k->r->label == '\0')
		return FAULT(k, "role", "nothing stands after the '/'");
	return 0;
}

/* On a form the two would look alike. */
static int check_label(struct check *k)
{
	for (const struct role *o = k->c->roles.items; o < k->r; o++)
		if (o->application == k->r->application &&
			strcmp(o->label, k->r->label) == 0)
			return FAULT(k, "role", "'%s' of '%s' is called '%s' "
				"too; name one differently after its '/'",
				o->name, o->application->name, o->label);
	return 0;
}

static int each_role(struct check *k, int (*step)(struct check *k))
{
	for (size_t i = 0; i < k->c->roles.n; i++) {
		k->r = &k->c->roles.items[i];
		if (step(k) < 0)
			return LAPSE_ECONFIG;
	}
	return 0;
}

int config_check_roles(struct config *c, const struct scan *s,
	struct lapse_err *err)
{
	static int (*const steps[])(struct check *k) = {
		check_name,
		check_application,
		check_label,
		check_groups,
		check_elevated,
		check_durations,
		check_approvers,
		check_reviews,
		check_conflicts,
	};
	struct check k = {.c = c, .s = s, .err = err};

	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
		if (each_role(&k, steps[i]) < 0)
			return LAPSE_ECONFIG;
	/* Sorted, so that a section reads the same from either side. */
	for (size_t i = 0; i < c->roles.n; i++)
		strs_sort(&c->roles.items[i].conflicts);
	return 0;
}
