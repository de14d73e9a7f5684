/* Filing the request by which an approver decides on access that lapse did
 * not give. */
#include <string.h>

#include "adoption.h"
#include "catalog_form.h"
#include "json.h"
#include "log.h"
#include "story.h"
#include "text.h"
#include "texts.h"

enum {
	INDEX_S = 600,		/* Jira's search shows an issue within this */
};

static bool same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* ---- Which form ---- */

/* For another person, with a duration and a reason. */
static bool fits(const struct request_type *t)
{
	return t->form.whom != NULL && t->form.how_long != NULL &&
		t->form.why != NULL;
}

bool adoption_can_ask(const struct lapse *l, const struct role *role)
{
	return catalog_form_offered(l, role, fits);
}

static int find_form(struct lapse *l, const struct adoption_question *q,
	struct arena *a, struct catalog_form *ret, struct lapse_err *err)
{
	int rc = catalog_form_find(l, q->role, fits, a, ret, err);

	return rc < 0 || ret->option != NULL ? rc :
		lapse_fail(err, LAPSE_EREFUSED,
		"role: '%s': no request type offers it for another person, "
		"with a duration and a reason, in a project with a "
		"service-desk, and not only to be observed; without --ask it is yours to decide",
		q->role->name);
}

/* ---- The person ---- */

/* What the request would be refused for: then none is made. */
static int check_person(struct lapse *l, const struct adoption_question *q,
	struct arena *a, struct jira_person *ret, struct lapse_err *err)
{
	int rc = people_account_fresh(l, q->account, a, ret, err);

	if (rc == 0 && !ret->active)
		rc = lapse_fail(err, LAPSE_EREFUSED, "%s: is not active in "
			"Jira, so no approver can be asked; without --ask it "
			"is yours to decide", q->name);
	for (size_t i = 0; i < q->role->group_idps.n && rc == 0; i++) {
		const char *idp = q->role->group_idps.items[i];
		struct people_link link = {0};

		rc = people_resolve(l, q->account, idp, a, &link, err);
		if (rc == 0 && link.status != IDP_ACTIVE)
			rc = lapse_fail(err, LAPSE_EREFUSED, "%s: is %s in "
				"%s, so no approver can be asked; without "
				"--ask it is yours to decide", q->name,
				idp_status_name(link.status), idp);
	}
	return rc;
}

/* ---- The request ---- */

static int64_t duration(const struct adoption_question *q)
{
	int64_t for_s = q->for_s > 0 ? q->for_s : q->role->default_duration;
	struct lapse_err why;

	if (for_s == 0 && q->role->durations.n > 0 &&
		when_parse_duration(q->role->durations.items[0], &for_s,
			&why) < 0)
		for_s = 0;
	return for_s > 0 ? for_s : q->role->max_duration;
}

static int body_of(struct lapse *l, const struct adoption_question *q,
	const struct catalog_form *f, struct buf *out, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	AUTO_BUF summary = {0};
	struct json_out w = {.out = out};
	char how_long[WHEN_TEXT];
	const struct texts_about about = {
		.arena = &a,
		.role = q->role->name,
		.application = q->role->application->name,
		.beneficiary = story_name(l, q->account, &a),
	};

	texts_adoption_summary(&summary, &about);
	json_put_open(&w, NULL, '{');
	json_put_text(&w, "serviceDeskId", f->project->service_desk);
	json_put_text(&w, "requestTypeId", f->type->id);
	json_put_open(&w, "requestFieldValues", '{');
	json_put_text(&w, "summary", buf_text(&summary));
	catalog_form_put(&w, f);
	json_put_open(&w, f->type->form.whom, '{');
	json_put_text(&w, "accountId", q->account);
	json_put_close(&w, '}');
	json_put_text(&w, f->type->form.how_long,
		when_duration(duration(q), how_long));
	json_put_text(&w, f->type->form.why, q->reason);
	json_put_close(&w, '}');
	json_put_close(&w, '}');
	out->failed = out->failed || summary.failed;
	return buf_check(out, err, "request");
}

/* ---- What stands in the ledger ---- */

