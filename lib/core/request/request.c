/* One request's way through its states, and the words that end it. The single
 * steps are request_read, _resolve, _ask, _asked, _grant and _watch. */
#include "request.h"

#include <stdio.h>
#include <string.h>

#include "json.h"
#include "log.h"
#include "notice.h"
#include "story.h"
#include "texts.h"

/* ---- What they share ---- */

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

/* ---- The states ---- */

static int wait_for_it(struct lapse *l, struct request *r,
	struct lapse_err *err)
{
	AUTO_BUF text = {0};
	struct texts_about about;
	const struct policy_decision *d = &r->decision;
	int64_t seq = 0;
	int rc;

	if (core_plan(l, r->issue->key, "wait", d->code, err) != 0)
		return err->code;
	if (l->dry_run || (r->row.id != 0 && r->row.why != NULL &&
		strcmp(r->row.why, d->code) == 0))
		return 0;
	rc = request_begin(l, r, err);
	if (rc < 0)
		return rc;
	rc = request_keep(l, r, err);
	if (rc == 0)
		rc = request_set_state(l->ledger, r->row.id, "seen", d->code,
			core_now(l), err);
	if (rc == 0)
		rc = request_tell(l, r, "waiting", NULL, d->code, d->words,
			&seq, err);
	request_about(l, r, &about);
	about.words = d->words;
	texts_waiting(&text, &about);
	if (rc == 0)
		rc = buf_check(&text, err, "text");
	if (rc == 0)
		rc = notice_owe(l, r->issue->id, NOTICE_COMMENT,
			buf_text(&text), NULL, seq, err);
	return request_end(l, r, rc, err);
}

/* The catalog itself approves. */
static int approve_automatically(struct lapse *l, struct request *r,
	struct approval_row *ap, struct lapse_err *err)
{
	AUTO_BUF text = {0};
	struct texts_about about;
	int64_t seq = 0;
	int rc = request_begin(l, r, err);

	if (rc < 0)
		return rc;
	rc = request_keep(l, r, err);
	*ap = (struct approval_row){
		.request = r->row.id,
		.approval = r->row.asks == 0 ? "auto" : arena_fmt(&r->arena,
			"auto-%lld", (long long)r->row.asks),
		.mode = "auto",
		.content_hash = r->hash,
		.asked_at = core_now(l),
		.state = "approved",
		.decided_at = core_now(l),
		.method = "auto",
	};
	if (rc == 0)
		rc = request_asking_over(l, r, false, err);
	if (rc == 0)
		rc = approval_add(l->ledger, ap, &ap->id, err);
	if (rc == 0)
		rc = request_tell(l, r, "approved", NULL, "auto",
			"approved by the catalog", &seq, err);
	request_about(l, r, &about);
	texts_auto(&text, &about);
	if (rc == 0)
		rc = buf_check(&text, err, "text");
	/* What is there already is not being set up. */
	if (rc == 0 && !about.adoption)
		rc = notice_owe(l, r->issue->id, NOTICE_COMMENT,
			buf_text(&text), NULL, seq, err);
	if (rc == 0 && r->type->status_approved != NULL)
		rc = notice_owe(l, r->issue->id, NOTICE_TRANSITION,
			r->type->status_approved, NULL, seq, err);
	return request_end(l, r, rc, err);
}

int request_auto(struct lapse *l, struct request *r, struct lapse_err *err)
{
	struct approval_row ap = {0};
	int rc = 0;

	if (core_plan(l, r->issue->key, "grant", "auto", err) != 0)
		return err->code;
	if (l->dry_run)
		return 0;
	if (r->row.id != 0)
		rc = approval_current(l->ledger, r->row.id, &r->arena, &ap,
			err);
	if (rc == 0 && (ap.id == 0 || strcmp(ap.mode, "auto") != 0))
		rc = approve_automatically(l, r, &ap, err);
	return rc < 0 ? rc : request_grant(l, r, &ap, err);
}

/* Observing: all reads, all decisions, the plan; nothing is written. */
static int would(struct lapse *l, struct request *r, struct lapse_err *err)
{
	static const char *const words[] = {
		[POLICY_ASK] = "ask",
		[POLICY_AUTO] = "grant",
		[POLICY_WAIT] = "wait",
		[POLICY_REFUSE] = "refuse",
	};
	const struct policy_decision *d = &r->decision;

	log_say(&l->env, LAPSE_INFO, "observe: %s: would %s%s%s",
		r->issue->key, words[d->verdict], d->code != NULL ? ": " : "",
		d->code != NULL ? d->code : "");
	return core_plan(l, r->issue->key, words[d->verdict], d->code, err);
}

