/* What reviewers are told after a review was opened. */
#include "texts_decide.h"

#include <string.h>

#include "texts_say.h"

enum {
	WHY_CHARS = 400,
	NAME_CHARS = 120,
};

static const char *verb(const char *what)
{
	return strcmp(what, "revoke") == 0 ? "Revoke" :
		strcmp(what, "limit") == 0 ? "Limit" : "Keep";
}

void texts_vote_refused(struct buf *out, const char *by, const char *what,
	const char *why)
{
	AUTO_ARENA a = {0};

	say_line(out, "The decision of %s (%s) does not count: %s.",
		clean_name(&a, by), verb(what), clean_text(&a, why, WHY_CHARS));
	out->failed = out->failed || a.failed;
}

void texts_vote_stands(struct buf *out, const char *what, const char *by)
{
	AUTO_ARENA a = {0};

	say_line(out, "What stands is %s, decided by %s.", verb(what),
		clean_name(&a, by));
	out->failed = out->failed || a.failed;
}

void texts_rows_counted(struct buf *out, const char *file, int64_t taken,
	int64_t settled)
{
	AUTO_ARENA a = {0};

	say_line(out, "Of %s, %lld row%s counted.",
		clean_text(&a, file, NAME_CHARS), (long long)taken,
		taken == 1 ? "" : "s");
	if (settled > 0)
		say_line(out, "%lld more %s settled before.",
			(long long)settled, settled == 1 ? "was" : "were");
	out->failed = out->failed || a.failed;
}

void texts_rows_refused(struct buf *out, const char *list, int64_t more)
{
	say_line(out, "These do not:");
	say_gap(out);
	buf_str(out, list);
	if (more > 0)
		say_line(out, "and %lld more.", (long long)more);
	say_gap(out);
	say_line(out, "Please correct these rows and attach the file again; "
		"rows that counted may stay in it.");
}

void texts_file_refused(struct buf *out, const char *file, const char *by,
	const char *why)
{
	AUTO_ARENA a = {0};

	say_line(out, "The file %s of %s does not count: %s.",
		clean_text(&a, file, NAME_CHARS), clean_name(&a, by),
		clean_text(&a, why, WHY_CHARS));
	out->failed = out->failed || a.failed;
}

void texts_review_reminder(struct buf *out, const char *reviewer,
	int64_t open, int64_t due_at, int64_t fallback_at,
	const char *fallback)
{
	AUTO_ARENA a = {0};

	say_line(out, "A reminder for %s: %lld decision%s of this review %s "
		"still missing. They are due by %s.", clean_name(&a, reviewer),
		(long long)open, open == 1 ? "" : "s", open == 1 ? "is" :
		"are", clean_time(&a, due_at, NULL));
	if (fallback != NULL)
		say_line(out, "What is open at %s is given to %s.",
			clean_time(&a, fallback_at, NULL),
			clean_name(&a, fallback));
	out->failed = out->failed || a.failed;
}

void texts_review_moved(struct buf *out, const char *from, const char *to,
	int64_t items, bool late)
{
	AUTO_ARENA a = {0};

	say_line(out, "%lld item%s of this review %s from %s to %s%s.",
		(long long)items, items == 1 ? "" : "s",
		items == 1 ? "goes" : "go", clean_name(&a, from),
		clean_name(&a, to), late ? ", since nobody decided in time" :
		"");
	out->failed = out->failed || a.failed;
}

void texts_review_not_moved(struct buf *out, const char *to, const char *why)
{
	AUTO_ARENA a = {0};

	say_line(out, "This cannot be given to %s: %s. It stays with who was "
		"asked before; please assign it to somebody else.",
		clean_name(&a, to), clean_text(&a, why, WHY_CHARS));
	out->failed = out->failed || a.failed;
}

void texts_review_stale(struct buf *out, const char *person, const char *why)
{
	AUTO_ARENA a = {0};

	say_line(out, "There is nothing to decide or to do any more about %s: "
		"%s.", clean_name(&a, person), clean_text(&a, why, WHY_CHARS));
	out->failed = out->failed || a.failed;
}

