/* Where the configuration is: option, environment, user, system. */
#include "paths.h"

#include <stdlib.h>
#include <unistd.h>

static bool user_config(char *path, size_t size)
{
	const char *base = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");
	int n = -1;

	/* A relative path is to be ignored. Source: XDG base directories. */
	if (base != NULL && *base == '/')
		n = snprintf(path, size, "%s/lapse/lapse.conf", base);
	else if (home != NULL && *home == '/')
		n = snprintf(path, size, "%s/.config/lapse/lapse.conf", home);
	return n > 0 && (size_t)n < size && access(path, F_OK) == 0;
}

const char *paths_config(const struct call *c, char *path, size_t size)
{
	const char *named = getenv("LAPSE_CONFIG");

	if (c->given[OPT_CONFIG])
		return c->text[OPT_CONFIG];
	if (named != NULL && *named != '\0')
		return named;
	if (user_config(path, size))
		return path;
	return "/etc/lapse/lapse.conf";
}
