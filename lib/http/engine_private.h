/* Shared by engine*.c only.
 *
 * An operation given to the engine is a task. It is held (another of its
 * serial key is at work), ready, resting (until due_ms) or flying. A flight is
 * one HTTP exchange; its handle serves one remote's base, or one token
 * endpoint, and nothing else. */
#ifndef LAPSE_HTTP_ENGINE_PRIVATE_H
#define LAPSE_HTTP_ENGINE_PRIVATE_H

#include <sys/queue.h>

#include "engine.h"
#include "url.h"

enum {
	ATTEMPTS = 4,		/* of one request, in all */
	BUCKETS = 24,		/* kinds of operations told apart by rate */
	LANES = 64,
	FLIGHTS_DEFAULT = 8,
	FLIGHTS_MAX = 32,
	NEVER = 0,		/* as due_ms or deadline_ms */
};

/* ---- engine_wire.c, engine_flight.c: one exchange, and curl ---- */

enum fate {
	FATE_REPLY,		/* a whole reply */
	FATE_UNSENT,		/* failed before a byte of the request left */
	FATE_CERTIFICATE,	/* the same, and not to be repeated */
	FATE_LOST,		/* no whole reply; may have been carried out */
	FATE_GARBAGE,		/* an answer that cannot be read */
	FATE_TOO_BIG,
	FATE_LOCAL,		/* out of memory and the like */
};

struct wire {
	void *multi;
	const struct lapse_env *env;
	const char *user_agent;
	int64_t timeout_s;		/* 0: the usual */
};
struct curl_slist;

struct flight {
	TAILQ_ENTRY(flight) link;	/* in a list of idle ones */
	struct wire *wire;
	void *easy;
	struct curl_slist *headers;
	struct remote_state *rs;
	struct task *task;		/* NULL: the token's */
	unsigned credential;		/* rs->credential when it was sent */
	bool in_air;
	bool once;			/* a write: never sent twice */
	int sendings;
	int64_t date_now;		/* local clock when the Date came */
	int64_t date_ms;
	size_t header_bytes;
	int header_lines;
	bool head_done;			/* the empty line came */
	struct lapse_err fault;		/* of a callback; code 0: none */
	bool too_big;
	struct http_response res;
	char detail[256];		/* curl's words; CURL_ERROR_SIZE */
};
TAILQ_HEAD(flights, flight);

int wire_open(struct wire **ret, const struct engine_config *config,
	struct lapse_err *err);
void wire_free(struct wire *w);
/* proxy and ca_file may be NULL. */
int flight_open(struct flight **ret, struct wire *w, bool tls,
	const char *proxy, const char *ca_file, struct lapse_err *err);
void flight_free(struct flight *f);
/* How long one request may take; 0: the usual limit. */
void flight_set_patience(struct flight *f, int64_t patience_s);
/* headers: lines ended by \n. req's body must live until it has landed. */
int flight_start(struct flight *f, const struct http_request *req,
	const char *url, const struct buf *headers, struct lapse_err *err);
void flight_cancel(struct flight *f);
/* May a byte of the request have left? */
bool flight_sent(const struct flight *f);
void wire_push(struct wire *w);
/* Waits for at most ms for something to happen in the air. */
void wire_wait(struct wire *w, int64_t ms);
/* The next flight that ended, or NULL; err is filled but for FATE_REPLY. */
struct flight *wire_landed(struct wire *w, enum fate *ret,
	struct lapse_err *err);

/* ---- The engine's state ---- */

struct task {
	TAILQ_ENTRY(task) link;		/* in the list of its state */
	TAILQ_ENTRY(task) all;
	struct tasks *list;
	struct remote_state *rs;
	struct op *op;
	bool observe;
	engine_done *done;
	void *arg;
	struct lane *lane;
	struct bucket *bucket;

	struct http_request req;
	bool has_req;
	int attempts;
	int64_t began_ms;		/* the first of them */
	bool renewed;			/* had its one fresh credential */
	bool wrote;			/* a change of this op was answered */
	int64_t due_ms;
	struct flight *flight;
	struct flight *ahead;		/* the next page, already asked for */
};
TAILQ_HEAD(tasks, task);

/* Operations with one serial key: the first works, the others are held. */
struct lane {
	LIST_ENTRY(lane) link;
	char *key;
	struct tasks held;
};
LIST_HEAD(lanes, lane);

/* What the rate headers said to one kind of operation: services count per
 * endpoint, and an operation's requests mostly go to one. */
struct bucket {
	op_step *step;
	int64_t paused_ms;		/* no request before; NEVER: none */
	int64_t limit;			/* -1 unknown */
	int64_t remaining;		/* the least that was said */
	int64_t reset_at;		/* by the service's clock, */
	int64_t reset_ms;		/* and by ours */
	size_t said;			/* rs->said when it was */
	int observing;			/* observations in the air */
	bool silent;			/* its replies say nothing of it */
};

enum token_state {
	TOKEN_IDLE,
	TOKEN_FLYING,
	TOKEN_RESTING,
};

struct token {
	enum token_state state;
	struct flight *flight;
	struct http_request req;
	struct buf url;
	struct buf headers;
	int attempts;
	int rounds;			/* answers that asked for another try */
	bool clock_known;		/* by a Date, when it was sent */
	int64_t due_ms;
};

