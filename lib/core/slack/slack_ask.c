/* Asking for access in Slack. A message is read once, in the transaction that
 * remembers how far the channel was read; what counts is what stood there
 * then. It is answered in the transaction that settles it, and what it asks
 * for is filed in Jira, where it goes the way of any request. */
#include "slack_ask.h"

#include <string.h>

#include "people.h"
#include "slack_scope.h"
#include "slack_verdict.h"
#include "sync.h"
#include "texts_ask.h"

/* ---- What may be asked for ---- */

bool ask_is_direct(const struct asking *k)
{
	const char *channel = k->l->config->slack.channel;

	return channel == NULL || strcmp(channel, k->row->channel) != 0;
}

bool ask_form_fits(const struct request_type *t)
{
	return t->form.how_long != NULL;
}

int ask_roles(struct lapse *l, struct arena *a, struct slack_roles *ret,
	struct lapse_err *err)
{
	for (size_t i = 0; i < l->config->roles.n; i++) {
		const struct role *role = &l->config->roles.items[i];
		const struct role **slot;

		if (!catalog_form_offered(l, role, ask_form_fits))
			continue;
		slot = VEC_ADD(&ret->items, a);
		if (slot == NULL)
			return lapse_fail_nomem(err);
		*slot = role;
	}
	return 0;
}

const char *ask_durations(const struct role *role, struct arena *a)
{
	const char *all = strs_join(&role->durations, a, ", ");

	return all != NULL ? all : "";
}

/* ---- Answers that file nothing ---- */

/* A role of theirs and a duration of it, for examples; "" where there is none.
 */
static struct texts_example example_of(struct asking *k,
	const struct slack_roles *roles, const struct role *said)
{
	const struct role *role = said != NULL && ask_may(k, said) ? said :
								     NULL;

	for (size_t i = 0; i < roles->items.n && role == NULL; i++)
		if (ask_may(k, roles->items.items[i]))
			role = roles->items.items[i];
	return (struct texts_example){
		.role = role != NULL ? role->name : NULL,
		.how_long = role != NULL && role->durations.n > 0 ?
			role->durations.items[0] : NULL,
	};
}

/* Of the roles that may have been meant those that are theirs to know. */
static void say_no_role(struct asking *k, struct buf *text)
{
	const struct strs *all = &k->words.near;
	struct strs near = {0};

	for (size_t i = 0; i < all->n; i++) {
		const struct role *role = config_role(k->l->config,
			all->items[i]);

		if (role == NULL || ask_may(k, role))
			strs_add(&near, &k->arena, all->items[i]);
	}
	texts_ask_no_role(text, k->words.typed, &near);
}

static void say_not_understood(struct asking *k,
	const struct slack_roles *roles, struct buf *text)
{
	const struct slack_words *w = &k->words;
	struct texts_example e = example_of(k, roles, w->role);

	switch (w->means) {
	case SLACK_MEANS_TOO_LONG:
		texts_ask_too_long(text);
		break;
	case SLACK_MEANS_NO_DURATION:
		texts_ask_no_duration(text, w->typed, w->role->name,
			ask_may(k, w->role) ? ask_durations(w->role,
				&k->arena) : "");
		break;
	case SLACK_MEANS_LATE_DURATION:
		texts_ask_late_duration(text, w->typed, &e);
		break;
	case SLACK_MEANS_NO_ROLE:
		say_no_role(k, text);
		break;
	case SLACK_MEANS_ANOTHER:
		texts_ask_another(text, &e);
		break;
	case SLACK_MEANS_TWO_ROLES:
		texts_ask_two_roles(text, &e);
		break;
	case SLACK_MEANS_NOTHING:
	case SLACK_MEANS_UNCLEAR:
	case SLACK_MEANS_HELP:
	case SLACK_MEANS_STATUS:
	case SLACK_MEANS_VERDICT:
	case SLACK_MEANS_CATALOG:
	case SLACK_MEANS_ROLE:
		texts_ask_example(text, &e);
		break;
	}
}

static int answer_words(struct asking *k, const struct slack_roles *roles,
	struct lapse_err *err)
{
	AUTO_BUF text = {0};

	/* Whatever was meant: no form can take it. */
	if (roles->items.n == 0) {
		texts_ask_no_form(&text);
		return ask_answer(k, "answered", "no form", &text, err);
	}
	say_not_understood(k, roles, &text);
	return ask_answer(k, "answered", "not understood", &text, err);
}

static int answer_help(struct asking *k, const struct slack_roles *roles,
	struct lapse_err *err)
{
	struct texts_example e = example_of(k, roles, NULL);
	AUTO_BUF text = {0};

	if (k->words.means == SLACK_MEANS_VERDICT)
		texts_ask_verdict(&text);
	else if (k->words.means == SLACK_MEANS_STATUS)
		texts_ask_status(&text);
	else
		texts_ask_help(&text, &e);
	return ask_answer(k, "answered", NULL, &text, err);
}

