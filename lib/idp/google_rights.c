/* What lapse needs of Google beyond reading, and what its credential had better
 * not have. */
#include "google.h"

#define SCOPE "https://www.googleapis.com/auth/"
#define NAME_IT " in `scopes`, and authorise it in domain-wide delegation"

/* One scope that was not delegated spoils the whole token, so that a token has
 * all that `scopes` asks for. What the administrator's role allows is shown
 * with admin.directory.rolemanagement only. */
static const struct idp_right rights_of_all[] = {
	{IDP_NEED_MEMBERS, "the token may change members of groups",
		SCOPE "admin.directory.group.member "
		SCOPE "admin.directory.group",
		"name admin.directory.group.member" NAME_IT},
	{IDP_NEED_MEMBERS, "the administrator that is acted as may change "
		"members (Groups: Update)", NULL,
		"no call shows it; the first grant, and the first end of one, "
		"do"},
	{IDP_NEED_SESSIONS, "the token may end sessions",
		SCOPE "admin.directory.user.security",
		"name admin.directory.user.security" NAME_IT "; or take "
		"end-sessions out of the roles"},
	{IDP_NEED_SESSIONS, "the administrator that is acted as may end "
		"sessions (User Security Management)", NULL,
		"no call shows it; the first end of a grant with end-sessions "
		"does"},
	{IDP_NEED_EXPIRY, "the token may set Google's own end of memberships",
		SCOPE "cloud-identity.groups",
		"name cloud-identity.groups" NAME_IT},
	{IDP_NEED_EXPIRY, "the edition ends memberships by itself", NULL,
		"no call shows it without setting such an end; the first "
		"grant does, and it is noted there"},
	{0},
};

const struct idp_right *google_rights(const struct remote *r)
{
	(void)r;
	return rights_of_all;
}

const struct idp_excess google_excess[] = {
	{SCOPE "admin.directory.user", "could make and delete users"},
	{SCOPE "admin.directory.group", "could make and delete groups"},
	{SCOPE "admin.directory.rolemanagement", "could make administrators"},
	{SCOPE "cloud-platform", "could change the project"},
	{0},
};