struct remote_state {
	LIST_ENTRY(remote_state) link;
	struct engine *e;
	struct remote *r;
	struct url base;		/* views into r->base */
	struct url other_base;		/* and r->other_base; {0}: none */
	struct tasks urgent;		/* ready, */
	struct tasks observing;		/* and ready, but behind the others */
	struct tasks resting;
	struct tasks flying;
	struct lanes lanes[LANES];
	struct bucket buckets[BUCKETS];
	size_t n_buckets;
	size_t said;			/* replies that told of a rate */
	struct flights idle;
	int in_air;
	int parallel;
	struct token token;
	unsigned credential;		/* counts its changes */
	struct lapse_err denied;	/* code 0: not denied */
	enum engine_denial denial;
};

struct engine {
	struct engine_config config;
	const struct lapse_env *env;
	struct wire *wire;
	LIST_HEAD(, remote_state) remotes;
	struct tasks all;
	bool in_step;			/* a step is at work: do not run */
	int64_t deadline_ms;
	bool stopping;
	size_t requests;
	int64_t date;			/* the last one, WHEN_NONE */
	int64_t date_ms;		/* ticks when it came */
	int64_t offset_s;
};

int64_t engine_ticks(const struct engine *e);
/* The server's time where known, else the local clock. */
int64_t engine_now(const struct engine *e);
void engine_note_date(struct engine *e, const struct flight *f);
void engine_trace(const struct engine *e, const struct remote *r,
	const struct http_request *req, const struct http_response *res,
	const char *failure);
bool engine_past_deadline(const struct engine *e, int64_t at_ms);

/* ---- engine_task.c: one operation's way ---- */

void task_queue(struct task *t);	/* ready, by its kind */
void task_rest(struct task *t, int64_t due_ms);
/* Asks the first step if need be, and sends. */
void task_start(struct task *t);
/* Gives a reply to the step. */
void task_step(struct task *t, struct flight *f);
void task_landed(struct task *t, struct flight *f, enum fate fate,
	struct lapse_err *err);
/* The end: tells the caller and frees t. err->code is the result; 0 is one
 * too. */
void task_finish(struct task *t, const struct lapse_err *err);
/* The same for a failure; what was sent and not proven undone makes it
 * LAPSE_EUNKNOWN. */
void task_fail(struct task *t, struct lapse_err *err);
/* Ends it because the time is up. */
void task_expire(struct task *t);
void task_free(struct task *t);

/* ---- engine_retry.c: what a failure means ---- */

void retry_after_fate(struct task *t, enum fate fate, struct lapse_err *err);
/* A reply that is not for the step. */
void retry_after_reply(struct task *t, struct flight *f,
	struct lapse_err *err);
/* A 2xx that is not what was asked for. */
void retry_after_broken(struct task *t, struct lapse_err *err);
/* Milliseconds to wait before attempt+1; wait_s -1: by our own backoff. */
int64_t retry_wait_ms(const struct engine *e, int attempts, int64_t wait_s);
int64_t retry_random(const struct engine *e, int64_t from, int64_t to);
const char *retry_fate_text(enum fate fate);
/* 0, or LAPSE_EPROTO when a 2xx or expected reply is not of its kind. */
int retry_check_kind(const struct remote *r, const char *what,
	const struct http_request *req, const struct http_response *res,
	struct lapse_err *err);

/* ---- engine_rate.c ---- */

struct bucket *rate_bucket(struct remote_state *rs, op_step *step);
void rate_note(struct task *t, const struct http_response *res);
/* Is an observation's share of the limit used up? */
bool rate_share_used(const struct task *t);
/* Must an observation wait for what one in the air will say of the rate? */
bool rate_unsaid(const struct task *t);

/* ---- engine_lane.c ---- */

/* 0: t may go; 1: it is held. */
int lane_enter(struct task *t, struct lapse_err *err);
/* At the end of t, which has left its list. */
void lane_leave(struct task *t, bool was_held);

/* ---- engine_token.c ---- */

/* True when the remote's requests may go; else the token is on its way. */
bool token_ready(struct remote_state *rs);
void token_landed(struct remote_state *rs, struct flight *f, enum fate fate,
	struct lapse_err *err);
void token_wake(struct remote_state *rs, int64_t now_ms);
void token_clear(struct token *t);

/* ---- engine_remote.c ---- */

/* Starts what may start. */
void remote_pump(struct remote_state *rs);
/* Moves what has rested long enough. */
void remote_wake(struct remote_state *rs, int64_t now_ms);
/* When the next one will have: NEVER if none rests. */
int64_t remote_due(const struct remote_state *rs);
void remote_fail_waiting(struct remote_state *rs, const struct lapse_err *err);
void remote_deny(struct remote_state *rs, enum engine_denial where,
	const struct lapse_err *err);
/* The absolute URL of a request's target; refuses another origin. */
int remote_url(const struct remote_state *rs, const char *what,
	const struct http_request *req, struct buf *ret,
	struct lapse_err *err);
int remote_flight(struct remote_state *rs, struct flight **ret,
	struct lapse_err *err);
void remote_flight_done(struct remote_state *rs, struct flight *f);

#endif
