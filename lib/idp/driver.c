/* The table of identity providers and the words for what they report. A new
 * provider is one row here and one file beside it; this file knows nothing
 * else about any of them. */
#include <string.h>

#include "drivers.h"

static const struct idp_driver *const drivers[] = {
	&idp_google,
	&idp_okta,
	&idp_entra,
	NULL,
};

const struct idp_driver *const *idp_drivers(void)
{
	return drivers;
}

const struct idp_driver *idp_driver_find(const char *name)
{
	if (name == NULL)
		return NULL;
	for (size_t i = 0; drivers[i] != NULL; i++)
		if (strcmp(drivers[i]->name, name) == 0)
			return drivers[i];
	return NULL;
}

const char *idp_status_name(enum idp_status s)
{
	switch (s) {
	case IDP_ACTIVE:
		return "active";
	case IDP_PENDING:
		return "pending";
	case IDP_SUSPENDED:
		return "suspended";
	case IDP_INACTIVE:
		return "inactive";
	case IDP_STATUS_UNKNOWN:
		break;
	}
	return "unknown";
}

const char *idp_group_kind_text(enum idp_group_kind k)
{
	switch (k) {
	case IDP_GROUP_OK:
		return "has members of its own";
	case IDP_GROUP_RULE:
		return "is fed by a group rule";
	case IDP_GROUP_DIRECTORY:
		return "is mastered by another directory";
	case IDP_GROUP_APP:
		return "is mastered by an application";
	case IDP_GROUP_BUILT_IN:
		return "is built in and cannot be changed";
	case IDP_GROUP_RESTRICTED:
		return "can be changed with administrator rights only";
	case IDP_GROUP_UNKNOWN:
		break;
	}
	return "is of a kind that is not known here";
}
