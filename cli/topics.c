/* Help that is not about one command. */
#include "cmd.h"

#include <string.h>

static const char exit_codes[] =
	"Exit status. Frozen; treat one that is not listed as a failure.\n"
	"\n"
	"    0  all is as it should be; also when requests were refused\n"
	"       or wait for people\n"
	"    1  internal error\n"
	"   10  some items failed and will be tried again, or a notice is\n"
	"       not delivered yet\n"
	"   11  a removal is later than its deadline by more than\n"
	"       overdue-after, or parked; with status --max-age: the last\n"
	"       success is too old\n"
	"   12  what you asked for was refused by policy, or a guard\n"
	"       stopped the run\n"
	"   13  nothing matched\n"
	"   14  changes or drift are pending (--dry-run, catalog check,\n"
	"       drift)\n"
	"   64  usage: the command line is wrong\n"
	"   65  the integrity of ledger or evidence is broken\n"
	"   69  a provider that had due work does not answer\n"
	"   74  local input or output failed: disk full, stdout closed\n"
	"   75  try again: locked, rate limit, deadline of the run\n"
	"   76  a remote service broke its protocol\n"
	"   77  a remote service said 401 or 403\n"
	"   78  the configuration is wrong\n"
	"  130  ended by SIGINT, 143 by SIGTERM; what was begun is kept\n"
	"\n"
	"Of several the first of 65 11 1 12 77 78 76 74 69 75 10 14 13 is\n"
	"told. With --json the last line on stderr is then an object with\n"
	"the schema \"lapse/exit.v1\" and code, name and message.\n";

static const char environment[] =
	"Environment.\n"
	"\n"
	"  LAPSE_CONFIG           the configuration; --config comes first\n"
	"  XDG_CONFIG_HOME        lapse/lapse.conf in it is read where\n"
	"                         neither names one; else ~/.config, else\n"
	"                         /etc/lapse/lapse.conf\n"
	"  CREDENTIALS_DIRECTORY  where credential:NAME is looked for first\n"
	"  NO_COLOR               no colors when not empty\n"
	"  TERM                   no colors when it is dumb\n"
	"  JOURNAL_STREAM         set by systemd: lines carry their level\n"
	"  SUDO_UID               who calls, where no audit login uid is set\n"
	"                         and nobody but root can have set it\n"
	"\n"
	"Proxy variables are not read: see the keys proxy and ca-file.\n";

static const char formats[] =
	"Formats.\n"
	"\n"
	"Times in are RFC 3339 with an offset: 2026-11-23T10:00:00Z or\n"
	"2026-11-23T11:00:00+01:00. Durations are digits and a unit: 90m,\n"
	"8h, 2d, 1h30m, 1w. Times out are RFC 3339 in UTC; on a terminal\n"
	"\"in 3 h\" stands after them.\n"
	"\n"
	"--json prints one object a line. Each has a schema,\n"
	"\"lapse/NAME.vN\", that fixes names and kinds of its members. A\n"
	"schema grows only by members at its end; ids are strings,\n"
	"durations are seconds, what is missing is null.\n"
	"\n"
	"stdout is data, stderr is talk. The table for eyes may change at\n"
	"any time, and shows fewer columns than there are; -v shows all.\n"
	"Scripts read --json.\n";

static int print_key(void *arg, const struct lapse_config_key *key)
{
	FILE *out = arg;

	fprintf(out, "  %s%s%-*s  %-8s  %s", key->section,
		*key->section == '\0' ? "" : ".",
		(int)(26 - strlen(key->section) - (*key->section != '\0')),
		key->name, key->type, key->help);
	if (key->required)
		fputs(" (needed)", out);
	else if (key->fallback != NULL && *key->fallback != '\0')
		fprintf(out, " [%s]", key->fallback);
	fputc('\n', out);
	return 0;
}

static void print_config(FILE *out)
{
	fputs("Configuration. SECTION.KEY, type, meaning, [default]. See also "
		"lapse.conf(5).\n\n", out);
	lapse_config_key_each(print_key, out);
}

const struct topic topics[] = {
	{"exit-codes", "what each exit status means", exit_codes, NULL},
	{"environment", "variables that are read", environment, NULL},
	{"formats", "times, durations and JSON", formats, NULL},
	{"config", "every key of the configuration", NULL, print_config},
	{0},
};