static int tell(struct lapse *l, const struct adoption_question *q,
	const char *issue, struct lapse_err *err)
{
	AUTO_BUF data = {0};
	AUTO_BUF text = {0};
	struct json_out w = {.out = &data};
	struct json_out t = {.out = &text};
	struct evidence e = {.kind = "adoption-asked", .issue = issue};

	json_put_open(&w, NULL, '{');
	json_put_text(&w, "role", q->role->name);
	json_put_text(&w, "account", q->account);
	json_put_int(&w, "for_s", duration(q));
	json_put_close(&w, '}');
	json_put_open(&t, NULL, '{');
	json_put_text(&t, "reason", q->reason);
	json_put_close(&t, '}');
	if (data.failed || text.failed)
		return lapse_fail_nomem(err);
	e.data = buf_text(&data);
	e.text = buf_text(&text);
	return core_evidence(l, &e, NULL, err);
}

static int bind(struct lapse *l, const struct adoption_question *q,
	int64_t id, const char *issue, const char *key, struct lapse_err *err)
{
	bool now = false;
	int rc = core_begin(l, err);

	if (rc < 0)
		return rc;
	/* A sync may have met the issue before its reply came here. */
	rc = adoption_set_issue(l->ledger, id, issue, key, &now, err);
	return core_end(l, rc < 0 || !now ? rc : tell(l, q, issue, err), err);
}

static int asked_already(struct lapse *l, const struct adoption_question *q,
	struct arena *a, struct adoption_row *ret, struct lapse_err *err)
{
	struct adoption_rows open = {0};
	int rc = adoptions_open(l->ledger, a, &open, err);

	for (size_t i = 0; i < open.list.n; i++)
		if (same(open.list.items[i].account, q->account) &&
			same(open.list.items[i].role, q->role->name))
			*ret = open.list.items[i];
	return rc;
}

/* Of two runs at once one asks. */
static int claim(struct lapse *l, const struct adoption_question *q,
	const struct adoption_row *row, int64_t *ret_id, struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct adoption_row other = {0};
	int rc = asked_already(l, q, &a, &other, err);

	if (rc == 0 && other.id != 0)
		return lapse_fail(err, LAPSE_EREFUSED, "%s: %s: another run "
			"asks about it just now", q->name, q->role->name);
	return rc < 0 ? rc : adoption_add(l->ledger, row, ret_id, err);
}

static int intend(struct lapse *l, const struct adoption_question *q,
	int64_t *ret_id, struct lapse_err *err)
{
	const struct adoption_row row = {
		.account = q->account,
		.role = q->role->name,
		.opened_by = l->operator,
		.opened_at = core_now(l),
	};
	int rc = core_begin(l, err);

	if (rc < 0)
		return rc;
	return core_end(l, claim(l, q, &row, ret_id, err), err);
}

static int forget(struct lapse *l, int64_t id, struct lapse_err *err)
{
	int rc = core_begin(l, err);

	if (rc < 0)
		return rc;
	return core_end(l, adoption_drop(l->ledger, id, err), err);
}

/* ---- A reply that was lost ---- */

/* Reading it as a request binds it, where it is the one. */
static int look_at(struct lapse *l, const char *issue, struct lapse_err *err)
{
	int rc = request_advance(l, issue, false, err);

	return rc == LAPSE_ENOTFOUND ? 0 : rc;
}

static int look_for(struct lapse *l, const struct catalog_form *f, int64_t since,
	struct arena *a, struct lapse_err *err)
{
	AUTO_BUF jql = {0};
	struct strs ids = {0};
	int rc;

	buf_str(&jql, "project = ");
	text_jql(&jql, f->project->id);
	buf_fmt(&jql, " AND reporter = currentUser() AND created >= -%lldm"
		" ORDER BY created ASC, key ASC",
		(long long)((core_now(l) - since) / 60 + 2));
	rc = core_search_ids(l, &jql, a, &ids, err);
	for (size_t i = 0; i < ids.n && rc == 0; i++)
		rc = look_at(l, ids.items[i], err);
	return rc;
}

/* What an earlier asking left. Where its reply was lost the issue is looked
 * for, once Jira's search must show it: found here, it is what was asked for
 * (*ret_key), and only if it is not is it filed again. */
static int look_back(struct lapse *l, const struct adoption_question *q,
	const struct catalog_form *f, struct arena *a, const char **ret_key,
	struct lapse_err *err)
{
	struct adoption_row before = {0};
	char at[WHEN_TEXT];
	int rc = asked_already(l, q, a, &before, err);