static int decide(struct lapse *l, struct request *r, struct lapse_err *err)
{
	const struct policy_decision *d = &r->decision;
	int rc = request_resolve(l, r, err);

	if (rc < 0)
		return rc;
	if (config_mode(l->config, r->project, r->type, r->role) ==
		MODE_OBSERVE)
		return would(l, r, err);
	switch (d->verdict) {
	case POLICY_REFUSE:
		return request_close(l, r, "refused", d->code, d->words,
			d->admin, r->type->status_refused, err);
	case POLICY_WAIT:
		return wait_for_it(l, r, err);
	case POLICY_AUTO:
		return request_auto(l, r, err);
	case POLICY_ASK:
		return request_ask(l, r, NULL, err);
	}
	return 0;
}

static bool is(const struct request *r, const char *state)
{
	return r->row.id != 0 && strcmp(r->row.state, state) == 0;
}

/* An issue that was moved elsewhere is not the request that was approved. */
static int moved(struct lapse *l, struct request *r, struct lapse_err *err)
{
	if (r->row.id == 0)
		return 0;
	if (!is(r, "seen") && !is(r, "asked"))
		return 0;
	r->beneficiary = r->row.beneficiary;
	r->issue->project = r->row.project;
	r->issue->request_type = r->row.type;
	return request_close(l, r, "cancelled", "moved",
		"This issue was moved to another project or form, so it is "
		"not a request for access any more. Please file a new "
		"request.", NULL, NULL, err);
}

static int observe(struct lapse *l, struct request *r, struct lapse_err *err)
{
	int rc = request_resolve(l, r, err);

	return rc < 0 ? rc : would(l, r, err);
}

/* Requests from before the first enforcing run are a person's to start. */
static int is_older(struct lapse *l, const struct request *r, bool *ret,
	struct lapse_err *err)
{
	struct ledger_about about;
	int rc = ledger_about(l->ledger, &about, err);

	if (rc == 0)
		*ret = about.enforced_at != WHEN_NONE &&
			r->issue->created_at < about.enforced_at;
	return rc;
}

static int begin(struct lapse *l, struct request *r, struct lapse_err *err)
{
	bool older = false;

	bool closed = strcmp(r->issue->status_category, "done") == 0;

	if (closed && r->row.id == 0)
		return 0;	/* closed before lapse saw it */
	if (closed) {
		r->beneficiary = r->row.beneficiary;
		return request_close(l, r, "cancelled", "cancelled",
			"This request was closed before it was decided. "
			"Nothing was granted.", NULL, NULL, err);
	}
	if (r->row.id == 0 && !r->by_hand) {
		if (is_older(l, r, &older, err) < 0)
			return err->code;
		if (older) {
			log_say(&l->env, LAPSE_INFO, "%s: older than the first "
				"enforcing run; `lapse grant %s` acts on it",
				r->issue->key, r->issue->key);
			return core_plan(l, r->issue->key, "older", NULL, err);
		}
	}
	return decide(l, r, err);
}

/* What is asked of the issue comes before what is counted of it. */
static int watch(struct lapse *l, struct request *r, struct lapse_err *err)
{
	int rc = request_watch(l, r, err);

	return rc < 0 ? rc : request_count_hops(l, r, err);
}

static int advance(struct lapse *l, struct request *r, struct lapse_err *err)
{
	bool claimed = false;
	enum mode mode;
	int rc;

	if (r->type == NULL)
		return moved(l, r, err);
	if (is(r, "approved"))
		return watch(l, r, err);
	mode = config_mode(l->config, r->project, r->type, NULL);
	if (mode == MODE_OBSERVE)
		return observe(l, r, err);
	rc = request_claimed(l, r, &claimed, err);
	if (rc < 0 || claimed)
		return rc;
	if (r->row.id == 0 || is(r, "seen"))
		return begin(l, r, err);
	if (is(r, "asked"))
		return request_asked(l, r, err);
	return request_watch(l, r, err);
}

int request_advance(struct lapse *l, const char *issue, bool by_hand,
	struct lapse_err *err)
{
	__attribute__((cleanup(request_clear))) struct request r = {0};
	int rc = request_read(l, issue, &r, err);

	r.by_hand = by_hand;
	if (rc == 0 && r.type == NULL && r.row.id == 0 && by_hand)
		return lapse_fail(err, LAPSE_EREFUSED,
			"%s: not of a project and request type that lapse is "
			"configured for", issue);
	if (rc == 0)
		rc = advance(l, &r, err);
	if (rc < 0 && r.overtaken) {
		log_say(&l->env, LAPSE_INFO, "%s: %s", r.issue->key,
			err->text);
		return 0;
	}
	if (rc < 0 && err->code != LAPSE_ENOTFOUND && r.issue != NULL)
		lapse_prefix(err, "%s", r.issue->key);
	return rc;
}
