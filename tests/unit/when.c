/* Times and durations: what is taken, what is refused, and that zones agree
 * with the C library's. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "when.h"
#include "zone.h"

#define AT 1795428000	/* 2026-11-23T10:00:00Z */

static void durations_in(void **state)
{
	static const struct {
		const char *text;
		int64_t s;
	} good[] = {{"1s", 1}, {"45s", 45}, {"90m", 5400}, {"8h", 28800},
		{"2d", 172800}, {"1w", 604800}, {"1h30m", 5400},
		{"1w2d3h4m5s", 604800 + 172800 + 10800 + 240 + 5},
		{"08h", 28800}, {"315360000s", 315360000},
		{"3653d", 315619200}};
	static const char *const bad[] = {"", "0", "0s", "0h0m", "5", "h",
		"-1h",
		"+1h", " 5h", "5 h", "5h ", "1e3s", "0x10s", "1.5h", "5H", "5M",
		"30m1h", "1h1h", "5hours", "1y", "3654d", "523w", "1h30",
		"99999999999h", "18446744073709551617s", "9223372036854775807w",
		"\xd9\xa5h", "1h\n", "h1", "5hm"};
	struct lapse_err err;
	int64_t s;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_ok(when_parse_duration(good[i].text, &s, &err));
		assert_int_equal(s, good[i].s);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		s = 77;
		if (when_parse_duration(bad[i], &s, &err) != LAPSE_EUSAGE)
			fail_msg("'%s' was taken as %lld", bad[i],
				(long long)s);
		assert_int_equal(s, 77);
		assert_has(err.text, "like 90m");
	}
	assert_err(when_parse_duration(NULL, &s, &err), LAPSE_EUSAGE);
	assert_err(when_parse_duration("7x", &s, &err), LAPSE_EUSAGE);
	assert_has(err.text, "'7x'");
}

static void durations_out(void **state)
{
	static const struct {
		int64_t s;
		const char *text;
	} table[] = {{0, "0s"}, {1, "1s"}, {60, "1m"}, {5400, "1h30m"},
		{172800, "2d"}, {14 * 86400, "14d"}, {90061, "1d1h1m1s"},
		{-5400, "-1h30m"}, {INT64_MIN, "-106751991167300d15h30m8s"},
		{INT64_MAX, "106751991167300d15h30m7s"}};
	struct lapse_err err;
	char text[WHEN_TEXT];
	int64_t back;

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++)
		assert_string_equal(when_duration(table[i].s, text),
			table[i].text);
	for (int64_t s = 1; s < 40000000; s = s * 7 / 5 + 1) {
		assert_ok(when_parse_duration(when_duration(s, text), &back,
			&err));
		assert_int_equal(back, s);
	}
}

static void times_in(void **state)
{
	static const struct {
		const char *text;
		int64_t at;
	} good[] = {{"2026-11-23T10:00:00Z", AT},
		{"2026-11-23T11:00:00+01:00", AT},
		{"2026-11-23T11:00:00+0100", AT},
		{"2026-11-23T10:00:00.000+0000", AT},
		{"2026-11-23T10:00:00.9999999Z", AT},
		{"2026-11-22T20:30:00-13:30", AT},
		{"2026-11-23T10:00:00-00:00", AT},
		{"1970-01-01T00:00:00Z", 0},
		{"1969-12-31T23:00:00-01:00", 0},
		{"2024-02-29T00:00:00Z", 1709164800},
		{"2000-02-29T23:59:59Z", 951868799},
		{"2038-01-19T03:14:08Z", 2147483648},
		{"2016-12-31T23:59:60Z", 1483228800},
		{"9999-12-31T23:59:59Z", 253402300799}};
	static const char *const bad[] = {"", "now", "2026-11-23",
		"2026-11-23T10:00:00", "2026-11-23 10:00:00Z",
		"2026-11-23T10:00Z", "2026-11-23T10:00:00 Z",
		"2026-11-23T10:00:00z", "2026-11-23t10:00:00Z",
		"2026-11-23T10:00:00+1", "2026-11-23T10:00:00+01",
		"2026-11-23T10:00:00+01:0", "2026-11-23T10:00:00+24:00",
		"2026-11-23T10:00:00+01:60", "2026-11-23T10:00:00Z ",
		" 2026-11-23T10:00:00Z", "2026-11-23T10:00:00.Z",
		"2026-11-23T10:00:00,5Z", "2026-13-01T00:00:00Z",
		"2026-00-01T00:00:00Z", "2026-04-31T00:00:00Z",
		"2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
		"2026-01-00T00:00:00Z", "2026-01-01T24:00:00Z",
		"2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z",
		"1969-12-31T23:59:59Z", "1970-01-01T00:00:00+00:01",
		"9999-12-31T23:59:59-00:01", "0000-01-01T00:00:00Z",
		"-026-11-23T10:00:00Z", "2026-1-23T10:00:00Z",
		"2026-11-23T10:00:00UTC", "1795428000",
		"20261-11-23T10:00:00Z"};
	struct lapse_err err;
	int64_t at;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_ok(when_parse_time(good[i].text, &at, &err));
		assert_int_equal(at, good[i].at);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		at = 77;
		if (when_parse_time(bad[i], &at, &err) != LAPSE_EUSAGE)
			fail_msg("'%s' was taken as %lld", bad[i],
				(long long)at);
		assert_int_equal(at, 77);
	}
	assert_err(when_parse_time(NULL, &at, &err), LAPSE_EUSAGE);
}

