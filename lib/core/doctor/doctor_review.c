/* Checks of what access reviews need: their statuses and fields, their request
 * type, and that the fallback is somebody. */
#include "doctor.h"

#include <string.h>

#include "people.h"

static int check_statuses(struct doctor *d, struct lapse_err *err)
{
	const struct review_section *v = &d->l->config->review;
	const char *const wanted[] = {v->status_keep, v->status_revoke,
		v->status_limit, v->status_acknowledge, v->status_closed};
	struct op op = {.step = jira_get_statuses, .name = "statuses",
		.key = v->project};
	struct strs missing = {0};
	struct lapse_err why;

	if (doctor_ask(d, &op, &why) < 0)
		return doctor_failed(d, "jira: reviews: their statuses",
			&why, "see the project's id", err);
	for (size_t i = 0; i < ARRAY_N(wanted); i++)
		if (!strs_has(op.ret, wanted[i]))
			strs_add(&missing, &d->arena, wanted[i]);
	if (missing.n == 0)
		return doctor_good(d, "jira: reviews: their statuses are there",
			NULL, err);
	return doctor_bad(d, "jira: reviews: their statuses are there",
		arena_fmt(&d->arena, "not there: %s",
			strs_join(&missing, &d->arena, ", ")),
		"correct the ids, or make the workflows of lapse-jira(7)",
		err);
}

static int check_field(struct doctor *d, const char *key, const char *id,
	struct lapse_err *err)
{
	struct op op = {.step = jira_get_field, .name = "field", .key = id};
	const char *what = arena_fmt(&d->arena, "jira: reviews: %s %s", key,
		id);
	struct lapse_err why;

	if (what == NULL)
		return lapse_fail_nomem(err);
	if (doctor_ask(d, &op, &why) < 0)
		return doctor_failed(d, what, &why, "see the field's id", err);
	if (op.outcome == OP_GONE)
		return doctor_bad(d, what, "there is no such field",
			"correct the id; see lapse-jira(7)", err);
	return doctor_good(d, what, op.ret, err);
}

static int check_request_type(struct doctor *d, struct lapse_err *err)
{
	const struct review_section *v = &d->l->config->review;
	struct op op = {.step = jira_get_request_type, .name = "request type",
		.id = v->project, .key = v->campaign_request};
	const char *what = arena_fmt(&d->arena, "jira: reviews: request type "
		"%s is there", v->campaign_request);
	struct lapse_err why;

	if (what == NULL)
		return lapse_fail_nomem(err);
	if (doctor_ask(d, &op, &why) < 0)
		return doctor_failed(d, what, &why, "correct "
			"'campaign-request'; see lapse-jira(7)", err);
	return doctor_good(d, what, NULL, err);
}

static int check_person(struct doctor *d, const char *key, const char *who,
	struct lapse_err *err)
{
	struct policy_approver found = {0};
	const char *what = arena_fmt(&d->arena, "jira: reviews: %s %s is "
		"somebody", key, who);
	struct lapse_err why;

	if (what == NULL)
		return lapse_fail_nomem(err);
	if (people_named(d->l, who, &d->arena, &found, &why) < 0)
		return doctor_failed(d, what, &why, "see it again", err);
	if (found.account == NULL || !found.active)
		return doctor_bad(d, what, "nobody, more than one, or inactive",
			"name an active person by e-mail or accountId", err);
	return doctor_good(d, what, found.name, err);
}

int doctor_reviews(struct doctor *d, struct lapse_err *err)
{
	const struct review_section *v = &d->l->config->review;
	int rc;

	if (v->project == NULL)
		return 0;
	rc = check_request_type(d, err);
	if (rc == 0)
		rc = check_statuses(d, err);
	if (rc == 0)
		rc = check_field(d, "field-why", v->field_why, err);
	if (rc == 0)
		rc = check_field(d, "field-until", v->field_until, err);
	if (rc == 0)
		rc = check_field(d, "field-approvers", v->field_approvers,
			err);
	if (rc == 0 && v->fallback != NULL)
		rc = check_person(d, "fallback", v->fallback, err);
	if (rc == 0 && v->acknowledger != NULL)
		rc = check_person(d, "acknowledger", v->acknowledger, err);
	return rc;
}
