/* What is kept and told of a request: the transaction that no other run has
 * overtaken, the row, the evidence, the words that end it. */
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "notice.h"
#include "request.h"
#include "story.h"
#include "texts.h"

/* More than is given; 0: it is all given. */
static int64_t asked_s(const struct request *r)
{
	if (!r->decision.capped)
		return 0;
	return r->in.until != WHEN_NONE ? r->in.until - r->in.now :
					  r->in.duration_s;
}

void request_about(struct lapse *l, struct request *r, struct texts_about *ret)
{
	struct arena *a = &r->arena;
	const struct policy_decision *d = &r->decision;

	*ret = (struct texts_about){
		.arena = a,
		.role = r->role != NULL ? r->role->name : NULL,
		.about = r->role != NULL ? r->role->about : NULL,
		.application = r->role != NULL ? r->role->application->name :
						 NULL,
		.beneficiary = story_name(l, r->beneficiary, a),
		.requester = story_name(l, r->issue->reporter.account, a),
		.reason = r->issue->why,
		.all = d->mode == APPROVAL_ALL,
		.held = r->beneficiary != NULL ?
			story_held(l, r->beneficiary, a) :
			NULL,
		.duration_s = d->duration_s,
		.asked_s = asked_s(r),
		.starts_at = r->issue->from_when,
		.until = d->ends_at,
		.zone = r->issue->reporter.zone,
		.adoption = r->adoption.id != 0,
		.kept_until = WHEN_NONE,
		.from = WHEN_NONE,
		.to = WHEN_NONE,
	};
}

/* A section seen for the first time is written once; a changed one is said. */
static int keep_policy(struct lapse *l, struct request *r,
	struct lapse_err *err)
{
	char before[65];
	bool fresh = false;
	AUTO_BUF data = {0};
	struct json_out w = {.out = &data};
	struct evidence e = {.actor = "lapse"};
	int rc = policy_put(l->ledger, r->role->sha256, r->role->name,
		r->role->section, core_now(l), &fresh, before, err);

	if (rc < 0 || !fresh)
		return rc;
	json_put_open(&w, NULL, '{');
	json_put_text(&w, "role", r->role->name);
	json_put_text(&w, "policy", r->role->sha256);
	if (before[0] != '\0')
		json_put_text(&w, "before", before);
	json_put_close(&w, '}');
	e.kind = before[0] != '\0' ? "config-changed" : "policy";
	e.data = buf_text(&data);
	return core_evidence(l, &e, NULL, err);
}

/* Two runs may work on one request: who comes second decided on what is not
 * so any more. */
int request_not_overtaken(struct lapse *l, struct request *r,
	struct lapse_err *err)
{
	AUTO_ARENA a = {0};
	const char *now = NULL;
	int rc = request_mark(l->ledger, r->issue->id, &a, &now, err);

	if (rc < 0 || strcmp(now, r->mark) == 0)
		return rc;
	r->overtaken = true;
	return lapse_fail(err, LAPSE_EITEM, "another run went on with it");
}

int request_begin(struct lapse *l, struct request *r, struct lapse_err *err)
{
	int rc = core_begin(l, err);

	if (rc < 0)
		return rc;
	rc = request_not_overtaken(l, r, err);
	return rc < 0 ? core_end(l, rc, err) : 0;
}

int request_end(struct lapse *l, struct request *r, int rc,
	struct lapse_err *err)
{
	if (rc == 0)
		rc = request_mark(l->ledger, r->issue->id, &r->arena, &r->mark,
			err);
	return core_end(l, rc, err);
}

