/* `doctor`: reads everything that lapse will need and changes nothing. A check
 * that fails is a record, not the end. */
#include "doctor.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int record(struct doctor *d, const char *what, const char *state,
	const char *detail, const char *hint, struct lapse_err *err)
{
	const struct lapse_field fields[] = {
		{"what", LAPSE_TEXT, what, 0},
		{"ok", LAPSE_BOOL, NULL, strcmp(state, "fail") != 0},
		{"detail", LAPSE_TEXT, detail, 0},
		{"hint", LAPSE_TEXT, hint, 0},
		{"state", LAPSE_TEXT, state, 0},
	};

	return core_record(d->l, "lapse/doctor.v1", fields,
		sizeof(fields) / sizeof(*fields), err);
}

int doctor_good(struct doctor *d, const char *what, const char *detail,
	struct lapse_err *err)
{
	return record(d, what, "ok", detail, NULL, err);
}

int doctor_warn(struct doctor *d, const char *what, const char *detail,
	const char *hint, struct lapse_err *err)
{
	return record(d, what, "warn", detail, hint, err);
}

int doctor_unknown(struct doctor *d, const char *what, const char *detail,
	struct lapse_err *err)
{
	return record(d, what, "unknown", detail, NULL, err);
}

int doctor_bad(struct doctor *d, const char *what, const char *detail,
	const char *hint, struct lapse_err *err)
{
	d->failures++;
	core_note(d->l, LAPSE_EXIT_CONFIG, NULL);
	return record(d, what, "fail", detail, hint, err);
}

int doctor_failed(struct doctor *d, const char *what,
	const struct lapse_err *why, const char *hint, struct lapse_err *err)
{
	int exit = lapse_exit_of(why->code);

	/* Not found, or refused as a request: an id or an address is wrong. */
	if (exit == LAPSE_EXIT_REFUSED || exit == LAPSE_EXIT_NOT_FOUND ||
		exit == LAPSE_EXIT_RETRY)
		exit = LAPSE_EXIT_CONFIG;
	d->failures++;
	core_note(d->l, exit, NULL);
	return record(d, what, "fail", why->text, hint, err);
}

/* ---- The clock ---- */

static int check_clock(struct doctor *d, struct lapse_err *err)
{
	static const char what[] = "the clock agrees with the services";
	char detail[64];
	int64_t offset = 0;

	if (engine_server_now(d->l->engine, &offset) == WHEN_NONE)
		return doctor_bad(d, what, "no service gave a Date",
			"see the checks of Jira and the providers", err);
	snprintf(detail, sizeof(detail), "%" PRId64 " s apart",
		offset < 0 ? -offset : offset);
	if (!d->l->suspect)
		return doctor_good(d, what, detail, err);
	return doctor_bad(d, what, detail,
		"set this host's clock; nothing is granted until then", err);
}

static int online(struct doctor *d, struct lapse_err *err)
{
	struct lapse_err why;
	int rc;

	if (core_online(d->l, &why) < 0)
		return doctor_failed(d, "the network can be used", &why,
			"`lapse init` makes a missing key", err);
	rc = check_clock(d, err);
	if (rc == 0)
		rc = doctor_jira(d, err);
	if (rc == 0)
		rc = doctor_idps(d, err);
	if (rc == 0)
		rc = doctor_slack(d, err);
	return rc;
}

int lapse_doctor(struct lapse *l, struct lapse_err *err)
{
	struct doctor d = {.l = l};
	int rc;

	l->tells_remotes = true;
	rc = doctor_local(&d, err);
	if (rc == 0)
		rc = online(&d, err);
	arena_clear(&d.arena);
	return rc;
}
