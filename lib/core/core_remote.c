/* The services of one run: engine and remotes are opened, one operation is
 * waited for, and a remote that keeps failing is given up for the run. */
#include "core.h"

#include <stdlib.h>
#include <string.h>

#include "condition.h"
#include "log.h"
#include "secret.h"

enum {
	MISSES_MAX = 3,		/* a remote that fails so often in a row is
				   given up for the run */
	PATIENCE = 64,		/* and so often more where items are read side
				   by side, in any order */
};

/* Each exchange in one line, without bodies or headers. */
static void trace(void *arg, const struct remote *r,
	const struct http_request *req, const struct http_response *res,
	const char *failure)
{
	struct lapse *l = arg;

	log_say(&l->env, LAPSE_DEBUG, "%s: %s %s: %d%s%s%s%s", r->name,
		http_method_name(req->method), buf_text(&req->target),
		res->status, failure != NULL ? " " : "",
		failure != NULL ? failure : "",
		res->request_id[0] != '\0' ? " " : "", res->request_id);
}

static int open_jira(struct lapse *l, struct lapse_err *err)
{
	struct config *c = l->config;
	int rc = jira_configure(&c->jira, &l->arena, &l->jira, &l->jira_auth,
		err);

	if (rc < 0)
		return rc;
	l->jira.name = "jira";
	l->jira.service = &jira_service;
	l->jira.proxy = c->jira_proxy;
	l->jira.ca_file = c->jira_ca_file;
	l->jira.rate_share = 100;
	rc = auth_open(&l->jira.auth, &l->jira_auth, &l->env, err);
	if (rc == 0)
		rc = engine_remote_open(l->engine, &l->jira, err);
	if (rc == 0)
		l->jira_open = true;
	return rc;
}

static int open_idp(struct lapse *l, struct core_idp *i,
	const struct idp_section *s, struct lapse_err *err)
{
	int rc;

	i->section = s;
	i->remote.name = s->name;
	i->remote.base = s->url;
	i->remote.service = &s->driver->service;
	i->remote.proxy = s->proxy;
	i->remote.ca_file = s->ca_file;
	i->remote.rate_share = s->rate_share;
	rc = s->driver->configure(config_idp_key, (void *)(uintptr_t)s,
		&l->arena, &i->remote, &i->auth, err);
	if (rc == 0)
		rc = auth_open(&i->remote.auth, &i->auth, &l->env, err);
	if (rc == 0)
		rc = engine_remote_open(l->engine, &i->remote, err);
	if (rc == 0)
		i->open = true;
	return rc;
}

/* A remote that cannot be opened fails for this run; the others go on. */
static void fail_remote(struct lapse *l, bool *failed, struct lapse_err *why,
	const struct lapse_err *err)
{
	if (*failed)
		return;
	core_note(l, lapse_exit_of(err->code), l->tells_remotes ? NULL : err);
	*failed = true;
	*why = *err;
	/* To all that would use it. Configuration would end the run. */
	if (why->code == LAPSE_ECONFIG)
		why->code = LAPSE_EUNAVAIL;
}

static void open_remotes(struct lapse *l)
{
	struct lapse_err err;

	if (open_jira(l, &err) < 0)
		fail_remote(l, &l->jira_failed, &l->jira_why, &err);
	for (size_t n = 0; n < l->config->idps.n && n < CORE_IDPS; n++) {
		struct core_idp *i = &l->idps[l->n_idps++];

		if (open_idp(l, i, &l->config->idps.items[n], &err) < 0)
			fail_remote(l, &i->failed, &i->why, &err);
	}
}

/* Sees one Date: Jira's, else any provider's. */
static void see_time(struct lapse *l)
{
	struct lapse_err err;
	struct op op = {
		.step = jira_server_info,
		.name = "server time",
		.patience_s = CORE_PATIENCE_S,
	};
	int64_t offset = 0;

	(void)core_jira(l, &op, &err);
	op_clear(&op);
	for (size_t n = 0; n < l->n_idps; n++) {
		struct core_idp *i = &l->idps[n];
		struct op probe = {.name = "probe"};

		if (engine_server_now(l->engine, &offset) != WHEN_NONE)
			break;
		if (i->section->driver->probes == NULL)
			continue;
		probe.step = i->section->driver->probes[0].step;
		(void)core_idp_call(l, i->section->name, &probe, &err);
		op_clear(&probe);
	}
}

static void judge_time(struct lapse *l)
{
	struct lapse_err err;
	int64_t offset = 0;

	if (engine_server_now(l->engine, &offset) == WHEN_NONE)
		return;
	l->time_known = true;
	if (offset <= CORE_SUSPECT_S && offset >= -CORE_SUSPECT_S)
		return;
	l->suspect = true;
	lapse_fail(&err, LAPSE_EGUARD,
		"clock: %lld s %s the services' time; nothing is granted; "
		"set this host's clock",
		(long long)(offset < 0 ? -offset : offset),
		offset < 0 ? "ahead of" : "behind");
	core_note(l, LAPSE_EXIT_REFUSED, &err);
}

