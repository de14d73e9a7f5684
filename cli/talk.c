/* Talk: what is said on stderr, and to syslog. In cron every line is a mail:
 * a timer's run that went well says nothing. */
#include "talk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

/* JOURNAL_STREAM is "DEVICE:INODE" of the journal's end; a redirection after
 * it was set makes it stale. Source: systemd.exec(5). */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;

	if (stream == NULL || fstat(STDERR_FILENO, &st) < 0 ||
		sscanf(stream, "%llu:%llu", &device, &inode) != 2)
		return false;
	return st.st_dev == device && st.st_ino == inode;
}

void talk_open(struct talk *t)
{
	*t = (struct talk){.journal = stderr_is_journal()};
	openlog("lapse", LOG_PID, LOG_AUTH);
}

static bool is_wanted(const struct talk *t, enum lapse_level level)
{
	switch (level) {
	case LAPSE_ERROR:
	case LAPSE_WARNING:
		return true;
	case LAPSE_NOTICE:
		return t->journal || t->verbose > 0 ||
			(t->watched && !t->quiet);
	case LAPSE_INFO:
		return t->verbose > 0;
	case LAPSE_DEBUG:
		return t->verbose > 1;
	}
	return true;
}

static int syslog_level(enum lapse_level level)
{
	static const int levels[] = {
		[LAPSE_ERROR] = LOG_ERR,
		[LAPSE_WARNING] = LOG_WARNING,
		[LAPSE_NOTICE] = LOG_NOTICE,
		[LAPSE_INFO] = LOG_INFO,
		[LAPSE_DEBUG] = LOG_DEBUG,
	};

	return levels[level];
}

static const char *label(const struct talk *t, enum lapse_level level)
{
	if (level == LAPSE_ERROR)
		return t->color ? "\033[31merror:\033[0m " : "error: ";
	if (level == LAPSE_WARNING)
		return t->color ? "\033[33mwarning:\033[0m " : "warning: ";
	return "";
}

void talk_line(struct talk *t, enum lapse_level level, const char *line)
{
	if (level <= LAPSE_WARNING && t->first[0] == '\0')
		snprintf(t->first, sizeof(t->first), "%s", line);
	if (level <= LAPSE_NOTICE && t->record && !t->journal)
		syslog(syslog_level(level), "%s", line);
	if (!is_wanted(t, level))
		return;
	if (t->journal)
		fprintf(stderr, "<%d>%s\n", syslog_level(level), line);
	else
		fprintf(stderr, "lapse: %s%s\n", label(t, level), line);
}
