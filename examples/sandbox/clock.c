/*
 * clock.c - the sandbox's own time: real time plus an offset that tests
 * set. Zones are read by switching TZ, which is safe only because every
 * request runs under one lock.
 */
#include "clock.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "json.h"

static int64_t offset_s;
static enum date_mode date_mode;
static int64_t date_skew_s;
/* Whoever shares it moves it; NULL: real time. */
static volatile int64_t *shared_ms;

enum {
	EXCHANGE_MS = 20,	/* what one exchange lasts on a shared clock */
};

bool clock_share(const char *file)
{
	int fd = open(file, O_RDWR | O_CLOEXEC);
	void *at = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(*shared_ms),
		PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (fd >= 0)
		close(fd);
	if (at == MAP_FAILED)
		return false;
	shared_ms = at;
	return true;
}

void clock_exchange(void)
{
	if (shared_ms != NULL)
		__atomic_add_fetch(shared_ms, EXCHANGE_MS, __ATOMIC_SEQ_CST);
}

int64_t clock_ms(void)
{
	struct timespec now;

	if (shared_ms != NULL)
		return *shared_ms + offset_s * 1000;
	clock_gettime(CLOCK_REALTIME, &now);
	return ((int64_t)now.tv_sec + offset_s) * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_s(void)
{
	return clock_ms() / 1000;
}

int64_t clock_offset_s(void)
{
	return offset_s;
}

void clock_move_to(int64_t at_s)
{
	offset_s = at_s - (int64_t)time(NULL);
}

void clock_set_offset(int64_t to_s)
{
	offset_s = to_s;
}

void clock_set_date(enum date_mode mode, int64_t skew_s)
{
	date_mode = mode;
	date_skew_s = skew_s;
}

char *clock_http_date(int64_t at_s)
{
	char made[64];
	time_t at = (time_t)at_s;
	struct tm tm;

	gmtime_r(&at, &tm);
	strftime(made, sizeof(made), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	return text_copy(made);
}

char *clock_date_header(void)
{
	switch (date_mode) {
	case DATE_ABSENT:
		return NULL;
	case DATE_GARBAGE:
		return text_copy("Someday, 99 Foo 20x6 31:61:61 GMT");
	case DATE_SKEW:
		return clock_http_date(clock_s() + date_skew_s);
	case DATE_NORMAL:
	default:
		return clock_http_date(clock_s());
	}
}

/* Reading a zone's file takes longer than most exchanges, so the last one
 * stays; whoever wants another says so, and all else is in UTC by itself. */
static void use_zone(const char *zone)
{
	static char now[64];

	if (zone == NULL)
		zone = "UTC";
	if (same(zone, now))
		return;
	snprintf(now, sizeof(now), "%s", zone);
	setenv("TZ", zone, 1);
	tzset();
}

char *clock_okta(int64_t at_ms)
{
	char made[64];
	time_t at = (time_t)(at_ms / 1000);
	struct tm tm;

	gmtime_r(&at, &tm);
	strftime(made, sizeof(made), "%Y-%m-%dT%H:%M:%S", &tm);
	return text("%s.%03dZ", made, (int)(at_ms % 1000));
}

static char *in_zone(int64_t at_ms, const char *zone, bool fraction)
{
	char made[64], offset[16];
	time_t at = (time_t)(at_ms / 1000);
	struct tm tm;

	use_zone(zone);
	localtime_r(&at, &tm);
	strftime(made, sizeof(made), "%Y-%m-%dT%H:%M:%S", &tm);
	strftime(offset, sizeof(offset), "%z", &tm);
	return fraction ? text("%s.%03d%s", made, (int)(at_ms % 1000), offset)
			: text("%s%s", made, offset);
}

char *clock_jira(int64_t at_ms, const char *zone)
{
	return in_zone(at_ms, zone, true);
}

char *clock_iso(int64_t at_ms, const char *zone)
{
	return in_zone(at_ms, zone, false);
}

bool clock_parse_local(const char *from, const char *zone, int64_t *ret_ms)
{
	static const char *const shapes[] = {
		"%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d",
	};

	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		struct tm tm = { .tm_isdst = -1 };
		const char *end = strptime(from, shapes[i], &tm);

		if (end == NULL || *end != '\0')
			continue;
		use_zone(zone);
		*ret_ms = (int64_t)mktime(&tm) * 1000;
		return true;
	}
	return false;
}

static bool parse_offset(const char *from, int64_t *ret_s)
{
	int hours, minutes;
	char sign;

	if (same(from, "Z")) {
		*ret_s = 0;
		return true;
	}
	if (sscanf(from, "%c%2d:%2d", &sign, &hours, &minutes) != 3 &&
	    sscanf(from, "%c%2d%2d", &sign, &hours, &minutes) != 3)
		return false;
	if (sign != '+' && sign != '-')
		return false;
	*ret_s = (hours * 60 + minutes) * 60 * (sign == '-' ? -1 : 1);
	return true;
}

bool clock_parse_iso(const char *from, int64_t *ret_ms)
{
	struct tm tm = { 0 };
	const char *end = strptime(from, "%Y-%m-%dT%H:%M:%S", &tm);
	int64_t zone_s;
	int fraction_ms = 0;

	if (end == NULL)
		return false;
	if (*end == '.') {
		int scale = 100;

		for (end++; *end >= '0' && *end <= '9'; end++, scale /= 10)
			fraction_ms += (*end - '0') * scale;
	}
	if (!parse_offset(end, &zone_s))
		return false;
	*ret_ms = ((int64_t)timegm(&tm) - zone_s) * 1000 + fraction_ms;
	return true;
}
