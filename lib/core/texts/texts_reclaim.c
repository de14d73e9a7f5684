/* What lapse writes to people about access that nobody seems to use. Whoever
 * reads it has the access, and perhaps needs it once a year. */
#include "texts_reclaim.h"

#include <string.h>

#include "texts_say.h"

enum {
	SOURCE_CHARS = 200,
	WHY_CHARS = 400,
};

/* A text whose words could not all be kept would say something else. */
static void end_words(struct buf *out, const struct arena *a,
	const struct texts_unused *t)
{
	if (a->failed || (t->arena != NULL && t->arena->failed))
		out->failed = true;
}

/* "github/read (GitHub)" */
static const char *role_of(struct arena *a, const struct texts_unused *t)
{
	return arena_fmt(a, "%s (%s)", clean_name(a, t->role),
		clean_name(a, t->application));
}

static void say_use(struct buf *out, const struct texts_unused *t,
	struct arena *a)
{
	say_line(out, t->seen ? "Last used: %s" : "Not used since: %s",
		clean_time(a, t->at, t->zone));
	say_line(out, "Known from: %s", clean_text(a, t->source, SOURCE_CHARS));
	if (!t->of_application)
		say_line(out, "That is signing in to the organization. When "
			"%s itself was used is not known.",
			clean_name(a, t->application));
}

void texts_unused(struct buf *out, const struct texts_unused *t)
{
	AUTO_ARENA a = {0};
	const char *to = t->of_application ? clean_name(&a, t->application)
					   : "the organization";

	say_line(out, "%s has %s, and it seems not to be used.",
		clean_name(&a, t->beneficiary), role_of(&a, t));
	if (t->before_lapse)
		say_line(out, "No request is known that it was given by.");
	say_use(out, t, &a);
	say_gap(out);
	say_line(out, "It is taken away after: %s",
		t->due_at == WHEN_NONE ? TEXTS_DUE :
		clean_time(&a, t->due_at, t->zone));
	say_line(out, "To keep it, sign in to %s before then. Nothing else has "
		"to be done.", to);
	end_words(out, &a, t);
}

void texts_unused_dated(struct buf *out, const char *text, int64_t due_at,
	const char *zone)
{
	AUTO_ARENA a = {0};
	const char *place = strstr(text, TEXTS_DUE);

	if (place == NULL) {
		buf_str(out, text);
		return;
	}
	buf_fmt(out, "%.*s%s%s", (int)(place - text), text,
		clean_time(&a, due_at, zone), place + strlen(TEXTS_DUE));
	out->failed = out->failed || a.failed;
}

void texts_unused_summary(struct buf *out, const struct texts_unused *t)
{
	AUTO_ARENA a = {0};

	buf_fmt(out, "Unused: %s of %s", clean_name(&a, t->role),
		clean_name(&a, t->beneficiary));
	end_words(out, &a, t);
}

void texts_unused_kept(struct buf *out, const struct texts_unused *t)
{
	AUTO_ARENA a = {0};

	say_line(out, "%s is not taken away. Reason: %s.",
		role_of(&a, t), clean_text(&a, t->why, WHY_CHARS));
	end_words(out, &a, t);
}
