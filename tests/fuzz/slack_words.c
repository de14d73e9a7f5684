/* Messages of anybody: what is understood is a role that was offered, a
 * duration that a form takes, and one line of a reason; the same in a channel
 * as to us alone, where it is for us at all. */
#include "fuzz.h"
#include "slack_words.h"
#include "when.h"

static const struct role roles[] = {
	{.name = "github/read", .label = "read", .application_name = "GitHub"},
	{.name = "github/prod-admin", .label = "prod-admin",
		.application_name = "GitHub"},
	{.name = "vpn/user", .label = "user", .application_name = "VPN"},
};

static bool is_offered(const struct role *role)
{
	return role >= roles && role < roles + sizeof(roles) / sizeof(*roles);
}

static void must_be_a_request(const struct slack_words *w)
{
	struct lapse_err err;
	int64_t s = 0;

	must(is_offered(w->role));
	must(w->reason == NULL || *w->reason != '\0');
	must(w->reason == NULL || strpbrk(w->reason, "\r\t") == NULL);
	must(w->duration_s >= 0);
	must(w->duration_s == 0 || (when_parse_duration(w->how_long, &s,
		&err) == 0 && s == w->duration_s));
	must(w->how_long == NULL || w->duration_s > 0 ||
		strcmp(w->how_long, "no end") == 0 ||
		when_parse_time(w->how_long, &s, &err) == 0);
}

static enum slack_meaning read_as(const char *text, bool direct)
{
	AUTO_ARENA a = {0};
	struct slack_roles all = {0};
	struct slack_words w = {0};
	struct lapse_err err = {0};
	int rc;

	for (size_t i = 0; i < sizeof(roles) / sizeof(*roles); i++) {
		const struct role **slot = VEC_ADD(&all.items, &a);

		must(slot != NULL);
		*slot = &roles[i];
	}
	rc = slack_words_read(text, "U0LAPSE00", direct, &all, &a, &w, &err);
	must(rc == 0);
	if (w.means == SLACK_MEANS_ROLE)
		must_be_a_request(&w);
	return w.means;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_FUZZ *text = fuzz_text(data, size);
	enum slack_meaning said = read_as(text, false);

	/* What may be talk is left alone, or answered, and never more. */
	must(read_as(text, true) == said || said == SLACK_MEANS_NOTHING ||
		said == SLACK_MEANS_NO_ROLE);
	must(read_as(text, true) != SLACK_MEANS_NOTHING);
	return 0;
}
