/* Names for texts. Failures to find a name fall back on the id: a missing
 * name must never stop a removal. */
#include "story.h"

#include <string.h>

#include "ledger_people.h"

/* "IDP:USER": whom Jira does not know, by the name at the provider. */
static const char *name_there(struct lapse *l, const char *account,
	struct arena *a)
{
	struct user_row u = {0};
	const char *colon = strchr(account, ':');
	const char *idp = colon == NULL ? NULL : arena_fmt(a, "%.*s",
		(int)(colon - account), account);

	if (idp == NULL || user_get(l->ledger, idp, colon + 1, a, &u, NULL) < 0)
		return NULL;
	return u.name != NULL ? u.name : u.login;
}

const char *story_name(struct lapse *l, const char *account, struct arena *a)
{
	struct account_row row = {0};
	const char *there;

	if (account == NULL)
		return "somebody";
	if (strcmp(account, "lapse") == 0)
		return "lapse";
	if (account_get(l->ledger, account, a, &row, NULL) == 0 &&
		row.name != NULL)
		return row.name;
	/* An operator whom Jira was never asked about: by the login. */
	for (size_t i = 0; l->config != NULL &&
		i < l->config->operators.n; i++)
		if (strcmp(l->config->operators.items[i].account,
			account) == 0)
			return l->config->operators.items[i].name;
	there = name_there(l, account, a);
	if (there != NULL)
		return there;
	account = arena_copy(a, account);
	return account != NULL ? account : "somebody";
}

const char *story_zone(struct lapse *l, const char *account, struct arena *a)
{
	struct account_row row = {0};

	if (account == NULL ||
		account_get(l->ledger, account, a, &row, NULL) < 0)
		return NULL;
	return row.zone;
}

const char *story_held(struct lapse *l, const char *account, struct arena *a)
{
	struct grant_rows rows = {0};
	struct strs names = {0};

	/* Not known is not the same as none: the text is not made. */
	if (grants_live(l->ledger, account, a, &rows, NULL) < 0) {
		a->failed = true;
		return NULL;
	}
	for (size_t i = 0; i < rows.list.n; i++)
		if (!strs_has(&names, rows.list.items[i].role))
			strs_add(&names, a, rows.list.items[i].role);
	return names.n > 0 ? strs_join(&names, a, ", ") : NULL;
}

const char *story_list(const struct strs *names, struct arena *a)
{
	struct strs first = {0};

	if (names->n < 2)
		return strs_join(names, a, "");
	for (size_t i = 0; i + 1 < names->n; i++)
		strs_add(&first, a, names->items[i]);
	return arena_fmt(a, "%s and %s", strs_join(&first, a, ", "),
		names->items[names->n - 1]);
}

const char *story_slack_words(struct lapse *l,
	const struct slack_decision_rows *all, const char *decision,
	struct arena *a)
{
	struct strs said = {0};
	const char *alone = NULL;
	size_t n = 0;

	for (size_t i = 0; i < all->items.n; i++) {
		const struct slack_decision_row *d = &all->items.items[i];

		if (!d->counted || strcmp(d->decision, decision) != 0)
			continue;
		n++;
		if (d->words == NULL)
			continue;
		alone = d->words;
		strs_add(&said, a, arena_fmt(a, "%s: %s",
			story_name(l, d->account, a), d->words));
	}
	if (said.n == 0)
		return NULL;
	return n == 1 ? arena_copy(a, alone) : strs_join(&said, a, "; ");
}

void story_of_grant(struct lapse *l, const struct grant_row *g,
	struct arena *a, struct texts_about *ret)
{
	const struct role *role = l->config == NULL ?
		NULL :
		config_role(l->config, g->role);

	*ret = (struct texts_about){
		.arena = a,
		.role = g->role,
		.about = role != NULL ? role->about : NULL,
		.application = g->application,
		.beneficiary = story_name(l, g->account, a),
		.reason = g->reason,
		.duration_s = g->duration_s,
		.starts_at = g->starts_at,
		.until = g->ends_at,
		.zone = story_zone(l, g->account, a),
		.kept_until = WHEN_NONE,
		.from = WHEN_NONE,
		.to = WHEN_NONE,
	};
}
