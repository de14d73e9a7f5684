/* What lapse needs of Entra beyond reading, and what its application had better
 * not have. */
#include "entra.h"

#define SESSIONS                                                               \
	{IDP_NEED_SESSIONS, "the application may end sessions",                 \
		"User.RevokeSessions.All User.ReadWrite.All "                  \
		"Directory.ReadWrite.All",                                     \
		"grant it the application permission User.RevokeSessions.All, " \
		"with an administrator's consent; or take end-sessions out of " \
		"the roles"}

static const struct idp_right rights[] = {
	{IDP_NEED_MEMBERS, "the application may change members of groups",
		"GroupMember.ReadWrite.All Group.ReadWrite.All "
		"Directory.ReadWrite.All",
		"grant it the application permission "
		"GroupMember.ReadWrite.All, with an administrator's consent; "
		"or make it an owner of each group, and say so by "
		"change-as = \"owner\""},
	SESSIONS,
	{0},
};

/* Graph v1.0 leaves applications out of a group's owners.
 * Source: Microsoft Graph, group-list-owners. */
static const struct idp_right rights_of_owner[] = {
	{IDP_NEED_MEMBERS, "the application owns the groups that it changes",
		NULL, "Microsoft Graph does not list applications among the "
		"owners; the first grant, and the first end of one, show it"},
	SESSIONS,
	{0},
};

const struct idp_right *entra_rights(const struct remote *r)
{
	const struct entra_settings *settings = r->settings;

	return settings->owner ? rights_of_owner : rights;
}

/* Source: Microsoft Graph, permissions reference. */
const struct idp_excess entra_excess[] = {
	{"User.ReadWrite.All", "could change and delete users"},
	{"Directory.ReadWrite.All", "could change and delete users"},
	{"Group.ReadWrite.All", "could make and delete groups"},
	{"RoleManagement.ReadWrite.Directory", "could make administrators"},
	{"AppRoleAssignment.ReadWrite.All",
		"could give itself any permission"},
	{"Application.ReadWrite.All",
		"could use the permissions of any application"},
	{0},
};
