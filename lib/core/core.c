/* One open lapse: configuration, ledger, the run's time and its exit status.
 * Commands are elsewhere; core_remote.c talks with the services. */
#include "core.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "condition.h"
#include "log.h"
#include "secret.h"

enum {
	ALONE_POLL_MS = 200,
	ALONE_WAIT_MS = 60000,	/* a person waits so long for another run */
};

static int open_ledger(struct lapse *l, const struct lapse_options *o,
	struct lapse_err *err)
{
	const char *path = o->ledger;
	enum ledger_mode mode = LEDGER_WRITE;
	int rc;

	if (path == NULL && l->config != NULL)
		path = l->config->ledger;
	if (path == NULL)
		return lapse_fail(err, LAPSE_EUSAGE,
			"ledger: which one? give --ledger FILE or a "
			"configuration");
	if ((o->needs & LAPSE_NEED_LEDGER) == 0)
		mode = LEDGER_READ;
	l->writable = mode == LEDGER_WRITE && !l->dry_run;
	rc = ledger_open(&l->ledger, path, mode, &l->env, err);
	/* A named file that is not there is the caller's mistake; the
	 * configured one is what everything rests on. */
	if (rc == LAPSE_ENOTFOUND && o->ledger == NULL)
		rc = err->code = LAPSE_ELEDGER;
	return rc;
}

static int open_config(struct lapse *l, const struct lapse_options *o,
	struct lapse_err *err)
{
	struct lapse_err why;

	if ((o->needs & (LAPSE_NEED_CONFIG | LAPSE_MAY_CONFIG)) == 0)
		return 0;
	if ((o->needs & LAPSE_NEED_CONFIG) == 0 &&
		(o->config == NULL || access(o->config, R_OK) < 0))
		return 0;
	if (o->config == NULL)
		return lapse_fail(err, LAPSE_ECONFIG,
			"configuration: no file found; run `lapse init`");
	if (config_open(&l->config, o->config, &why) == 0)
		return 0;
	if (err != NULL)
		*err = why;
	return why.code;
}

static int open_all(struct lapse *l, const struct lapse_options *o,
	struct lapse_err *err)
{
	int rc = open_config(l, o, err);

	if (rc < 0)
		return rc;
	if ((o->needs & (LAPSE_NEED_LEDGER | LAPSE_NEED_LEDGER_READ)) != 0)
		rc = open_ledger(l, o, err);
	if (rc < 0)
		return rc;
	if ((o->needs & LAPSE_NEED_SWEEP) != 0)
		rc = ledger_alone(l->ledger, LEDGER_SWEEP, err);
	if (rc < 0)
		return rc;
	if (l->config != NULL && o->operator_login != NULL)
		l->operator = config_operator(l->config, o->operator_login);
	return 0;
}

int lapse_open(struct lapse **ret, const struct lapse_options *options,
	const struct lapse_env *env, struct lapse_err *err)
{
	struct lapse *l = calloc(1, sizeof(*l));
	int rc;

	if (l == NULL)
		return lapse_fail_nomem(err);
	l->env = *env;
	l->command = options->command;
	l->dry_run = options->dry_run;
	l->unattended = options->unattended;
	l->operator_login = options->operator_login;
	rc = open_all(l, options, err);
	if (rc < 0) {
		lapse_free(l);
		return rc;
	}
	*ret = l;
	return 0;
}

void lapse_free(struct lapse *l)
{
	if (l == NULL)
		return;
	for (size_t i = 0; i < l->n_idps; i++) {
		if (l->idps[i].open)
			engine_remote_close(l->engine, &l->idps[i].remote);
		auth_free(l->idps[i].remote.auth);
	}
	if (l->jira_open)
		engine_remote_close(l->engine, &l->jira);
	auth_free(l->jira.auth);
	if (l->slack_open)
		engine_remote_close(l->engine, &l->slack);
	auth_free(l->slack.auth);
	if (l->delegate_open)
		engine_remote_close(l->engine, &l->delegate);
	auth_free(l->delegate.auth);
	engine_free(l->engine);
	ledger_free(l->ledger);
	config_free(l->config);
	buf_wipe(&l->hmac_key);
	arena_clear(&l->untold_arena);
	arena_clear(&l->arena);
	secret_forget_all();
	free(l);
}

