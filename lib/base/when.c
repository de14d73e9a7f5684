/* Times and durations as text. No clock, no TZ: zones are zone.c. */
#include "when.h"

#include <stdio.h>
#include <string.h>

#include "zone.h"

enum {
	MINUTE = 60,
	HOUR = 60 * MINUTE,
	DAY = 24 * HOUR,
	WEEK = 7 * DAY,
};

static const int64_t longest = (int64_t)3653 * DAY;	/* 10 years */
static const int64_t last_second = 253402300799;	/* of year 9999 */

static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
	"Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri",
	"Sat"};

/* ---- The calendar ---- */

struct moment {
	int64_t year;
	int month;		/* 1..12 */
	int day;		/* 1..31 */
	int hour;
	int minute;
	int second;
};

/* Years are counted from March, so that the leap day comes last. */
int64_t when_day(int64_t year, int month, int day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t m = month > 2 ? month - 3 : month + 9;

	return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day -
		1 - 719468;
}

int when_month_days(int64_t year, int month)
{
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31,
		30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return lengths[month - 1] + (month == 2 && leap ? 1 : 0);
}

int64_t when_year(int64_t at)
{
	int64_t day = at / DAY - (at % DAY < 0 ? 1 : 0);
	int64_t year = 1970 + day / 366;

	while (when_day(year + 1, 1, 1) <= day)
		year++;
	while (when_day(year, 1, 1) > day)
		year--;
	return year;
}

/* at within the years 1..9999. */
static struct moment split(int64_t at)
{
	int64_t second = at % DAY < 0 ? at % DAY + DAY : at % DAY;
	int64_t day = (at - second) / DAY;
	struct moment t = {.year = when_year(at), .month = 1};

	day -= when_day(t.year, 1, 1);
	while (day >= when_month_days(t.year, t.month))
		day -= when_month_days(t.year, t.month++);
	t.day = (int)day + 1;
	t.hour = (int)(second / HOUR);
	t.minute = (int)(second / MINUTE % 60);
	t.second = (int)(second % 60);
	return t;
}

static bool possible(const struct moment *t)
{
	/* 60 is a leap second: it reads as the first of the next minute. */
	return t->month >= 1 && t->month <= 12 && t->day >= 1 &&
		t->day <= when_month_days(t->year, t->month) && t->hour <= 23 &&
		t->minute <= 59 && t->second <= 60;
}

static int64_t join(const struct moment *t)
{
	return when_day(t->year, t->month, t->day) * DAY + t->hour * HOUR +
		t->minute * MINUTE + t->second;
}

/* ---- Reading ---- */

/* Exactly n digits at *p, which moves on; -1 where there are none. */
static int digits(const char **p, int n)
{
	int value = 0;

	for (int i = 0; i < n; i++) {
		if ((*p)[i] < '0' || (*p)[i] > '9')
			return -1;
		value = value * 10 + ((*p)[i] - '0');
	}
	*p += n;
	return value;
}

/* Moves over the text when it stands there. */
static bool word(const char **p, const char *text)
{
	size_t len = strlen(text);

	if (strncmp(*p, text, len) != 0)
		return false;
	*p += len;
	return true;
}

/* "08:49:37". */
static bool clock_time(const char **p, struct moment *t)
{
	t->hour = digits(p, 2);
	if (t->hour < 0 || !word(p, ":"))
		return false;
	t->minute = digits(p, 2);
	if (t->minute < 0 || !word(p, ":"))
		return false;
	t->second = digits(p, 2);
	return t->second >= 0;
}

static int64_t unit_seconds(char unit)
{
	switch (unit) {
	case 'w':
		return WEEK;
	case 'd':
		return DAY;
	case 'h':
		return HOUR;
	case 'm':
		return MINUTE;
	case 's':
		return 1;
	default:
		return 0;
	}
}

