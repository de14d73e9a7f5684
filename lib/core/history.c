/* What an answer about the past rests on. */
#include "history.h"

#include <stdio.h>
#include <string.h>

#include "log.h"
#include "when.h"

enum {
	OLD_S = 3600,	/* readings are minutes apart while the timers run */
};

int history_time(struct lapse *l, const char *command, int64_t *at,
	struct lapse_err *err)
{
	int64_t now = core_now(l);

	if (*at != WHEN_NONE && *at > now)
		return lapse_fail(err, LAPSE_EUSAGE,
			"%s: --at is in the future: nobody knows yet",
			command);
	if (*at == WHEN_NONE)
		*at = now;
	return 0;
}

struct counting {
	struct lapse *l;
	struct history_known *known;
};

static int count(void *arg, const struct history_read *r,
	struct lapse_err *err)
{
	struct counting *c = arg;
	struct history_known *k = c->known;

	k->groups++;
	if (r->read_at != WHEN_NONE) {
		if (k->oldest_at == WHEN_NONE || r->read_at < k->oldest_at)
			k->oldest_at = r->read_at;
		return 0;
	}
	if (k->unknown++ == 0)
		k->example = arena_fmt(&c->l->arena, "%s:%s", r->idp,
			r->group);
	if (r->first_at != WHEN_NONE &&
		(k->first_at == WHEN_NONE || r->first_at < k->first_at))
		k->first_at = r->first_at;
	return arena_check(&c->l->arena, err);
}

int history_known(struct lapse *l, const struct history_of *of,
	struct history_known *ret, struct lapse_err *err)
{
	struct counting c = {l, ret};
	int64_t before = ret->groups;
	int rc = history_reads(l->ledger, of, count, &c, err);

	/* A group of the catalog that no row tells of was never read. */
	if (rc == 0 && ret->groups == before && of->group != NULL) {
		const struct history_read never = {
			.idp = of->idp != NULL ? of->idp : "any",
			.group = of->group,
			.first_at = WHEN_NONE,
			.read_at = WHEN_NONE,
		};

		rc = count(&c, &never, err);
	}
	return rc;
}

/* ---- The groups of a role ---- */

struct gathering {
	struct arena *a;
	struct history_groups *groups;
};

static int gather(void *arg, const char *idp, const char *group)
{
	struct gathering *g = arg;

	g->groups->known = true;
	if (group == NULL)
		return 0;
	strs_add(&g->groups->idps, g->a, idp);
	strs_add(&g->groups->groups, g->a, group);
	return 0;
}

/* One "idp:group" in quotes, as config_seal.c writes it; returns what comes
 * after it. */
static const char *take_group(const char *at, struct gathering *g)
{
	AUTO_BUF full = {0};
	const char *idp, *group;

	for (at++; *at != '\0' && *at != '"'; at++) {
		if (*at == '\\' && at[1] != '\0')
			at++;
		buf_char(&full, *at);
	}
	if (config_split_group(buf_text(&full), g->a, &idp, &group))
		gather(g, idp, group);
	return *at == '"' ? at + 1 : at;
}

/* No line of groups: an application where people do it by hand. */
static void read_section(const char *section, struct gathering *g)
{
	static const char key[] = "\ngroups = {";
	const char *at = strstr(section, key);

	g->groups->known = true;
	if (at == NULL)
		return;
	at += sizeof(key) - 1;
	while (*at != '\0' && *at != '\n' && *at != '}')
		at = *at == '"' ? take_group(at, g) : at + 1;
}

int history_groups(struct lapse *l, const char *role, int64_t at,
	struct history_groups *ret, struct lapse_err *err)
{
	const struct role *r = l->config == NULL ? NULL :
		config_role(l->config, role);
	struct gathering g = {&l->arena, ret};
	const char *section = NULL;
	int rc = 0;

	if (r != NULL) {
		ret->known = true;
		for (size_t i = 0; i < r->groups.n; i++) {
			const char *idp, *group;

			config_role_group(r, i, &idp, &group);
			gather(&g, idp, group);
		}
		return arena_check(&l->arena, err);
	}
	rc = history_policy(l->ledger, role, at, &l->arena, &section, err);
	if (rc == 0 && section != NULL)
		read_section(section, &g);
	else if (rc == 0)
		rc = history_role_held(l->ledger, role, gather, &g, err);
	return rc < 0 ? rc : arena_check(&l->arena, err);
}

int history_no_groups(const char *role, int64_t n, struct lapse_err *err)
{
	return lapse_fail(err, LAPSE_ENOTFOUND,
		"%s: this ledger does not say which groups the role has, so "
		"who else is in them is not known%s; name the configuration "
		"with --config, or ask for a group", role, n == 0 ? "" :
		"; what it knew all the same is listed");
}

/* ---- What is said of it ---- */

void history_say(struct lapse *l, const char *what, int64_t at,
	const struct history_known *known)
{
	char read[WHEN_TEXT], age[WHEN_TEXT];

	if (known->oldest_at == WHEN_NONE || at - known->oldest_at < OLD_S)
		return;
	log_say(&l->env, LAPSE_NOTICE, "%s: rests on a reading of %s, %s "
		"before; what others than lapse changed in between is not in "
		"it", what, when_time(known->oldest_at, read),
		when_duration(at - known->oldest_at, age));
}

int history_fail(const char *what, int64_t at,
	const struct history_known *known, int64_t n, struct lapse_err *err)
{
	char then[WHEN_TEXT], first[WHEN_TEXT];
	char since[WHEN_TEXT + 32] = "was never read completely";
	bool all = known->unknown == known->groups;

	if (known->first_at != WHEN_NONE)
		snprintf(since, sizeof(since), "was first read at %s",
			when_time(known->first_at, first));
	return lapse_fail(err, LAPSE_ENOTFOUND,
		"%s: not known at %s: lapse was not watching %s%s yet, which "
		"%s%s", what, when_time(at, then),
		all && known->groups == 1 ? "" : "all of it, for example ",
		known->example, since, n == 0 ? "" :
		"; what it knew all the same is listed");
}
