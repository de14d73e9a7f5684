/* `lapse rebuild`: which of its three ways, and what they share. */
#include <string.h>

#include "hand.h"
#include "rebuild_private.h"

#define FIELDS(f) (f), sizeof(f) / sizeof((f)[0])

int rebuild_say(struct lapse *l, const struct rebuild_issue *i, int64_t grant,
	const char *what, const char *detail, struct lapse_err *err)
{
	const struct lapse_field f[] = {
		{"issue", LAPSE_TEXT, i->key, 0},
		{"grant", LAPSE_INT, NULL, grant},
		{"what", LAPSE_TEXT, what, 0},
		{"detail", LAPSE_TEXT, detail, 0},
	};

	if (l->dry_run)
		return core_plan(l, i->key, what, detail, err);
	return core_record(l, "lapse/rebuild.v1", FIELDS(f), err);
}

int rebuild_conclude(struct lapse *l, const struct rebuild *r,
	const char *what, struct lapse_err *err)
{
	const struct lapse_field f[] = {
		{"result", LAPSE_TEXT, what, 0},
		{"ledger", LAPSE_TEXT, r->said.ledger, 0},
		{"seq", LAPSE_INT, NULL, r->said.seq},
		{"properties", LAPSE_INT, NULL, r->read},
		{"refused", LAPSE_INT, NULL, r->refused},
		{"learnt", LAPSE_INT, NULL, r->learnt},
	};

	return core_record(l, "lapse/rebuilt.v1", FIELDS(f), err);
}

int rebuild_reason(const char *reason, struct buf *ret, struct lapse_err *err)
{
	struct json_out w = {.out = ret};

	json_put_open(&w, NULL, '{');
	json_put_text(&w, "reason", reason);
	json_put_close(&w, '}');
	return buf_check(ret, err, "reason");
}

void rebuild_put_digests(struct json_out *w, const struct rebuild *r)
{
	json_put_open(w, "properties", '[');
	for (size_t i = 0; i < r->issues.n; i++) {
		const struct rebuild_issue *k = &r->issues.items[i];

		if (k->text == NULL)
			continue;
		json_put_open(w, NULL, '{');
		json_put_text(w, "issue", k->id);
		json_put_text(w, "sha256", k->digest);
		if (k->refused != NULL)
			json_put_bool(w, "refused", true);
		json_put_close(w, '}');
	}
	json_put_close(w, ']');
}

static int find_anchor(struct lapse *l, const char *issue, struct rebuild *r,
	struct lapse_err *err)
{
	static const struct jira_form none;
	struct op op = {.step = jira_get_issue, .name = "anchor issue",
		.issue = issue, .arena = &r->arena};
	int rc;

	jira_op_form(&op, &none);
	rc = core_jira(l, &op, err);
	if (rc == 0 && op.outcome != OP_FOUND)
		rc = lapse_fail(err, LAPSE_ENOTFOUND, "anchor issue '%s': not "
			"there, or not to be seen by the bot", issue);
	if (rc == 0) {
		r->anchor = ((const struct jira_issue *)op.ret)->id;
		r->anchor_project = ((const struct jira_issue *)op.ret)->project;
	}
	op_clear(&op);
	return rc;
}

/* Nothing good stands in the anchor: this ledger's own name says whose
 * properties count. */
static int stand_in(struct lapse *l, struct rebuild *r, struct lapse_err *err)
{
	r->unanchored = true;
	r->said = (struct anchor_said){
		.ledger = r->own,
		.hash = "",
		.enforced_at = WHEN_NONE,
	};
	return anchor_replaced(l, &r->arena, &r->said.replaced, err);
}

int rebuild_read(struct lapse *l, const char *anchor, struct rebuild *r,
	struct lapse_err *err)
{
	int rc = find_anchor(l, anchor, r, err);

	if (rc == 0 && l->hmac_key.len == 0)
		rc = lapse_fail(err, LAPSE_ECONFIG,
			"rebuild: no property can be believed without "
			"'ledger-key'");
	if (rc == 0)
		rc = anchor_read(l, r->anchor, &r->arena, &r->said, err);
	if (r->own != NULL && (rc == LAPSE_ENOTFOUND ||
		rc == LAPSE_ELEDGER || rc == LAPSE_EPROTO))
		rc = r->anchor == NULL ? rc : stand_in(l, r, err);
	if (rc < 0)
		return rc;
	strs_add(&r->ledgers, &r->arena, r->said.ledger);
	for (size_t i = 0; i < r->said.replaced.n; i++)
		strs_add(&r->ledgers, &r->arena, r->said.replaced.items[i]);
	return rebuild_find(l, r, err);
}

int lapse_rebuild(struct lapse *l, const struct lapse_rebuild *o,
	struct lapse_err *err)
{
	int rc = 0;

	if (!o->check)
		rc = hand_reason(o->reason, err);
	if (rc == 0 && !o->check)
		rc = hand_operator(l, err);
	if (rc == 0)
		rc = core_online(l, err);
	if (rc == 0 && l->jira_failed)
		return lapse_fail(err, l->jira_why.code, "%s",
			l->jira_why.text);
	if (rc < 0)
		return rc;
	if (o->check)
		return rebuild_check(l, err);
	if (!l->time_known || l->suspect)
		return lapse_fail(err, LAPSE_EGUARD, "rebuild: not by a clock "
			"that no service confirms: deadlines hang on it");
	return o->forward ? rebuild_forward(l, o->reason, err) :
			    rebuild_new(l, o->anchor, o->reason, err);
}
