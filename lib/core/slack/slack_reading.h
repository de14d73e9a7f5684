/* What the files about understanding a request in Slack share; not for use
 * outside them. */
#ifndef LAPSE_CORE_SLACK_READING_H
#define LAPSE_CORE_SLACK_READING_H

#include "slack_words.h"

/* One message while it is read, word by word. */
struct reading {
	struct arena *a;
	const struct slack_roles *roles;
	bool strict;		/* it may be talk: said in the channel, not to
				   us by name */
	struct strs words;	/* with their marks, */
	struct strs lines;	/* and what stands before each: blank or line
				   end */
	size_t at;		/* the next one */
	struct slack_words *ret;
};

/* slack_words.c: the word so many places on, without its marks; "" behind the
 * last. */
const char *words_at(const struct reading *r, size_t ahead);
bool words_is_one_of(const char *text, const char *const *list);

/* slack_words_role.c: the role that is named next, which is taken then. NULL:
 * none for certain; ret->near has those that may have been meant. */
const struct role *words_role(struct reading *r);
/* Then: may it be talk? In the channel only what must have been meant as a
 * request is answered with the names that are near. */
bool words_are_talk(const struct reading *r);
/* Adds the roles that are nearly called so to ret->near. */
void words_guess(struct reading *r, const char *typed);
/* Is a role named there by its whole name? */
bool words_names_role(const struct reading *r, size_t ahead);
/* The application of that name; NULL. */
const char *words_application(const struct reading *r, const char *typed);

/* slack_words_time.c: how many words make a length of time there; 0: none.
 * *ret_text, which may be NULL: it as a form takes it. */
size_t words_duration(const struct reading *r, size_t ahead,
	const char **ret_text, int64_t *ret_s);
/* Takes the time that is named next, if one is: ret->how_long. False: it begins
 * as one does and is none, see ret->typed. */
bool words_how_long(struct reading *r);

#endif