static void every_day_goes_round(void **state)
{
	struct lapse_err err;
	char text[WHEN_TEXT], want[WHEN_TEXT];
	struct tm tm;
	time_t at;
	int64_t back;

	(void)state;
	for (at = 3599; at < 253402300799; at += 86400 * 17 + 3607) {
		gmtime_r(&at, &tm);
		strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%SZ", &tm);
		assert_string_equal(when_time(at, text), want);
		assert_ok(when_parse_time(text, &back, &err));
		assert_int_equal(back, at);
	}
}

static void times_out(void **state)
{
	char text[WHEN_TEXT];

	(void)state;
	assert_string_equal(when_time(WHEN_NONE, text), "");
	assert_string_equal(when_time(0, text), "1970-01-01T00:00:00Z");
	assert_string_equal(when_time(-1, text), "1969-12-31T23:59:59Z");
	assert_string_equal(when_time(253402300800, text), "impossible time");
	assert_string_equal(when_time(INT64_MAX, text), "impossible time");
	assert_string_equal(when_time(INT64_MIN + 1, text), "impossible time");
}

static void http_dates(void **state)
{
	static const char *const bad[] = {"", "Mon, 23 Nov 2026 10:00:00",
		"Tue, 23 Nov 2026 10:00:00 GMT",	/* it is a Monday */
		"Monday, 23-Nov-26 10:00:00 GMT", "Mon Nov 23 10:00:00 2026",
		"Mon, 23 Nov 2026 10:00:00 UTC",
		"mon, 23 Nov 2026 10:00:00 GMT",
		"Mon, 23 nov 2026 10:00:00 GMT", "Mon, 3 Nov 2026 10:00:00 GMT",
		"Mon, 31 Nov 2026 10:00:00 GMT",
		"Mon, 23 Nov 2026 25:00:00 GMT",
		"Mon, 23 Nov 2026 10:00:00 GMT ",
		"Mon, -3 Nov 2026 10:00:00 GMT",
		"Wed, 31 Dec 1969 23:59:59 GMT"};
	struct lapse_err err;
	int64_t at;

	(void)state;
	assert_ok(when_parse_http("Mon, 23 Nov 2026 10:00:00 GMT", &at, &err));
	assert_int_equal(at, AT);
	assert_ok(when_parse_http("Sun, 06 Nov 1994 08:49:37 GMT", &at, &err));
	assert_int_equal(at, 784111777);
	for (size_t i = 0; i < COUNT(bad); i++) {
		at = 77;
		assert_err(when_parse_http(bad[i], &at, &err), LAPSE_EPROTO);
		assert_int_equal(at, 77);
	}
	assert_err(when_parse_http(NULL, &at, &err), LAPSE_EPROTO);
}

static void relative(void **state)
{
	static const struct {
		int64_t away;
		const char *text;
	} table[] = {{0, "now"}, {1, "in 1 s"}, {59, "in 59 s"},
		{60, "in 1 min"}, {3599, "in 59 min"}, {3600, "in 1 h"},
		{3 * 3600 + 3599, "in 3 h"}, {47 * 3600, "in 47 h"},
		{48 * 3600, "in 2 d"}, {-300, "5 min ago"},
		{-86400 * 30, "30 d ago"}};
	char text[WHEN_TEXT];

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++)
		assert_string_equal(when_relative(AT + table[i].away, AT, text),
			table[i].text);
	assert_string_equal(when_relative(WHEN_NONE, AT, text), "");
	assert_string_equal(when_relative(AT, WHEN_NONE, text), "");
	assert_string_equal(when_relative(INT64_MAX, -2, text), "");
	assert_string_equal(when_relative(INT64_MIN + 1, 3, text), "");
}

static void reads(int64_t at, const char *zone, const char *want)
{
	AUTO_BUF b = {0};

	when_for_reader(&b, at, zone);
	assert_string_equal(buf_text(&b), want);
}

