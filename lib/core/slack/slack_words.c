/* Understanding "access github/prod-admin 6h deploying the hotfix", leniently
 * where nobody can be misunderstood, and never by guessing a role. */
#include "slack_reading.h"

#include <string.h>
#include <strings.h>

#include "slack_verdict.h"
#include "text.h"

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

/* What is behind a mention of us in the middle of a sentence, if it begins so;
 * else all of it. */
static const char *said_to_us(const char *text, const char *bot)
{
	const char *start = skip_mentions(text, bot);

	for (const char *p = strchr(start, '<'); p != NULL;
		p = strchr(p + 1, '<'))
		if (after_mention(p, bot) != NULL &&
			after_access(skip_mentions(p, bot)) != NULL)
			return skip_mentions(p, bot);
	return start;
}

/* The quote that begins here, in bytes; 0: none. */
static size_t quote_at(const char *p)
{
	if (*p == '"' || *p == '\'' || *p == '`')
		return 1;
	if (strncmp(p, "\xc2\xab", 2) == 0 || strncmp(p, "\xc2\xbb", 2) == 0)
		return 2;
	/* The single and double ones of U+2018 to U+201F. */
	return strncmp(p, "\xe2\x80", 2) == 0 &&
		(unsigned char)p[2] >= 0x98 && (unsigned char)p[2] <= 0x9f ?
		3 : 0;
}

/* An example that was copied with its quotes, or quoted as a whole. */
static const char *unquoted(struct arena *a, const char *text)
{
	const char *p = skip_blank(text);
	const char *end = p + strlen(p);
	bool quoted = false;
	size_t n;

	while (*p == '>' || (n = quote_at(p)) > 0) {
		quoted = quoted || *p != '>';
		p = skip_blank(p + (*p == '>' ? 1 : n));
	}
	while (quoted && end > p && is_blank(end[-1]))
		end--;
	for (size_t back = 1; quoted && back <= 3 && end - p > (long)back;
		back++)
		if (quote_at(end - back) == back) {
			end -= back;
			break;
		}
	return arena_copy_n(a, p, (size_t)(end - p));
}

/* "@lapse access ..." that Slack did not make a mention of. */
static const char *without_at(const char *text)
{
	const char *p = skip_blank(text);

	if (*p != '@')
		return text;
	while (*p != '\0' && !is_blank(*p))
		p++;
	return after_access(skip_blank(p)) != NULL ? skip_blank(p) : text;
}

/* ---- Words ---- */

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

const char *words_at(const struct reading *r, size_t ahead)
{
	const char *p;
	size_t n;

	if (r->at + ahead >= r->words.n)
		return "";
	p = bare(r->words.items[r->at + ahead], &n);
	p = arena_copy_n(r->a, p, n);
	return p != NULL ? p : "";
}

bool words_is_one_of(const char *text, const char *const *list)
{
	for (; *list != NULL; list++)
		if (text_same_nocase(text, *list))
			return true;
	return false;
}

static void skip(struct reading *r, const char *const *list)
{
	if (words_is_one_of(words_at(r, 0), list))
		r->at++;
}

/* A word of marks and dashes alone. */
static void skip_dash(struct reading *r)
{
	if (r->at < r->words.n && *words_at(r, 0) == '\0')
		r->at++;
	else if (words_is_one_of(words_at(r, 0), (const char *const[]){"-", "--",
			"\xe2\x80\x93", "\xe2\x80\x94", NULL}))
		r->at++;
}

/* ---- For whom, and how much at once ---- */

static bool is_person_at(const struct reading *r, size_t ahead)
{
	return r->at + ahead < r->words.n &&
		r->words.items[r->at + ahead][0] == '@';
}

/* "for @ben", "for ben 8h": whoever asks for somebody else would get it. */
static bool is_for_another(struct reading *r)
{
	static const char *const self[] = {"me", "myself", NULL};

	if (!text_same_nocase(words_at(r, 0), "for"))
		return false;
	if (words_is_one_of(words_at(r, 1), self)) {
		r->at += 2;
		return false;
	}
	if (!is_person_at(r, 1) && (words_duration(r, 1, NULL, NULL) > 0 ||
		words_duration(r, 2, NULL, NULL) == 0))
		return false;
	r->ret->typed = words_at(r, 1);
	return true;
}

/* The whole name of another role, where one can only be meant as that. */
static bool is_second_role(const struct reading *r, bool certain)
{
	static const char *const and[] = {"and", "&", "&amp;", "+", "plus",
		"access", NULL};
	size_t n = words_is_one_of(words_at(r, 0), and) ? 1 : 0;

	return words_names_role(r, n) && (certain || n > 0 ||
		words_duration(r, n + 1, NULL, NULL) > 0);
}

/* ---- The reason ---- */

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

