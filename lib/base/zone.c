/* Zones. Source: RFC 8536 (TZif), POSIX (the TZ text in its footer). Leap
 * seconds are not looked at: no system zone has them. */
#include "zone.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "when.h"

#define ZONEINFO "/usr/share/zoneinfo/"

enum {
	FILE_MAX = 1 << 16,
	NAME_MAX_BYTES = 64,
	HEADER = 44,
	FOOTER_MAX = 128,
	DAY = 86400,
};

/* ---- The footer: "CET-1CEST,M3.5.0,M10.5.0/3" ---- */

/* The weekday's week-th time in the month, at a second of that day's local
 * time, which may lie outside of the day. */
struct turn {
	int month;
	int week;		/* 5: the last one */
	int weekday;		/* 0: Sunday */
	int64_t second;
};

/* Up to three digits. */
static bool number(const char **p, int low, int high, int *ret)
{
	int n = 0, len = 0;

	while (len < 4 && (*p)[len] >= '0' && (*p)[len] <= '9')
		n = n * 10 + ((*p)[len++] - '0');
	if (len == 0 || len == 4 || n < low || n > high)
		return false;
	*p += len;
	*ret = n;
	return true;
}

static bool sign(const char **p, char c)
{
	if (**p != c)
		return false;
	(*p)++;
	return true;
}

/* "<+0330>" or "CET". */
static bool abbreviation(const char **p)
{
	size_t len = 0;

	if (**p == '<') {
		len = strcspn(*p, ">");
		if ((*p)[len] != '>')
			return false;
		*p += len + 1;
		return true;
	}
	while (((*p)[len] >= 'A' && (*p)[len] <= 'Z') ||
		((*p)[len] >= 'a' && (*p)[len] <= 'z'))
		len++;
	*p += len;
	return len >= 3;
}

/* "[+-]h[h][:mm[:ss]]"; up to a week, as RFC 8536 allows for turns. */
static bool hours(const char **p, int64_t *ret)
{
	int64_t s = sign(p, '-') ? -1 : 1;
	int h, m = 0, sec = 0;

	if (s == 1)
		sign(p, '+');
	if (!number(p, 0, 167, &h) ||
		(sign(p, ':') && (!number(p, 0, 59, &m) ||
		(sign(p, ':') && !number(p, 0, 59, &sec)))))
		return false;
	*ret = s * (h * 3600 + m * 60 + sec);
	return true;
}

static bool turn(const char **p, struct turn *ret)
{
	ret->second = 2 * 3600;
	return sign(p, ',') && sign(p, 'M') && number(p, 1, 12, &ret->month) &&
		sign(p, '.') && number(p, 1, 5, &ret->week) && sign(p, '.') &&
		number(p, 0, 6, &ret->weekday) &&
		(!sign(p, '/') || hours(p, &ret->second));
}

static int64_t turn_at(const struct turn *t, int64_t year, int64_t off)
{
	int64_t first = when_day(year, t->month, 1);
	int64_t weekday = (first % 7 + 7 + 4) % 7;
	int64_t day = (t->weekday - weekday + 7) % 7 + 7 * (t->week - 1);

	if (day >= when_month_days(year, t->month))
		day -= 7;
	return (first + day) * DAY + t->second - off;
}

static bool footer_offset(const char *p, int64_t at, int64_t *ret)
{
	int64_t standard, summer, begin, end, year;
	struct turn to_summer, back;

	if (!abbreviation(&p) || !hours(&p, &standard))
		return false;
	standard = -standard;
	summer = standard + 3600;
	*ret = standard;
	if (*p == '\0')
		return true;
	if (!abbreviation(&p))
		return false;
	if (*p != ',') {
		if (!hours(&p, &summer))
			return false;
		summer = -summer;
	}
	if (!turn(&p, &to_summer) || !turn(&p, &back) || *p != '\0')
		return false;
	year = when_year(at + standard);
	begin = turn_at(&to_summer, year, standard);
	end = turn_at(&back, year, summer);
	if (begin < end ? at >= begin && at < end : at >= begin || at < end)
		*ret = summer;
	return true;
}

/* ---- The file ---- */

/* One data block; the second one of a file has times of eight bytes. */
struct block {
	const unsigned char *times;
	const unsigned char *indices;
	const unsigned char *types;
	size_t width;
	uint32_t n_times;
	uint32_t n_types;
	const unsigned char *end;
};

static uint64_t big_endian(const unsigned char *p, size_t size)
{
	uint64_t v = 0;

	for (size_t i = 0; i < size; i++)
		v = v << 8 | p[i];
	return v;
}

