/* One request's way through its states. The single steps are request_read,
 * _resolve, _ask, _asked, _grant and _watch. */
#include "request.h"

#include <stdio.h>
#include <string.h>

#include "log.h"
#include "notice.h"
#include "texts.h"

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
