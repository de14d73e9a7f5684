/* For how long: lengths as people type them, on a phone too, become those that
 * a form takes. */
#include "slack_reading.h"

#include <string.h>

#include "text.h"
#include "when.h"

/* 'h' for "hours"; '\0': none. */
static char unit_of(const char *text)
{
	static const char *const known[] = {
		"m", "min", "mins", "minute", "minutes",
		"h", "hr", "hrs", "hour", "hours",
		"d", "day", "days",
		"w", "week", "weeks",
		NULL,
	};

	for (const char *const *name = known; *name != NULL; name++)
		if (text_same_nocase(text, *name))
			return **name;
	return '\0';
}

static const char *lowered(struct arena *a, const char *text)
{
	char *copy = arena_copy(a, text);

	for (char *p = copy; p != NULL && *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	return copy;
}

size_t words_duration(const struct reading *r, size_t ahead,
	const char **ret_text, int64_t *ret_s)
{
	const char *first = words_at(r, ahead);
	size_t digits = strspn(first, "0123456789");
	bool apart = digits > 0 && first[digits] == '\0';
	char unit = digits == 0 ? '\0' :
		unit_of(apart ? words_at(r, ahead + 1) : first + digits);
	const char *text = unit == '\0' ? lowered(r->a, first) :
		arena_fmt(r->a, "%.*s%c", (int)digits, first, unit);
	struct lapse_err why;
	int64_t s;

	if (text == NULL || when_parse_duration(text, &s, &why) < 0)
		return 0;
	if (ret_text != NULL)
		*ret_text = text;
	if (ret_s != NULL)
		*ret_s = s;
	return unit != '\0' && apart ? 2 : 1;
}

static bool take_no_end(struct reading *r)
{
	static const char *const alone[] = {"permanent", "standing", NULL};

	if (words_is_one_of(words_at(r, 0), alone))
		r->at++;
	else if (text_same_nocase(words_at(r, 0), "no") &&
		text_same_nocase(words_at(r, 1), "end"))
		r->at += 2;
	else
		return false;
	r->ret->how_long = "no end";
	return true;
}

/* "for the hotfix" is a reason. "8h 30m" may be 8h for a reason that begins
 * with 30m: whoever is not certain is asked. */
bool words_how_long(struct reading *r)
{
	bool until = text_same_nocase(words_at(r, 0), "until");
	size_t n = until || text_same_nocase(words_at(r, 0), "for") ? 1 : 0;
	const char *text = words_at(r, n);
	struct lapse_err why;
	size_t length;
	int64_t at;

	if (take_no_end(r) || ((*text < '0' || *text > '9') && !until))
		return true;
	length = words_duration(r, n, &r->ret->how_long,
		&r->ret->duration_s);
	if (length == 0 && when_parse_time(text, &at, &why) == 0) {
		r->ret->how_long = text;
		length = 1;
	} else if (length > 0 &&
		words_duration(r, n + length, NULL, NULL) > 0) {
		text = arena_fmt(r->a, "%s %s", text,
			words_at(r, n + length));
		length = 0;
	}
	if (length == 0) {
		r->ret->how_long = NULL;
		r->ret->duration_s = 0;
		r->ret->typed = text;
	}
	r->at += length > 0 ? n + length : 0;
	return length > 0;
}
