/* From words of the catalog and of a provider's profile to Jira accounts:
 * named people, managers, groups; and what an operator typed. */
#include <string.h>

#include "people_private.h"

enum { GROUP_MAX = 50 };	/* approvers of one group: Jira's field ends */

/* ---- A provider's user to an account ---- */

static int by_link(struct lapse *l, const char *idp, const struct idp_user *u,
	struct arena *a, const char **ret, struct lapse_err *err)
{
	struct strs accounts = {0};
	int rc = l->ledger == NULL ? 0 :
		link_accounts(l->ledger, idp, u->id, a, &accounts, err);

	if (rc == 0 && accounts.n == 1)
		*ret = accounts.items[0];
	return rc;
}

static int by_address(struct lapse *l, const struct idp_user *u,
	struct arena *a, const char **ret, struct lapse_err *err)
{
	struct accounts found = {.arena = a};
	const char *email = u->email != NULL ? u->email : u->login;
	int rc;

	if (email == NULL || strchr(email, '@') == NULL)
		return 0;
	rc = accounts_find(l, email, &found, err);
	if (rc == 0 && found.list.n == 1)
		*ret = found.list.items[0].account;
	return rc;
}

int account_of_user(struct lapse *l, const char *idp,
	const struct idp_user *u, struct arena *a, const char **ret,
	struct lapse_err *err)
{
	const char *account = NULL;
	int rc = 0;

	if (u->account != NULL && *u->account != '\0')
		account = u->account;
	if (account == NULL)
		rc = by_link(l, idp, u, a, &account, err);
	if (rc == 0 && account == NULL)
		rc = by_address(l, u, a, &account, err);
	if (rc == 0 && account == NULL)
		rc = map_account(l, idp, u, a, &account, err);
	if (rc < 0)
		return rc;
	*ret = account;
	return 0;
}

int people_account_of(struct lapse *l, const char *idp, const char *user,
	struct arena *a, const char **ret, struct lapse_err *err)
{
	struct users users = {.arena = a};
	const char *account = NULL;
	int rc = users_get(l, idp, user, &users, err);

	if (rc == 0 && users.list.n == 1)
		rc = account_of_user(l, idp, &users.list.items[0], a, &account,
			err);
	if (rc == 0)
		*ret = account;
	return rc;
}

/* ---- Approvers ---- */

/* An account as approver, read fresh; one that Jira does not know is none. */
static int approver(struct lapse *l, const char *account, struct arena *a,
	struct policy_approver *ret, struct lapse_err *err)
{
	struct jira_person p = {0};
	int rc = people_account_fresh(l, account, a, &p, err);

	if (rc == LAPSE_ENOTFOUND)
		return 0;
	if (rc < 0)
		return rc;
	ret->account = p.account;
	ret->name = p.name;
	ret->active = p.active;
	return 0;
}

int people_approver(struct lapse *l, const char *idp, const struct idp_user *u,
	struct arena *a, struct policy_approver *ret, struct lapse_err *err)
{
	const char *account = NULL;
	int rc = account_of_user(l, idp, u, a, &account, err);

	if (rc < 0 || account == NULL)
		return rc;
	rc = approver(l, account, a, ret, err);
	ret->active = ret->active && u->status == IDP_ACTIVE;
	return rc;
}

/* The one account behind an address that Jira hides: what the ledger knows,
 * else a provider's user who has it. */
static int hidden(struct lapse *l, const char *email, struct arena *a,
	const char **ret, struct lapse_err *err)
{
	struct strs known = {0};
	int rc = l->ledger == NULL ? 0 :
		people_typed(l->ledger, email, a, &known, err);

	for (size_t i = 0; rc == 0 && known.n == 0 && i < l->n_idps; i++) {
		const char *idp = l->idps[i].section->name;
		struct users users = {.arena = a};
		const char *account = NULL;
		if (l->idps[i].failed)
			continue;
		rc = users_find(l, idp, email, &users, err);
		for (size_t n = 0; rc == 0 && n < users.list.n; n++) {
			const struct idp_user *u = &users.list.items[n];
			if (!people_has_email(u, email) && !user_is(u, email))
				continue;
			rc = account_of_user(l, idp, u, a, &account, err);
			if (account != NULL && !strs_has(&known, account))
				strs_add(&known, a, account);
		}
	}
	if (rc == 0 && known.n == 1)
		*ret = known.items[0];
	return rc;
}

static int account_of_address(struct lapse *l, const char *email,
	struct arena *a, const char **ret, struct lapse_err *err)
{
	struct accounts found = {.arena = a};
	int rc = accounts_find(l, email, &found, err);

	if (rc < 0 || found.list.n > 1)
		return rc;
	if (found.list.n == 1) {
		*ret = found.list.items[0].account;
		return 0;
	}
	return hidden(l, email, a, ret, err);
}

int people_named(struct lapse *l, const char *who, struct arena *a,
	struct policy_approver *ret, struct lapse_err *err)
{
	struct policy_approver found = {.label = who, .why = ret->why};
	const char *account = NULL;
	int rc = 0;

