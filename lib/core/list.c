/* Rows of the ledger as records. Reads only. */
#include "list.h"

#include <string.h>

static int emit(void *arg, const char *schema,
	const struct lapse_field *fields, size_t n, struct lapse_err *err)
{
	return core_record(arg, schema, fields, n, err);
}

int list_emit(struct lapse *l, enum list_of what, const struct list_filter *f,
	int64_t *ret_n, struct lapse_err *err)
{
	struct list_filter with = *f;
	int64_t n = 0;
	int rc;

	with.now = core_now(l);
	rc = list_rows(l->ledger, what, &with, emit, l, &n, err);
	if (rc == 0 && ret_n != NULL)
		*ret_n = n;
	return rc;
}

int list_emit_grant(struct lapse *l, int64_t grant, struct lapse_err *err)
{
	struct list_filter f = {.grant = grant, .all = true};

	return list_emit(l, LIST_GRANTS, &f, NULL, err);
}

static int parse_what(const char *what, enum list_of *ret,
	struct lapse_err *err)
{
	static const char *const names[] = {
		[LIST_GRANTS] = "grants",
		[LIST_REQUESTS] = "requests",
		[LIST_HOLDS] = "holds",
		[LIST_CHANGES] = "changes",
		[LIST_NOTICES] = "notices",
		[LIST_REVIEWS] = "reviews",
		[LIST_APPROVALS] = "approvals",
		[LIST_REMOVALS] = "removals",
		[LIST_MESSAGES] = "messages",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (names[i] != NULL && strcmp(names[i], what) == 0) {
			*ret = (enum list_of)i;
			return 0;
		}
	}
	return lapse_fail(err, LAPSE_EUSAGE,
		"list: '%s': grants, requests, approvals, holds, changes, "
		"removals, notices, messages and reviews are there", what);
}

int lapse_list(struct lapse *l, const struct lapse_list *o,
	struct lapse_err *err)
{
	struct list_filter f = {
		.user = o->user,
		.role = o->role,
		.state = o->state,
		.all = o->all || o->late_s > 0,
		.late_s = o->late_s,
		.since = o->since == 0 ? WHEN_NONE : o->since,
		.until = o->until == 0 ? WHEN_NONE : o->until,
	};
	bool narrowed = o->user != NULL || o->role != NULL ||
		o->state != NULL || o->late_s > 0 || o->since != 0 ||
		o->until != 0;
	enum list_of what = LIST_GRANTS;
	int64_t n = 0;
	int rc = parse_what(o->what, &what, err);

	if (rc == 0)
		rc = list_emit(l, what, &f, &n, err);
	if (rc == 0 && n == 0 && narrowed)
		return lapse_fail(err, LAPSE_ENOTFOUND,
			"list: no %s match%s", o->what,
			f.all || o->state != NULL || what == LIST_APPROVALS ||
				what == LIST_REMOVALS ?
			"" :
			"; --all looks at what has ended too");
	return rc;
}