/* One "90m": its seconds, or -1. */
static int64_t duration_part(const char **p, int64_t *unit)
{
	int64_t n = 0;
	const char *from = *p;

	while (**p >= '0' && **p <= '9') {
		n = n * 10 + (*(*p)++ - '0');
		if (n > longest)
			return -1;
	}
	if (*p == from)
		return -1;
	*unit = unit_seconds(**p);
	if (*unit == 0)
		return -1;
	(*p)++;
	return n * *unit;
}

static int64_t duration(const char *text)
{
	int64_t total = 0, unit = 0, last = INT64_MAX, part;

	while (*text != '\0') {
		part = duration_part(&text, &unit);
		if (part < 0 || unit >= last)
			return -1;
		last = unit;
		total += part;
		if (total > longest)
			return -1;
	}
	return total;
}

int when_parse_duration(const char *text, int64_t *ret_s, struct lapse_err *err)
{
	int64_t s = text == NULL ? -1 : duration(text);

	if (s < 1)
		return lapse_fail(err, LAPSE_EUSAGE,
			"duration: '%.40s': not a duration like 90m, 8h or 2d",
			text == NULL ? "" : text);
	*ret_s = s;
	return 0;
}

/* "Z", "+01:00" or "+0100", to the end. */
static bool offset(const char *p, int64_t *ret)
{
	int sign = *p == '-' ? -1 : 1;
	int hours, minutes;

	if (strcmp(p, "Z") == 0) {
		*ret = 0;
		return true;
	}
	if (*p != '+' && *p != '-')
		return false;
	p++;
	hours = digits(&p, 2);
	if (hours < 0)
		return false;
	word(&p, ":");
	minutes = digits(&p, 2);
	if (hours > 23 || minutes < 0 || minutes > 59 || *p != '\0')
		return false;
	*ret = sign * (hours * HOUR + minutes * MINUTE);
	return true;
}

static bool parse_time(const char *p, int64_t *ret)
{
	struct moment t = {0};
	int64_t off, at;

	t.year = digits(&p, 4);
	if (t.year < 1 || !word(&p, "-"))
		return false;
	t.month = digits(&p, 2);
	if (!word(&p, "-"))
		return false;
	t.day = digits(&p, 2);
	if (!word(&p, "T") || !clock_time(&p, &t) || !possible(&t))
		return false;
	if (word(&p, ".")) {
		if (*p < '0' || *p > '9')
			return false;
		p += strspn(p, "0123456789");
	}
	if (!offset(p, &off))
		return false;
	at = join(&t) - off;
	if (at < 0 || at > last_second)
		return false;
	*ret = at;
	return true;
}

int when_parse_time(const char *text, int64_t *ret_at, struct lapse_err *err)
{
	if (text != NULL && parse_time(text, ret_at))
		return 0;
	return lapse_fail(err, LAPSE_EUSAGE,
		"time: '%.40s': not a time with an offset like "
		"2026-11-23T10:00:00Z",
		text == NULL ? "" : text);
}

/* The index of a three-letter name, or -1. */
static int name_at(const char **p, const char *const *names, int n)
{
	for (int i = 0; i < n; i++) {
		if (word(p, names[i]))
			return i;
	}
	return -1;
}

/* Source: RFC 9110, 5.6.7, IMF-fixdate. */
static bool parse_http(const char *p, int64_t *ret)
{
	struct moment t = {0};
	int weekday = name_at(&p, days, 7);
	int64_t at;

	if (weekday < 0 || !word(&p, ", "))
		return false;
	t.day = digits(&p, 2);
	if (!word(&p, " "))
		return false;
	t.month = name_at(&p, months, 12) + 1;
	if (!word(&p, " "))
		return false;
	t.year = digits(&p, 4);
	if (t.year < 1970 || !word(&p, " ") || !clock_time(&p, &t) ||
		strcmp(p, " GMT") != 0 || !possible(&t))
		return false;
	/* 1970 began on a Thursday. */
	at = join(&t);
	if ((when_day(t.year, t.month, t.day) + 4) % 7 != weekday ||
		at > last_second)
		return false;
	*ret = at;
	return true;
}

