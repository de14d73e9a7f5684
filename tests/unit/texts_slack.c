/* What people hear in Slack: whole, or not at all. Which words it is made of
 * the end-to-end tests hold. */
#include "texts_slack.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

static struct texts_heard asked = {
	.key = "ACC-7",
	.url = "https://acme.atlassian.net/browse/ACC-7",
	.role = "github/write",
	.requester = "Ben <Adler>",
	.beneficiary = "Ben <Adler>",
	.reason = "the *new* work",
	.duration_s = 3600,
	.until = WHEN_NONE,
};

static void others_words_are_only_words(void **state)
{
	AUTO_BUF out = {0};
	struct lapse_err err = {0};

	(void)state;
	assert_ok(texts_heard(&out, "asked", &asked, &err));
	assert_non_null(strstr(buf_text(&out),
		"<https://acme.atlassian.net/browse/ACC-7|ACC-7>: "
		"Ben &lt;Adler&gt; asks for *github/write*."));
	assert_null(strstr(buf_text(&out), "the *new*"));
}

/* Nobody is asked about something that is shown in part. */
static void no_piece_is_left_out(void **state)
{
	AUTO_BUF out = {0};
	struct texts_heard t = asked;
	struct lapse_err err = {0};
	char *url = malloc(BUF_MAX_DEFAULT + 2);

	(void)state;
	assert_non_null(url);
	memset(url, 'x', BUF_MAX_DEFAULT + 1);
	url[BUF_MAX_DEFAULT + 1] = '\0';
	t.url = url;
	assert_true(texts_heard(&out, "asked", &t, &err) < 0);
	free(url);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(others_words_are_only_words),
		cmocka_unit_test(no_piece_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
