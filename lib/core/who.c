/* Who has a role or is in a group, now or at a past time. Reads only; each
 * row says when it was last observed. */
#include "core.h"
#include "log.h"
#include "show_find.h"

static int emit(void *arg, const char *schema,
	const struct lapse_field *fields, size_t n, struct lapse_err *err)
{
	return core_record(arg, schema, fields, n, err);
}

/* By grants of the role; then others who are in its groups. */
static int role_members(struct lapse *l, const char *name, int64_t at,
	int64_t *ret_n, struct lapse_err *err)
{
	const struct role *role = NULL;
	int rc = who_role(l->ledger, name, at, emit, l, ret_n, err);

	if (l->config != NULL)
		role = config_role(l->config, name);
	for (size_t i = 0; rc == 0 && role != NULL && i < role->groups.n;
		i++) {
		const char *idp, *group;
		int64_t n = 0;

		config_role_group(role, i, &idp, &group);
		rc = who_group(l->ledger, idp, group, at, name, emit, l, &n,
			err);
		*ret_n += n;
	}
	return rc;
}

int lapse_who(struct lapse *l, const char *what, int64_t at,
	struct lapse_err *err)
{
	AUTO_ARENA arena = {0};
	struct show_thing thing = {0};
	int64_t now = core_now(l);
	int64_t n = 0;
	int rc;

	if (at != WHEN_NONE && at > now)
		return lapse_fail(err, LAPSE_EUSAGE,
			"who: --at is in the future: nobody knows yet");
	if (at == WHEN_NONE)
		at = now;
	rc = show_find(l, what, true, &arena, &thing, err);
	if (rc < 0)
		return rc;
	if (thing.kind == SHOW_ROLE)
		rc = role_members(l, thing.name, at, &n, err);
	else
		rc = who_group(l->ledger, thing.idp, thing.name, at, NULL,
			emit, l, &n, err);
	if (rc == 0 && n == 0)
		log_say(&l->env, LAPSE_NOTICE, "%s: nobody", what);
	return rc;
}