int when_parse_http(const char *text, int64_t *ret_at, struct lapse_err *err)
{
	if (text != NULL && parse_http(text, ret_at))
		return 0;
	return lapse_fail(err, LAPSE_EPROTO, "date: '%.40s': not an HTTP date",
		text == NULL ? "" : text);
}

/* ---- Writing ---- */

/* Something wrote a time that cannot be: shown, never made up. */
static bool printable(int64_t at)
{
	return at >= -62135596800 && at <= last_second;
}

const char *when_time(int64_t at, char text[WHEN_TEXT])
{
	struct moment t;

	text[0] = '\0';
	if (at == WHEN_NONE)
		return text;
	if (!printable(at)) {
		snprintf(text, WHEN_TEXT, "impossible time");
		return text;
	}
	t = split(at);
	snprintf(text, WHEN_TEXT, "%04d-%02d-%02dT%02d:%02d:%02dZ", (int)t.year,
		t.month, t.day, t.hour, t.minute, t.second);
	return text;
}

const char *when_duration(int64_t seconds, char text[WHEN_TEXT])
{
	static const struct {
		uint64_t seconds;
		char letter;
	} units[] = {{DAY, 'd'}, {HOUR, 'h'}, {MINUTE, 'm'}, {1, 's'}};
	uint64_t left = seconds < 0 ? 0 - (uint64_t)seconds : (uint64_t)seconds;
	size_t len = 0;

	if (left == 0)
		snprintf(text, WHEN_TEXT, "0s");
	if (seconds < 0)
		text[len++] = '-';
	for (size_t i = 0; i < 4; i++) {
		uint64_t n = left / units[i].seconds;

		left %= units[i].seconds;
		if (n > 0)
			len += (size_t)snprintf(text + len, WHEN_TEXT - len,
				"%llu%c", (unsigned long long)n,
				units[i].letter);
	}
	return text;
}

const char *when_relative(int64_t at, int64_t now, char text[WHEN_TEXT])
{
	int64_t away, size;
	long long n;
	const char *unit;

	text[0] = '\0';
	if (at == WHEN_NONE || now == WHEN_NONE ||
		__builtin_sub_overflow(at, now, &away) || away == INT64_MIN)
		return text;
	size = away < 0 ? -away : away;
	n = size < MINUTE ? size : size < HOUR ? size / MINUTE
		: size < 2 * DAY ? size / HOUR : size / DAY;
	unit = size < MINUTE ? "s" : size < HOUR ? "min"
		: size < 2 * DAY ? "h" : "d";
	if (away == 0)
		snprintf(text, WHEN_TEXT, "now");
	else if (away > 0)
		snprintf(text, WHEN_TEXT, "in %lld %s", n, unit);
	else
		snprintf(text, WHEN_TEXT, "%lld %s ago", n, unit);
	return text;
}

static void add_day(struct buf *out, const struct moment *t)
{
	buf_fmt(out, "%d %s %d ", t->day, months[t->month - 1], (int)t->year);
}

void when_for_reader(struct buf *out, int64_t at, const char *zone)
{
	int32_t off = 0;
	struct moment utc, local;

	if (at == WHEN_NONE)
		return;
	if (!printable(at) || !printable(at - DAY) || !printable(at + DAY)) {
		buf_str(out, "impossible time");
		return;
	}
	utc = split(at);
	if (!zone_offset(zone, at, &off) || strcmp(zone, "UTC") == 0) {
		add_day(out, &utc);
		buf_fmt(out, "%02d:%02d UTC", utc.hour, utc.minute);
		return;
	}
	local = split(at + off);
	add_day(out, &local);
	buf_fmt(out, "%02d:%02d %s (", local.hour, local.minute, zone);
	if (local.day != utc.day)
		add_day(out, &utc);
	buf_fmt(out, "%02d:%02d UTC)", utc.hour, utc.minute);
}
