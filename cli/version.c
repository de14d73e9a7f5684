/* lapse version. */
#include "commands.h"

static int print_version(const struct call *c, struct lapse_err *err)
{
	(void)c;
	(void)err;
	printf("lapse %s\n", LAPSE_VERSION);
	return 0;
}

const struct cmd cmd_version = {
	.name = "version",
	.args = "",
	.summary = "show the version",
	.alone = print_version,
};
