/* What lapse needs of Okta beyond reading, and what its credential had better
 * not have. */
#include "okta.h"

/* No call within lapse's scopes tells what an administrator role allows.
 * Source: Okta Management API, role assignments: okta.roles.read. */
#define MEMBERS_HINT                                                           \
	"no call shows it; the first grant, and the first end of one, do"
#define SESSIONS_HINT                                                          \
	"no call shows it; the first end of a grant with end-sessions does"

static const struct idp_right rights_of_application[] = {
	{IDP_NEED_MEMBERS, "the token may change members of groups",
		"okta.groups.manage",
		"grant the application the scope okta.groups.manage, and name "
		"it in `scopes` where that key is set"},
	{IDP_NEED_MEMBERS, "the application's administrator role may change "
		"the members of these groups", NULL, MEMBERS_HINT},
	{IDP_NEED_SESSIONS, "the token may end sessions", "okta.users.manage",
		"grant the application the scope okta.users.manage, and name "
		"it in `scopes` where that key is set; or take end-sessions "
		"out of the roles"},
	{IDP_NEED_SESSIONS, "the application's administrator role may clear "
		"users' sessions", NULL, SESSIONS_HINT},
	{0},
};

static const struct idp_right rights_of_token[] = {
	{IDP_NEED_MEMBERS, "the administrator who made the API token may "
		"change the members of these groups", NULL, MEMBERS_HINT},
	{IDP_NEED_SESSIONS, "the administrator who made the API token may "
		"clear users' sessions", NULL, SESSIONS_HINT},
	{0},
};

const struct idp_right *okta_rights(const struct remote *r)
{
	const struct okta_settings *settings = r->settings;

	return settings->api_token ? rights_of_token : rights_of_application;
}

const struct idp_excess okta_excess[] = {
	{"okta.roles.manage", "could make administrators"},
	{"okta.apps.manage", "could change applications"},
	{"okta.policies.manage", "could change how people sign in"},
	{0},
};
