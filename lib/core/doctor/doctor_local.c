/* Checks of this host: configuration, folders, ledger and evidence. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "doctor.h"

static int check_config(struct doctor *d, struct lapse_err *err)
{
	static const char what[] = "the configuration can be read";
	const struct config *c = d->l->config;
	AUTO_BUF detail = {0};

	buf_fmt(&detail, "%s: mode %s, %zu project(s), %zu provider(s), %zu "
		"role(s), %zu operator(s)", c->path,
		c->mode == MODE_ENFORCE ? "enforce" : "observe",
		c->projects.n, c->idps.n, c->roles.n, c->operators.n);
	if (c->roles.n == 0)
		return doctor_bad(d, what, buf_text(&detail),
			"add a role section: nothing can be asked for yet",
			err);
	if (c->projects.n == 0)
		return doctor_bad(d, what, buf_text(&detail),
			"add a project with a request type", err);
	return doctor_good(d, what, buf_text(&detail), err);
}

static int check_people_map(struct doctor *d, struct lapse_err *err)
{
	static const char what[] = "the map of people can be read";
	const char *path = d->l->config->people_map;

	if (path == NULL)
		return 0;
	if (access(path, R_OK) == 0)
		return doctor_good(d, what, path, err);
	return doctor_bad(d, what, path,
		"make the file readable, or take the key people-map out", err);
}

static int check_state(struct doctor *d, struct lapse_err *err)
{
	static const char what[] = "the state folder is private and writable";
	const char *path = d->l->config->state_dir;
	struct stat st;

	if (stat(path, &st) < 0)
		return doctor_bad(d, what, path, "run `lapse init`", err);
	if (!S_ISDIR(st.st_mode) || access(path, W_OK) < 0)
		return doctor_bad(d, what, path,
			"run lapse as the user that owns it", err);
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return doctor_bad(d, what, path,
			"chmod 700 it: names and reasons are in there", err);
	return doctor_good(d, what, path, err);
}

/* ---- Ledger ---- */

static int count_fault(void *arg, int64_t seq, const char *fault)
{
	int64_t *n = arg;

	(void)seq;
	(void)fault;
	(*n)++;
	return 0;
}

static int check_evidence(struct doctor *d, struct lapse_err *err)
{
	static const char what[] = "the evidence chain is whole";
	AUTO_BUF detail = {0};
	struct lapse_err why;
	int64_t faults = 0, n = 0;

	if (evidence_verify(d->l->ledger, count_fault, &faults, &n, &why) < 0)
		return doctor_failed(d, what, &why,
			"restore the newest snapshot", err);
	buf_fmt(&detail, "%lld event(s), %lld fault(s)", (long long)n,
		(long long)faults);
	if (faults == 0)
		return doctor_good(d, what, buf_text(&detail), err);
	core_note(d->l, LAPSE_EXIT_LEDGER, NULL);
	return doctor_bad(d, what, buf_text(&detail),
		"`lapse verify` names each one; restore the newest snapshot",
		err);
}

static int check_anchor(struct doctor *d, struct lapse_err *err)
{
	static const char what[] = "the ledger is the newest one";
	struct ledger_about about = {0};
	struct lapse_err why;

	if (ledger_about(d->l->ledger, &about, &why) < 0)
		return doctor_failed(d, what, &why, NULL, err);
	if (*about.anchor_issue == '\0')
		return doctor_bad(d, what, "it has no anchor issue",
			"run `lapse init --project=ID --issue-type=ID`", err);
	if (*about.taken_over_by != '\0')
		return doctor_bad(d, what, "another ledger took over",
			"use that one, or `lapse init` a new one", err);
	if (about.stale_since != WHEN_NONE)
		return doctor_bad(d, what, "it is behind what it told Jira, "
			"or its anchor was changed",
			"run `lapse sync`, which says which", err);
	return doctor_good(d, what, about.anchor_issue, err);
}

static int check_ledger(struct doctor *d, struct lapse_err *err)
{
	static const char what[] = "the ledger can be opened";
	const char *path = d->l->config->ledger;
	struct lapse_err why;
	int rc;

	if (ledger_open(&d->l->ledger, path, LEDGER_READ, &d->l->env, &why) <
		0)
		return doctor_failed(d, what, &why,
			why.code == LAPSE_ENOTFOUND ? "run `lapse init`" :
			"restore the newest snapshot", err);
	rc = doctor_good(d, what, path, err);
	if (rc == 0)
		rc = check_evidence(d, err);
	if (rc == 0)
		rc = check_anchor(d, err);
	return rc;
}

int doctor_local(struct doctor *d, struct lapse_err *err)
{
	int rc = check_config(d, err);

	if (rc == 0)
		rc = check_people_map(d, err);
	if (rc == 0)
		rc = check_state(d, err);
	if (rc == 0)
		rc = check_ledger(d, err);
	return rc;
}
