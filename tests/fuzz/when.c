/* Times and durations: what is read is written and read again as the same;
 * the C library agrees about HTTP dates; no number breaks the writers. */
#include <time.h>

#include "fuzz.h"
#include "when.h"

static void durations(const char *text)
{
	struct lapse_err err = {0};
	char written[WHEN_TEXT];
	int64_t s = -7;
	int64_t again = 0;
	int rc = when_parse_duration(text, &s, &err);

	must_be_clean(rc, &err);
	if (rc < 0) {
		must(rc == LAPSE_EUSAGE && s == -7);
		return;
	}
	must(s >= 1 && s <= INT64_C(3653) * 86400);
	must(when_parse_duration(when_duration(s, written), &again, &err) == 0);
	must(again == s);
}

static void times(const char *text)
{
	struct lapse_err err = {0};
	char written[WHEN_TEXT];
	int64_t at = -7;
	int64_t again = 0;
	int rc = when_parse_time(text, &at, &err);

	must_be_clean(rc, &err);
	if (rc < 0) {
		must(rc == LAPSE_EUSAGE && at == -7);
		return;
	}
	must(at >= 0);
	must(when_parse_time(when_time(at, written), &again, &err) == 0);
	must(again == at);
}

static void http_dates(const char *text)
{
	struct lapse_err err = {0};
	struct tm tm = {0};
	int64_t at = -7;
	const char *end;
	int rc = when_parse_http(text, &at, &err);

	must_be_clean(rc, &err);
	if (rc < 0) {
		must(rc == LAPSE_EPROTO && at == -7);
		return;
	}
	end = strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &tm);
	must(end != NULL && *end == '\0');
	must(timegm(&tm) == at);
}

/* Written years, months and days against the C library's. */
static void must_agree(int64_t at, const char *written)
{
	time_t t = (time_t)at;
	struct tm tm;
	char expected[64];

	must(gmtime_r(&t, &tm) != NULL);
	snprintf(expected, sizeof(expected), "%04d-%02d-%02dT%02d:%02d:%02dZ",
		tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
		tm.tm_min, tm.tm_sec);
	must(strcmp(expected, written) == 0);
}

static void numbers(int64_t at, int64_t now, const char *zone)
{
	AUTO_BUF out = {0};
	char text[WHEN_TEXT];

	when_time(at, text);
	must(strlen(text) < WHEN_TEXT);
	if (at >= 0 && at <= 253402300799)
		must_agree(at, text);
	must(strlen(when_duration(at, text)) < WHEN_TEXT);
	must(strlen(when_relative(at, now, text)) < WHEN_TEXT);
	when_for_reader(&out, at, zone);
	when_for_reader(&out, at % 4102444800, zone);
	when_for_reader(&out, at % 4102444800, "Europe/Berlin");
	must(!out.failed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_FUZZ *text = fuzz_text(data, size);
	int64_t n[2] = {0};

	durations(text);
	times(text);
	http_dates(text);
	if (size < sizeof(n))
		return 0;
	memcpy(n, data, sizeof(n));
	numbers(n[0], n[1], text + sizeof(n));
	return 0;
}
