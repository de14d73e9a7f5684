/* What approvers answer, and what others say to them: a verdict is one of four
 * words alone, or before a colon, without a condition behind it; what else is
 * taken stands alone; text that was escaped has nothing of Slack's
 * in it, and comes back as it was. */
#include <strings.h>

#include "fuzz.h"
#include "slack.h"
#include "slack_verdict.h"

#define UNSEEN "\xe2\x80\x8b"	/* what keeps a mark from being one */

static bool is_marked(const char *text, const char *at)
{
	return at - text >= 3 && memcmp(at - 3, UNSEEN, 3) == 0;
}

static void must_come_back(const char *text)
{
	AUTO_BUF escaped = {0};
	AUTO_BUF plain = {0};
	AUTO_BUF seen = {0};

	slack_escape(&escaped, text);
	must(!escaped.failed);
	for (const char *p = buf_text(&escaped); *p != '\0'; p++) {
		must(*p != '<' && *p != '>');
		must(*p != '&' || strncmp(p, "&amp;", 5) == 0 ||
			strncmp(p, "&lt;", 4) == 0 ||
			strncmp(p, "&gt;", 4) == 0);
		must(strchr("*_~`", *p) == NULL ||
			is_marked(buf_text(&escaped), p));
	}
	slack_plain(&plain, buf_text(&escaped));
	for (const char *p = text; *p != '\0'; p++) {
		if (strncmp(p, UNSEEN, 3) == 0)
			p += 2;
		else
			buf_char(&seen, *p);
	}
	must(!plain.failed && !seen.failed);
	must(strcmp(buf_text(&plain), buf_text(&seen)) == 0);
}

/* How many bytes of it are the word; 0: it is not the one that says so. */
static size_t word_of(const char *text, enum slack_verdict says)
{
	const char *word = says == SLACK_APPROVES ? "approve" : "decline";

	if (strncasecmp(text, word, 7) != 0)
		return 0;
	return text[7] == 'd' || text[7] == 'D' ? 8 : 7;
}

static void must_be_said(const char *text, enum slack_verdict says,
	const char *words)
{
	AUTO_BUF plain = {0};
	const char *p;
	size_t n;

	slack_plain(&plain, text);
	must(!plain.failed);
	p = buf_text(&plain);
	p += strspn(p, " \t\r\n");
	n = word_of(p, says);
	must(n > 0);
	p += n;
	must(*p == ':' || words == NULL);
	must(*p == ':' || p[strspn(p, ".! \t\r\n")] == '\0');
	must(words == NULL || (*words != '\0' && strstr(p, words) != NULL));
	must(words == NULL || says == SLACK_DECLINES ||
		(strstr(words, " not ") == NULL && strchr(words, '?') == NULL));
}

/* "ok" and its like: one word of few bytes, and a point at the most. */
static void must_stand_alone(const char *text)
{
	AUTO_BUF plain = {0};
	const char *p;
	size_t n;

	slack_plain(&plain, text);
	must(!plain.failed);
	p = buf_text(&plain);
	p += strspn(p, " \t\r\n");
	n = strcspn(p, " \t\r\n!");
	must(n > 0 && n <= 40 && p[n + strspn(p + n, "! \t\r\n")] == '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_FUZZ *text = fuzz_text(data, size);
	AUTO_ARENA a = {0};
	enum slack_verdict says = SLACK_SAYS_NOTHING;
	enum slack_verdict strong;
	const char *words = NULL;
	struct lapse_err err = {0};

	must(slack_verdict_of_reply(text, false, &a, &says, &words, &err) ==
		0);
	if (says == SLACK_SAYS_NOTHING)
		must(words == NULL);
	else
		must_be_said(text, says, words);
	strong = says;
	must(slack_verdict_of_reply(text, true, &a, &says, &words, &err) == 0);
	if (strong != SLACK_SAYS_NOTHING)
		must(says == strong);
	else if (says != SLACK_SAYS_NOTHING)
		must_stand_alone(text);
	must_come_back(text);
	return 0;
}
