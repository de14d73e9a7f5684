/* Who is who in Slack: by exact address, of active members of the workspace
 * only. Whoever is not certain is told nothing, and the row says why. */
#include <string.h>

#include "ledger_people.h"
#include "slack_work.h"
#include "text.h"

enum {
	FRESH_S = 86400,
};

/* ---- The address of an account ---- */

/* As Jira shows it; where it hides it, the one address of the users that the
 * account is linked to. */
static int address_of(struct lapse *l, const char *account, struct arena *a,
	const char **ret, const char **ret_why, struct lapse_err *err)
{
	struct account_row row = {0};
	struct strs linked = {0};
	int rc = account_get(l->ledger, account, a, &row, err);

	if (rc < 0 && rc != LAPSE_ENOTFOUND)
		return rc;
	*ret = row.email;
	if (*ret != NULL)
		return 0;
	rc = slack_address_linked(l->ledger, account, a, &linked, err);
	if (rc < 0)
		return rc;
	if (linked.n == 1)
		*ret = linked.items[0];
	else
		*ret_why = linked.n == 0 ? "no address is known" :
			"their users have different addresses";
	return 0;
}

/* ---- From account to user ---- */

static const char *unfit(const struct lapse *l, const struct slack_person *p,
	const char *address)
{
	if (!slack_is_ours(l->slack_self, p))
		return "of another workspace in Slack";
	if (p->deleted)
		return SLACK_DEACTIVATED;
	if (p->bot)
		return SLACK_BOT;
	if (p->guest)
		return "a guest in Slack";
	if (p->email == NULL)
		return "Slack does not show the address; the app needs "
		       "users:read.email";
	if (!text_same_nocase(p->email, address))
		return "Slack has another address for that user";
	return NULL;
}

static int look_up(struct lapse *l, const char *address, struct arena *a,
	struct slack_user_row *ret, struct lapse_err *err)
{
	struct op op = {
		.step = slack_find_user,
		.name = "users.lookupByEmail",
		.key = address,
		.arena = a,
	};
	int rc = slack_self(l, err);

	if (rc == 0)
		rc = slack_call(l, &op, err);
	if (rc == 0 && op.outcome == OP_GONE) {
		ret->why = "nobody in Slack has the address";
	} else if (rc == 0) {
		const struct slack_person *p = op.ret;

		ret->why = unfit(l, p, address);
		if (ret->why == NULL)
			ret->user = p->id;
	}
	op_clear(&op);
	return rc;
}

/* An address that two Jira accounts show is of neither. */
static int match(struct lapse *l, const char *account, struct arena *a,
	struct slack_user_row *ret, struct lapse_err *err)
{
	const char *address = NULL;
	struct strs same = {0};
	int rc = address_of(l, account, a, &address, &ret->why, err);

	if (rc < 0 || address == NULL)
		return rc;
	ret->address = address;
	ret->method = "email";
	rc = slack_address_accounts(l->ledger, address, a, &same, err);
	if (rc < 0)
		return rc;
	if (same.n > 1 || (same.n == 1 &&
		strcmp(same.items[0], account) != 0)) {
		ret->why = "two Jira accounts have the address";
		return 0;
	}
	return look_up(l, address, a, ret, err);
}

static int keep(struct lapse *l, const struct slack_user_row *row,
	struct lapse_err *err)
{
	int rc = core_begin(l, err);

	if (rc < 0)
		return rc;
	return core_end(l, slack_user_put(l->ledger, row, err), err);
}

int slack_person_of(struct lapse *l, const char *account, struct arena *a,
	struct slack_user_row *ret, struct lapse_err *err)
{
	struct slack_user_row was = {0};
	struct slack_user_row row = {0};
	int rc = slack_user_get(l->ledger, account, a, &was, err);

	if (rc < 0 && rc != LAPSE_ENOTFOUND)
		return rc;
	if (rc == 0 && was.matched_at > core_now(l) - FRESH_S &&
		was.matched_at <= core_now(l)) {
		*ret = was;
		return 0;
	}
	row.account = account;
	row.matched_at = core_now(l);
	rc = match(l, account, a, &row, err);
	if (rc < 0)
		return rc;
	if (row.user != NULL && was.user != NULL &&
		strcmp(row.user, was.user) == 0)
		row.channel = was.channel;
	rc = keep(l, &row, err);
	if (rc == 0)
		*ret = row;
	return rc;
}

int slack_person_forget(struct lapse *l, const struct slack_user_row *row,
	struct lapse_err *err)
{
	struct slack_user_row none = *row;

	none.matched_at = 0;
	none.channel = NULL;
	return keep(l, &none, err);
}

/* ---- From user to account ---- */

static int account_with(struct lapse *l, const char *address, struct arena *a,
	const char **ret, const char **ret_why, struct lapse_err *err)
{
	struct strs found = {0};
	int rc = slack_address_accounts(l->ledger, address, a, &found, err);

	if (rc == 0 && found.n == 1)
		*ret = found.items[0];
	else if (rc == 0)
		*ret_why = found.n == 0 ? SLACK_NOT_IN_JIRA :
			"two Jira accounts have the address";
	return rc;
}

int slack_account_of(struct lapse *l, const char *user, struct arena *a,
	const char **ret_account, const char **ret_address,
	const char **ret_why, struct lapse_err *err)
{
	struct op op = {
		.step = slack_get_user,
		.name = "users.info",
		.user = user,
		.arena = a,
	};
	const char *account = NULL;
	const char *address = NULL;
	const char *why = NULL;
	struct strs of = {0};
	int rc = slack_self(l, err);

	if (rc == 0)
		rc = slack_call(l, &op, err);
	if (rc == 0 && op.outcome == OP_GONE) {
		why = SLACK_NOBODY;
	} else if (rc == 0) {
		const struct slack_person *p = op.ret;

		address = p->email;
		why = unfit(l, p, p->email != NULL ? p->email : "");
	}
	op_clear(&op);
	if (rc == 0 && why == NULL)
		rc = account_with(l, address, a, &account, &why, err);
	/* Jira may hide the address by which they were matched. */
	if (rc == 0 && account == NULL && address != NULL)
		rc = slack_user_accounts(l->ledger, user, a, &of, err);
	if (rc == 0 && of.n == 1 && why != NULL &&
		strcmp(why, SLACK_NOT_IN_JIRA) == 0) {
		struct slack_user_row row = {0};

		rc = slack_user_get(l->ledger, of.items[0], a, &row, err);
		if (rc == 0 && row.address != NULL &&
			text_same_nocase(row.address, address)) {
			account = row.account;
			why = NULL;
		}
	}
	if (rc < 0)
		return rc;
	*ret_account = account;
	*ret_address = address;
	*ret_why = why;
	return 0;
}
