/* Operations: small state machines without I/O. One step function reads the
 * last reply and gives the next request or the result. It never waits,
 * retries, logs or reads the clock. */
#ifndef LAPSE_HTTP_OP_H
#define LAPSE_HTTP_OP_H

#include "http.h"
#include "json.h"

struct remote;
struct op;

enum op_next {
	OP_SEND,	/* *ret is the next request */
	OP_DONE,	/* op->outcome and the sink have it */
};

/* <Errors> a negative code ends the operation. What classify() refused never
 * gets here: last is 2xx or a status that the request expected. A step must
 * be re-entrant per op only; it keeps cursor, stage and names in op. */
typedef int op_step(const struct remote *r, struct op *op,
	const struct http_response *last, struct http_request *ret,
	struct lapse_err *err);

/* How a change came out, as far as the one call can tell. */
enum op_outcome {
	OP_NONE,
	OP_CHANGED,	/* the service said that it did it */
	OP_ALREADY,	/* it said that it was so before */
	OP_UNCLEAR,	/* its answer leaves it open: read back */
	OP_PRESENT,	/* is_member: seen in the complete list */
	OP_ABSENT,	/* is_member: complete list, not in it */
	OP_GONE,	/* the thing asked for does not exist (or is hidden) */
	OP_FOUND,
	OP_UNSUPPORTED,	/* not to be had here: an edition without it; nothing
			   was changed */
	OP_UNFIT,	/* not for this one: others here may have it; nothing
			   was changed */
};

/* <Shape> inputs are borrowed for the operation's life; which are used says
 * the operation. Items go to sink in the order of arrival; what a list's
 * item is says the operation. A sink's negative return ends the operation.
 * <Ownership> op_clear() frees what the op itself keeps. */
struct op {
	op_step *step;
	const char *name;	/* "add", for messages */
	const char *serial;	/* writes of equal key never overlap */

	/* what is asked */
	const char *group;	/* ids as the provider gives them */
	const char *user;
	const char *issue;	/* Jira issue id or key */
	const char *id;		/* of whatever else: approval, transition... */
	const char *key;	/* property, field or look-up value */
	const char *body;	/* JSON text to send */
	const void *settings;	/* how to read, where an operation says so */
	int64_t at;
	int64_t patience_s;	/* of one request with its repetitions; 0: the
				   engine's own limits */
	int64_t until_ms;	/* by the engine's ticks: no page is asked for
				   after it (LAPSE_EAGAIN); 0: the run's end */
	bool public;
	bool prefetch;		/* a list whose cursor is the Link header: the
				   engine sends for the next page before the
				   step reads this one */
	int (*sink)(void *arg, const void *item, struct lapse_err *err);
	/* Before and after the step reads a reply; NULL where nobody cares. */
	void (*around)(void *arg, bool begins);
	void *arg;		/* of both */
	struct arena *arena;	/* where `ret` lives, if the operation has one */

	/* how far it is */
	int stage;
	size_t seen;		/* items or pages so far */
	size_t pages;
	struct buf cursor;
	struct buf landmark;	/* an earlier cursor, to notice a cycle */

	/* what came out */
	enum op_outcome outcome;
	void *ret;		/* what the operation says, in the arena */
	char request_id[128];	/* of the deciding reply: evidence */
	char ret_id[128];	/* an id the service made: issue, comment */
	int64_t date;		/* Date of the last reply, WHEN_NONE */
	int64_t sent_date;	/* Date of the first reply of this op */
};

void op_clear(struct op *op);

/* Counts an item of the list, and hands it to the sink if there is one. */
int op_give(struct op *op, const void *item, struct lapse_err *err);

/* The usual step: a request without a body from a path template. A DELETE
 * wants nothing back, all else wants JSON unless the step says otherwise. */
int op_send(struct http_request *ret, struct lapse_err *err,
	enum http_method method, const char *template, ...)
	__attribute__((sentinel));
/* Adds a JSON body; takes the bytes of b. */
void op_body(struct http_request *ret, struct buf *b);

/* The next page of a Link cursor: OP_SEND with the next link as target, or
 * OP_DONE when there is none. Repeats, a page over the limit of pages
 * (10 000) and a link equal to the last one are LAPSE_EPROTO.
 * op->cursor keeps the last link. */
int op_next_link(struct op *op, const struct http_response *last,
	struct http_request *ret, struct lapse_err *err);
/* The same for a token in the body: NULL or "" ends. */
int op_next_token(struct op *op, const char *token, struct lapse_err *err);

#endif
