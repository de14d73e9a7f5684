/* The governed groups: those of the catalog's roles, and those in which
 * somebody holds a membership. */
#include "observe_private.h"

#include <stdlib.h>
#include <string.h>

int governed_by_group(const void *a, const void *b)
{
	return strcmp(((const struct governed *)a)->group,
		((const struct governed *)b)->group);
}

static int add_group(struct observing *ob, const char *group,
	struct lapse_err *err)
{
	struct governed *g = VEC_ADD(&ob->groups, ob->arena);

	if (g == NULL)
		return lapse_fail_nomem(err);
	g->group = group;
	g->members = -1;
	return 0;
}

static int add_catalog(struct observing *ob, struct lapse_err *err)
{
	const struct config *c = ob->l->config;
	int rc = 0;

	for (size_t i = 0; i < c->roles.n; i++) {
		const struct role *r = &c->roles.items[i];

		for (size_t n = 0; n < r->groups.n && rc == 0; n++) {
			const char *of = NULL;
			const char *group = NULL;

			config_role_group(r, n, &of, &group);
			group = arena_copy(ob->arena, group);
			if (strcmp(of, ob->idp->section->name) == 0)
				rc = add_group(ob, group, err);
		}
	}
	return rc < 0 ? rc : arena_check(ob->arena, err);
}

static void sort_once(struct observing *ob)
{
	size_t n = 0;

	if (ob->groups.n > 0)
		qsort(ob->groups.items, ob->groups.n, sizeof(*ob->groups.items),
			governed_by_group);
	for (size_t i = 0; i < ob->groups.n; i++)
		if (n == 0 || governed_by_group(&ob->groups.items[i],
			&ob->groups.items[n - 1]) != 0)
			ob->groups.items[n++] = ob->groups.items[i];
	ob->groups.n = n;
}

static int look_up_age(struct observing *ob, struct governed *g,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct group_row row = {.complete_at = WHEN_NONE};
	int rc = group_get(ob->l->ledger, ob->idp->section->name, g->group,
		&a, &row, err);

	g->read_at = row.complete_at;
	return rc == LAPSE_ENOTFOUND ? 0 : rc;
}

/* What an earlier tick of this round read is left out. */
static int leave_out_read(struct observing *ob, struct lapse_err *err)
{
	size_t n = 0;
	int rc = 0;

	for (size_t i = 0; i < ob->groups.n && rc == 0; i++) {
		struct governed *g = &ob->groups.items[i];

		rc = look_up_age(ob, g, err);
		if (ob->o->round_at == ob->o->began_at ||
			g->read_at < ob->o->round_at)
			ob->groups.items[n++] = *g;
	}
	ob->groups.n = n;
	return rc;
}

int governed_find(struct observing *ob, struct lapse_err *err)
{
	int rc = holds_live(ob->l->ledger, ob->idp->section->name, ob->arena,
		&ob->holds, err);

	if (rc == 0)
		rc = add_catalog(ob, err);
	for (size_t i = 0; i < ob->holds.list.n && rc == 0; i++)
		rc = add_group(ob, ob->holds.list.items[i].m.group, err);
	if (rc < 0)
		return rc;
	sort_once(ob);
	rc = leave_out_read(ob, err);
	ob->order = arena_alloc(ob->arena,
		ob->groups.n * sizeof(struct governed *));
	return rc < 0 ? rc : arena_check(ob->arena, err);
}
