/* Which role is meant: by its name, as the forms show it, or by a part of it
 * where nobody can have meant another. */
#include "slack_reading.h"

#include <string.h>
#include <strings.h>

#include "text.h"

enum {
	NEAR_MAX = 5,
	WORD_MAX = 64,		/* bytes of a name that is compared */
};

/* ---- How near a name is ---- */

static size_t least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Inserted, lost and wrong letters. */
static size_t distance(const char *a, const char *b)
{
	size_t row[WORD_MAX + 1];
	size_t nb = strlen(b);

	if (strlen(a) > WORD_MAX || nb > WORD_MAX)
		return WORD_MAX;
	for (size_t j = 0; j <= nb; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1] != '\0'; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			size_t above = row[j];

			row[j] = least(above + 1, row[j - 1] + 1, diagonal +
				(lower(a[i - 1]) != lower(b[j - 1])));
			diagonal = above;
		}
	}
	return row[nb];
}

/* "gith/prod" is "github/prod-admin": each part begins the other's. */
static bool abbreviates(const char *typed, const char *name)
{
	while (*typed != '\0') {
		size_t n = strcspn(typed, "/");

		if (n == 0 || strncasecmp(typed, name, n) != 0)
			return false;
		typed += n;
		name += strcspn(name, "/");
		if (*typed == '\0')
			return *name == '\0';
		if (*name == '\0')
			return false;
		typed++;
		name++;
	}
	return false;
}

static bool is_name(const struct role *role, const char *typed)
{
	return text_same_nocase(role->name, typed);
}

static bool is_label(const struct role *role, const char *typed)
{
	return role->label != NULL && text_same_nocase(role->label, typed);
}

/* As the forms show it: the application's name before the label. */
static bool is_shown_name(const struct role *role, const char *typed)
{
	size_t n = strlen(role->application_name);

	return strncasecmp(typed, role->application_name, n) == 0 &&
		typed[n] == '/' && is_label(role, typed + n + 1);
}

static bool is_part(const struct role *role, const char *typed)
{
	if (strchr(typed, '/') != NULL)
		return abbreviates(typed, role->name);
	return strlen(typed) >= 3 && role->label != NULL &&
		strncasecmp(role->label, typed, strlen(typed)) == 0;
}

/* The one that is so; NULL: none, or several, which are near then. */
static const struct role *only(struct reading *r, const char *typed,
	bool (*is)(const struct role *role, const char *typed))
{
	const struct role *found = NULL;
	size_t n = 0;

	for (size_t i = 0; i < r->roles->items.n; i++)
		if (is(r->roles->items.items[i], typed)) {
			found = r->roles->items.items[i];
			n++;
		}
	if (n <= 1)
		return found;
	for (size_t i = 0; i < r->roles->items.n; i++)
		if (is(r->roles->items.items[i], typed) &&
			r->ret->near.n < NEAR_MAX &&
			!strs_has(&r->ret->near, r->roles->items.items[i]->name))
			strs_add(&r->ret->near, r->a,
				r->roles->items.items[i]->name);
	return NULL;
}

static size_t how_far(const struct role *role, const char *typed)
{
	size_t d = distance(typed, role->name);
	size_t of_label = role->label != NULL ?
		distance(typed, role->label) : WORD_MAX;

	return d < of_label ? d : of_label;
}

static void add_near(struct reading *r, const struct role *role)
{
	if (r->ret->near.n < NEAR_MAX)
		strs_add(&r->ret->near, r->a, role->name);
}

/* Those that it is a part of, or the nearest ones, if they are near. */
void words_guess(struct reading *r, const char *typed)
{
	size_t best = strlen(typed) < 6 ? 1 : 3;

	for (size_t i = 0; i < r->roles->items.n; i++)
		if (strchr(typed, '/') != NULL &&
			is_part(r->roles->items.items[i], typed))
			add_near(r, r->roles->items.items[i]);
	for (size_t i = 0; i < r->roles->items.n; i++)
		if (how_far(r->roles->items.items[i], typed) < best)
			best = how_far(r->roles->items.items[i], typed);
	if (r->ret->near.n > 0)
		return;
	for (size_t i = 0; i < r->roles->items.n; i++)
		if (how_far(r->roles->items.items[i], typed) <= best)
			add_near(r, r->roles->items.items[i]);
}

/* ---- Names ---- */

const char *words_application(const struct reading *r, const char *typed)
{
	for (size_t i = 0; i < r->roles->items.n; i++) {
		const char *name = r->roles->items.items[i]->application_name;

		if (text_same_nocase(name, typed))
			return name;
	}
	return NULL;
}

bool words_names_role(const struct reading *r, size_t ahead)
{
	const char *typed = words_at(r, ahead);

	for (size_t i = 0; i < r->roles->items.n; i++)
		if (is_name(r->roles->items.items[i], typed) ||
			is_shown_name(r->roles->items.items[i], typed))
			return true;
	return false;
}

/* "GitHub / prod-admin" and "GitHub prod-admin": how many words, and the name
 * that they make. "access GitHub read is slow" in the channel is talk. */
static size_t joined(struct reading *r, const char **ret_typed)
{
	bool slash = strcmp(words_at(r, 1), "/") == 0;
	size_t n = slash ? 2 : 1;
	const char *label = words_at(r, n);

	if (words_application(r, words_at(r, 0)) == NULL || *label == '\0' ||
		(r->strict && !slash &&
			words_duration(r, n + 1, NULL, NULL) == 0))
		return 0;
	*ret_typed = arena_fmt(r->a, "%s/%s", words_at(r, 0), label);
	return *ret_typed != NULL ? n + 1 : 0;
}

static bool is_duration_next(const struct reading *r, size_t ahead)
{
	if (text_same_nocase(words_at(r, ahead), "for"))
		ahead++;
	return words_duration(r, ahead, NULL, NULL) > 0;
}

static const struct role *whole_name(struct reading *r, size_t *ret_words)
{
	const char *typed = words_at(r, 0);
	const struct role *found = only(r, typed, is_name);

	*ret_words = 1;
	if (found == NULL)
		found = only(r, typed, is_shown_name);
	if (found == NULL && strchr(typed, '/') == NULL) {
		const char *both = NULL;
		size_t words = joined(r, &both);

		if (words > 0)
			found = only(r, both, is_shown_name);
		if (found != NULL)
			*ret_words = words;
	}
	return found;
}

/* A part of a name counts where nobody could have meant anything else by it:
 * said to us, with an application before it, or a duration behind. */
static const struct role *part_of_name(struct reading *r)
{
	const char *typed = words_at(r, 0);
	const struct role *found;

	if (r->strict || r->ret->near.n > 0 ||
		(strchr(typed, '/') == NULL && !is_duration_next(r, 1)))
		return NULL;
	found = only(r, typed, is_label);
	return found != NULL || r->ret->near.n > 0 ? found :
						     only(r, typed, is_part);
}

bool words_are_talk(const struct reading *r)
{
	bool slash = strchr(words_at(r, 0), '/') != NULL;
	bool length = is_duration_next(r, 1);

	return r->strict && (r->ret->near.n > 0 ? !slash && !length :
						  !slash || !length);
}

const struct role *words_role(struct reading *r)
{
	size_t n = 1;
	const struct role *found = whole_name(r, &n);

	if (found == NULL)
		found = part_of_name(r);
	r->at += found != NULL ? n : 0;
	return found;
}
