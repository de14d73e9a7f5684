/* What lapse answers to whoever asks in Slack. Slack's mark-up: what people
 * wrote is escaped, and the links are ours. */
#ifndef LAPSE_CORE_TEXTS_ASK_H
#define LAPSE_CORE_TEXTS_ASK_H

#include "buf.h"
#include "when.h"

/* One role as the catalog shows it. */
struct texts_offer {
	const char *role;
	const char *about;	/* NULL */
	const char *durations;	/* "8h, 2d"; "" */
	const char *longest;	/* "30d"; NULL */
};

/* One line of the catalog, under texts_ask_catalog(). */
void texts_ask_offer(struct buf *out, const struct texts_offer *o);
/* n: how many follow; 0: nothing is offered to them. */
void texts_ask_catalog(struct buf *out, const char *application, size_t n);
/* So many more did not fit. */
void texts_ask_more(struct buf *out, size_t n);

/* What an example is made of; NULL: any. */
struct texts_example {
	const char *role;
	const char *how_long;
};

/* What to write. */
void texts_ask_example(struct buf *out, const struct texts_example *e);
void texts_ask_help(struct buf *out, const struct texts_example *e);
/* Where to see what became of a request. */
void texts_ask_status(struct buf *out);
/* An approver's word outside of the thread that asks. */
void texts_ask_verdict(struct buf *out);

/* Each says what to do about it. */
void texts_ask_no_role(struct buf *out, const char *typed,
	const struct strs *near);
void texts_ask_no_duration(struct buf *out, const char *typed,
	const char *role, const char *durations);
void texts_ask_late_duration(struct buf *out, const char *typed,
	const struct texts_example *e);
void texts_ask_no_reason(struct buf *out, const char *role);
void texts_ask_another(struct buf *out, const struct texts_example *e);
void texts_ask_two_roles(struct buf *out, const struct texts_example *e);
void texts_ask_too_long(struct buf *out);
/* No form takes anything from here: an administrator has to see to it. */
void texts_ask_no_form(struct buf *out);
/* Asked so long ago that nobody may want it any more. */
void texts_ask_too_old(struct buf *out, int64_t asked_at);
/* Words of ours, of Jira, or why somebody is nobody. */
void texts_ask_stranger(struct buf *out, const char *why);
void texts_ask_refused(struct buf *out, const char *role, const char *why);

/* Of the issue, plain text: the second of the message makes it one of its
 * kind. */
void texts_ask_summary(struct buf *out, const char *role, int64_t asked_at);
/* On the issue, plain text: where it comes from. */
struct texts_origin {
	const char *name;
	bool direct;		/* not in the channel */
	const char *link;	/* to the message; "" */
	int64_t at;
	const char *zone;
	const char *words;
};
void texts_ask_origin(struct buf *out, const struct texts_origin *t);

struct texts_filed {
	const char *key;
	const char *url;	/* NULL */
	const char *role;
	const char *how_long;	/* as asked; NULL: not said */
	const char *cut;	/* as it would be given; NULL: all of it */
	const char *state;	/* of the request; NULL: not read yet */
	const char *approvers;	/* names; NULL */
	bool waits;		/* for something that the issue tells */
	const char *why;	/* it waits, or is refused; NULL: not here */
};
void texts_ask_filed(struct buf *out, const struct texts_filed *t);
/* It waits already, and is not filed again. */
void texts_ask_open(struct buf *out, const struct texts_filed *t);
/* Nobody's more than so many in an hour. */
void texts_ask_too_often(struct buf *out, int most);

#endif