	if (strchr(who, '@') == NULL)
		account = who;
	else
		rc = account_of_address(l, who, a, &account, err);
	if (rc == 0 && account != NULL)
		rc = approver(l, account, a, &found, err);
	if (rc < 0)
		return rc;
	*ret = found;
	return 0;
}

/* ---- Managers ---- */

bool people_is_manager(const struct idp_user *u, const char *text)
{
	return user_is(u, text) || people_has_email(u, text) ||
		(u->employee_number != NULL &&
			strcmp(u->employee_number, text) == 0);
}

int people_manager(struct lapse *l, const struct people_link *of,
	struct arena *a, struct policy_approver *ret, struct lapse_err *err)
{
	struct policy_approver found = {.label = "manager", .why = "manager"};
	struct users users = {.arena = a};
	const struct idp_user *one = NULL;
	size_t n = 0;
	int rc = 0;

	if (of->manager != NULL && *of->manager != '\0')
		rc = users_find(l, of->idp, of->manager, &users, err);
	for (size_t i = 0; i < users.list.n; i++)
		if (people_is_manager(&users.list.items[i], of->manager)) {
			one = &users.list.items[i];
			n++;
		}
	if (rc == 0 && n == 1)
		rc = people_approver(l, of->idp, one, a, &found, err);
	if (rc < 0)
		return rc;
	*ret = found;
	return 0;
}

/* ---- Groups ---- */

/* Lists of members may give the id alone. */
static int complete(struct lapse *l, const char *idp, struct idp_user *u,
	struct arena *a, struct lapse_err *err)
{
	struct users users = {.arena = a};
	int rc;

	if (u->login != NULL || u->email != NULL)
		return 0;
	rc = users_get(l, idp, u->id, &users, err);
	if (rc == 0 && users.list.n == 1)
		*u = users.list.items[0];
	return rc;
}

static int add_member(struct lapse *l, const char *idp, struct idp_user *u,
	const char *label, struct arena *a, struct policy_input *in,
	struct lapse_err *err)
{
	struct policy_approver found = {.label = label, .why = "group"};
	struct policy_approver *slot;
	int rc = complete(l, idp, u, a, err);

	if (rc == 0 && u->status == IDP_ACTIVE)
		rc = people_approver(l, idp, u, a, &found, err);
	if (rc < 0 || found.account == NULL || !found.active)
		return rc;
	slot = VEC_ADD(&in->approvers, a);
	if (slot == NULL)
		return lapse_fail_nomem(err);
	*slot = found;
	return 0;
}

static int add_nobody(const char *label, struct arena *a,
	struct policy_input *in, struct lapse_err *err)
{
	struct policy_approver *slot = VEC_ADD(&in->approvers, a);

	if (slot == NULL)
		return lapse_fail_nomem(err);
	slot->label = label;
	slot->why = "group";
	return 0;
}

int people_of_group(struct lapse *l, const char *idp, const char *group,
	struct arena *a, struct policy_input *in, struct lapse_err *err)
{
	struct users users = {.arena = a};
	size_t before = in->approvers.n;
	const char *label, *other, *id;
	int rc;

	if (config_split_group(group, a, &other, &id) &&
		config_idp(l->config, other) != NULL) {
		idp = other;
		group = id;
	}
	label = arena_fmt(a, "group:%s:%s", idp, group);
	rc = users_of_group(l, idp, group, &users, err);
	for (size_t i = 0; rc == 0 && i < users.list.n; i++) {
		if (in->approvers.n - before == GROUP_MAX)
			break;
		rc = add_member(l, idp, &users.list.items[i], label, a, in,
			err);
	}
	if (rc == 0 && in->approvers.n == before)
		rc = add_nobody(label, a, in, err);
	return rc;
}

/* ---- By hand ---- */

static int find_online(struct lapse *l, const char *typed, struct arena *a,
	const char **ret, struct lapse_err *err)
{
	struct jira_person p = {0};
	int rc;

	if (strchr(typed, '@') != NULL)
		return account_of_address(l, typed, a, ret, err);
	rc = people_account_fresh(l, typed, a, &p, err);
	if (rc == 0)
		*ret = p.account;
	/* Jira may be down, or refuse what is no accountId: a login or a
	 * provider's id remains. */
	return *ret != NULL ? 0 : hidden(l, typed, a, ret, err);
}

int people_find(struct lapse *l, const char *typed, struct arena *a,
	const char **ret_account, struct lapse_err *err)
{
	struct strs known = {0};
	const char *account = NULL;
	int rc = l->ledger == NULL ? 0 :
		people_typed(l->ledger, typed, a, &known, err);

	if (rc == 0 && known.n > 1)
		return lapse_fail(err, LAPSE_EREFUSED,
			"'%s': is more than one person; give the accountId: %s",
			typed, strs_join(&known, a, ", "));
	if (rc == 0 && known.n == 1)
		account = known.items[0];
	else if (rc == 0 && l->engine != NULL)
		rc = find_online(l, typed, a, &account, err);
	if (rc < 0)
		return rc;
	if (account == NULL)
		return lapse_fail(err, LAPSE_ENOTFOUND,
			"'%s': nobody by that e-mail, login, id or accountId",
			typed);
	*ret_account = account;
	return 0;
}
