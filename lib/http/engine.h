/* The engine: the one file group that includes curl.h. It moves operations
 * side by side over one curl multi handle, applies credentials, retries after
 * the one rule, bounds everything, and ends before the deadline.
 *
 * The retry rule. REPLY_AGAIN_AFTER and connection failures before anything
 * was sent: again for all. Uncertain failures (5xx, lost reply, cut body,
 * timeout): again for GET and safe requests only; a write ends with
 * LAPSE_EUNKNOWN. Waits: the server's figure measured by its own Date, capped
 * at 120 s; else 1, 2, 4, 8 s with jitter of 0.7..1.3; four attempts in all;
 * never beyond the deadline (then LAPSE_EAGAIN "deadline"). REPLY_DENIED
 * marks the remote: its other operations fail with LAPSE_EAUTH, unsent.
 *
 * A 2xx of the wrong kind (http_want) is as good as a lost reply; reads end
 * with LAPSE_EPROTO. Once a change was answered by a 2xx, whatever fails later
 * in the same operation ends as LAPSE_EUNKNOWN, unless the step itself says
 * LAPSE_EREFUSED, LAPSE_ENOTFOUND or LAPSE_EITEM. Pauses and rates are kept
 * per step function, since services count per endpoint: a read that is told
 * to wait does not hold back a removal. Serial keys are per remote. */
#ifndef LAPSE_HTTP_ENGINE_H
#define LAPSE_HTTP_ENGINE_H

#include "remote.h"

struct engine;

struct engine_config {
	const struct lapse_env *env;
	int64_t deadline_s;	/* of the whole run, from open; 0: none */
	int64_t timeout_s;	/* of one exchange; 0: 60 */
	const char *user_agent;
	/* Sees each exchange, for `-vv` and the tests' recordings; NULL none.
	 * Never gets credentials. */
	void (*trace)(void *arg, const struct remote *r,
		const struct http_request *req,
		const struct http_response *res, const char *failure);
	void *trace_arg;
};

/* Refuses to start where curl lacks TLS. Forgets SSLKEYLOGFILE and proxy
 * variables of the environment. */
int engine_open(struct engine **ret, const struct engine_config *config,
	struct lapse_err *err);
void engine_free(struct engine *e);

/* Starts r's bookkeeping; checks base (https, or http to loopback) and fills
 * r->state, which engine_remote_close() frees. <Errors> LAPSE_ECONFIG. */
int engine_remote_open(struct engine *e, struct remote *r,
	struct lapse_err *err);
void engine_remote_close(struct engine *e, struct remote *r);

/* Where a remote was refused for good, so that nothing is sent any more. */
enum engine_denial {
	ENGINE_WELCOME,		/* it was not */
	ENGINE_NO_TOKEN,	/* the token request was refused */
	ENGINE_REJECTED,	/* a request came back as from a stranger: 401 */
	ENGINE_BARRED,		/* the service does not serve this credential */
};
enum engine_denial engine_remote_denied(const struct remote *r);

/* Called once per op, from engine_run(): rc is 0 or the negative code; err is
 * the line where rc < 0. It may add further operations. */
typedef void engine_done(void *arg, struct op *op, int rc,
	const struct lapse_err *err);

/* Takes the op (borrowed until done). Writes whose serial key is in flight
 * wait in order. Observations (observe = true) keep to r's rate_share: when
 * it is used up they fail with LAPSE_EAGAIN; other operations may use all. */
int engine_add(struct engine *e, struct remote *r, struct op *op, bool observe,
	engine_done *done, void *arg, struct lapse_err *err);
/* Moves until every operation is done or the deadline has come. 0, also where
 * operations failed: they were told. <Errors> LAPSE_EAGAIN: the deadline cut
 * some short (told too); engine_add() fails with it from then on. Not to be
 * called from a step or sink; a done callback may. */
int engine_run(struct engine *e, struct lapse_err *err);
/* One operation: adds it and moves until it is done; others, if there are
 * any, move along. Returns the operation's own result. */
int engine_call(struct engine *e, struct remote *r, struct op *op,
	struct lapse_err *err);

/* The time by the last Date header that came over TLS or loopback:
 * WHEN_NONE before the first. offset_s is Date minus the local clock at that
 * moment. */
int64_t engine_server_now(const struct engine *e, int64_t *ret_offset_s);
size_t engine_requests(const struct engine *e);	/* sent so far */

#endif