int request_keep(struct lapse *l, struct request *r, struct lapse_err *err)
{
	struct request_row row = {
		.issue = r->issue->id,
		.key = r->issue->key,
		.project = r->issue->project,
		.type = r->issue->request_type,
		.requester = r->issue->reporter.account,
		.creator = r->issue->creator.account,
		.beneficiary = r->beneficiary,
		.starts_at = r->issue->from_when,
		.updated_at = r->issue->updated_at,
		.changed_at = core_now(l),
		/* What was not resolved this time stays as it was. */
		.role = r->row.role,
		.duration_s = r->row.duration_s,
		.extends = r->row.extends,
		.policy = r->row.policy,
		.content_hash = r->row.content_hash,
	};
	bool first = r->row.id == 0;
	int rc = 0;

	if (r->role != NULL) {
		row.role = r->role->name;
		row.duration_s = r->in.duration_s;
		row.extends = r->extends;
		row.policy = r->role->sha256;
		row.content_hash = r->hash[0] != '\0' ? r->hash : NULL;
	}

	if (r->role != NULL)
		rc = keep_policy(l, r, err);
	if (rc == 0)
		rc = request_put(l->ledger, &row, &r->row.id, err);
	if (rc == 0)
		rc = request_note_intake(l, r, err);
	if (rc == 0 && first)
		r->row.state = "seen";
	if (rc == 0 && first)
		rc = request_tell(l, r, "request-seen",
			r->issue->reporter.account, NULL, NULL, NULL, err);
	return rc;
}

static void put_owed(struct json_out *w, const struct policy_decision *d)
{
	json_put_open(w, "owed", '[');
	for (size_t i = 0; i < d->owed.n; i++)
		json_put_text(w, NULL, d->owed.items[i].account);
	json_put_close(w, ']');
}

/* What an approver is shown of the length: as it would be given, not as it was
 * asked for. */
static void put_length(struct json_out *w, const struct request *r)
{
	const struct policy_decision *d = &r->decision;

	json_put_int(w, "duration_s", d->duration_s);
	json_put_time(w, "ends_at", d->ends_at);
	json_put_time(w, "starts_at", r->issue->from_when);
	if (asked_s(r) > 0)
		json_put_int(w, "asked_s", asked_s(r));
}

static const char *decision_word(enum jira_decision what)
{
	return what == JIRA_APPROVED ? "approved" :
		what == JIRA_DECLINED ? "declined" : "pending";
}

/* Of a person there is one answer: what stands in Jira, else what was heard. */
static bool counts_in_jira(const struct jira_approval *ap, const char *account)
{
	for (size_t i = 0; i < ap->answers.n; i++)
		if (strcmp(ap->answers.items[i].who.account, account) == 0 &&
			ap->answers.items[i].decision != JIRA_PENDING)
			return true;
	return false;
}

static bool is_heard(const struct request *r, const char *account)
{
	for (size_t i = 0; i < r->heard.n; i++)
		if (strcmp(r->heard.items[i].account, account) == 0)
			return true;
	return false;
}

/* Who stood in the approval that was judged, and what each said; and what
 * people said in Slack. The delegate's answer is nobody's. */
static void put_answers(struct json_out *w, const struct request *r,
	const struct jira_approval *ap)
{
	json_put_text(w, "approval", ap->id);
	json_put_open(w, "answers", '[');
	for (size_t i = 0; i < ap->answers.n; i++) {
		const struct jira_answer *a = &ap->answers.items[i];

		if (a->decision == JIRA_PENDING &&
			is_heard(r, a->who.account))
			continue;
		json_put_open(w, NULL, '{');
		json_put_text(w, "account", a->who.account);
		json_put_text(w, "decision", decision_word(a->decision));
		if (r->in.delegate != NULL &&
			strcmp(a->who.account, r->in.delegate) == 0)
			json_put_bool(w, "delegate", true);
		json_put_close(w, '}');
	}
	for (size_t i = 0; i < r->heard.n; i++) {
		const struct request_heard *h = &r->heard.items[i];

		if (counts_in_jira(ap, h->account))
			continue;
		json_put_open(w, NULL, '{');
		json_put_text(w, "account", h->account);
		json_put_text(w, "decision", h->decision);
		json_put_text(w, "in", "slack");
		json_put_close(w, '}');
	}
	json_put_close(w, ']');
}