static void for_readers(void **state)
{
	static const char *const hostile[] = {NULL, "", "Nowhere/Town",
		"../../etc/passwd", "/etc/localtime", "Europe/Berlin\n",
		"Europe/../Europe/Berlin", "Europe", "Europe/Berlin;",
		"<script>", "Europe/Berl\xc3\xadn", "tzdata.zi", "zone.tab"};
	char longest[400];

	(void)state;
	reads(AT, "Europe/Berlin",
		"23 Nov 2026 11:00 Europe/Berlin (10:00 UTC)");
	reads(1780000000, "Europe/Berlin",
		"28 May 2026 22:26 Europe/Berlin (20:26 UTC)");
	reads(AT, "Pacific/Kiritimati",
		"24 Nov 2026 00:00 Pacific/Kiritimati (23 Nov 2026 10:00 UTC)");
	reads(AT, "America/St_Johns",
		"23 Nov 2026 06:30 America/St_Johns (10:00 UTC)");
	reads(AT, "Asia/Kathmandu",
		"23 Nov 2026 15:45 Asia/Kathmandu (10:00 UTC)");
	reads(AT, "Etc/GMT+5", "23 Nov 2026 05:00 Etc/GMT+5 (10:00 UTC)");
	reads(AT, "UTC", "23 Nov 2026 10:00 UTC");
	for (size_t i = 0; i < COUNT(hostile); i++)
		reads(AT, hostile[i], "23 Nov 2026 10:00 UTC");
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	reads(AT, longest, "23 Nov 2026 10:00 UTC");
	reads(WHEN_NONE, "Europe/Berlin", "");
	reads(INT64_MAX, "Europe/Berlin", "impossible time");
	reads(253402300799, "Europe/Berlin", "impossible time");
}

/* The C library knows the zones too, by a way that only a test may take. */
static void zones_agree_with_the_c_library(void **state)
{
	const time_t step = 86400 + 7 * 3600 + 1801;
	static const char *const zones[] = {"Europe/Berlin", "Europe/Dublin",
		"America/New_York", "America/St_Johns", "Asia/Kathmandu",
		"Asia/Tehran", "Asia/Gaza", "Pacific/Apia", "Africa/Casablanca",
		"Australia/Lord_Howe", "America/Sao_Paulo", "Pacific/Chatham",
		"America/Nuuk", "Asia/Kolkata", "Antarctica/Troll",
		"Etc/GMT-14",
		"America/Santiago", "Australia/Sydney"};
	struct tm tm;
	int32_t off;

	(void)state;
	for (size_t i = 0; i < COUNT(zones); i++) {
		setenv("TZ", zones[i], 1);
		tzset();
		for (time_t at = 0; at < 6000000000; at += step) {
			localtime_r(&at, &tm);
			if (!zone_offset(zones[i], at, &off) ||
				off != tm.tm_gmtoff)
				fail_msg("%s at %lld: %d, not %ld", zones[i],
					(long long)at, off, tm.tm_gmtoff);
		}
	}
	unsetenv("TZ");
	tzset();
}

static size_t slurp(const char *path, unsigned char *bytes, size_t size)
{
	FILE *f = fopen(path, "rb");
	size_t len;

	assert_non_null(f);
	len = fread(bytes, 1, size, f);
	fclose(f);
	return len;
}

/* Cut and flipped at every byte: any answer will do, but for a crash. */
static void broken_zone_files(void **state)
{
	unsigned char bytes[8192];
	unsigned char *part;
	size_t len = slurp("/usr/share/zoneinfo/Europe/Berlin", bytes,
		sizeof(bytes));
	int32_t off = 77;
	size_t taken = 0;

	(void)state;
	for (size_t cut = 0; cut < len; cut++) {
		part = malloc(cut + 1);		/* exact: for the sanitizer */
		assert_non_null(part);
		memcpy(part, bytes, cut);
		taken += zone_offset_in(part, cut, AT, &off);
		free(part);
	}
	assert_true(taken < 100);		/* those that lost the footer */
	for (size_t i = 0; i < len; i++) {
		bytes[i] ^= 0xff;
		if (zone_offset_in(bytes, len, 4000000000, &off))
			assert_in_range(off + 86400, 1, 2 * 86400 - 1);
		bytes[i] ^= 0xff;
	}
	assert_false(zone_offset_in(bytes, len, INT64_MAX, &off));
	assert_false(zone_offset_in(bytes, len, WHEN_NONE, &off));
}

/* One turn, to a type that is not there. */
static void zone_of_a_missing_type(void **state)
{
	unsigned char file[44 + 4 + 1 + 6] = "TZif";
	int32_t off = 77;

	(void)state;
	file[35] = 1;			/* timecnt */
	file[39] = 1;			/* typecnt */
	file[51] = 60;			/* the type's offset */
	for (unsigned char type = 0; type < 5; type++) {
		file[48] = type;
		assert_int_equal(zone_offset_in(file, sizeof(file), AT, &off),
			type == 0);
	}
	file[39] = 0;
	assert_false(zone_offset_in(file, sizeof(file), AT, &off));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations_in),
		cmocka_unit_test(durations_out),
		cmocka_unit_test(times_in),
		cmocka_unit_test(every_day_goes_round),
		cmocka_unit_test(times_out),
		cmocka_unit_test(http_dates),
		cmocka_unit_test(relative),
		cmocka_unit_test(for_readers),
		cmocka_unit_test(zones_agree_with_the_c_library),
		cmocka_unit_test(broken_zone_files),
		cmocka_unit_test(zone_of_a_missing_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