static bool block_open(const unsigned char *p, const unsigned char *end,
	size_t width, struct block *ret)
{
	uint32_t n[6];	/* isutcnt isstdcnt leapcnt timecnt typecnt charcnt */
	uint64_t size;

	if (end - p < HEADER || memcmp(p, "TZif", 4) != 0)
		return false;
	for (size_t i = 0; i < 6; i++) {
		n[i] = (uint32_t)big_endian(p + 20 + 4 * i, 4);
		if (n[i] > FILE_MAX)
			return false;
	}
	size = n[3] * (width + 1) + n[4] * 6 + n[5] + n[2] * (width + 4) +
		n[1] + n[0];
	if (size > (uint64_t)(end - p) - HEADER || n[4] == 0)
		return false;
	ret->times = p + HEADER;
	ret->indices = ret->times + n[3] * width;
	ret->types = ret->indices + n[3];
	ret->width = width;
	ret->n_times = n[3];
	ret->n_types = n[4];
	ret->end = p + HEADER + size;
	return true;
}

static int64_t time_at(const struct block *b, uint32_t i)
{
	uint64_t v = big_endian(b->times + i * b->width, b->width);

	return b->width == 4 ? (int32_t)(uint32_t)v : (int64_t)v;
}

/* The number of turns that lie before or at the moment. */
static uint32_t turns_until(const struct block *b, int64_t at)
{
	uint32_t low = 0, high = b->n_times;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (time_at(b, mid) <= at)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool block_offset(const struct block *b, uint32_t turns, int64_t *ret)
{
	uint32_t type = turns == 0 ? 0 : b->indices[turns - 1];

	if (type >= b->n_types)
		return false;
	*ret = (int32_t)(uint32_t)big_endian(b->types + 6 * type, 4);
	return true;
}

/* The text between the newlines that end the file; "" where there is none. */
static void footer(const struct block *b, const unsigned char *end,
	char ret[FOOTER_MAX])
{
	const unsigned char *p = b->end;
	const unsigned char *stop;
	size_t len;

	ret[0] = '\0';
	if (p == end || *p++ != '\n')
		return;
	stop = memchr(p, '\n', (size_t)(end - p));
	len = stop == NULL ? 0 : (size_t)(stop - p);
	if (len >= FOOTER_MAX)
		return;
	memcpy(ret, p, len);
	ret[len] = '\0';
}

bool zone_offset_in(const unsigned char *file, size_t len, int64_t at,
	int32_t *ret_s)
{
	const unsigned char *end = file + len;
	char tz[FOOTER_MAX] = "";
	struct block b;
	uint32_t turns;
	int64_t off;

	/* The years 1..9999, as in when.c: the rest is nobody's time. */
	if (at < -62135596800 + DAY || at > 253402300799 - DAY ||
		!block_open(file, end, 4, &b))
		return false;
	if (file[4] >= '2') {
		if (!block_open(b.end, end, 8, &b))
			return false;
		footer(&b, end, tz);
	}
	turns = turns_until(&b, at);
	if (turns == b.n_times && tz[0] != '\0') {
		if (!footer_offset(tz, at, &off))
			return false;
	} else if (!block_offset(&b, turns, &off)) {
		return false;
	}
	if (off <= -DAY || off >= DAY)
		return false;
	*ret_s = (int32_t)off;
	return true;
}

/* The name comes from people's profiles: it must not lead out of zoneinfo. */
static bool zone_name(const char *zone)
{
	return zone != NULL && zone[0] != '\0' && zone[0] != '/' &&
		strlen(zone) <= NAME_MAX_BYTES &&
		zone[strspn(zone, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			"abcdefghijklmnopqrstuvwxyz0123456789_+/-")] == '\0';
}

static size_t zone_read(const char *zone, unsigned char *bytes)
{
	char path[sizeof(ZONEINFO) + NAME_MAX_BYTES] = ZONEINFO;
	size_t len = 0;
	ssize_t got = 0;
	struct stat st;
	int fd;

	strncat(path, zone, NAME_MAX_BYTES);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return 0;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		do {
			got = read(fd, bytes + len, FILE_MAX - len);
			len += got > 0 ? (size_t)got : 0;
		} while (got > 0);
	}
	close(fd);
	return got < 0 ? 0 : len;
}

bool zone_offset(const char *zone, int64_t at, int32_t *ret_s)
{
	unsigned char bytes[FILE_MAX];
	size_t len;

	if (!zone_name(zone))
		return false;
	len = zone_read(zone, bytes);
	return len > 0 && zone_offset_in(bytes, len, at, ret_s);
}
