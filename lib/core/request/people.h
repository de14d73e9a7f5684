/* People: who is who between Jira and the providers. Links are kept in the
 * ledger, but every decision reads the user afresh. The callers (request
 * cycle, by-hand commands) are written against these signatures. */
#ifndef LAPSE_CORE_PEOPLE_H
#define LAPSE_CORE_PEOPLE_H

#include "core.h"
#include "ledger_people.h"
#include "policy.h"

/* One Jira account's user in one provider. <Shape> user NULL: there is none
 * or more than one; then problem says so for the requester and admin what
 * would settle it. Texts live in the arena. */
struct people_link {
	const char *idp;
	const char *user;	/* the provider's id */
	const char *login;
	const char *method;	/* attribute email map */
	enum idp_status status;
	const char *manager;	/* as the provider keeps it */
	const char *problem;
	const char *admin;
};

/* The Jira account, read fresh and noted in the ledger. LAPSE_ENOTFOUND when
 * Jira does not know it. */
int people_account_fresh(struct lapse *l, const char *account,
	struct arena *a, struct jira_person *ret, struct lapse_err *err);
/* Notes what an issue showed of a person (name, zone), without a call. */
int people_note(struct lapse *l, const struct jira_person *p,
	struct lapse_err *err);

/* The same for who did something to an issue. */
int people_note_author(struct lapse *l, const struct jira_edit *e,
	struct lapse_err *err);

/* Links one account in one provider, reading the user fresh; notes link and
 * user in the ledger (not in a dry run). Fails only when a service fails. */
int people_resolve(struct lapse *l, const char *account, const char *idp,
	struct arena *a, struct people_link *ret, struct lapse_err *err);
/* The other way round: the Jira account of a provider's user, read fresh; NULL:
 * none, or more than one. */
int people_account_of(struct lapse *l, const char *idp, const char *user,
	struct arena *a, const char **ret, struct lapse_err *err);

/* A person of the catalog ("dana@acme.com" or an accountId) as an approver;
 * account NULL when there is none or more than one. */
int people_named(struct lapse *l, const char *who, struct arena *a,
	struct policy_approver *ret, struct lapse_err *err);
/* The beneficiary's manager, by the provider's profile. */
int people_manager(struct lapse *l, const struct people_link *of,
	struct arena *a, struct policy_approver *ret, struct lapse_err *err);
/* The same in two steps, for callers that have the provider's users: is this
 * who a profile calls the manager, and a user as an approver. */
bool people_is_manager(const struct idp_user *u, const char *text);
int people_approver(struct lapse *l, const char *idp, const struct idp_user *u,
	struct arena *a, struct policy_approver *ret, struct lapse_err *err);
/* Does the user have exactly this address, letter case aside? */
bool people_has_email(const struct idp_user *u, const char *email);
/* Active members of a group ("00g1" of idp, or "idp:00g1") as approvers,
 * appended; at most 50. One of account NULL when nobody could be found. */
int people_of_group(struct lapse *l, const char *idp, const char *group,
	struct arena *a, struct policy_input *in, struct lapse_err *err);

/* Is the user in the group? One complete read. group may also be the full
 * "idp:group", then of another provider too: the same person's user there is
 * meant. A group or user that is gone is "no". */
int people_in_group(struct lapse *l, const char *idp, const char *group,
	const char *user, bool *ret, struct lapse_err *err);

/* By hand: what an operator typed (e-mail, login, user id or accountId) to
 * the Jira account, from the ledger where it is known, else from the
 * services when online. LAPSE_ENOTFOUND; LAPSE_EREFUSED when it is not one. */
int people_find(struct lapse *l, const char *typed, struct arena *a,
	const char **ret_account, struct lapse_err *err);

/* What a provider showed, as the ledger keeps it; texts are borrowed. */
void people_user_row(const char *idp, const struct idp_user *u,
	struct user_row *ret);
void people_group_row(const char *idp, const struct idp_group *g,
	struct group_row *ret);

#endif
