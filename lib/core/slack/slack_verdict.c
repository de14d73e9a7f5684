/* The signs by which an approver answers in Slack; everything else says
 * nothing. */
#include "slack_verdict.h"

#include <string.h>
#include <strings.h>

#include "slack.h"

enum {
	REPLY_MAX = 4000,	/* bytes of a reply that is understood */
};

enum slack_verdict slack_verdict_of_reaction(const char *name)
{
	/* Aliases of Slack's; it tells the first of each. */
	static const struct {
		const char *name;
		enum slack_verdict says;
	} known[] = {
		{"white_check_mark", SLACK_APPROVES},
		{"heavy_check_mark", SLACK_APPROVES},
		{"+1", SLACK_APPROVES},
		{"thumbsup", SLACK_APPROVES},
		{"x", SLACK_DECLINES},
		{"-1", SLACK_DECLINES},
		{"thumbsdown", SLACK_DECLINES},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (strcmp(known[i].name, name) == 0)
			return known[i].says;
	return SLACK_SAYS_NOTHING;
}

/* ---- Replies ---- */

/* One that is `soft` is said of many things: it counts alone, and where it can
 * be said of nothing else. */
struct known_word {
	const char *word;
	enum slack_verdict says;
	bool soft;
};

static const struct known_word known_words[] = {
	{"approved", SLACK_APPROVES, false},
	{"approve", SLACK_APPROVES, false},
	{"declined", SLACK_DECLINES, false},
	{"decline", SLACK_DECLINES, false},
	{"okay", SLACK_APPROVES, true},
	{"ok", SLACK_APPROVES, true},
	{"yes", SLACK_APPROVES, true},
	{"lgtm", SLACK_APPROVES, true},
	{":white_check_mark:", SLACK_APPROVES, true},
	{":heavy_check_mark:", SLACK_APPROVES, true},
	{":+1:", SLACK_APPROVES, true},
	{":thumbsup:", SLACK_APPROVES, true},
	{"\xe2\x9c\x85", SLACK_APPROVES, true},
	{"\xe2\x9c\x94", SLACK_APPROVES, true},
	{"\xf0\x9f\x91\x8d", SLACK_APPROVES, true},
	{"no", SLACK_DECLINES, true},
	{":x:", SLACK_DECLINES, true},
	{":-1:", SLACK_DECLINES, true},
	{":thumbsdown:", SLACK_DECLINES, true},
	{"\xe2\x9d\x8c", SLACK_DECLINES, true},
	{"\xf0\x9f\x91\x8e", SLACK_DECLINES, true},
};

#define BLANKS " \t\r\n"

static const char *skip(const char *p, const char *what)
{
	return p + strspn(p, what);
}

/* How a sign is to be drawn. */
static const char *skip_tone(const char *p)
{
	if (strncmp(p, ":skin-tone-", 11) == 0 && p[11] >= '2' &&
		p[11] <= '6' && p[12] == ':')
		return p + 13;
	if (strncmp(p, "\xf0\x9f\x8f", 3) == 0 &&
		(unsigned char)p[3] >= 0xbb && (unsigned char)p[3] <= 0xbf)
		return p + 4;
	return strncmp(p, "\xef\xb8\x8f", 3) == 0 ? p + 3 : p;
}

/* "ok?" and "ok ..." are no answers. */
static bool is_alone(const char *after)
{
	after = skip_tone(after);
	after = *after == '.' ? after + 1 : skip(after, "!");
	return *skip(after, BLANKS) == '\0';
}

/* ---- Conditions ---- */

static bool is_condition(const char *word, size_t n)
{
	static const char *const known[] = {"after", "although", "as", "before",
		"but", "cannot", "dont", "except", "however", "if", "later",
		"never", "no", "not", "nothing", "once", "only", "provided",
		"reject", "decline", "though", "till", "unless", "until",
		"wait", "when", "without"};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (strlen(known[i]) == n &&
			strncasecmp(known[i], word, n) == 0)
			return true;
	/* "don't", also with a printer's apostrophe */
	return (n >= 3 && strncasecmp(word + n - 3, "n't", 3) == 0) ||
		(n >= 5 && strncasecmp(word + n - 5, "n\xe2\x80\x99t", 5) == 0);
}

/* Access begins at once, whatever the words behind "approve:" ask for: those
 * that may ask for something are no approval. */
static bool has_condition(const char *words)
{
	static const char between[] = BLANKS ".,;:!?()[]{}<>\"/\\-*_~`";

	for (const char *p = skip(words, between); *p != '\0';
		p = skip(p, between)) {
		size_t n = strcspn(p, between);

		if (is_condition(p, n))
			return true;
		p += n;
	}
	return strchr(words, '?') != NULL;
}

/* ---- All of it ---- */

static const struct known_word *begins_with(const char *p)
{
	for (size_t i = 0; i < sizeof(known_words) / sizeof(*known_words); i++)
		if (strncasecmp(p, known_words[i].word,
			strlen(known_words[i].word)) == 0)
			return &known_words[i];
	return NULL;
}

/* The word alone, or a colon and free words behind it. "approve?" and "approve,
 * but not today" are no answers of anybody's. */
static enum slack_verdict first_word(const char *text, bool first,
	const char **ret_rest)
{
	const char *p = skip(text, BLANKS);
	const struct known_word *k = begins_with(p);
	const char *after;
	const char *rest;

	if (k == NULL)
		return SLACK_SAYS_NOTHING;
	after = p + strlen(k->word);
	if (k->soft)
		return first && is_alone(after) ? k->says : SLACK_SAYS_NOTHING;
	if (*after != ':')
		return *skip(after, ".!" BLANKS) == '\0' ? k->says :
							  SLACK_SAYS_NOTHING;
	rest = skip(after + 1, BLANKS);
	if (k->says == SLACK_APPROVES && has_condition(rest))
		return SLACK_SAYS_NOTHING;
	*ret_rest = rest;
	return k->says;
}

int slack_verdict_of_reply(const char *text, bool first, struct arena *a,
	enum slack_verdict *ret, const char **ret_words,
	struct lapse_err *err)
{
	AUTO_BUF plain = {0};
	const char *rest = "";
	enum slack_verdict says = SLACK_SAYS_NOTHING;

	slack_plain(&plain, text);
	if (buf_check(&plain, err, "reply") < 0)
		return err->code;
	if (plain.len <= REPLY_MAX)
		says = first_word(buf_text(&plain), first, &rest);
	*ret_words = *rest != '\0' ? arena_copy(a, rest) : NULL;
	*ret = says;
	return arena_check(a, err);
}

bool slack_verdict_seems(const char *text)
{
	const char *p = skip(text, BLANKS);
	const struct known_word *k = begins_with(p);
	const char *after = k != NULL ? p + strlen(k->word) : p;

	return k != NULL && !k->soft && strchr(BLANKS ".,:!?", *after) != NULL;
}