int request_tell(struct lapse *l, struct request *r, const char *kind,
	const char *actor, const char *code, const char *words,
	int64_t *ret_seq, struct lapse_err *err)
{
	AUTO_BUF data = {0};
	AUTO_BUF text = {0};
	struct json_out w = {.out = &data};
	struct json_out t = {.out = &text};
	struct evidence e = {
		.kind = kind,
		.issue = r->issue->id,
		.grant = r->grant,
		.actor = actor != NULL ? actor : "lapse",
	};

	json_put_open(&w, NULL, '{');
	json_put_text(&w, "request", r->issue->key);
	json_put_text(&w, "role", r->role != NULL ? r->role->name : NULL);
	json_put_text(&w, "requester", r->issue->reporter.account);
	json_put_text(&w, "creator", r->issue->creator.account);
	json_put_text(&w, "beneficiary", r->beneficiary);
	json_put_text(&w, "content", r->hash[0] != '\0' ? r->hash : NULL);
	json_put_text(&w, "policy", r->role != NULL ? r->role->sha256 : NULL);
	if (strcmp(kind, "asked") == 0) {
		json_put_text(&w, "asks", r->asks);
		put_owed(&w, &r->decision);
	}
	if (strcmp(kind, "asked") == 0 || strcmp(kind, "approved") == 0)
		put_length(&w, r);
	if (r->judged != NULL)
		put_answers(&w, r, r->judged);
	json_put_text(&w, "code", code);
	json_put_close(&w, '}');
	json_put_open(&t, NULL, '{');
	json_put_text(&t, "reason", r->issue->why);
	json_put_text(&t, "words", words);
	json_put_close(&t, '}');
	if (data.failed || text.failed)
		return lapse_fail_nomem(err);
	e.data = buf_text(&data);
	e.text = buf_text(&text);
	return core_evidence(l, &e, ret_seq, err);
}

int request_closing(struct lapse *l, struct request *r,
	const char *state, const char *code, const char *words,
	const char *admin, const char *status, struct lapse_err *err)
{
	AUTO_BUF text = {0};
	struct texts_about about;
	int64_t seq = 0;
	int rc = request_keep(l, r, err);

	if (rc == 0)
		rc = request_asking_over(l, r, strcmp(state, "declined") == 0,
			err);
	if (rc == 0)
		rc = request_set_state(l->ledger, r->row.id, state, code,
			core_now(l), err);
	if (rc == 0)
		rc = request_tell(l, r, state, NULL, code, words, &seq, err);
	if (rc < 0)
		return rc;
	request_about(l, r, &about);
	if (strcmp(state, "declined") == 0) {
		about.by = r->decided_by;
		about.words = r->decided_words;
		(about.adoption ? texts_adoption_declined :
				  texts_declined)(&text, &about);
	} else {
		/* That it was closed, and nothing changed, its text says. */
		about.words = about.adoption && strcmp(code, "cancelled") == 0 ?
			NULL : words;
		(about.adoption ? texts_adoption_closed :
				  texts_refused)(&text, &about);
	}
	rc = buf_check(&text, err, "text");
	if (rc == 0)
		rc = notice_owe(l, r->issue->id, NOTICE_COMMENT,
			buf_text(&text), NULL, seq, err);
	if (rc == 0 && admin != NULL)
		rc = notice_owe(l, r->issue->id, NOTICE_INTERNAL, admin, NULL,
			seq, err);
	if (rc == 0 && status != NULL)
		rc = notice_owe(l, r->issue->id, NOTICE_TRANSITION, status,
			NULL, seq, err);
	return rc;
}

int request_close(struct lapse *l, struct request *r, const char *state,
	const char *code, const char *words, const char *admin,
	const char *status, struct lapse_err *err)
{
	int rc;

	if (core_plan(l, r->issue->key, state, code, err) != 0)
		return err->code;
	if (l->dry_run)
		return 0;
	rc = request_begin(l, r, err);
	if (rc < 0)
		return rc;
	return request_end(l, r, request_closing(l, r, state, code, words,
		admin, status, err), err);
}