/* Nobody can hear an answer who is deactivated, and a bot might answer it. */
static int refuse_stranger(struct asking *k, const char *why,
	struct lapse_err *err)
{
	AUTO_BUF text = {0};

	if (strcmp(why, SLACK_DEACTIVATED) != 0 &&
		strcmp(why, SLACK_BOT) != 0 && strcmp(why, SLACK_NOBODY) != 0)
		texts_ask_stranger(&text, why);
	return ask_answer(k, "refused", why, &text, err);
}

/* ---- One message ---- */

static int understand(struct asking *k, struct lapse_err *err)
{
	struct slack_roles roles = {0};
	int rc = ask_roles(k->l, &k->arena, &roles, err);

	if (rc == 0)
		rc = slack_words_read(k->row->text, k->l->slack_self->user,
			ask_is_direct(k), &roles, &k->arena, &k->words, err);
	if (rc < 0)
		return rc;
	/* It may be filed already, whatever the catalog says by now. */
	if (strcmp(k->row->state, "filing") == 0)
		return ask_file(k, err);
	switch (k->words.means) {
	case SLACK_MEANS_ROLE:
		return ask_file(k, err);
	case SLACK_MEANS_HELP:
	case SLACK_MEANS_STATUS:
	case SLACK_MEANS_VERDICT:
		return answer_help(k, &roles, err);
	case SLACK_MEANS_CATALOG:
		if (roles.items.n > 0)
			return ask_answer_catalog(k, err);
		break;
	case SLACK_MEANS_NOTHING:
	case SLACK_MEANS_UNCLEAR:
	case SLACK_MEANS_TOO_LONG:
	case SLACK_MEANS_NO_ROLE:
	case SLACK_MEANS_NO_DURATION:
	case SLACK_MEANS_LATE_DURATION:
	case SLACK_MEANS_ANOTHER:
	case SLACK_MEANS_TWO_ROLES:
		break;
	}
	return answer_words(k, &roles, err);
}

/* Whoever never asked before is not in the ledger: Jira itself says who has
 * the address, and that nobody else has it by now. */
static int who_in_jira(struct asking *k, const char *address,
	const char **ret_why, struct lapse_err *err)
{
	struct policy_approver found = {0};
	int rc = people_named(k->l, address, &k->arena, &found, err);

	if (rc < 0)
		return rc;
	*ret_why = found.account == NULL ?
		"not exactly one Jira account has the address" :
		!found.active ? "the Jira account is not active" :
		k->account != NULL && strcmp(k->account, found.account) != 0 ?
		"two Jira accounts have the address" : NULL;
	k->account = *ret_why == NULL ? found.account : NULL;
	return 0;
}

static int who(struct asking *k, const char **ret_why, struct lapse_err *err)
{
	const char *address = NULL;
	int rc;

	*ret_why = NULL;
	if (k->row->account != NULL) {
		k->account = k->row->account;
		return 0;
	}
	rc = slack_account_of(k->l, k->row->slack_user, &k->arena,
		&k->account, &address, ret_why, err);
	if (rc < 0 || (*ret_why != NULL &&
		strcmp(*ret_why, SLACK_NOT_IN_JIRA) != 0))
		return rc;
	return who_in_jira(k, address, ret_why, err);
}

static int work_on(struct asking *k, struct lapse_err *err)
{
	const char *why = NULL;
	struct lapse_err later;
	int rc;

	if (strcmp(k->row->state, "filed") == 0) {
		k->account = k->row->account;
		return ask_answer_filed(k, err);
	}
	rc = who(k, &why, &later);
	if (rc <= LAPSE_EINTERNAL) {
		*err = later;
		return rc;
	}
	if (rc < 0)
		return ask_later(k, later.text, err);
	return k->account == NULL ? refuse_stranger(k, why, err) :
				    understand(k, err);
}

int slack_ask_work(struct lapse *l, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct slack_ask_rows rows = {0};
	bool filed = false;
	int rc;

	/* Without a time nothing can be judged as old. */
	if (!l->time_known)
		return 0;
	rc = ask_read(l, err);
	if (rc == 0)
		rc = slack_asks_due(l->ledger, core_now(l), ASK_AT_ONCE, &a,
			&rows, err);
	for (size_t i = 0; i < rows.items.n && rc == 0 && slack_usable(l) &&
		l->slack_self != NULL && !slack_lacks(l, SLACK_PEOPLE); i++) {
		struct asking k = {.l = l, .row = &rows.items.items[i]};

		rc = work_on(&k, err);
		filed = filed || k.words.means == SLACK_MEANS_ROLE;
		arena_clear(&k.arena);
	}
	/* What nobody has to approve is not kept waiting for the next run. */
	return rc < 0 || !filed ? rc : settle(l, err);
}
