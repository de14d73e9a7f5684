/* Who has a role or is in a group, now or at a past time. Reads only; each
 * row says what it rests on. Before its first reading nobody knows who was in a
 * group: that is said, and is not "nobody". */
#include "core.h"
#include "history.h"
#include "log.h"
#include "show_find.h"

static int emit(void *arg, const char *schema,
	const struct lapse_field *fields, size_t n, struct lapse_err *err)
{
	return core_record(arg, schema, fields, n, err);
}

/* One group, or all of them. */
static int group_members(struct lapse *l, const struct history_of *of,
	struct history_known *known, int64_t *ret_n, struct lapse_err *err)
{
	int64_t n = 0;
	int rc = history_known(l, of, known, err);

	if (rc == 0)
		rc = history_group(l->ledger, of, emit, l, &n, err);
	*ret_n += n;
	return rc;
}

/* By grants of the role; then others who are in its groups. */
static int role_members(struct lapse *l, const char *name, int64_t at,
	struct history_known *known, int64_t *ret_n, struct lapse_err *err)
{
	struct history_groups in = {0};
	int rc = history_groups(l, name, at, &in, err);

	if (rc == 0)
		rc = history_role(l->ledger, name, at, emit, l, ret_n, err);
	for (size_t i = 0; rc == 0 && i < in.groups.n; i++) {
		const struct history_of of = {
			.idp = in.idps.items[i],
			.group = in.groups.items[i],
			.except = name,
			.at = at,
		};

		rc = group_members(l, &of, known, ret_n, err);
	}
	return rc < 0 || in.known ? rc : history_no_groups(name, *ret_n, err);
}

static int members(struct lapse *l, const char *what, int64_t at,
	struct history_known *known, int64_t *ret_n, struct lapse_err *err)
{
	struct history_of of = {.at = at};
	struct show_thing thing = {0};
	int rc;

	if (what == NULL)
		return group_members(l, &of, known, ret_n, err);
	rc = show_find(l, what, true, &l->arena, &thing, err);
	if (rc < 0)
		return rc;
	if (thing.kind == SHOW_ROLE)
		return role_members(l, thing.name, at, known, ret_n, err);
	of.idp = thing.idp;
	of.group = thing.name;
	return group_members(l, &of, known, ret_n, err);
}

int lapse_who(struct lapse *l, const char *what, int64_t at,
	struct lapse_err *err)
{
	struct history_known known = HISTORY_KNOWN;
	int64_t n = 0;
	int rc = history_time(l, "who", &at, err);

	if (rc == 0)
		rc = members(l, what, at, &known, &n, err);
	if (rc < 0)
		return rc;
	history_say(l, what == NULL ? "all" : what, at, &known);
	if (known.unknown > 0)
		return history_fail(what == NULL ? "all" : what, at, &known,
			n, err);
	if (n == 0)
		log_say(&l->env, LAPSE_NOTICE, "%s: nobody",
			what == NULL ? "all" : what);
	return 0;
}