	if (rc == 0 && before.id != 0 && before.issue == NULL &&
		core_now(l) - before.opened_at >= INDEX_S && !l->dry_run) {
		rc = look_for(l, f, before.opened_at, a, err);
		before = (struct adoption_row){0};
		if (rc == 0)
			rc = asked_already(l, q, a, &before, err);
		if (rc == 0 && before.id != 0 && before.issue == NULL)
			return forget(l, before.id, err);
		if (rc == 0)
			*ret_key = before.issue_key;
	}
	if (rc < 0 || before.id == 0 || *ret_key != NULL)
		return rc;
	if (before.issue == NULL)
		return lapse_fail(err, LAPSE_EITEM, "%s: %s: was asked at %s "
			"and Jira's reply was lost; sync looks for the issue, "
			"and after 10 min this may be repeated", q->name,
			q->role->name, when_time(before.opened_at, at));
	return lapse_fail(err, LAPSE_EREFUSED, "%s: %s: is asked about "
		"already; see %s", q->name, q->role->name, before.issue_key);
}

/* ---- Asking ---- */

static int show(struct lapse *l, const struct adoption_question *q,
	const char *name, const char *key, struct lapse_err *err)
{
	const struct lapse_field fields[] = {
		{"issue", LAPSE_TEXT, key, 0},
		{"account", LAPSE_TEXT, q->account, 0},
		{"role", LAPSE_TEXT, q->role->name, 0},
		{"for", LAPSE_SECONDS, NULL, duration(q)},
		{"name", LAPSE_TEXT, name, 0},
	};

	return core_record(l, "lapse/adoption.v1", fields, ARRAY_N(fields),
		err);
}

/* For whom, for how long, and who decides by the catalog. */
static int plan(struct lapse *l, const struct adoption_question *q,
	const char *name, struct arena *a, struct lapse_err *err)
{
	char how_long[WHEN_TEXT];
	const char *who = q->role->approvers.n == 0 ? "nobody" :
		strs_join(&q->role->approvers, a, ", ");
	const char *detail = arena_fmt(a, "%s for %s (%s), for %s; asks %s",
		q->role->name, name, q->account,
		when_duration(duration(q), how_long),
		who != NULL ? who : "");

	return detail == NULL ? lapse_fail_nomem(err) :
		core_plan(l, q->name, "ask", detail, err);
}

static int create(struct lapse *l, const struct adoption_question *q,
	const struct catalog_form *f, const char *name, struct arena *a,
	struct lapse_err *err)
{
	AUTO_BUF body = {0};
	struct op op = {
		.step = jira_create_request,
		.name = "ask about access",
		.arena = a,
		.serial = "adoption",
	};
	struct lapse_err why;
	int64_t id = 0;
	int rc = body_of(l, q, f, &body, err);

	op.body = buf_text(&body);
	if (rc == 0)
		rc = intend(l, q, &id, err);
	if (rc < 0)
		return rc;
	rc = core_jira(l, &op, &why);
	l->told_jira = true;
	/* The engine's words are of its own means. */
	if (rc == LAPSE_EUNKNOWN)
		lapse_fail(&why, rc, "%s: %s: no reply from Jira; whether it "
			"asks will be seen: repeat the command after 10 "
			"minutes, or let sync find it", q->name,
			q->role->name);
	if (rc == 0)
		rc = bind(l, q, id, op.ret_id, op.ret, err);
	else
		*err = why;
	/* What may have been carried out is looked for, not repeated. */
	if (rc < 0 && rc == why.code && rc != LAPSE_EUNKNOWN &&
		forget(l, id, &why) < 0)
		*err = why;
	if (rc == 0)
		rc = show(l, q, name, op.ret, err);
	/* Approvers are asked at once; what fails of it sync does. */
	if (rc == 0 && request_advance(l, op.ret_id, false, &why) < 0)
		log_say(&l->env, LAPSE_WARNING, "%s: %s",
			(const char *)op.ret, why.text);
	op_clear(&op);
	return rc;
}

int adoption_ask(struct lapse *l, const struct adoption_question *q,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	struct catalog_form f = {0};
	struct jira_person person = {0};
	const char *name = q->name;
	const char *found = NULL;
	int rc = check_person(l, q, &a, &person, err);

	if (person.name != NULL)
		name = person.name;
	if (rc == 0)
		rc = find_form(l, q, &a, &f, err);
	if (rc == 0 && duration(q) <= 0)
		rc = lapse_fail(err, LAPSE_EREFUSED, "role: '%s': has no "
			"duration of its own; say one with --for",
			q->role->name);
	if (rc == 0)
		rc = look_back(l, q, &f, &a, &found, err);
	if (rc == 0 && found != NULL)
		return show(l, q, name, found, err);
	if (rc == 0)
		rc = plan(l, q, name, &a, err);
	return rc < 0 || l->dry_run ? rc : create(l, q, &f, name, &a, err);
}