void core_touch(const struct lapse *l, const char *name)
{
	char path[4096];
	int fd;
	int n;

	if (l->config == NULL || l->dry_run)
		return;
	n = snprintf(path, sizeof(path), "%s/%s", l->config->state_dir, name);
	if (n < 0 || (size_t)n >= sizeof(path))
		return;
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0)
		return;
	if (futimens(fd, NULL) < 0)
		log_say(&l->env, LAPSE_WARNING, "%s: cannot be touched", path);
	close(fd);
}

/* STATE/COMMAND.ok: when this command last served Jira and the providers; who
 * watches it asks whether access comes and goes. */
static void touch_ok(const struct lapse *l)
{
	AUTO_BUF name = {0};

	if (l->command == NULL)
		return;
	buf_fmt(&name, "%s.ok", l->command);
	if (!name.failed)
		core_touch(l, buf_text(&name));
}

int lapse_finish(struct lapse *l, int rc)
{
	struct lapse_err err;
	int served = lapse_exit_worse(l->exit, rc < 0 ? lapse_exit_of(rc) : 0);
	int status = lapse_exit_worse(served, l->slack_exit);

	conditions_tell(l, rc);
	if (l->ledger != NULL && !l->dry_run &&
		ledger_run_end(l->ledger, core_now(l), status, &err) < 0)
		log_say(&l->env, LAPSE_WARNING, "%s", err.text);
	if (served == 0 || served == LAPSE_EXIT_PENDING)
		touch_ok(l);
	return status;
}

int64_t core_now(struct lapse *l)
{
	struct ledger_about about;
	int64_t now = l->env.now(l->env.arg);
	int64_t offset = 0;

	if (l->engine != NULL &&
		engine_server_now(l->engine, &offset) != WHEN_NONE)
		return l->suspect ? now + offset : now;
	if (l->water == 0 && l->ledger != NULL &&
		ledger_about(l->ledger, &about, NULL) == 0)
		l->water = about.high_water;
	return now < l->water ? l->water : now;
}

int64_t core_behind(struct lapse *l)
{
	int64_t behind = core_now(l) - l->env.now(l->env.arg);

	return l->time_known || behind <= CORE_SUSPECT_S ? 0 : behind;
}

/* A remote that failed for the run was said once, not for each item again. */
static bool said(const struct lapse *l, const struct lapse_err *err)
{
	if (l->jira_failed && strstr(err->text, l->jira_why.text) != NULL)
		return true;
	if (l->slack_failed && strstr(err->text, l->slack_why.text) != NULL)
		return true;
	for (size_t n = 0; n < l->n_idps; n++)
		if (l->idps[n].failed &&
			strstr(err->text, l->idps[n].why.text) != NULL)
			return true;
	return false;
}

bool core_stopped(const struct lapse *l)
{
	return l->env.stopped != NULL && l->env.stopped(l->env.arg);
}

bool core_may_give(const struct lapse *l)
{
	return !l->dry_run && !l->suspect && !l->stale && !l->taken_over &&
		!l->unwitnessed && l->time_known;
}

static void note(struct lapse *l, int *worst, int exit,
	const struct lapse_err *err)
{
	*worst = lapse_exit_worse(*worst, exit);
	if (err != NULL && !said(l, err))
		condition_note(l, exit, err);
}

void core_note(struct lapse *l, int exit, const struct lapse_err *err)
{
	note(l, &l->exit, exit, err);
}

void core_note_slack(struct lapse *l, int exit, const struct lapse_err *err)
{
	note(l, &l->slack_exit, exit, err);
}

int core_begin(struct lapse *l, struct lapse_err *err)
{
	struct ledger_run_about about = {
		.command = l->command,
		.operator = l->operator,
	};
	int64_t now = core_now(l);
	int rc;

	if (l->dry_run)
		return lapse_fail(err, LAPSE_EINTERNAL,
			"ledger: a dry run must not write");
	rc = ledger_begin(l->ledger, err);
	if (rc < 0)
		return rc;
	rc = ledger_run(l->ledger, &about, now, &l->run, err);
	/* Only a Date that agrees with the clock raises the mark. */
	if (rc == 0 && l->time_known && !l->suspect)
		rc = ledger_raise_water(l->ledger, now, err);
	if (rc < 0)
		ledger_abandon(l->ledger);
	return rc;
}

