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

static const char *skip(const char *p, const char *what)
{
	return p + strspn(p, what);
}

/* The word alone, or a colon and free words behind it. "approve?" and "approve,
 * but not today" are no answers of anybody's. */
static enum slack_verdict first_word(const char *text, const char **ret_rest)
{
	static const struct {
		const char *word;
		enum slack_verdict says;
	} known[] = {
		{"approved", SLACK_APPROVES},
		{"approve", SLACK_APPROVES},
		{"declined", SLACK_DECLINES},
		{"decline", SLACK_DECLINES},
	};
	const char *p = skip(text, " \t\r\n");

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		size_t n = strlen(known[i].word);
		const char *after;

		if (strncasecmp(p, known[i].word, n) != 0)
			continue;
		after = skip(p + n, ".! \t\r\n");
		if (*after != '\0' && p[n] != ':')
			continue;
		if (p[n] == ':')
			*ret_rest = skip(p + n + 1, " \t\r\n");
		return known[i].says;
	}
	return SLACK_SAYS_NOTHING;
}

int slack_verdict_of_reply(const char *text, struct arena *a,
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
		says = first_word(buf_text(&plain), &rest);
	*ret_words = *rest != '\0' ? arena_copy(a, rest) : NULL;
	*ret = says;
	return arena_check(a, err);
}
