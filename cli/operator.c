/* The person behind the process. In this order:
 *
 * 1. The audit login uid, which the kernel keeps through su and sudo and which
 *    no unprivileged process can change.
 * 2. SUDO_UID, only where nobody but root can have set it: the real uid is 0,
 *    or the parent process is sudo and runs as root. Whoever can become root
 *    can name someone else; the ledger and the credentials are theirs too.
 * 3. The real uid, when a terminal is there. */
#include "operator.h"

#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NO_UID UINT32_MAX	/* "not set", as the kernel writes it */

static bool read_line(const char *path, char *ret, size_t size)
{
	FILE *f = fopen(path, "re");
	bool ok;

	if (f == NULL)
		return false;
	ok = fgets(ret, (int)size, f) != NULL;
	fclose(f);
	if (ok)
		ret[strcspn(ret, "\n")] = '\0';
	return ok;
}

static uint32_t parse_uid(const char *text)
{
	char *end = NULL;
	unsigned long uid;

	if (text == NULL || *text < '0' || *text > '9')
		return NO_UID;
	uid = strtoul(text, &end, 10);
	return *end != '\0' || uid >= NO_UID ? NO_UID : (uint32_t)uid;
}

static uint32_t audit_uid(void)
{
	char line[32];

	if (!read_line("/proc/self/loginuid", line, sizeof(line)))
		return NO_UID;
	return parse_uid(line);
}

static bool parent_is_sudo(void)
{
	char path[64], line[32];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%ld", (long)getppid());
	if (stat(path, &st) < 0 || st.st_uid != 0)
		return false;
	snprintf(path, sizeof(path), "/proc/%ld/comm", (long)getppid());
	return read_line(path, line, sizeof(line)) && strcmp(line, "sudo") == 0;
}

static uint32_t sudo_uid(void)
{
	if (getuid() != 0 && !parent_is_sudo())
		return NO_UID;
	return parse_uid(getenv("SUDO_UID"));
}

const char *operator_login(bool by_timer, char *name, size_t size)
{
	bool watched = isatty(STDIN_FILENO) || isatty(STDERR_FILENO);
	const struct passwd *pw;
	uint32_t uid;

	if (by_timer && !watched)
		return NULL;
	uid = audit_uid();
	if (uid == NO_UID)
		uid = sudo_uid();
	if (uid == NO_UID && watched)
		uid = getuid();
	if (uid == NO_UID)
		return NULL;
	pw = getpwuid(uid);
	if (pw == NULL)
		snprintf(name, size, "uid:%lu", (unsigned long)uid);
	else
		snprintf(name, size, "%s", pw->pw_name);
	return name;
}