/* What happened is said when it stands in the ledger, never before. */
static void say_untold(struct lapse *l, bool stands)
{
	for (size_t i = 0; stands && i < l->untold.n; i++)
		if (l->untold.items[i] != NULL)
			log_say(&l->env, LAPSE_NOTICE, "%s",
				l->untold.items[i]);
	l->untold.items = NULL;
	l->untold.n = 0;
	l->untold.cap = 0;
	arena_clear(&l->untold_arena);
}

int core_commit(struct lapse *l, struct lapse_err *err)
{
	int rc = ledger_commit(l->ledger, err);

	if (rc < 0)
		ledger_abandon(l->ledger);
	say_untold(l, rc == 0);
	return rc;
}

int core_end(struct lapse *l, int rc, struct lapse_err *err)
{
	if (rc == 0)
		return core_commit(l, err);
	ledger_abandon(l->ledger);
	say_untold(l, false);
	return rc;
}

int core_alone(struct lapse *l, enum ledger_work w, int64_t wait_ms,
	bool *ret, struct lapse_err *err)
{
	int rc = LAPSE_EAGAIN;

	for (int64_t ms = 0; rc == LAPSE_EAGAIN && ms <= wait_ms;
		ms += ALONE_POLL_MS) {
		if (ms > 0)
			l->env.sleep_ms(l->env.arg, ALONE_POLL_MS);
		rc = l->dry_run ? 0 : ledger_alone(l->ledger, w, err);
		if (core_stopped(l))
			break;
	}
	*ret = rc == 0;
	return rc == LAPSE_EAGAIN ? 0 : rc;
}

int core_alone_or_fail(struct lapse *l, enum ledger_work w, const char *name,
	struct lapse_err *err)
{
	bool alone = false;
	int rc = core_alone(l, w, ALONE_WAIT_MS, &alone, err);

	return rc < 0 || alone ? rc : lapse_fail(err, LAPSE_EAGAIN, "%s: "
		"another run is at it, such as a timer's `lapse sync`; "
		"try again when that has ended", name);
}

void core_leave(struct lapse *l, enum ledger_work w)
{
	if (!l->dry_run)
		ledger_leave(l->ledger, w);
}

/* The line of an event, for the journal. */
static void keep_untold(struct lapse *l, const struct evidence *e, int64_t seq)
{
	const char **slot = VEC_ADD(&l->untold, &l->untold_arena);

	if (slot == NULL)
		return;
	*slot = arena_fmt(&l->untold_arena,
		"%s issue=%s grant=%lld group=%s user=%s seq=%lld", e->kind,
		e->issue != NULL ? e->issue : "-", (long long)e->grant,
		e->group != NULL ? e->group : "-",
		e->user != NULL ? e->user : "-", (long long)seq);
}

int core_evidence(struct lapse *l, const struct evidence *e, int64_t *ret_seq,
	struct lapse_err *err)
{
	struct evidence with = *e;
	int64_t seq = 0;
	int rc;

	if (with.actor == NULL)
		with.actor = l->operator;
	rc = evidence_add(l->ledger, core_now(l), &with, &seq, err);
	if (rc == 0 && ret_seq != NULL)
		*ret_seq = seq;
	if (rc == 0)
		keep_untold(l, e, seq);
	return rc;
}

int core_record(struct lapse *l, const char *schema,
	const struct lapse_field *fields, size_t n, struct lapse_err *err)
{
	if (l->env.record == NULL)
		return 0;
	if (l->env.record(l->env.arg, schema, fields, n) != 0)
		return lapse_fail(err, LAPSE_EIO,
			"output: could not be written");
	return 0;
}

int core_plan(struct lapse *l, const char *subject, const char *action,
	const char *detail, struct lapse_err *err)
{
	const struct lapse_field f[] = {
		{"subject", LAPSE_TEXT, subject, 0},
		{"action", LAPSE_TEXT, action, 0},
		{"detail", LAPSE_TEXT, detail, 0},
	};

	if (!l->dry_run)
		return 0;
	core_note(l, LAPSE_EXIT_PENDING, NULL);
	return core_record(l, "lapse/plan.v1", f, sizeof(f) / sizeof(f[0]),
		err);
}
