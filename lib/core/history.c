/* What an answer about the past rests on. */
#include "history.h"

#include <stdio.h>

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