void texts_review_removing(struct buf *out, const char *person,
	const char *access, const char *by)
{
	AUTO_ARENA a = {0};

	if (by == NULL)
		say_line(out, "Nobody decided in time whether %s still needs "
			"%s, and this review takes away what nobody decides "
			"on.", clean_name(&a, person),
			clean_text(&a, access, NAME_CHARS));
	else
		say_line(out, "%s decided that %s no longer needs %s.",
			clean_name(&a, by), clean_name(&a, person),
			clean_text(&a, access, NAME_CHARS));
	say_line(out, "The access is being removed; this issue says when that "
		"was checked.");
	out->failed = out->failed || a.failed;
}

void texts_review_limited(struct buf *out, const char *person,
	const char *access, int64_t until, const char *by)
{
	AUTO_ARENA a = {0};

	say_line(out, "%s decided in a review that %s has %s until %s. It is "
		"removed then.", clean_name(&a, by), clean_name(&a, person),
		clean_text(&a, access, NAME_CHARS),
		clean_time(&a, until, NULL));
	out->failed = out->failed || a.failed;
}

void texts_review_done(struct buf *out, const char *person,
	const char *access, const char *how)
{
	AUTO_ARENA a = {0};

	say_line(out, "%s no longer has %s: %s.", clean_name(&a, person),
		clean_text(&a, access, NAME_CHARS),
		clean_text(&a, how, WHY_CHARS));
	out->failed = out->failed || a.failed;
}

void texts_review_closed(struct buf *out, const char *name,
	const char *summary)
{
	AUTO_ARENA a = {0};

	say_line(out, "The review %s is closed.", clean_name(&a, name));
	say_gap(out);
	buf_str(out, summary);
	out->failed = out->failed || a.failed;
}

static void number(struct buf *out, const char *what, int64_t n)
{
	say_line(out, "%s: %lld", what, (long long)n);
}

void texts_review_numbers(struct buf *out, const struct review_counts *n)
{
	number(out, "Items", n->rows);
	number(out, "Kept", n->kept);
	number(out, "Revoked", n->revoked);
	number(out, "- removed, and read back as gone", n->removed);
	number(out, "- by the policy, since nobody decided",
		n->revoked_by_policy);
	number(out, "- stale", n->revoked_stale);
	number(out, "Limited", n->limited);
	number(out, "Not reviewed, left as it was", n->not_reviewed);
	number(out, "Stale, of all these", n->stale);
	say_gap(out);
}

void texts_review_ask(struct buf *out, const char *who, const char *name,
	const char *summary)
{
	AUTO_ARENA a = {0};

	say_line(out, "%s is asked to acknowledge the result of the review "
		"%s. Approve says that its numbers were seen and are right; "
		"Decline sends it back.", clean_name(&a, who),
		clean_name(&a, name));
	say_gap(out);
	buf_str(out, summary);
	out->failed = out->failed || a.failed;
}

void texts_review_answer(struct buf *out, const char *who, bool approved)
{
	AUTO_ARENA a = {0};

	if (approved)
		say_line(out, "%s acknowledged the result of this review.",
			clean_name(&a, who));
	else
		say_line(out, "%s did not acknowledge the result of this "
			"review. It can be asked for again with `lapse "
			"review-close`.", clean_name(&a, who));
	out->failed = out->failed || a.failed;
}

void texts_review_void(struct buf *out, const char *who, const char *by)
{
	AUTO_ARENA a = {0};

	if (by != NULL)
		say_line(out, "The answer of %s on this issue does not count: "
			"%s alone was asked to acknowledge this review.",
			clean_name(&a, by), clean_name(&a, who));
	else
		say_line(out, "The question to %s on this issue is gone, and "
			"nobody answered it.", clean_name(&a, who));
	say_line(out, "The word of %s is awaited still. It can be asked for "
		"again with `lapse review-close`.", clean_name(&a, who));
	out->failed = out->failed || a.failed;
}
