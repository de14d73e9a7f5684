/* What people read when they are asked whether access that nobody asked for
 * may stay. */
#include "texts.h"

#include "texts_say.h"

static const char *role_of(struct arena *a, const struct texts_about *t)
{
	if (t->application == NULL || t->application[0] == '\0')
		return clean_name(a, t->role);
	return arena_fmt(a, "%s (%s)", clean_name(a, t->role),
		clean_name(a, t->application));
}

/* A text whose words could not all be kept is none. */
static void end(struct buf *out, const struct arena *a,
	const struct texts_about *t)
{
	if (a->failed || (t->arena != NULL && t->arena->failed))
		out->failed = true;
}

void texts_adoption_summary(struct buf *out, const struct texts_about *t)
{
	AUTO_ARENA a = {0};

	say_line(out, "May %s keep %s?", clean_name(&a, t->beneficiary),
		role_of(&a, t));
	end(out, &a, t);
}

void texts_adoption(struct buf *out, const struct texts_about *t)
{
	AUTO_ARENA a = {0};
	const char *who = clean_name(&a, t->beneficiary);

	say_line(out, "%s already has %s, but not by a request: somebody gave "
		"it directly, or it is from before requests were kept here.",
		who, role_of(&a, t));
	if (t->about != NULL && t->about[0] != '\0')
		say_line(out, "With it one can %s.",
			clean_text(&a, t->about, 600));
	say_gap(out);
	if (t->until != WHEN_NONE && t->until != 0)
		say_line(out, "Approve: %s keeps it until %s; then it ends by "
			"itself.", who, clean_time(&a, t->until, t->zone));
	else
		say_line(out, "Approve: %s keeps it for %s from then on; then "
			"it ends by itself.", who,
			clean_duration(&a, t->duration_s));
	say_line(out, "Decline: it is taken away from %s at once.", who);
	say_line(out, "Without a decision nothing changes.");
	end(out, &a, t);
}

void texts_adoption_kept(struct buf *out, const struct texts_about *t)
{
	AUTO_ARENA a = {0};

	say_line(out, "%s keeps %s; it has an end now.",
		clean_name(&a, t->beneficiary), role_of(&a, t));
	say_line(out, "Until: %s", clean_time(&a, t->until, t->zone));
	say_gap(out);
	say_line(out, "To keep it longer, make a new request for it and link "
		"it to this one, in good time before the end.");
	end(out, &a, t);
}

void texts_adoption_closed(struct buf *out, const struct texts_about *t)
{
	AUTO_ARENA a = {0};

	say_line(out, "Whether %s may keep %s is not decided on here any more.",
		clean_name(&a, t->beneficiary), role_of(&a, t));
	if (t->words != NULL && t->words[0] != '\0')
		say_line(out, "%s", clean_text(&a, t->words, 1000));
	say_gap(out);
	say_line(out, "Nothing was changed.");
	end(out, &a, t);
}

void texts_adoption_declined(struct buf *out, const struct texts_about *t)
{
	AUTO_ARENA a = {0};

	say_line(out, "%s said that %s may not keep %s.",
		clean_name(&a, t->by), clean_name(&a, t->beneficiary),
		role_of(&a, t));
	say_line(out, "It is being taken away; a comment will say when it is "
		"gone.");
	end(out, &a, t);
}
