/* The evidence of a review after it was opened, and what is told of it. */
#include <string.h>

#include "json.h"
#include "notice.h"
#include "review_sync.h"

int review_begin(struct lapse *l, bool *ret_own, struct lapse_err *err)
{
	*ret_own = !ledger_in_transaction(l->ledger);
	return *ret_own ? core_begin(l, err) : 0;
}

int review_end(struct lapse *l, bool own, int rc, struct lapse_err *err)
{
	return own ? core_end(l, rc, err) : rc;
}

const char *review_person(const struct item_row *i)
{
	return i->name != NULL ? i->name : i->login != NULL ? i->login :
		i->account != NULL ? i->account : i->user != NULL ? i->user :
		"somebody";
}

const char *review_access(const struct item_row *i)
{
	return i->role != NULL ? i->role : i->group_name != NULL ?
		i->group_name : i->group != NULL ? i->group :
		i->application != NULL ? i->application : "this access";
}

const char *review_issue_of(const struct review_said *s)
{
	if (s->item != NULL && s->item->task != NULL)
		return s->item->task;
	if (s->sheet != NULL && s->sheet->issue != NULL)
		return s->sheet->issue;
	return s->campaign->issue;
}

static void put_item(struct json_out *w, const struct item_row *i)
{
	json_put_int(w, "item", i->n);
	json_put_text(w, "digest", i->digest);
	json_put_text(w, "role", i->role);
	json_put_text(w, "account", i->account);
	json_put_text(w, "decision", i->decision);
	json_put_time(w, "decided_at", i->decided_at);
	json_put_text(w, "decided_by", i->decided_by);
	json_put_time(w, "limit_until", i->limit_until);
	json_put_text(w, "state", i->state);
}

int review_say(struct lapse *l, const struct review_said *s, int64_t *ret_seq,
	struct lapse_err *err)
{
	AUTO_BUF data = {0};
	AUTO_BUF text = {0};
	struct json_out w = {.out = &data};
	struct json_out t = {.out = &text};
	struct evidence e = {
		.kind = s->kind,
		.issue = review_issue_of(s),
		.grant = s->grant,
		.idp = s->item != NULL ? s->item->idp : NULL,
		.group = s->item != NULL ? s->item->group : NULL,
		.user = s->item != NULL ? s->item->user : NULL,
		.actor = s->actor != NULL ? s->actor : "lapse",
	};

	json_put_open(&w, NULL, '{');
	json_put_int(&w, "campaign", s->campaign->id);
	json_put_text(&w, "reviewer",
		s->sheet != NULL ? s->sheet->reviewer : NULL);
	if (s->item != NULL)
		put_item(&w, s->item);
	json_put_text(&w, "ref", s->ref);
	json_put_text(&w, "detail", s->detail);
	json_put_text(&w, "refused", s->refused);
	json_put_close(&w, '}');
	json_put_open(&t, NULL, '{');
	json_put_text(&t, "words", s->words);
	json_put_close(&t, '}');
	if (data.failed || text.failed)
		return lapse_fail_nomem(err);
	e.data = buf_text(&data);
	e.text = s->words != NULL ? buf_text(&text) : NULL;
	return core_evidence(l, &e, ret_seq, err);
}

/* Sheets and sub-tasks are no requests: the service desk's internal comments
 * do not exist for them. */
int review_tell(struct lapse *l, const struct review_said *s,
	const struct buf *text, struct lapse_err *err)
{
	int64_t seq = 0;
	int rc = buf_check(text, err, "comment");

	if (rc == 0)
		rc = review_say(l, s, &seq, err);
	return rc < 0 ? rc : notice_owe(l, review_issue_of(s), NOTICE_COMMENT,
		buf_text(text), NULL, seq, err);
}

struct looking {
	const char *kind;
	const char *ref;	/* in the quotes that it has as JSON */
	bool found;
};

static int look(void *arg, const struct evidence_row *r, struct lapse_err *err)
{
	struct looking *k = arg;

	(void)err;
	if (strcmp(r->kind, k->kind) == 0 && strstr(r->data, k->ref) != NULL)
		k->found = true;
	return 0;
}

int review_was_said(struct lapse *l, const struct review_said *s, bool *ret,
	struct lapse_err *err)
{
	AUTO_BUF quoted = {0};
	struct json_out w = {.out = &quoted};
	struct looking k = {.kind = s->kind};
	int rc;

	json_put_text(&w, "ref", s->ref);
	rc = buf_check(&quoted, err, "evidence");
	if (rc < 0)
		return rc;
	k.ref = buf_text(&quoted);
	rc = evidence_each(l->ledger, review_issue_of(s), 0, 0, look, &k, err);
	if (rc == 0)
		*ret = k.found;
	return rc;
}