/* What is in the reason and was meant as something else. */
static enum slack_meaning check_rest(struct reading *r)
{
	for (size_t i = 0; r->at + i < r->words.n; i++) {
		if (r->ret->how_long == NULL &&
			words_duration(r, i, NULL, NULL) > 0) {
			r->ret->typed = words_at(r, i);
			return SLACK_MEANS_LATE_DURATION;
		}
		if (text_same_nocase(words_at(r, i), "access") &&
			words_names_role(r, i + 1))
			return SLACK_MEANS_TWO_ROLES;
	}
	return SLACK_MEANS_ROLE;
}

/* ---- All of it ---- */

static enum slack_meaning no_role(struct reading *r)
{
	const char *typed = words_at(r, 0);
	const char *application = words_application(r, typed);

	if (r->ret->near.n == 0 && application != NULL &&
		(!r->strict || r->at + 1 == r->words.n)) {
		r->ret->application = application;
		return SLACK_MEANS_CATALOG;
	}
	if (r->ret->near.n == 0)
		words_guess(r, typed);
	if (words_are_talk(r))
		return SLACK_MEANS_NOTHING;
	r->ret->typed = typed;
	return SLACK_MEANS_NO_ROLE;
}

/* Behind the role. */
static enum slack_meaning read_more(struct reading *r)
{
	static const char *const please[] = {"please", "pls", NULL};
	enum slack_meaning rest;

	skip_dash(r);
	skip(r, please);
	if (is_for_another(r))
		return SLACK_MEANS_ANOTHER;
	if (is_second_role(r, true))
		return SLACK_MEANS_TWO_ROLES;
	if (!words_how_long(r))
		return SLACK_MEANS_NO_DURATION;
	skip_dash(r);
	if (is_for_another(r))
		return SLACK_MEANS_ANOTHER;
	if (is_second_role(r, false))
		return SLACK_MEANS_TWO_ROLES;
	rest = check_rest(r);
	if (rest == SLACK_MEANS_ROLE)
		read_reason(r);
	return rest;
}

static enum slack_meaning read_ask(struct reading *r)
{
	static const char *const fill[] = {"to", "for", NULL};
	static const char *const self[] = {"me", "myself", NULL};
	bool is_for;

	skip_dash(r);
	if (r->at >= r->words.n)
		return SLACK_MEANS_CATALOG;
	is_for = text_same_nocase(words_at(r, 0), "for");
	skip(r, fill);
	if (is_for && is_person_at(r, 0)) {
		r->ret->typed = words_at(r, 0);
		return SLACK_MEANS_ANOTHER;
	}
	if (is_for)
		skip(r, self);
	if (text_same_nocase(words_at(r, 0), "help") &&
		(!r->strict || r->at + 1 == r->words.n))
		return SLACK_MEANS_HELP;
	if (*words_at(r, 0) == '\0')
		return r->strict ? SLACK_MEANS_NOTHING : SLACK_MEANS_UNCLEAR;
	r->ret->role = words_role(r);
	if (r->ret->role != NULL)
		return read_more(r);
	if (is_for && words_names_role(r, 1)) {
		r->ret->typed = words_at(r, 0);
		return SLACK_MEANS_ANOTHER;
	}
	return no_role(r);
}

/* Said to us, and no request. */
static enum slack_meaning read_other(struct reading *r, const char *text)
{
	static const char *const help[] = {"help", "commands", NULL};
	/* No answer anywhere, and meant as one. */
	static const char *const others[] = {"reject", "rejected", "deny",
		NULL};

	split(r, text);
	if (words_is_one_of(words_at(r, 0), help))
		return SLACK_MEANS_HELP;
	if (text_same_nocase(words_at(r, 0), "status"))
		return SLACK_MEANS_STATUS;
	return slack_verdict_seems(text) ||
		words_is_one_of(words_at(r, 0), others) ?
		SLACK_MEANS_VERDICT : SLACK_MEANS_UNCLEAR;
}

static enum slack_meaning read_all(struct reading *r, const char *text)
{
	const char *rest = after_access(text);

	if (rest == NULL)
		return r->strict ? SLACK_MEANS_NOTHING : read_other(r, text);
	split(r, rest);
	return read_ask(r);
}

int slack_words_read(const char *text, const char *bot, bool direct,
	const struct slack_roles *roles, struct arena *a,
	struct slack_words *ret, struct lapse_err *err)
{
	AUTO_BUF plain = {0};
	struct slack_words words = {0};
	struct reading r = {.a = a, .roles = roles, .ret = &words,
		.strict = !direct && !mentions(text, bot)};
	const char *p;

	slack_plain(&plain, said_to_us(text, bot));
	p = buf_text(&plain);
	if (!r.strict)
		p = unquoted(a, p);
	if (buf_check(&plain, err, "message") < 0 || arena_check(a, err) < 0)
		return err->code;
	if (!r.strict)
		p = without_at(p);
	if (strlen(text) <= SLACK_WORDS_MAX)
		words.means = read_all(&r, p);
	else if (!r.strict || after_access(p) != NULL)
		words.means = SLACK_MEANS_TOO_LONG;
	if (arena_check(a, err) < 0)
		return err->code;
	*ret = words;
	return 0;
}
