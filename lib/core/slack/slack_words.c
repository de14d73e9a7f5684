/* Understanding "access github/prod-admin 6h deploying the hotfix", leniently
 * where nobody can be misunderstood, and never by guessing a role. */
#include "slack_words.h"

#include <string.h>
#include <strings.h>

#include "text.h"
#include "when.h"

enum {
	NEAR_MAX = 5,
	WORD_MAX = 64,		/* bytes of a name that is compared */
};

/* Marks around a word: of Slack's formatting, quotes, punctuation. */
static const char marks[] = "`*_~\"'.,:;!?()<>[]";

/* ---- Is it for us ---- */

static bool is_blank(char c)
{
	return (unsigned char)c <= ' ' || c == 0x7f;
}

static const char *skip_blank(const char *p)
{
	while (*p != '\0' && is_blank(*p))
		p++;
	return p;
}

/* The end of a mention of us that begins here; NULL: none does. */
static const char *after_mention(const char *p, const char *bot)
{
	size_t n = strlen(bot);
	const char *end;

	if (n == 0 || strncmp(p, "<@", 2) != 0 ||
		strncmp(p + 2, bot, n) != 0 ||
		(p[2 + n] != '>' && p[2 + n] != '|'))
		return NULL;
	end = strchr(p, '>');
	return end != NULL ? end + 1 : NULL;
}

static bool mentions(const char *text, const char *bot)
{
	for (const char *p = strchr(text, '<'); p != NULL;
		p = strchr(p + 1, '<'))
		if (after_mention(p, bot) != NULL)
			return true;
	return false;
}

static const char *skip_mentions(const char *p, const char *bot)
{
	const char *after;

	for (p = skip_blank(p); (after = after_mention(p, bot)) != NULL;)
		p = skip_blank(after);
	return p;
}

/* The bytes of the word at p, without the marks around it. */
static const char *bare(const char *p, size_t *ret_len)
{
	size_t n = 0;

	while (p[n] != '\0' && !is_blank(p[n]))
		n++;
	while (n > 0 && strchr(marks, *p) != NULL) {
		p++;
		n--;
	}
	while (n > 0 && strchr(marks, p[n - 1]) != NULL)
		n--;
	*ret_len = n;
	return p;
}

/* Behind the word; NULL: it does not begin with it. "access:x" does. */
static const char *after_access(const char *p)
{
	size_t n;

	p = bare(*p == '/' ? p + 1 : p, &n);
	if (n < 6 || strncasecmp(p, "access", 6) != 0 ||
		(n > 6 && p[6] != ':'))
		return NULL;
	return p + 6;
}

bool slack_words_for_us(const char *text, const char *bot, bool direct)
{
	return direct || mentions(text, bot) ||
		after_access(skip_mentions(text, bot)) != NULL;
}

/* ---- Words ---- */

struct reading {
	struct arena *a;
	const struct slack_roles *roles;
	struct strs words;	/* with their marks, */
	struct strs lines;	/* and what stands before each: blank or line
				   end */
	size_t at;		/* the next one */
	struct slack_words *ret;
};

static const char *gap_between(const char *from, const char *to)
{
	return memchr(from, '\n', (size_t)(to - from)) != NULL ? "\n" : " ";
}

static void split(struct reading *r, const char *p)
{
	const char *end = p;

	for (p = skip_blank(p); *p != '\0'; p = skip_blank(p)) {
		size_t n = 0;

		strs_add(&r->lines, r->a, gap_between(end, p));
		while (p[n] != '\0' && !is_blank(p[n]))
			n++;
		strs_add(&r->words, r->a, arena_copy_n(r->a, p, n));
		p += n;
		end = p;
	}
}

/* The word so many places on, without its marks; "" behind the last. */
static const char *word(const struct reading *r, size_t ahead)
{
	const char *p;
	size_t n;

	if (r->at + ahead >= r->words.n)
		return "";
	p = bare(r->words.items[r->at + ahead], &n);
	p = arena_copy_n(r->a, p, n);
	return p != NULL ? p : "";
}

static bool is_one_of(const char *text, const char *const *list)
{
	for (; *list != NULL; list++)
		if (text_same_nocase(text, *list))
			return true;
	return false;
}

static void skip(struct reading *r, const char *const *list)
{
	if (is_one_of(word(r, 0), list))
		r->at++;
}

/* A word of marks and dashes alone. */
static void skip_dash(struct reading *r)
{
	if (r->at < r->words.n && *word(r, 0) == '\0')
		r->at++;
	else if (is_one_of(word(r, 0), (const char *const[]){"-", "--",
			"\xe2\x80\x93", "\xe2\x80\x94", NULL}))
		r->at++;
}

/* ---- Which role ---- */

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

/* The nearest ones, if they are near. */
static void guess(struct reading *r, const char *typed)
{
	size_t best = strlen(typed) < 6 ? 1 : 3;

	for (size_t i = 0; i < r->roles->items.n; i++)
		if (how_far(r->roles->items.items[i], typed) < best)
			best = how_far(r->roles->items.items[i], typed);
	for (size_t i = 0; i < r->roles->items.n; i++)
		if (how_far(r->roles->items.items[i], typed) <= best &&
			r->ret->near.n < NEAR_MAX)
			strs_add(&r->ret->near, r->a,
				r->roles->items.items[i]->name);
}

static const char *application_of(const struct reading *r, const char *typed)
{
	for (size_t i = 0; i < r->roles->items.n; i++) {
		const char *name = r->roles->items.items[i]->application_name;

		if (text_same_nocase(name, typed))
			return name;
	}
	return NULL;
}