static int read_hmac_key(struct lapse *l, struct lapse_err *err)
{
	if (l->config->ledger_key == NULL)
		return lapse_fail(err, LAPSE_ECONFIG,
			"%s: 'ledger-key': missing; `lapse init` makes one",
			l->config->path);
	return secret_read(l->config->ledger_key, l->env.getenv, &l->hmac_key,
		err);
}

int core_online(struct lapse *l, struct lapse_err *err)
{
	struct engine_config config = {
		.env = &l->env,
		.deadline_s = l->config->run_deadline,
		.user_agent = "lapse/" LAPSE_VERSION,
		.trace = trace,
		.trace_arg = l,
	};
	int rc;

	struct lapse_err why;

	if (l->engine != NULL)
		return 0;
	rc = engine_open(&l->engine, &config, err);
	if (rc < 0)
		return rc;
	/* Without the key nothing can be sealed, so nothing is granted; what
	 * is due to be removed does not wait for it. */
	if (read_hmac_key(l, &why) < 0)
		core_note(l, lapse_exit_of(why.code), &why);
	open_remotes(l);
	see_time(l);
	judge_time(l);
	return 0;
}

struct core_idp *core_idp_find(struct lapse *l, const char *name)
{
	for (size_t n = 0; n < l->n_idps; n++)
		if (strcmp(l->idps[n].section->name, name) == 0)
			return &l->idps[n];
	return NULL;
}

int core_settle_s(struct lapse *l, const char *idp)
{
	struct core_idp *i = core_idp_find(l, idp);

	return i == NULL ? 0 : i->section->driver->settle_s;
}

/* Does this failure end the remote's use for the run? One that never answered
 * is down. One that answers others is not, because of items that never work:
 * it may fail as many more, in a row, as `patience` and its successes allow. */
static bool ends_use(const struct remote *r, const struct op *op, int rc,
	int patience, struct core_luck *luck)
{
	if (rc == 0) {
		luck->misses = 0;
		luck->good++;
	}
	if (rc == LAPSE_EAUTH)
		return engine_remote_denied(r) != ENGINE_WELCOME;
	if (rc != LAPSE_EUNAVAIL)
		return false;
	if (patience > luck->good)
		patience = luck->good;
	return (op->date == WHEN_NONE && luck->good == 0) ||
		++luck->misses >= MISSES_MAX + patience;
}

int core_jira(struct lapse *l, struct op *op, struct lapse_err *err)
{
	struct lapse_err why;
	int rc;

	if (l->jira_failed) {
		*err = l->jira_why;
		return l->jira_why.code;
	}
	rc = engine_call(l->engine, &l->jira, op, &why);
	if (ends_use(&l->jira, op, rc, 0, &l->jira_luck))
		fail_remote(l, &l->jira_failed, &l->jira_why, &why);
	if (rc < 0)
		*err = why;
	return rc;
}

int core_idp_ready(struct lapse *l, const char *idp, struct core_idp **ret,
	struct lapse_err *err)
{
	struct core_idp *i = core_idp_find(l, idp);

	if (i == NULL)
		return lapse_fail(err, LAPSE_ECONFIG,
			"idp: '%s': not in the configuration any more; put "
			"its section back", idp);
	if (i->failed) {
		*err = i->why;
		return i->why.code;
	}
	*ret = i;
	return 0;
}

void core_idp_told(struct lapse *l, struct core_idp *i, const struct op *op,
	int rc, const struct lapse_err *why)
{
	if (ends_use(&i->remote, op, rc, PATIENCE, &i->luck))
		fail_remote(l, &i->failed, &i->why, why);
}

int core_idp_call(struct lapse *l, const char *idp, struct op *op,
	struct lapse_err *err)
{
	struct core_idp *i = NULL;
	struct lapse_err why;
	int rc = core_idp_ready(l, idp, &i, err);

	if (rc < 0)
		return rc;
	rc = engine_call(l->engine, &i->remote, op, &why);
	core_idp_told(l, i, op, rc, &why);
	if (rc < 0)
		*err = why;
	return rc;
}

int core_self(struct lapse *l, struct lapse_err *err)
{
	struct op op = {
		.step = jira_myself,
		.name = "myself",
		.arena = &l->arena,
	};
	int rc;

	if (l->self.account != NULL)
		return 0;
	rc = core_jira(l, &op, err);
	if (rc == 0)
		l->self = *(struct jira_person *)op.ret;
	op_clear(&op);
	return rc;
}

int core_issue(struct lapse *l, const char *issue,
	const struct jira_form *form, struct arena *a,
	struct jira_issue **ret, struct lapse_err *err)
{
	struct op op = {
		.step = jira_get_issue,
		.name = "issue",
		.issue = issue,
		.arena = a,
	};
	int rc;

	jira_op_form(&op, form);
	rc = core_jira(l, &op, err);
	if (rc == 0)
		*ret = op.outcome == OP_FOUND ? op.ret : NULL;
	op_clear(&op);
	return rc;
}
