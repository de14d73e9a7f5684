/* What the files about asking in Slack share; not for use outside them. */
#ifndef LAPSE_CORE_SLACK_ASK_H
#define LAPSE_CORE_SLACK_ASK_H

#include "catalog_form.h"
#include "requests.h"
#include "slack_ask_rows.h"
#include "slack_words.h"
#include "slack_work.h"

enum {
	ASK_WANTED_S = 86400,	/* what is older is not filed any more */
	ASK_AT_ONCE = 20,	/* messages of one run */
	ASK_LATER_S = 60,
	ASK_HOURLY = 10,	/* requests of one person */
};

/* While one message is worked on. */
struct asking {
	struct lapse *l;
	struct arena arena;
	struct slack_ask_row *row;
	const char *account;		/* who wrote it */
	struct strs in;			/* groups of requestable-by that were */
	struct strs out;		/* asked about, with what came out */
	struct slack_words words;
};

/* Was it written to nobody but us? */
bool ask_is_direct(const struct asking *k);
/* The second at which it was written. */
int64_t ask_written_at(const struct slack_ask_row *row);
/* The roles that can be asked for from here. */
int ask_roles(struct lapse *l, struct arena *a, struct slack_roles *ret,
	struct lapse_err *err);
bool ask_form_fits(const struct request_type *t);
/* The durations that the catalog offers for it, in words; "". */
const char *ask_durations(const struct role *role, struct arena *a);

/* slack_ask_read.c: what is new in the channel and the direct messages comes
 * to the ledger, with how far they were read, in one transaction each. What
 * Slack does not do is left for the next run. */
int ask_read(struct lapse *l, struct lapse_err *err);

/* slack_ask_answer.c: owes the answer and settles the row, in one
 * transaction. state: answered or refused. */
int ask_answer(struct asking *k, const char *state, const char *why,
	const struct buf *text, struct lapse_err *err);
/* It was filed: with the issue, and where it stands. */
int ask_answer_filed(struct asking *k, struct lapse_err *err);
/* Nothing more is filed: this request waits already. */
int ask_answer_open(struct asking *k, const struct request_row *row,
	struct lapse_err *err);
/* May this person ask for it, as far as is known? Nobody else is shown it. */
bool ask_may(struct asking *k, const struct role *role);
/* What may be asked for, by this person. */
int ask_answer_catalog(struct asking *k, struct lapse_err *err);
/* The row waits for a later run. */
int ask_later(struct asking *k, const char *why, struct lapse_err *err);

/* slack_ask_often.c: what the person asked for before may be enough; then it
 * is answered so: *ret_over. */
int ask_too_often(struct asking *k, bool *ret_over, struct lapse_err *err);

/* slack_ask_file.c: files what is understood, or finds what was filed before
 * and not answered. */
int ask_file(struct asking *k, struct lapse_err *err);

#endif