/* "GitHub / prod-admin" and "GitHub prod-admin": how many words, and the name
 * that they make. */
static size_t joined(struct reading *r, const char **ret_typed)
{
	size_t n = *word(r, 1) == '/' && word(r, 1)[1] == '\0' ? 2 : 1;
	const char *label = word(r, n);

	if (application_of(r, word(r, 0)) == NULL || *label == '\0')
		return 0;
	*ret_typed = arena_fmt(r->a, "%s/%s", word(r, 0), label);
	return *ret_typed != NULL ? n + 1 : 0;
}

static bool is_duration_next(const struct reading *r, size_t ahead)
{
	struct lapse_err why;
	int64_t s;

	if (text_same_nocase(word(r, ahead), "for"))
		ahead++;
	return when_parse_duration(word(r, ahead), &s, &why) == 0;
}

/* A part of a name counts where nobody could have meant anything else by it:
 * with an application before it, or a duration behind. */
static const struct role *find_role(struct reading *r)
{
	const char *typed = word(r, 0);
	const struct role *found = only(r, typed, is_name);
	size_t n = 1;

	if (found == NULL)
		found = only(r, typed, is_shown_name);
	if (found == NULL && strchr(typed, '/') == NULL) {
		const char *both = NULL;
		size_t words = joined(r, &both);

		if (words > 0)
			found = only(r, both, is_shown_name);
		if (found != NULL)
			n = words;
	}
	if (found == NULL && r->ret->near.n == 0 &&
		(strchr(typed, '/') != NULL || is_duration_next(r, 1))) {
		found = only(r, typed, is_label);
		if (found == NULL && r->ret->near.n == 0)
			found = only(r, typed, is_part);
	}
	r->at += found != NULL ? n : 0;
	return found;
}

/* ---- For how long ---- */

static bool is_no_end(const char *text)
{
	return text_same_nocase(text, "permanent") ||
		text_same_nocase(text, "standing");
}

static bool take_end(struct reading *r)
{
	if (is_no_end(word(r, 0)))
		r->at++;
	else if (text_same_nocase(word(r, 0), "no") &&
		text_same_nocase(word(r, 1), "end"))
		r->at += 2;
	else
		return false;
	r->ret->how_long = "no end";
	return true;
}

/* False: it begins as one does, and is none. "for the hotfix" is a reason. */
static bool read_duration(struct reading *r)
{
	bool until = text_same_nocase(word(r, 0), "until");
	bool announced = until || text_same_nocase(word(r, 0), "for");
	const char *text = word(r, announced ? 1 : 0);
	struct lapse_err why;
	int64_t at;

	if (take_end(r) || ((*text < '0' || *text > '9') && !until))
		return true;
	if (when_parse_duration(text, &r->ret->duration_s, &why) < 0 &&
		when_parse_time(text, &at, &why) < 0) {
		r->ret->typed = text;
		return false;
	}
	r->at += announced ? 2 : 1;
	r->ret->how_long = text;
	return true;
}

/* The rest, in its lines. */
static void read_reason(struct reading *r)
{
	static const char *const before[] = {"because", "reason", NULL};
	AUTO_BUF text = {0};

	skip_dash(r);
	skip(r, before);
	skip_dash(r);
	for (; r->at < r->words.n; r->at++) {
		buf_str(&text, text.len > 0 ? r->lines.items[r->at] : "");
		buf_str(&text, r->words.items[r->at]);
	}
	if (text.failed)
		r->a->failed = true;
	r->ret->reason = text.len > 0 ?
		arena_copy(r->a, buf_text(&text)) : NULL;
}

/* ---- All of it ---- */

static enum slack_meaning read_ask(struct reading *r)
{
	static const char *const fill[] = {"to", "for", NULL};
	static const char *const help[] = {"help", "", NULL};

	skip_dash(r);
	if (r->at >= r->words.n)
		return SLACK_MEANS_CATALOG;
	skip(r, fill);
	if (is_one_of(word(r, 0), help))
		return SLACK_MEANS_UNCLEAR;
	r->ret->role = find_role(r);
	if (r->ret->role == NULL) {
		const char *typed = word(r, 0);

		r->ret->application = application_of(r, typed);
		if (r->ret->near.n == 0 && r->ret->application != NULL)
			return SLACK_MEANS_CATALOG;
		r->ret->typed = typed;
		if (r->ret->near.n == 0)
			guess(r, typed);
		return SLACK_MEANS_NO_ROLE;
	}
	skip_dash(r);
	if (!read_duration(r))
		return SLACK_MEANS_NO_DURATION;
	read_reason(r);
	return SLACK_MEANS_ROLE;
}

int slack_words_read(const char *text, const char *bot, bool direct,
	const struct slack_roles *roles, struct arena *a,
	struct slack_words *ret, struct lapse_err *err)
{
	AUTO_BUF plain = {0};
	struct slack_words words = {0};
	struct reading r = {.a = a, .roles = roles, .ret = &words};
	const char *p = skip_mentions(text, bot);

	if (!slack_words_for_us(text, bot, direct)) {
		*ret = words;
		return 0;
	}
	slack_plain(&plain, p);
	if (strlen(text) > SLACK_WORDS_MAX) {
		words.means = SLACK_MEANS_TOO_LONG;
	} else if (after_access(buf_text(&plain)) == NULL) {
		words.means = SLACK_MEANS_UNCLEAR;
	} else {
		split(&r, after_access(buf_text(&plain)));
		words.means = read_ask(&r);
	}
	if (buf_check(&plain, err, "message") < 0 || arena_check(a, err) < 0)
		return err->code;
	*ret = words;
	return 0;
}
